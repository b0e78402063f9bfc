// tests/torture/lib/canaries.mjs: words that must be nowhere, in every way that software writes them
// down, and a search for all of them at once.
const reversed = (text) => [...text].reverse().join('');
const escaped = (text) =>
    [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
// Base64 of a text within a longer one: what does not depend on its neighbours, at each alignment.
function base64Within(bytes, encoding) {
    return [0, 1, 2].map((shift) => {
        const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString(encoding);
        const from = shift === 0 ? 0 : 4;
        const whole = Math.floor((shift + bytes.length) / 3) * 4;
        return Buffer.from(text.slice(from, whole));
    });
}
export function spellings(word) {
    const isText = typeof word === 'string';
    const bytes = isText ? Buffer.from(word) : word;
    const all = [
        bytes,
        Buffer.from(bytes).reverse(),
        Buffer.from(bytes.toString('hex')),
        Buffer.from(bytes.toString('hex').toUpperCase()),
        ...base64Within(bytes, 'base64'),
        ...base64Within(bytes, 'base64url'),
    ];
    if (isText) {
        all.push(Buffer.from(reversed(word)), Buffer.from(word, 'utf16le'));
        if (/[^\x21-\x7e]/.test(word)) {
            all.push(Buffer.from(encodeURIComponent(word)));
            all.push(Buffer.from(encodeURIComponent(word).toLowerCase()));
            all.push(
                Buffer.from(escaped(word)),
                Buffer.from(escaped(word).toUpperCase().replaceAll('\\U', '\\u')),
            );
        }
    }
    const seen = new Map(all.filter((b) => b.length >= 8).map((b) => [b.toString('latin1'), b]));
    return [...seen.values()];
}

const bits = 22;
const slot = (b, i) =>
    (Math.imul(b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24), 0x9e3779b1) >>>
        (32 - bits)) >>>
    0;

export class Canaries {
    constructor() {
        this.maybe = new Uint8Array(1 << bits);
        this.by = new Map();
        this.words = 0;
        this.patterns = 0;
    }
    add(name, word) {
        this.words++;
        for (const bytes of spellings(word)) {
            const at = slot(bytes, 0);
            this.maybe[at] = 1;
            if (!this.by.has(at)) this.by.set(at, []);
            this.by.get(at).push({ name, bytes });
            this.patterns++;
        }
    }
    /** Names of what is in these bytes, and where. */
    find(haystack) {
        const hits = [];
        for (let i = 0; i + 8 <= haystack.length; i++) {
            const at = slot(haystack, i);
            if (!this.maybe[at]) continue;
            for (const { name, bytes } of this.by.get(at))
                if (
                    i + bytes.length <= haystack.length &&
                    haystack.compare(bytes, 0, bytes.length, i, i + bytes.length) === 0
                )
                    hits.push({ name, at: i });
        }
        return hits;
    }
}
