// tests/torture/lib/signed.mjs: a till's request as bytes, signed over whatever the row wants to be
// covered (RFC 9421), so that it can be spoilt afterwards in any place.
import { createHash, sign } from 'node:crypto';
import { newKey } from '../../../scripts/lib/client.mjs';

export const lines = (fields) => fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');

export const wholeAnswers = (count) => (text) => {
    let at = 0;
    for (let n = 0; n < count; n++) {
        const end = text.indexOf('\r\n\r\n', at);
        if (end < 0) return false;
        const size = /\r\ncontent-length: *(\d+)/i.exec(text.slice(at, end))?.[1] ?? 0;
        at = end + 4 + Number(size);
        if (text.length < at) return false;
    }
    return true;
};

class Signed {
    constructor(fields, body, target) {
        Object.assign(this, { method: 'POST', target, fields, body });
    }
    field(name) {
        return this.fields.find(([one]) => one === name)[1];
    }
    set(name, value) {
        this.fields.find(([one]) => one === name)[1] = value;
    }
    append(name, text) {
        this.set(name, this.field(name) + text);
    }
    remove(name) {
        this.fields = this.fields.filter(([one]) => one !== name);
    }
    replace(from, to) {
        this.fields = this.fields.map(([name, value]) => [name, value.replace(from, to)]);
    }
    // Whether a byte of the whole is one that the signature vouches for: method, target, the values
    // of the signed fields and of the signature's own, and the body.
    coveredIn(bytes) {
        const text = bytes.toString('latin1');
        const spans = [[0, `${this.method} ${this.target}`.length]];
        for (const [name, value] of this.fields) {
            if (name === 'Host' || name === 'Content-Type' || name === 'Content-Length') continue;
            const at = text.indexOf(`\r\n${name}: `) + name.length + 4;
            spans.push([at, at + value.length]);
        }
        spans.push([text.indexOf('\r\n\r\n') + 4, bytes.length]);
        return (at) => spans.some(([from, to]) => at >= from && at < to);
    }
}

// components: what is covered, in that order; told: what Signature-Input says is covered, when it
// lies; params: the signature's parameters, when they are not the usual ones.
export function signedRequest(till, target, body, over = {}) {
    const { key = newKey(), created = Math.floor(Date.now() / 1000), nonce = newKey() } = over;
    const bytes = Buffer.from(JSON.stringify(body));
    const digest = `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
    const components = over.components ?? [
        '@method',
        '@path',
        '@query',
        'content-digest',
        'idempotency-key',
    ];
    const values = {
        '@method': 'POST',
        '@path': target,
        '@query': '?',
        'content-digest': digest,
        'idempotency-key': key,
    };
    const params = (
        over.params ?? [
            ['created', created],
            ['nonce', `"${nonce}"`],
            ['keyid', `"${till.id}"`],
            ['alg', '"ed25519"'],
            ['tag', '"huiquan-pos"'],
        ]
    )
        .map(([name, value]) => `;${name}=${value}`)
        .join('');
    const list = (names) => `(${names.map((name) => `"${name}"`).join(' ')})${params}`;
    const base =
        components.map((name) => `"${name}": ${values[name] ?? ''}\n`).join('') +
        `"@signature-params": ${list(components)}`;
    const signature = sign(null, Buffer.from(base), till.privateKey).toString('base64');
    const fields = [
        ['Host', 'till'],
        ['Content-Type', 'application/json'],
        ['Content-Digest', digest],
        ['Idempotency-Key', key],
        ['Signature-Input', `sig1=${list(over.told ?? components)}`],
        ['Signature', `sig1=:${signature}:`],
    ];
    return new Signed(fields, bytes.toString(), target);
}

export function asBytes({ method, target, fields, body }) {
    const all = [...fields, ['Content-Length', Buffer.byteLength(body)]];
    return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines(all)}\r\n${body}`);
}
