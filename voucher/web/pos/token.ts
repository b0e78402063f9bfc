// What a scanner, a camera or a finger may bring: a voucher's digits, its short code, or an
// administrator's link that enrols this till. And what the digits say by themselves: genuine, how
// much, until when; whether it was used only the service knows.
import { utf8 } from './bytes';
import { serviceKey } from './signed';

export type Read =
    | { kind: 'token'; digits: string }
    | { kind: 'short'; digits: string }
    | { kind: 'enrol'; code: string }
    | { kind: 'typo' } /* a short code whose last digit does not fit */
    | { kind: 'foreign' };

const TOKEN_DIGITS = 253;

function luhnHolds(digits: string): boolean {
    let sum = 0;
    [...digits].reverse().forEach((c, i) => {
        const doubled = Number(c) * (i % 2 === 1 ? 2 : 1);
        sum += doubled > 9 ? doubled - 9 : doubled;
    });
    return sum % 10 === 0;
}

/** Full-width digits of an input method, groups and line ends are put right first. */
export function read(text: string): Read {
    const plain = text.normalize('NFKC').trim();
    const link = /#enroll=([\w-]{8,64})$/.exec(plain);
    if (link) return { kind: 'enrol', code: link[1]! };
    const digits = plain.replace(/[\s·-]/g, '');
    if (!/^\d+$/.test(digits)) return { kind: 'foreign' };
    if (digits.length === TOKEN_DIGITS || digits.length === TOKEN_DIGITS + 6)
        return { kind: 'token', digits };
    if (digits.length !== 18) return { kind: digits.length < 40 ? 'typo' : 'foreign' };
    return luhnHolds(digits) ? { kind: 'short', digits } : { kind: 'typo' };
}

export interface Claims {
    genuine: boolean;
    kind: 'shopping' | 'car';
    value_fen: number;
    expires_ms: number;
}

function bytesOf(digits: string): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(104);
    for (let at = 0, i = 0; at < 104; at += 7, i += 17) {
        const size = Math.min(7, 104 - at);
        let group = BigInt(digits.slice(i, i + (size === 7 ? 17 : 15)));
        for (let k = size - 1; k >= 0; k--) {
            out[at + k] = Number(group & 255n);
            group >>= 8n;
        }
        if (group > 0n) throw new RangeError('a group out of range');
    }
    return out;
}

/** By the service's published keys alone, so it works without a network; null: not such a token. */
export async function readOffline(digits: string): Promise<Claims | null> {
    try {
        const bytes = bytesOf(digits.slice(0, TOKEN_DIGITS));
        const view = new DataView(bytes.buffer);
        const kid = view.getUint32(4).toString(16).padStart(8, '0');
        const key = await serviceKey(kid);
        if (bytes[0] !== 1 || !key) return null;
        const domain = utf8('huiquan-voucher-v1\0');
        const message = new Uint8Array(domain.length + 40);
        message.set(domain);
        message.set(bytes.subarray(0, 40), domain.length);
        return {
            genuine: await crypto.subtle.verify('Ed25519', key, bytes.subarray(40), message),
            kind: bytes[1] === 1 ? 'car' : 'shopping',
            value_fen: view.getUint32(28),
            expires_ms: view.getUint32(36) * 1000,
        };
    } catch {
        return null;
    }
}
