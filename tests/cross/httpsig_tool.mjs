// tests/cross/httpsig_tool.mjs: calls tool_httpsig of the build, and keys that both sides share.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tool = `${process.env.HUIQUAN_BUILD_DIR ?? `${root}build`}/tool_httpsig`;

export function callTool(verb, input) {
    const result = spawnSync(tool, [verb], { input, encoding: 'utf8' });
    assert.equal(result.error, undefined);
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
}

// [[word, value], ...]; a value that is undefined leaves its word out.
export function describeFor(words) {
    return words.filter(([, value]) => value !== undefined)
        .map(([word, value]) => `${word} ${value}\n`).join('');
}

export function fieldsFrom(output) {
    return Object.fromEntries(output.trim().split('\n').map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
    }));
}

export const hex = (bytes) => Buffer.from(bytes).toString('hex');

export const digestOf = (body) =>
    `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

const pkcs8Ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

export function ed25519FromSeed(seed) {
    const privateKey = createPrivateKey({
        key: Buffer.concat([pkcs8Ed25519, seed]), format: 'der', type: 'pkcs8',
    });
    const publicKey = createPublicKey(privateKey);
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    return { seed, privateKey, publicKey, raw };
}
