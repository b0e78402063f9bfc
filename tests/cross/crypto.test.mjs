// Tokens, keys, JWS, JWT and checkpoints: node:crypto and npm jose judge what the C makes, and make
// what it judges. Needs tool_crypto of the build.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
    createCipheriv, createHash, createPublicKey, generateKeyPairSync, hkdfSync, sign,
    verify,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import {
    SignJWT, calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, exportJWK,
    generateKeyPair, importJWK, jwtVerify,
} from 'jose';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tool = `${process.env.HUIQUAN_BUILD_DIR ?? `${root}build`}/tool_crypto`;
const run = promisify(execFile);
const now = 1781834400;
const state = mkdtempSync(join(tmpdir(), 'huiquan-cross-'));
const keys = join(state, 'keys');

// Standard output without its last line feed; refused: throws with code 1.
async function call(...args) {
    const { stdout } = await run(tool, args);
    return stdout.replace(/\n$/, '');
}

async function refused(...args) {
    await assert.rejects(call(...args), (error) => error.code === 1);
}

before(async () => { await call('keys-create', keys); });
after(() => rmSync(state, { recursive: true, force: true }));

async function jwks() {
    return JSON.parse(await call('jwks', keys));
}

// The contract's paragraph, read by somebody else.
function bytesOf(digits) {
    assert.match(digits, /^[0-9]{253}$/);
    const parts = [];
    for (let at = 0; at < 253; at += 17) {
        const group = digits.slice(at, at + 17);
        const size = group.length === 17 ? 7 : 6;
        parts.push(Buffer.from(BigInt(group).toString(16).padStart(size * 2, '0'), 'hex'));
    }
    return Buffer.concat(parts);
}

function digitsOf(bytes) {
    let digits = '';
    for (let at = 0; at < bytes.length; at += 7) {
        const part = bytes.subarray(at, at + 7);
        digits += BigInt(`0x${part.toString('hex')}`).toString().padStart(part.length === 7 ? 17 : 15, '0');
    }
    return digits;
}

const domain = Buffer.from('huiquan-voucher-v1\0');

function kidOf(x) {
    return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex').slice(0, 8);
}

test('JWKS is as jose and node:crypto read it', async () => {
    const set = await jwks();
    assert.equal(set.keys.length, 2);
    for (const key of set.keys) {
        assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
        assert.equal(key.kid, kidOf(key.x));
        await importJWK(key, 'EdDSA');
        assert.ok(await calculateJwkThumbprint(key));
        createPublicKey({ key, format: 'jwk' });
    }
});

test('a token of ours, verified by node:crypto', async () => {
    const token = bytesOf(await call('token-sign', keys));
    assert.equal(token.length, 104);
    const kid = token.subarray(4, 8).toString('hex');
    const jwk = (await jwks()).keys.find((key) => key.kid === kid);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const claims = token.subarray(0, 40);
    assert.ok(verify(null, Buffer.concat([domain, claims]), key, token.subarray(40)));
    assert.equal(claims.readUInt8(0), 1);
    assert.equal(claims.readUInt8(1), 1);
    assert.equal(claims.readUInt16BE(2), 2);
    assert.equal(claims.subarray(8, 24).toString('hex'), '01563e3ab5d3d6764c61efb99302bd5b');
    assert.deepEqual([24, 28, 32, 36].map((at) => claims.readUInt32BE(at)),
        [7, 500000, 1781834400, 1782835200]);
});

function tokenBy(pair, change) {
    const x = pair.publicKey.export({ format: 'jwk' }).x;
    const claims = Buffer.alloc(40);
    claims.writeUInt8(1, 0);
    Buffer.from(kidOf(x), 'hex').copy(claims, 4);
    claims.writeUInt32BE(12345, 28);
    claims.writeUInt32BE(now, 36);
    change?.(claims);
    const signature = sign(null, Buffer.concat([domain, claims]), pair.privateKey);
    return { x, token: Buffer.concat([claims, signature]) };
}

test('a token of node:crypto, verified by ours', async () => {
    const pair = generateKeyPairSync('ed25519');
    const { x, token } = tokenBy(pair);
    assert.equal(await call('token-verify', x, digitsOf(token)), `${kidOf(x)} 12345 ${now}`);
    for (const at of [0, 1, 2, 4, 8, 24, 28, 32, 39, 40, 71, 103]) {
        const forged = Buffer.from(token);
        forged[at] ^= 1;
        await refused('token-verify', x, digitsOf(forged));
    }
    await refused('token-verify', x, digitsOf(token).slice(1));
    await refused('token-verify', x, digitsOf(tokenBy(pair, (c) => c.writeUInt8(2, 0)).token));
    await refused('token-verify', x, digitsOf(tokenBy(pair, (c) => c.writeUInt16BE(4, 2)).token));
    const bare = Buffer.from(token);
    sign(null, token.subarray(0, 40), pair.privateKey).copy(bare, 40);
    await refused('token-verify', x, digitsOf(bare)); // without its domain
});

test('a voucher as JWS, verified by jose', async () => {
    const compact = await call('jws-sign', keys, 'https://huiquan.example');
    const header = decodeProtectedHeader(compact);
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
    assert.equal(header.alg, 'Ed25519');
    const { payload } = await jwtVerify(compact, createLocalJWKSet(await jwks()), {
        typ: 'voucher+jwt', issuer: 'https://huiquan.example', audience: 'huiquan-pos',
        algorithms: ['Ed25519'], currentDate: new Date(now * 1000),
    });
    assert.equal(payload.jti, 'vch_01ARZ3NDEKTSV4RRFFQ69G5FAV');
    assert.equal(payload.amt, 500000);
    assert.equal(payload.nbf, 1781834400);
    assert.equal(payload.exp, 1782835200);
    assert.match(payload.cid, /^cmp_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
});

async function issuer(alg) {
    const options = alg === 'ES256' ? {} : { crv: 'Ed25519' };
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
    const jwk = { ...await exportJWK(publicKey), kid: `kid-${alg}`, use: 'sig', alg };
    return { alg, jwk, privateKey };
}

function assertion(by, { claims = {}, header = {}, exp = now + 60 } = {}) {
    return new SignJWT({ name: '张三', id_number: '11010519491231002X', ...claims })
        .setProtectedHeader({ alg: by.alg, kid: by.jwk.kid, ...header })
        .setIssuer('https://app.example').setAudience('huiquan').setExpirationTime(exp)
        .sign(by.privateKey);
}

test('assertions of jose, judged by ours', async () => {
    const by = await Promise.all(['EdDSA', 'Ed25519', 'ES256'].map(issuer));
    const file = join(state, 'issuers.json');
    writeFileSync(file, JSON.stringify([
        { iss: 'https://app.example', jwks: { keys: by.map((one) => one.jwk) } },
    ]));
    for (const one of by) {
        const good = await assertion(one);
        assert.equal(await call('jwt-verify', file, `${now}`, good), 'good 张三');
        await refused('jwt-verify', file, `${now + 120}`, good);
        await refused('jwt-verify', file, `${now}`, `${good.slice(0, -4)}AAAA`);
        await refused('jwt-verify', file, `${now}`, good.replace(/\.[^.]*$/, '.'));
        await refused('jwt-verify', file, `${now}`,
            await assertion(one, { claims: { nbf: now + 61 } }));
        await refused('jwt-verify', file, `${now}`,
            await assertion({ ...one, jwk: { kid: 'another' } }));
    }
    const stranger = await issuer('ES256');
    await refused('jwt-verify', file, `${now}`, await assertion(stranger));
    // One key's name, another's algorithm.
    await refused('jwt-verify', file, `${now}`, await assertion({ ...by[0], jwk: by[2].jwk }));
    await refused('jwt-verify', file, `${now}`, await assertion({ ...by[2], jwk: by[0].jwk }));
});

test('JWS of jose over single keys, ES256 many times for odd sizes of r and s', async () => {
    const one = await issuer('ES256');
    for (let i = 0; i < 40; i++) {
        const compact = await assertion(one, { claims: { i } });
        const payload = JSON.parse(await call('jws-verify', JSON.stringify(one.jwk), compact));
        assert.equal(payload.i, i);
    }
});

test('a checkpoint, verified by the rules of C2SP signed-note', async () => {
    const origin = 'huiquan.example/huiji';
    const note = `${await call('checkpoint', keys, origin)}\n`;
    const end = note.lastIndexOf('\n\n') + 1;
    const match = /^— (\S+) (\S+)\n$/.exec(note.slice(end + 1));
    assert.equal(match[1], origin);
    const signature = Buffer.from(match[2], 'base64');
    const jwk = (await jwks()).keys[0];
    const id = createHash('sha256').update(`${origin}\n`).update(Buffer.from([1]))
        .update(Buffer.from(jwk.x, 'base64url')).digest().subarray(0, 4);
    assert.deepEqual(signature.subarray(0, 4), id);
    assert.ok(verify(null, Buffer.from(note.slice(0, end)),
        createPublicKey({ key: jwk, format: 'jwk' }), signature.subarray(4)));
});

// FF1 of SP 800-38G for radix 10, an empty tweak and 17 digits, from the text of the standard.
function ff1(key, number) {
    const aes = (block) => {
        const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
        return cipher.update(block);
    };
    const [u, v] = [8, 9];
    let a = number / 10n ** BigInt(v);
    let b = number % 10n ** BigInt(v);
    const p = Buffer.from([1, 2, 1, 0, 0, 10, 10, u, 0, 0, 0, 17, 0, 0, 0, 0]);
    for (let i = 0; i < 10; i++) {
        const q = Buffer.alloc(16);
        q[11] = i;
        q.writeUInt32BE(Number(b), 12);
        const first = aes(p);
        const s = aes(Buffer.from(q.map((byte, at) => byte ^ first[at])));
        const c = (a + s.readBigUInt64BE(0)) % 10n ** BigInt(i % 2 === 0 ? u : v);
        [a, b] = [b, c];
    }
    return a * 10n ** BigInt(v) + b;
}

test('short codes are FF1 under the derived key, with a Luhn digit', async () => {
    const master = Buffer.from(readFileSync(join(keys, 'master.key'), 'utf8').trim(), 'hex');
    const key = Buffer.from(hkdfSync('sha256', master, '', 'huiquan-v1 short-code 0', 32));
    for (const number of [0n, 1n, 2n, 99999n, 123456789012345n, 10n ** 17n - 1n]) {
        const [code, back] = (await call('short-code', keys, `${number}`)).split(' ');
        assert.equal(BigInt(back), number);
        assert.equal(code.slice(0, 17), ff1(key, number).toString().padStart(17, '0'));
        const sum = [...code].reverse().map(Number)
            .map((d, i) => (i % 2 === 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2))
            .reduce((x, y) => x + y, 0);
        assert.equal(sum % 10, 0);
    }
});

test('rotation keeps old tokens good', async () => {
    const digits = await call('token-sign', keys);
    const kid = bytesOf(digits).subarray(4, 8).toString('hex');
    await call('keys-rotate', keys);
    const set = await jwks();
    assert.equal(set.keys.length, 3);
    const old = set.keys.find((key) => key.kid === kid);
    await call('token-verify', old.x, digits);
    const fresh = bytesOf(await call('token-sign', keys)).subarray(4, 8).toString('hex');
    assert.notEqual(fresh, kid);
});
