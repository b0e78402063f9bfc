// The camera's window and the photo button. The window remembers that it was open.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Notice } from './parts';
import { readPhoto, watchCamera } from './scanner';
import { t } from './words';

const place = 'huiquan-till-camera';

function wasOpen(): boolean {
    try {
        return localStorage.getItem(place) === 'open';
    } catch {
        return false;
    }
}
function remember(open: boolean): void {
    try {
        localStorage.setItem(place, open ? 'open' : 'shut');
    } catch {
        // Then it is opened by hand next time.
    }
}

function Window(props: { onRead: (text: string) => void; onFail: () => void }) {
    const video = useRef<HTMLVideoElement>(null);
    useEffect(() => {
        let stop: (() => void) | undefined;
        let isOver = false;
        watchCamera(video.current!, props.onRead).then(
            (end) => (isOver ? end() : (stop = end)),
            props.onFail,
        );
        return () => {
            isOver = true;
            stop?.();
        };
    }, []);
    return (
        <div class="camera">
            <video ref={video} muted playsInline aria-label={t('camera_view')} />
            <span class="aim" aria-hidden="true" />
        </div>
    );
}

export function Camera(props: { onRead: (text: string) => void }) {
    const isOpen = useSignal(wasOpen());
    const failed = useSignal(false);
    const turn = (open: boolean) => {
        failed.value = false;
        isOpen.value = open;
        remember(open);
    };
    return (
        <>
            {failed.value && <Notice said={{ look: 'bad', title: t('camera_none') }} />}
            {isOpen.value && (
                <Window
                    onRead={props.onRead}
                    onFail={() => {
                        isOpen.value = false;
                        failed.value = true;
                    }}
                />
            )}
            <button
                type="button"
                name="camera"
                class={isOpen.value ? 'button plain' : 'button'}
                onClick={() => turn(!isOpen.value)}
            >
                {isOpen.value ? t('camera_stop') : t('camera')}
            </button>
        </>
    );
}

export function PhotoButton(props: { onRead: (text: string) => void; onNone: () => void }) {
    const input = useRef<HTMLInputElement>(null);
    const chosen = async () => {
        const file = input.current?.files?.[0];
        if (!file) return;
        const text = await readPhoto(file);
        input.current!.value = '';
        if (text) props.onRead(text);
        else props.onNone();
    };
    return (
        <>
            <button type="button" class="button plain" onClick={() => input.current?.click()}>
                {t('photo')}
            </button>
            <input
                ref={input}
                type="file"
                accept="image/*"
                hidden
                aria-label={t('photo')}
                onChange={() => void chosen()}
            />
        </>
    );
}
