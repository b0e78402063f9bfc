// A QR code (ISO/IEC 18004) of a short text: bytes, level M, versions 1 to 10 (213 bytes). Returns
// the rows of modules; dark is true.
const eccPerBlock = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26];
const blockCount = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5];

function rawModules(version: number): number {
    let out = (16 * version + 128) * version + 64;
    if (version >= 2) {
        const aligns = Math.floor(version / 7) + 2;
        out -= (25 * aligns - 10) * aligns - 55;
        if (version >= 7) out -= 36;
    }
    return out;
}

const codewords = (version: number) => Math.floor(rawModules(version) / 8);
const dataWords = (version: number) =>
    codewords(version) - eccPerBlock[version]! * blockCount[version]!;

// --- Reed–Solomon over GF(256), polynomial 0x11d -------------------------------------------------
function times(x: number, y: number): number {
    let z = 0;
    for (let i = 7; i >= 0; i--) {
        z = (z << 1) ^ ((z >>> 7) * 0x11d);
        z ^= ((y >>> i) & 1) * x;
    }
    return z;
}

function divisor(degree: number): number[] {
    const out = new Array<number>(degree).fill(0);
    out[degree - 1] = 1;
    let root = 1;
    for (let i = 0; i < degree; i++) {
        for (let j = 0; j < degree; j++) out[j] = times(out[j]!, root) ^ (out[j + 1] ?? 0);
        root = times(root, 2);
    }
    return out;
}

function remainder(data: number[], by: number[]): number[] {
    const out = by.map(() => 0);
    for (const byte of data) {
        const factor = byte ^ out.shift()!;
        out.push(0);
        by.forEach((c, i) => (out[i]! ^= times(c, factor)));
    }
    return out;
}

function packBits(bytes: Uint8Array, version: number): number[] {
    const bits: number[] = [];
    const put = (value: number, size: number) => {
        for (let i = size - 1; i >= 0; i--) bits.push((value >>> i) & 1);
    };
    const room = dataWords(version) * 8;
    put(4, 4);
    put(bytes.length, version < 10 ? 8 : 16);
    bytes.forEach((b) => put(b, 8));
    put(0, Math.min(4, room - bits.length));
    put(0, (8 - (bits.length % 8)) % 8);
    for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
    const out: number[] = [];
    for (let i = 0; i < bits.length; i += 8) out.push(parseInt(bits.slice(i, i + 8).join(''), 2));
    return out;
}

/** Data and correction, block by block, interleaved. */
function wordsOf(data: number[], version: number): number[] {
    const blocks = blockCount[version]!;
    const ecc = eccPerBlock[version]!;
    const all = codewords(version);
    const short = blocks - (all % blocks);
    const size = Math.floor(all / blocks) - ecc;
    const by = divisor(ecc);
    const parts: { data: number[]; ecc: number[] }[] = [];
    for (let i = 0, at = 0; i < blocks; i++) {
        const end = at + size + (i < short ? 0 : 1);
        const part = data.slice(at, end);
        parts.push({ data: part, ecc: remainder(part, by) });
        at = end;
    }
    const out: number[] = [];
    for (let i = 0; i <= size; i++)
        for (const p of parts) if (i < p.data.length) out.push(p.data[i]!);
    for (let i = 0; i < ecc; i++) for (const p of parts) out.push(p.ecc[i]!);
    return out;
}

// --- Modules -------------------------------------------------------------------------------------
class Grid {
    size: number;
    dark: boolean[][];
    fixed: boolean[][];
    constructor(readonly version: number) {
        this.size = version * 4 + 17;
        const rows = () =>
            Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
        this.dark = rows();
        this.fixed = rows();
        this.drawPatterns();
    }
    set(x: number, y: number, isDark: boolean): void {
        if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
        this.dark[y]![x] = isDark;
        this.fixed[y]![x] = true;
    }
    square(cx: number, cy: number, reach: number, isDark: (ring: number) => boolean): void {
        for (let dy = -reach; dy <= reach; dy++)
            for (let dx = -reach; dx <= reach; dx++)
                this.set(cx + dx, cy + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
    }
    alignments(): number[] {
        if (this.version === 1) return [];
        const count = Math.floor(this.version / 7) + 2;
        const step = Math.ceil((this.version * 4 + 4) / (count * 2 - 2)) * 2;
        return [
            6,
            ...Array.from({ length: count - 1 }, (_, i) => this.size - 7 - i * step).reverse(),
        ];
    }
    drawPatterns(): void {
        const { size } = this;
        for (let i = 0; i < size; i++) {
            this.set(6, i, i % 2 === 0);
            this.set(i, 6, i % 2 === 0);
        }
        for (const [x, y] of [
            [3, 3],
            [size - 4, 3],
            [3, size - 4],
        ] as const)
            this.square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
        const at = this.alignments();
        const last = at.length - 1;
        at.forEach((x, i) =>
            at.forEach((y, j) => {
                if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0))
                    return;
                this.square(x, y, 2, (ring) => ring !== 1);
            }),
        );
        this.drawFormat(0);
        if (this.version >= 7) this.drawVersion();
    }
    drawFormat(mask: number): void {
        let rest = mask; // level M is 00
        for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
        const bits = ((mask << 10) | rest) ^ 0x5412;
        const bit = (i: number) => ((bits >>> i) & 1) === 1;
        for (let i = 0; i <= 5; i++) this.set(8, i, bit(i));
        this.set(8, 7, bit(6));
        this.set(8, 8, bit(7));
        this.set(7, 8, bit(8));
        for (let i = 9; i < 15; i++) this.set(14 - i, 8, bit(i));
        for (let i = 0; i < 8; i++) this.set(this.size - 1 - i, 8, bit(i));
        for (let i = 8; i < 15; i++) this.set(8, this.size - 15 + i, bit(i));
        this.set(8, this.size - 8, true);
    }
    drawVersion(): void {
        let rest = this.version;
        for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
        const bits = (this.version << 12) | rest;
        for (let i = 0; i < 18; i++) {
            const isDark = ((bits >>> i) & 1) === 1;
            const a = this.size - 11 + (i % 3);
            const b = Math.floor(i / 3);
            this.set(a, b, isDark);
            this.set(b, a, isDark);
        }
    }
    /** Two columns at a time, up and down, from the right. Mask 0 is as good as any for a till. */
    drawWords(words: number[]): void {
        let i = 0;
        for (let right = this.size - 1; right >= 1; right -= 2) {
            if (right === 6) right = 5;
            const isUp = ((right + 1) & 2) === 0;
            for (let k = 0; k < this.size; k++) {
                const y = isUp ? this.size - 1 - k : k;
                for (const x of [right, right - 1]) {
                    if (this.fixed[y]![x]) continue;
                    const bit =
                        i < words.length * 8 && ((words[i >>> 3]! >>> (7 - (i & 7))) & 1) === 1;
                    this.dark[y]![x] = bit !== ((x + y) % 2 === 0);
                    i++;
                }
            }
        }
    }
}

export function qrOf(text: string): boolean[][] {
    const bytes = new TextEncoder().encode(text);
    let version = 1;
    while (version <= 10 && bytes.length + (version < 10 ? 2 : 3) > dataWords(version)) version++;
    if (version > 10) throw new RangeError('too long for this QR code');
    const grid = new Grid(version);
    grid.drawWords(wordsOf(packBits(bytes, version), version));
    return grid.dark;
}

/** One path for all dark modules, with a quiet zone of four. */
export function qrPath(text: string): { path: string; size: number } {
    const rows = qrOf(text);
    const path = rows
        .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : '')))
        .join('');
    return { path, size: rows.length + 8 };
}
