// Three ways for a code to come in without typing: a scanner that acts as a keyboard, the camera,
// a photo. All end in one function that is given the text.

interface Detector {
    detect(picture: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}
interface DetectorMaker {
    new (options: { formats: string[] }): Detector;
    getSupportedFormats(): Promise<string[]>;
}

// --- Pictures ------------------------------------------------------------------------------------
type Look = (picture: ImageBitmap, hard: boolean) => Promise<string | null>;

async function ownDetector(): Promise<Look | null> {
    const maker = (globalThis as { BarcodeDetector?: DetectorMaker }).BarcodeDetector;
    const formats = (await maker?.getSupportedFormats().catch(() => [])) ?? [];
    if (!maker || !formats.includes('qr_code')) return null;
    const detector = new maker({ formats: ['qr_code'] });
    return async (picture) => {
        const [found] = await detector.detect(picture).catch(() => []);
        picture.close();
        return found?.rawValue ?? null;
    };
}

function workerDetector(): Look {
    const worker = new Worker(new URL('./pos-scan.ts', import.meta.url), { type: 'module' });
    const waiting = new Map<number, (text: string | null) => void>();
    let next = 0;
    worker.onmessage = ({ data }: MessageEvent<{ id: number; text: string | null }>) => {
        waiting.get(data.id)?.(data.text);
        waiting.delete(data.id);
    };
    return (picture, hard) =>
        new Promise((done) => {
            const id = next++;
            waiting.set(id, done);
            worker.postMessage({ id, picture, hard }, [picture]);
        });
}

let look: Promise<Look> | undefined;
const looker = () => (look ??= ownDetector().then((own) => own ?? workerDetector()));

export async function readPhoto(file: Blob): Promise<string | null> {
    try {
        return await (
            await looker()
        )(await createImageBitmap(file), true);
    } catch {
        return null;
    }
}

// --- The camera ----------------------------------------------------------------------------------
const GAP_MS = 90;

/** Looks until told to stop; each picture once. Rejects when there is no camera, or none is let. */
export async function watchCamera(
    video: HTMLVideoElement,
    onRead: (text: string) => void,
): Promise<() => void> {
    const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    let isOver = false;
    const stop = () => {
        isOver = true;
        stream.getTracks().forEach((track) => track.stop());
        video.srcObject = null;
    };
    video.srcObject = stream;
    await video.play().catch(() => undefined);
    const see = await looker();
    void (async () => {
        for (let turn = 0; !isOver; turn++) {
            await new Promise((done) => setTimeout(done, GAP_MS));
            if (isOver || video.readyState < 2 || document.hidden) continue;
            // Most frames are read fast; each fourth one thoroughly.
            const text = await createImageBitmap(video)
                .then((picture) => see(picture, turn % 4 === 3))
                .catch(() => null);
            if (text && !isOver) onRead(text);
        }
    })();
    return stop;
}

// --- A scanner that types ------------------------------------------------------------------------
const BURST_MS = 1000; // between two characters: a radio scanner and a busy machine both stall
const LEAST = 18;
const IN_FIELD_LEAST = 253; // an invoice's 20 digits may be scanned into its own field

/** What was typed just before a scan may stand before it: a token begins with its version. */
function tokenIn(text: string): string {
    if (!/^\d{254,}$/.test(text)) return text;
    const tails = [text.slice(-259), text.slice(-253)];
    return tails.find((tail) => tail.length >= 253 && /^00[2-5]/.test(tail)) ?? text;
}

/** Listens everywhere, focus or not. What a scanner typed into a field is taken out again. */
export function listenForScanner(onRead: (text: string) => void): () => void {
    let text = '';
    let last_ms = 0;
    let target: EventTarget | null = null;
    let before = '';
    let field: HTMLInputElement | null = null;
    const fieldOf = (target: EventTarget | null) =>
        target instanceof HTMLInputElement && target.type !== 'checkbox' ? target : null;
    const onKey = (event: KeyboardEvent) => {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        // A view may change under a scanner that is typing, from one place without a field to the
        // next; but what was typed into a field is not the beginning of a scan elsewhere.
        const isField = event.target instanceof Element && event.target.matches('input, select');
        const next = isField ? event.target : null;
        const isBurst = event.timeStamp - last_ms < BURST_MS && next === target;
        target = next;
        last_ms = event.timeStamp;
        if (event.key === 'Enter') {
            const least = field ? IN_FIELD_LEAST : LEAST;
            const scanned = isBurst && text.length >= least ? text : '';
            text = '';
            if (!scanned || field?.dataset['code'] !== undefined) return;
            event.preventDefault();
            event.stopPropagation();
            if (field) {
                field.value = before;
                field.dispatchEvent(new Event('input', { bubbles: true }));
            }
            onRead(tokenIn(scanned));
        } else if (event.key.length === 1) {
            if (!isBurst) {
                text = '';
                field = fieldOf(event.target);
                before = field?.value ?? '';
            }
            text += event.key;
        }
    };
    addEventListener('keydown', onKey, true);
    return () => removeEventListener('keydown', onKey, true);
}
