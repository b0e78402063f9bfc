// Tills: RFC 9421 in and out, enrolment, revocation.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Till, b64u, enrollProof, newKey } from '../scripts/lib/client.mjs';
import { root, until } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

let w, till, weak, shop;
before(async () => {
    w = await World.open();
    till = await w.till();
    weak = await w.till({}, { alg: 'hmac-sha256' });
    shop = await w.campaign({
        per_person_limit: 60,
        limits: { claims_per_s: 1000000, per_resident_per_min: 6000 },
        pools: [
            {
                name: '10 元',
                value_fen: 1000,
                count: 1000,
                min_spend_fen: 2000,
                pack: null,
                stackable: true,
            },
        ],
    });
});
after(() => w?.close());

const order = (over = {}) => ({
    out_request_no: newKey(),
    token: '0'.repeat(253),
    mode: 'capture',
    order: { order_no: newKey(), amount_fen: 5000 },
    ...over,
});
const send = (method, target, { headers, body }) =>
    w.api.request(method, target, { headers, body });
const now = () => Math.floor(Date.now() / 1000);
const url = '/v1/redemptions';

describe('faults of signature and digest are all 401, with a detail', () => {
    // Each takes a whole request that would have held and spoils one thing.
    const input = (s, from, to) => {
        assert.ok(s.headers['signature-input'].includes(from), s.headers['signature-input']);
        s.headers['signature-input'] = s.headers['signature-input'].replace(from, to);
    };
    const faults = {
        'no signature at all': (s) => {
            delete s.headers.signature;
            delete s.headers['signature-input'];
        },
        'no Signature': (s) => {
            delete s.headers.signature;
        },
        'no Signature-Input': (s) => {
            delete s.headers['signature-input'];
        },
        'an empty Signature': (s) => {
            s.headers.signature = '';
        },
        'another label': (s) => {
            s.headers.signature = s.headers.signature.replace('sig1', 'sig2');
            s.headers['signature-input'] = s.headers['signature-input'].replace('sig1', 'sig2');
        },
        'labels that differ': (s) => {
            s.headers.signature = s.headers.signature.replace('sig1', 'sig2');
        },
        'a signature flipped in one bit': (s) => {
            const raw = Buffer.from(s.headers.signature.slice(6, -1), 'base64');
            raw[10] ^= 1;
            s.headers.signature = `sig1=:${raw.toString('base64')}:`;
        },
        'a signature cut short': (s) => {
            s.headers.signature = `sig1=:${Buffer.from(s.headers.signature.slice(6, -1), 'base64').subarray(0, 63).toString('base64')}:`;
        },
        'a signature of zeros': (s) => {
            s.headers.signature = `sig1=:${Buffer.alloc(64).toString('base64')}:`;
        },
        'a signature that is no byte sequence': (s) => {
            s.headers.signature = 'sig1="abc"';
        },
        'created changed': (s) =>
            input(s, /created=\d+/.exec(s.headers['signature-input'])[0], `created=${now() - 1}`),
        'the nonce changed': (s) => input(s, 'nonce="', 'nonce="x'),
        'the tag of answers': (s) => input(s, 'huiquan-pos', 'huiquan-receipt'),
        'another terminal': (s) => input(s, till.id, weak.id),
        'a terminal that is not': (s) => input(s, till.id, 'trm_00000000000000000000000000'),
        'a keyid that is no terminal': (s) => input(s, till.id, 'me'),
        'another algorithm': (s) => input(s, 'alg="ed25519"', 'alg="hmac-sha256"'),
        'an unknown algorithm': (s) => input(s, 'alg="ed25519"', 'alg="rsa-pss-sha512"'),
        'no algorithm': (s) => input(s, ';alg="ed25519"', ''),
        'no nonce': (s) => input(s, /;nonce="\w+"/.exec(s.headers['signature-input'])[0], ''),
        'no created': (s) => input(s, /;created=\d+/.exec(s.headers['signature-input'])[0], ''),
        'created with a fraction': (s) =>
            input(s, /created=\d+/.exec(s.headers['signature-input'])[0], `created=${now()}.5`),
        'no method covered': (s) => input(s, '"@method" ', ''),
        'no path covered': (s) => input(s, '"@path" ', ''),
        'no query covered': (s) => input(s, '"@query" ', ''),
        'a component twice': (s) => input(s, '"@method" ', '"@method" "@method" '),
        'a component that is not sent': (s) => input(s, '"@method" ', '"@method" "x-absent" '),
        'the digest uncovered': (s) => input(s, ' "content-digest"', ''),
        'the key uncovered': (s) => input(s, ' "idempotency-key"', ''),
        'the body changed': (s) => {
            s.body = s.body.replace('5000', '5001');
        },
        'the body one space longer': (s) => {
            s.body += ' ';
        },
        'the digest changed': (s) => {
            s.headers['content-digest'] =
                `sha-256=:${createHash('sha256').update('other').digest('base64')}:`;
        },
        'no digest': (s) => {
            delete s.headers['content-digest'];
        },
        'a digest of another kind': (s) => {
            s.headers['content-digest'] =
                `sha-512=:${createHash('sha512').update(s.body).digest('base64')}:`;
        },
        'the key changed': (s) => {
            s.headers['idempotency-key'] = newKey();
        },
        'a query added': (s) => {
            s.target = `${url}?x=1`;
        },
    };
    for (const [name, spoil] of Object.entries(faults)) {
        test(name, async () => {
            const signed = till.signed('POST', url, { key: newKey(), body: order() });
            spoil(signed);
            const json = refused(
                await send('POST', signed.target ?? url, signed),
                401,
                'unauthenticated',
            );
            assert.ok(json.detail.length > 5);
        });
    }
    test('nothing spoiled: not 401', async () =>
        refused(
            await send('POST', url, till.signed('POST', url, { key: newKey(), body: order() })),
            422,
            'signature_invalid',
        ));
    for (const [offset, holds] of [
        [-299, true],
        [299, true],
        [-310, false],
        [310, false],
        [-86400, false],
        [1e9, false],
    ]) {
        test(`created ${offset} s from now ${holds ? 'holds' : 'is refused'}`, async () => {
            const answer = await till.request('GET', '/v1/terminals/me/journal', {
                created: now() + offset,
            });
            if (holds) granted(answer);
            else refused(answer, 401, 'unauthenticated');
        });
    }
    test('another path', async () =>
        refused(
            await send(
                'GET',
                '/v1/redemptions/by-request/b',
                till.signed('GET', '/v1/redemptions/by-request/a'),
            ),
            401,
            'unauthenticated',
        ));
    test('another method', async () =>
        assert.equal(
            (
                await send(
                    'HEAD',
                    '/v1/terminals/me/journal',
                    till.signed('GET', '/v1/terminals/me/journal'),
                )
            ).status,
            401,
        ));
    test('an HMAC till: the wrong secret', async () => {
        const other = new Till(w.api, { terminal_id: weak.id, secret: b64u(Buffer.alloc(32, 7)) });
        refused(await other.get('/v1/terminals/me/journal'), 401, 'unauthenticated');
        granted(await weak.get('/v1/terminals/me/journal'));
    });
    test("an Ed25519 till's public key is no HMAC secret", async () => {
        const forged = new Till(w.api, {
            terminal_id: till.id,
            secret: createPublicKey(till.privateKey).export({ format: 'jwk' }).x,
        });
        refused(await forged.get('/v1/terminals/me/journal'), 401, 'unauthenticated');
    });
});

describe('replays', () => {
    test('the same signed bytes again: the same answer, one redemption', async () => {
        const voucher = await w.voucher(shop, 500000),
            signed = till.signed('POST', url, {
                key: newKey(),
                body: order({ token: voucher.token }),
            });
        const first = await send('POST', url, signed),
            again = await send('POST', url, signed);
        granted(first, 201);
        assert.ok(again.raw.equals(first.raw) && again.headers['idempotent-replayed'] === 'true');
    });
    test('a weak till redeems too', async () =>
        granted(await weak.redeem(await w.voucher(shop, 500000), { amount_fen: 5000 }), 201));
    test('components in any order, and more of them', async () => {
        const s = till.signed('GET', '/v1/terminals/me/journal?limit=5'),
            params = `("@query" "@path" "@authority" "@method");created=${now()};nonce="n1234567";keyid="${till.id}";alg="ed25519";tag="huiquan-pos"`;
        const base = `"@query": ?limit=5\n"@path": /v1/terminals/me/journal\n"@authority": 127.0.0.1:${w.daemon.port}\n"@method": GET\n"@signature-params": ${params}`;
        s.headers['signature-input'] = `sig1=${params}`;
        s.headers.signature = `sig1=:${sign(null, Buffer.from(base), till.privateKey).toString('base64')}:`;
        granted(await send('GET', '/v1/terminals/me/journal?limit=5', s));
    });
});

// The receipt: by a key of the JWKS, over status and digest, with the request's nonce.
async function receiptHolds(answer, nonce) {
    const input = /^sig1=(\("@status" "content-digest"\);.*)$/.exec(
        answer.headers['signature-input'],
    );
    assert.ok(input, answer.headers['signature-input']);
    const digest = answer.headers['content-digest'];
    assert.equal(digest, `sha-256=:${createHash('sha256').update(answer.raw).digest('base64')}:`);
    const param = (name) => new RegExp(`;${name}="?([^";]+)"?`).exec(input[1])?.[1];
    assert.deepEqual(
        [param('nonce'), param('tag'), param('alg')],
        [nonce, 'huiquan-receipt', 'ed25519'],
    );
    assert.ok(Math.abs(Number(param('created')) - now()) < 60);
    const { keys } = granted(await w.api.get('/.well-known/jwks.json')),
        key = keys.find((k) => k.kid === param('keyid'));
    assert.ok(key, input[1]);
    const base = `"@status": ${answer.status}\n"content-digest": ${digest}\n"@signature-params": ${input[1]}`;
    const bytes = Buffer.from(/^sig1=:(.*):$/.exec(answer.headers.signature)[1], 'base64');
    assert.ok(
        verify(null, Buffer.from(base), createPublicKey({ key, format: 'jwk' }), bytes),
        'the receipt is signed',
    );
}
describe('receipts', () => {
    test('of a redemption, its replay and a refusal', async () => {
        const voucher = await w.voucher(shop, 500000),
            key = newKey(),
            body = order({ token: voucher.token });
        for (const [nonce, status, ask] of [
            ['nonce-first-1', 201, { key, body }],
            ['nonce-again-2', 201, { key, body }],
            ['nonce-other-3', 409, { key: newKey(), body: order({ token: voucher.token }) }],
        ]) {
            const answer = await till.request('POST', url, { ...ask, nonce });
            assert.equal(answer.status, status);
            await receiptHolds(answer, nonce);
        }
    });
    for (const [name, ask] of Object.entries({
        'a read': (nonce) => till.get('/v1/terminals/me/journal', { nonce }),
        'not found': (nonce) => till.get('/v1/redemptions/by-request/none', { nonce }),
        'by HMAC': (nonce) => weak.get('/v1/terminals/me/journal', { nonce }),
        'a verification': (nonce) =>
            till.request('POST', '/v1/verifications', { nonce, body: { token: '1'.repeat(253) } }),
    })) {
        test(`of ${name}`, async () => {
            const nonce = newKey();
            await receiptHolds(await ask(nonce), nonce);
        });
    }
    test('none without a good signature', async () => {
        const signed = till.signed('GET', '/v1/terminals/me/journal');
        signed.headers.signature = `sig1=:${Buffer.alloc(64).toString('base64')}:`;
        assert.equal(
            (await send('GET', '/v1/terminals/me/journal', signed)).headers.signature,
            undefined,
        );
    });
});

describe('enrolment', () => {
    const code = async () =>
        granted(
            await w.api.post(
                `/v1/admin/merchants/${till.merchant.merchant_id}/terminals`,
                { outlet: '一号', limits: {} },
                { token: w.author.token },
            ),
            201,
        ).enrollment_code;
    const pair = () => {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        return { d: privateKey.export({ format: 'jwk' }), x: publicKey.export({ format: 'jwk' }) };
    };
    const enroll = (body, options) => w.api.post('/v1/terminals/enroll', body, options);
    test('a code is good once; the same key again answers the same', async () => {
        const enrollment_code = await code(),
            { d, x } = pair(),
            key = newKey(),
            body = { enrollment_code, public_key_jwk: x, proof: enrollProof(enrollment_code, d) };
        const first = await enroll(body, { key });
        assert.deepEqual(
            [granted(first, 201).merchant_id, first.json.outlet],
            [till.merchant.merchant_id, '一号'],
        );
        assert.match(first.json.terminal_id, /^trm_/);
        assert.ok((await enroll(body, { key })).raw.equals(first.raw));
        assert.match(
            refused(await enroll(body), 401, 'unauthenticated').detail,
            /注册码已用过或已过期/,
        );
        const other = pair();
        refused(
            await enroll({
                enrollment_code,
                public_key_jwk: other.x,
                proof: enrollProof(enrollment_code, other.d),
            }),
            401,
            'unauthenticated',
        );
        refused(await enroll({ enrollment_code, alg: 'hmac-sha256' }), 401, 'unauthenticated');
    });
    test('one code, twenty at once: one terminal', async () => {
        const enrollment_code = await code();
        const answers = await Promise.all(
            Array.from({ length: 20 }, () => {
                const { d, x } = pair();
                return enroll({
                    enrollment_code,
                    public_key_jwk: x,
                    proof: enrollProof(enrollment_code, d),
                });
            }),
        );
        assert.equal(answers.filter((a) => a.status === 201).length, 1);
        assert.ok(answers.every((a) => a.status === 201 || a.status === 401));
    });
    test('the proof is of this key over this code', async () => {
        const [enrollment_code, another] = [await code(), await code()],
            { d, x } = pair(),
            other = pair();
        for (const proof of [
            enrollProof(another, d),
            enrollProof(enrollment_code, other.d),
            b64u(Buffer.alloc(64)),
            b64u(sign(null, Buffer.from(enrollment_code), till.privateKey)),
        ]) {
            refused(
                await enroll({ enrollment_code, public_key_jwk: x, proof }),
                401,
                'unauthenticated',
            );
        }
        assert.match(
            (await enroll({ enrollment_code, public_key_jwk: x, proof: 'short' })).json.code,
            /^(malformed|invalid|unauthenticated)$/,
        );
        granted(
            await enroll({
                enrollment_code,
                public_key_jwk: { ...x, use: 'sig', extra: 1 },
                proof: enrollProof(enrollment_code, d),
            }),
            201,
        );
    });
    for (const wrong of ['', 'x', 'A'.repeat(40), '0'.repeat(52)]) {
        test(`code "${wrong.slice(0, 6)}…" is refused`, async () => {
            const { d, x } = pair(),
                answer = await enroll({
                    enrollment_code: wrong,
                    public_key_jwk: x,
                    proof: enrollProof(wrong, d),
                });
            assert.ok([400, 401, 422].includes(answer.status), `${answer.status}`);
        });
    }
    test('a code changed in any place is refused', async () => {
        const good = await code(),
            { d, x } = pair();
        for (let i = 0; i < good.length; i += 5) {
            const c = good[i] === '2' ? '3' : '2',
                enrollment_code = good.slice(0, i) + c + good.slice(i + 1);
            const answer = await enroll({
                enrollment_code,
                public_key_jwk: x,
                proof: enrollProof(enrollment_code, d),
            });
            assert.ok(
                answer.status === 401 || answer.status === 400,
                `${i}: ${answer.status} ${answer.raw}`,
            );
        }
    });
    const order8 = JSON.parse(
        readFileSync(path.join(root, 'tests/vectors/ed25519_small_order.json'), 'utf8'),
    );
    const points = [...JSON.stringify(order8).matchAll(/"([0-9a-f]{64})"/g)].map((m) => m[1]);
    for (const hex of new Set(points)) {
        test(`small-order or non-canonical key ${hex.slice(0, 8)}…${hex.slice(-4)} is refused`, async () => {
            const enrollment_code = await code(),
                x = b64u(Buffer.from(hex, 'hex'));
            // S = 0, R = the point itself: holds for any message under a key of small order.
            for (const proof of [
                Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(32)]),
                Buffer.concat([Buffer.from('01'.padEnd(64, '0'), 'hex'), Buffer.alloc(32)]),
            ]) {
                const answer = await enroll({
                    enrollment_code,
                    public_key_jwk: { kty: 'OKP', crv: 'Ed25519', x },
                    proof: b64u(proof),
                });
                assert.ok(
                    [400, 401, 422].includes(answer.status),
                    `${answer.status} ${answer.raw}`,
                );
            }
        });
    }
    for (const [name, jwk] of Object.entries({
        'an X25519 key': { kty: 'OKP', crv: 'X25519', x: b64u(Buffer.alloc(32, 9)) },
        'an EC key': {
            kty: 'EC',
            crv: 'P-256',
            x: b64u(Buffer.alloc(32, 1)),
            y: b64u(Buffer.alloc(32, 2)),
        },
        'a short key': { kty: 'OKP', crv: 'Ed25519', x: b64u(Buffer.alloc(31, 9)) },
        'no x': { kty: 'OKP', crv: 'Ed25519' },
    })) {
        test(`${name} is refused`, async () => {
            const answer = await enroll({
                enrollment_code: await code(),
                public_key_jwk: jwk,
                proof: b64u(Buffer.alloc(64)),
            });
            assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.raw}`);
        });
    }
});

test('a revoked till acts no more, at the latest after five seconds', async () => {
    const gone = await w.till();
    granted(await gone.get('/v1/terminals/me/journal'));
    const revoke = () =>
        w.api.post(`/v1/admin/terminals/${gone.id}/revoke`, {}, { token: w.author.token });
    granted(await revoke());
    await until(
        'refused',
        async () => (await gone.get('/v1/terminals/me/journal')).status === 401,
        5000,
    );
    const voucher = await w.voucher(shop, 500001);
    for (let i = 0; i < 8; i++)
        refused(await gone.redeem(voucher, { amount_fen: 5000 }), 401, 'unauthenticated');
    granted(await till.redeem(voucher, { amount_fen: 5000 }), 201);
    refused(
        await w.api.post(
            '/v1/admin/terminals/trm_00000000000000000000000000/revoke',
            {},
            { token: w.author.token },
        ),
        404,
        'not_found',
    );
});
