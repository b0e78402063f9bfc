// The worker that reads QR pictures where the browser cannot: zxing, loaded when first needed.
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

const here = self as unknown as {
    onmessage: (event: MessageEvent<{ id: number; picture: ImageBitmap; hard: boolean }>) => void;
    postMessage: (answer: { id: number; text: string | null }) => void;
};
prepareZXingModule({
    overrides: { locateFile: (file: string) => (file.endsWith('.wasm') ? wasm : file) },
});

here.onmessage = async ({ data: { id, picture, hard } }) => {
    try {
        const canvas = new OffscreenCanvas(picture.width, picture.height);
        const room = canvas.getContext('2d', { willReadFrequently: true })!;
        room.drawImage(picture, 0, 0);
        const pixels = room.getImageData(0, 0, picture.width, picture.height);
        picture.close();
        const [found] = await readBarcodes(pixels, {
            formats: ['QRCode'],
            tryHarder: hard,
            maxNumberOfSymbols: 1,
        });
        here.postMessage({ id, text: found?.text ?? null });
    } catch {
        here.postMessage({ id, text: null });
    }
};
