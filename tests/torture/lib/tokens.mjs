// tests/torture/lib/tokens.mjs: the voucher token as the contract writes it, read and written by
// somebody who has only that paragraph.
const domain = Buffer.from('huiquan-voucher-v1\0');
// L, the order of Ed25519's group (RFC 8032, 5.1).
const order = (1n << 252n) + 27742317777372353535851937790883648493n;

function bytesOf(digits) {
    const parts = [];
    for (let at = 0; at < 253; at += 17) {
        const group = digits.slice(at, Math.min(at + 17, 253));
        const size = group.length === 17 ? 7 : 6;
        parts.push(
            Buffer.from(
                BigInt(group)
                    .toString(16)
                    .padStart(size * 2, '0'),
                'hex',
            ),
        );
    }
    return Buffer.concat(parts);
}

export function digitsOf(claims, signature) {
    const bytes = Buffer.concat([claims, signature]);
    let digits = '';
    for (let at = 0; at < bytes.length; at += 7) {
        const part = bytes.subarray(at, at + 7);
        const width = part.length === 7 ? 17 : 15;
        digits += BigInt(`0x${part.toString('hex')}`)
            .toString()
            .padStart(width, '0');
    }
    return digits;
}

export function tokenOf(digits) {
    const bytes = bytesOf(digits);
    const claims = bytes.subarray(0, 40);
    const signature = bytes.subarray(40);
    return {
        claims,
        signature,
        signedBytes: Buffer.concat([domain, claims]),
        change(how) {
            const copy = Buffer.from(claims);
            how(copy);
            return copy;
        },
        withOrderAdded() {
            const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
            const hex = (s + order).toString(16).padStart(64, '0');
            return Buffer.concat([signature.subarray(0, 32), Buffer.from(hex, 'hex').reverse()]);
        },
    };
}

export function changedDigit(random, digits) {
    const at = random.below(digits.length);
    const digit = (Number(digits[at]) + random.between(1, 9)) % 10;
    return digits.slice(0, at) + digit + digits.slice(at + 1);
}
