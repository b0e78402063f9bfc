// Signing in: assertions of trusted issuers, one-time codes with the city's check, assurance.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Api, assertion, b64u, newIssuer, person } from '../scripts/lib/client.mjs';
import { startDaemon, until } from '../scripts/lib/servers.mjs';
import { World, granted, pointers, refused } from '../scripts/lib/world.mjs';
import path from 'node:path';

const second = newIssuer('https://second.example');
const es = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const esIssuer = { iss: 'https://es.example', kid: 'es-1' };
const esConfig = {
    iss: esIssuer.iss,
    jwks: {
        keys: [
            { ...es.publicKey.export({ format: 'jwk' }), kid: 'es-1', alg: 'ES256', use: 'sig' },
        ],
    },
};
let w,
    side,
    city = { sms: 200, identity: 200, match: true, raw: undefined },
    codes = [],
    asked = [];
before(async () => {
    side = http.createServer((req, res) => {
        let body = '';
        req.on('data', (part) => {
            body += part;
        });
        req.on('end', () => {
            if (req.url === '/sms') {
                codes.push(JSON.parse(body));
                res.writeHead(city.sms);
                res.end('{}');
                return;
            }
            asked.push(JSON.parse(body));
            res.writeHead(city.identity, { 'content-type': 'application/json' });
            res.end(city.raw ?? JSON.stringify({ match: city.match }));
        });
    });
    await new Promise((done) => side.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${side.address().port}`;
    w = await World.open({
        issuers: [...second.config, esConfig],
        settings: { sms_webhook_url: `${url}/sms`, identity_check_url: `${url}/identity` },
    });
});
after(async () => {
    await w?.close();
    side?.closeAllConnections();
    side?.close();
});
const signIn = (body) => w.api.request('POST', '/v1/sessions', { body });
const byAssertion = (jwt) => signIn({ assertion: jwt });
const es256 = (claims = {}, head = {}) => {
    const now = Math.floor(Date.now() / 1000),
        input = `${b64u(JSON.stringify({ alg: 'ES256', kid: 'es-1', ...head }))}.${b64u(JSON.stringify({ iss: esIssuer.iss, aud: 'huiquan', exp: now + 600, ...person(700100), ...claims }))}`;
    return `${input}.${b64u(sign('sha256', Buffer.from(input), { key: es.privateKey, dsaEncoding: 'ieee-p1363' }))}`;
};

describe('assertions', () => {
    test('a good one: session, assurance, masked person', async () => {
        const made = granted(await byAssertion(assertion(w.issuer, person(700001))), 201);
        assert.deepEqual(Object.keys(made).sort(), [
            'assurance',
            'expires_at',
            'resident',
            'session',
        ]);
        assert.equal(made.assurance, 'issuer');
        assert.match(made.resident.resident_id, /^res_/);
        assert.equal(
            made.resident.mobile_masked,
            person(700001).mobile.replace(/^(...)....(....)$/, '$1****$2'),
        );
        assert.equal(made.resident.name_masked, `${person(700001).name[0]}*`);
        assert.ok(!JSON.stringify(made.resident).includes(person(700001).id_number));
        granted(await w.api.get('/v1/me/vouchers', { token: made.session }));
    });
    test('usable again until exp; the same person is the same resident', async () => {
        const jwt = assertion(w.issuer, person(700002)),
            [a, b] = [granted(await byAssertion(jwt), 201), granted(await byAssertion(jwt), 201)];
        assert.equal(a.resident.resident_id, b.resident.resident_id);
        assert.equal(
            granted(await byAssertion(assertion(second, person(700002))), 201).resident.resident_id,
            a.resident.resident_id,
        );
        assert.notEqual(
            granted(await byAssertion(assertion(w.issuer, person(700003))), 201).resident
                .resident_id,
            a.resident.resident_id,
        );
    });
    test('EdDSA is Ed25519 by its older name', async () =>
        granted(
            await byAssertion(assertion(w.issuer, person(700004), { header: { alg: 'EdDSA' } })),
            201,
        ));
    test('ES256 of an issuer that has such a key', async () =>
        granted(await byAssertion(es256()), 201));
    test('unknown claims are ignored', async () =>
        granted(
            await byAssertion(
                assertion(w.issuer, person(700005), {
                    claims: { scope: ['a'], nested: { x: 1 }, jti: 'x' },
                }),
            ),
            201,
        ));
    test('a list of audiences that has ours', async () =>
        granted(
            await byAssertion(
                assertion(w.issuer, person(700006), { claims: { aud: ['other', 'huiquan'] } }),
            ),
            201,
        ));
    for (const ttl of [-30])
        test(`expired ${-ttl} s ago is within the leeway`, async () =>
            granted(await byAssertion(assertion(w.issuer, person(700007), { ttl })), 201));
    const now = () => Math.floor(Date.now() / 1000),
        who = person(700010);
    const tamper = (jwt, part, change) => {
        const parts = jwt.split('.');
        const o = JSON.parse(Buffer.from(parts[part], 'base64url'));
        parts[part] = b64u(JSON.stringify({ ...o, ...change }));
        return parts.join('.');
    };
    const hmac = (alg, key) => {
        const input = `${b64u(JSON.stringify({ alg, kid: w.issuer.kid }))}.${b64u(JSON.stringify({ iss: w.issuer.iss, aud: 'huiquan', exp: now() + 600, ...who }))}`;
        return `${input}.${b64u(createHmac('sha256', key).update(input).digest())}`;
    };
    const bad = {
        'none, with the signature left': () => tamper(assertion(w.issuer, who), 0, { alg: 'none' }),
        'none, without signature': () =>
            `${tamper(assertion(w.issuer, who), 0, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
        None: () => tamper(assertion(w.issuer, who), 0, { alg: 'None' }),
        'no alg': () => tamper(assertion(w.issuer, who), 0, { alg: undefined }),
        'HS256 by the public key': () =>
            hmac('HS256', Buffer.from(w.issuer.config[0].jwks.keys[0].x, 'base64url')),
        'HS256 by its text': () => hmac('HS256', w.issuer.config[0].jwks.keys[0].x),
        'ES256 named for an Ed25519 key': () =>
            assertion(w.issuer, who, { header: { alg: 'ES256' } }),
        'Ed25519 named for an ES256 key': () => es256({}, { alg: 'Ed25519' }),
        RS256: () => assertion(w.issuer, who, { header: { alg: 'RS256' } }),
        ES384: () => es256({}, { alg: 'ES384' }),
        'an ES256 signature in DER': () => {
            const [h, c] = es256().split('.');
            return `${h}.${c}.${b64u(sign('sha256', Buffer.from(`${h}.${c}`), es.privateKey))}`;
        },
        'an ES256 signature of zeros': () =>
            `${es256().split('.').slice(0, 2).join('.')}.${b64u(Buffer.alloc(64))}`,
        'another audience': () => assertion(w.issuer, who, { claims: { aud: 'other' } }),
        'no audience': () => assertion(w.issuer, who, { claims: { aud: undefined } }),
        'audiences without ours': () => assertion(w.issuer, who, { claims: { aud: ['a', 'b'] } }),
        'an audience in other letters': () =>
            assertion(w.issuer, who, { claims: { aud: 'Huiquan' } }),
        expired: () => assertion(w.issuer, who, { ttl: -120 }),
        'no exp': () => assertion(w.issuer, who, { claims: { exp: undefined } }),
        'exp as a text': () => assertion(w.issuer, who, { claims: { exp: String(now() + 600) } }),
        'not before tomorrow': () => assertion(w.issuer, who, { claims: { nbf: now() + 86400 } }),
        'an unknown kid': () => assertion(w.issuer, who, { header: { kid: 'city-9' } }),
        'no kid of several keys': () =>
            assertion({ ...w.issuer, iss: 'https://es.example' }, who, {
                header: { kid: undefined },
            }),
        'an unknown issuer': () => assertion({ ...w.issuer, iss: 'https://evil.example' }, who),
        'no issuer': () => assertion(w.issuer, who, { claims: { iss: undefined } }),
        'the key of another issuer': () =>
            assertion({ ...second, iss: w.issuer.iss, kid: w.issuer.kid }, who),
        "another issuer's name on ours": () => assertion({ ...w.issuer, iss: second.iss }, who),
        'its own key in the head': () =>
            assertion({ ...newIssuer(w.issuer.iss) }, who, {
                header: { jwk: newIssuer().config[0].jwks.keys[0] },
            }),
        'a critical extension': () =>
            assertion(w.issuer, who, { header: { crit: ['exp2'], exp2: 1 } }),
        'claims changed after signing': () =>
            tamper(assertion(w.issuer, who), 1, { id_number: person(1).id_number }),
        'a signature cut short': () => assertion(w.issuer, who).slice(0, -4),
        'two parts': () => assertion(w.issuer, who).split('.').slice(0, 2).join('.'),
        'four parts': () => `${assertion(w.issuer, who)}.x`,
        'five parts': () => `${assertion(w.issuer, who)}.x.y`,
        padding: () => `${assertion(w.issuer, who)}=`,
        'no JWT': () => 'abc',
        'dots alone': () => '..',
        'ordinary base64': () => assertion(w.issuer, who).replace(/[-_]/g, '+') + '+',
    };
    for (const [name, make] of Object.entries(bad))
        test(`${name}: 401`, async () =>
            refused(await byAssertion(make()), 401, 'unauthenticated'));
    test('a wrong ID number: 422', async () =>
        assert.equal(
            refused(
                await byAssertion(assertion(w.issuer, { ...who, id_number: '110101199001011234' })),
                422,
                'invalid',
            ).errors.length,
            1,
        ));
    test('a wrong ID number and mobile: both told', async () =>
        assert.equal(
            pointers(
                refused(
                    await byAssertion(
                        assertion(w.issuer, {
                            ...who,
                            id_number: '130402198207290622',
                            mobile: '12012345678',
                        }),
                    ),
                    422,
                    'invalid',
                ),
            ).length,
            2,
        ));
    test('x at the end of an ID number is X', async () => {
        const id = '11010519491231002X',
            [a, b] = [id, id.toLowerCase()].map((id_number) => ({
                name: '张三',
                id_number,
                mobile: '13812345678',
            }));
        assert.equal(
            granted(await byAssertion(assertion(w.issuer, a)), 201).resident.resident_id,
            granted(await byAssertion(assertion(w.issuer, b)), 201).resident.resident_id,
        );
    });
    for (const [name, body] of Object.entries({
        nothing: {},
        'a number': { assertion: 7 },
        'both ways': {
            assertion: 'a.b.c',
            mobile: '13812345678',
            code: '123456',
            name: 'x',
            id_number: 'y',
        },
        'an unknown member': { assertion: 'a.b.c', x: 1 },
    }))
        test(`a body of ${name} is malformed`, async () =>
            refused(await signIn(body), 400, 'malformed'));
});

describe('sessions', () => {
    test('changed in any place: 401', async () => {
        const { session } = granted(await byAssertion(assertion(w.issuer, person(700020))), 201);
        granted(await w.api.get('/v1/me/vouchers', { token: session }));
        for (let i = 0; i < session.length; i += 7) {
            const c = session[i] === 'A' ? 'B' : 'A';
            refused(
                await w.api.get('/v1/me/vouchers', {
                    token: session.slice(0, i) + c + session.slice(i + 1),
                }),
                401,
                'unauthenticated',
            );
        }
        for (const token of [session.slice(0, -1), `${session}A`, '', 'x', session.toLowerCase()])
            refused(await w.api.get('/v1/me/vouchers', { token }), 401, 'unauthenticated');
        for (const authorization of [`Basic ${session}`, session, 'Bearer', `Bearer  ${session} x`])
            refused(
                await w.api.get('/v1/me/vouchers', { headers: { authorization } }),
                401,
                'unauthenticated',
            );
        granted(
            await w.api.get('/v1/me/vouchers', { headers: { authorization: `bearer ${session}` } }),
        );
    });
    test('a second Authorization: 400', async () => {
        const { exchange } = await import('../scripts/lib/world.mjs'),
            token = await w.session(700020);
        const { text, closed } = await exchange(
            w.daemon.port,
            `GET /v1/me/vouchers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        );
        assert.match(text, /^HTTP\/1\.1 400 /);
        assert.ok(closed);
    });
    test('good after a restart', async () => {
        const token = await w.session(700021);
        await w.restart();
        granted(await w.api.get('/v1/me/vouchers', { token }));
    });
    test('a session of another daemon is none here', async () => {
        const dir = path.join(w.dir, 'other'),
            other = await startDaemon(dir, {
                issuers: w.issuer.config,
                settings: { session_s: 60 },
            }),
            api = new Api(other.base);
        try {
            const made = await api.request('POST', '/v1/sessions', {
                body: { assertion: assertion(w.issuer, person(700022)) },
            });
            granted(made, 201);
            refused(
                await w.api.get('/v1/me/vouchers', { token: made.json.session }),
                401,
                'unauthenticated',
            );
            refused(
                await api.get('/v1/me/vouchers', { token: await w.session(700022) }),
                401,
                'unauthenticated',
            );
        } finally {
            api.close();
            await other.stop();
        }
    });
});

describe('one-time codes', () => {
    let n = 701000;
    const send = (mobile) => w.api.request('POST', '/v1/otp', { body: { mobile } });
    async function coded() {
        const who = person(++n),
            count = codes.length;
        granted(await send(who.mobile));
        await until('the code', () => codes.length > count);
        return { who, code: codes.at(-1).code };
    }
    const enter = ({ who, code }, over = {}) =>
        signIn({ mobile: who.mobile, code, name: who.name, id_number: who.id_number, ...over });
    const wrong = (code) => String((Number(code) + 1) % 1000000).padStart(6, '0');
    test('six digits to the mobile; then a session of assurance otp', async () => {
        const c = await coded();
        assert.match(c.code, /^[0-9]{6}$/);
        assert.equal(codes.at(-1).mobile, c.who.mobile);
        const made = granted(await enter(c), 201);
        assert.equal(made.assurance, 'otp');
        assert.deepEqual(asked.at(-1), {
            name: c.who.name,
            id_number: c.who.id_number,
            mobile: c.who.mobile,
        });
    });
    test('a code is good once', async () => {
        const c = await coded();
        granted(await enter(c), 201);
        refused(await enter(c), 401, 'unauthenticated');
    });
    test('a wrong code: 401, and the right one still holds', async () => {
        const c = await coded();
        refused(await enter(c, { code: wrong(c.code) }), 401, 'unauthenticated');
        granted(await enter(c), 201);
    });
    test('five tries', async () => {
        const c = await coded();
        for (let i = 0; i < 5; i++)
            refused(await enter(c, { code: wrong(c.code) }), 401, 'unauthenticated');
        refused(await enter(c), 401, 'unauthenticated');
    });
    test('fifty guesses at once: five are tried', async () => {
        const c = await coded(),
            answers = await Promise.all(
                Array.from({ length: 50 }, (_, i) =>
                    enter(c, { code: i < 49 ? wrong(c.code) : wrong(wrong(c.code)) }),
                ),
            );
        assert.ok(answers.every((a) => a.status === 401));
        refused(await enter(c), 401, 'unauthenticated');
    });
    test('one a minute and mobile', async () => {
        const c = await coded(),
            again = await send(c.who.mobile);
        refused(again, 429, 'rate_limited');
        assert.ok(Number(again.headers['retry-after']) <= 60);
        refused(await send(c.who.mobile.replace('1', '１')), 429, 'rate_limited');
        await coded();
    });
    test('a code of another mobile', async () => {
        const [a, b] = [await coded(), await coded()];
        if (a.code !== b.code)
            refused(await enter({ who: a.who, code: b.code }), 401, 'unauthenticated');
    });
    for (const code of ['12345', '1234567', 'abcdef', '１２３４５６', ''])
        test(`code "${code}" is refused`, async () =>
            assert.match(
                (await enter({ who: person(701900), code })).json.code,
                /^(malformed|invalid)$/,
            ));
    for (const mobile of ['12012345678', '1381234567', 'abc', ''])
        test(`mobile "${mobile}" is refused`, async () =>
            assert.match((await send(mobile)).json.code, /^(malformed|invalid)$/));
    test('a wrong ID number: 422, the code still holds', async () => {
        const c = await coded();
        refused(await enter(c, { id_number: '130402198207290622' }), 422, 'invalid');
        granted(await enter(c), 201);
    });
    test('the check says no: not eligible', async () => {
        const c = await coded();
        city.match = false;
        refused(await enter(c), 403, 'not_eligible');
        city.match = true;
    });
    for (const [name, over] of Object.entries({
        'a fault': { identity: 500 },
        noise: { raw: 'yes' },
        'another shape': { raw: '{"ok":true}' },
        'a text for a truth': { raw: '{"match":"true"}' },
        nothing: { raw: '' },
    })) {
        test(`the check answers ${name}: 503, nobody is let in`, async () => {
            const c = await coded();
            Object.assign(city, over);
            const answer = await enter(c);
            Object.assign(city, { identity: 200, raw: undefined });
            refused(answer, 503, 'unavailable');
        });
    }
    test('the SMS gateway fails: 503', async () => {
        city.sms = 500;
        const answer = await send(person(++n).mobile);
        city.sms = 200;
        refused(answer, 503, 'unavailable');
    });
    test('no code in log', async () => {
        const { readFileSync } = await import('node:fs'),
            log = readFileSync(w.daemon.log, 'utf8');
        assert.ok(codes.length > 5 && !codes.some((c) => log.includes(c.mobile)));
    });
    test('assurance: a weaker session is not eligible, unless the campaign says otp', async () => {
        const c = await coded(),
            { session } = granted(await enter(c), 201);
        const strict = await w.campaign(),
            lax = await w.campaign({ assurance: 'otp' });
        const claim = (campaign, token) =>
            w.api.post(
                `/v1/campaigns/${campaign.campaign_id}/claims`,
                { pool_id: campaign.pools[0].pool_id },
                { token },
            );
        refused(await claim(strict, session), 403, 'not_eligible');
        const eligibility = granted(
            await w.api.get(`/v1/campaigns/${strict.campaign_id}/eligibility`, { token: session }),
        );
        assert.equal(eligibility.eligible, false);
        granted(await claim(lax, session), 201);
        // The same person by the city's app is one person.
        const strong = granted(await byAssertion(assertion(w.issuer, c.who)), 201).session;
        refused(await claim(lax, strong), 409, 'already_claimed');
        granted(await claim(strict, strong), 201);
    });
});
test('without a webhook there is no code; without issuers no assertion', async () => {
    const bare = await startDaemon(path.join(w.dir, 'bare')),
        api = new Api(bare.base);
    try {
        refused(
            await api.request('POST', '/v1/otp', { body: { mobile: '13812345678' } }),
            503,
            'unavailable',
        );
        refused(
            await api.request('POST', '/v1/sessions', {
                body: { assertion: assertion(w.issuer, person(1)) },
            }),
            401,
            'unauthenticated',
        );
    } finally {
        api.close();
        await bare.stop();
    }
});
