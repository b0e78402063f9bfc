// The witness of the journal by another hand: C2SP signed-note and tlog-checkpoint, the tree of
// RFC 6962 by its recursive definition, and the chain, all from their texts and node:crypto.
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

const sha256 = (...parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
};
const DOMAIN = Buffer.from('huiquan-journal-v1\0');

export const chainNext = (prev, bytes) => sha256(DOMAIN, prev, bytes);

export function leafOf({ writer, seq, hash }) {
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64BE(BigInt(writer));
    numbers.writeBigUInt64BE(BigInt(seq), 8);
    return sha256(Buffer.of(0), numbers, hash);
}

/** MTH of RFC 6962, 2.1, over leaf hashes. */
export function treeHash(leaves) {
    if (leaves.length === 0) return sha256();
    if (leaves.length === 1) return leaves[0];
    let k = 1;
    while (k * 2 < leaves.length) k *= 2;
    return sha256(Buffer.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

/** The checkpoint's size, root and last entry; undefined when no key of the set signed it. */
export function readCheckpoint(note, jwks, origin = 'huiquan') {
    const end = note.lastIndexOf('\n\n') + 1;
    const match = /^— (\S+) (\S+)\n$/.exec(note.slice(end + 1));
    if (end === 0 || match?.[1] !== origin) return undefined;
    const signature = Buffer.from(match[2], 'base64');
    const text = note.slice(0, end);
    const signed = jwks.keys.some((jwk) => {
        const id = sha256(`${origin}\n`, Buffer.of(1), Buffer.from(jwk.x, 'base64url'));
        const key = createPublicKey({ key: jwk, format: 'jwk' });
        return (
            id.subarray(0, 4).equals(signature.subarray(0, 4)) &&
            verifySignature(null, Buffer.from(text), key, signature.subarray(4))
        );
    });
    const parts = /^(\S+)\n(\d+)\n(\S+)\n(\d+) (\d+) (\S+)\n$/.exec(text);
    if (!signed || parts?.[1] !== origin) return undefined;
    return { size: Number(parts[2]), root: Buffer.from(parts[3], 'base64') };
}

/** Rows {writer, seq, bytes, hash} by writer and seq; answers {clean, at: [writer, seq], why}. */
export function judgeJournal(rows, { note, leaves, jwks }) {
    const head = readCheckpoint(note, jwks);
    if (head === undefined) return { clean: false, why: 'signature' };
    let prev = { writer: 0, seq: 0, hash: Buffer.alloc(32) };
    const own = [];
    const bad = (row, why) => ({ clean: false, at: [row.writer, row.seq], why });
    const known = [];
    for (let i = 0; leaves && i < head.size && (i + 1) * 32 <= leaves.length; i++)
        known.push(leaves.subarray(i * 32, i * 32 + 32));
    const exact = known.length === head.size && treeHash(known).equals(head.root);
    for (const row of rows) {
        const sameDaemon = Math.floor(row.writer / 2 ** 32) === Math.floor(prev.writer / 2 ** 32);
        if (row.seq !== (row.writer === prev.writer ? prev.seq + 1 : 1)) return bad(row, 'missing');
        const before = sameDaemon ? prev.hash : Buffer.alloc(32);
        if (!chainNext(before, row.bytes).equals(row.hash)) return bad(row, 'hash');
        own.push(leafOf(row));
        const at = own.length - 1;
        if (exact && at < head.size && !own[at].equals(known[at])) return bad(row, 'leaf');
        if (own.length === head.size && !treeHash(own).equals(head.root)) return bad(row, 'root');
        prev = row;
    }
    if (own.length < head.size) return { clean: false, why: 'short' };
    return { clean: true };
}

export const readWitness = (path, jwks) => ({
    note: readFileSync(path, 'utf8'),
    leaves: existsSync(`${path}.leaves`) ? readFileSync(`${path}.leaves`) : undefined,
    jwks,
});
