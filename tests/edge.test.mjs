// The edge as a proxy, a client with one language and a small machine meet it.
import assert from 'node:assert/strict';
import { createHmac, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { shopping } from '../scripts/lib/client.mjs';
import {
    World,
    answersIn,
    assertion,
    exchange,
    granted,
    person,
    refused,
} from '../scripts/lib/world.mjs';

const now = () => Math.floor(Date.now() / 1000);

test('a limit per address leaves the rest of a sign-in as it is', async () => {
    const w = await World.open({ settings: { address_per_min: 2, workers: 1 } });
    const signIn = (jwt) => w.api.request('POST', '/v1/sessions', { body: { assertion: jwt } });
    try {
        refused(await signIn('a.b.c'), 401, 'unauthenticated');
        granted(await signIn(assertion(w.issuer, person(1))), 201);
        refused(await signIn(assertion(w.issuer, person(1))), 429, 'rate_limited');
    } finally {
        await w.close();
    }
});

test('pages of large campaigns are shorter, and none is lost', async () => {
    const w = await World.open();
    const pools = Array.from({ length: 48 }, (_, i) => ({
        name: `${i}`.padEnd(190, 'x'),
        value_fen: 100,
        count: 1,
        min_spend_fen: 100,
        pack: null,
        stackable: false,
    }));
    try {
        const made = new Set();
        for (let i = 0; i < 90; i++) {
            const draft = await w.draft({ pools, budget_fen: 4800 });
            made.add(draft.campaign_id);
        }
        let after = '';
        for (let page = 0; after !== null; page++) {
            assert.ok(page < 9);
            const answer = granted(
                await w.api.get(`/v1/admin/campaigns?limit=200${after && `&after=${after}`}`, {
                    token: w.author.token,
                }),
            );
            assert.equal(answer.has_more, answer.next !== null);
            for (const { campaign_id } of answer.items) made.delete(campaign_id);
            after = answer.next;
        }
        assert.deepEqual([...made], []);
    } finally {
        await w.close();
    }
});

test('signatures and calls to other services are counted', async () => {
    const city = http.createServer((req, res) => {
        req.resume();
        res.writeHead(req.url === '/sms' ? 204 : 500).end();
    });
    await new Promise((done) => city.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${city.address().port}`;
    const w = await World.open({ settings: { sms_webhook_url: `${url}/sms` } });
    try {
        const till = await w.till();
        granted(await till.get('/v1/terminals/me/journal'));
        await till.get('/v1/terminals/me/journal', { created: now() - 3600 });
        const { mobile } = person(7);
        granted(await w.api.request('POST', '/v1/otp', { body: { mobile } }));
        refused(await w.api.get('/none'), 404, 'not_found');
        refused(await w.api.request('PUT', '/healthz', { body: {} }), 405, 'method_not_allowed');
        const figures = String((await w.api.get('/metrics')).raw);
        for (const line of [
            'huiquan_http_refusals_total{code="not_found"} 1',
            'huiquan_http_refusals_total{code="method_not_allowed"} 1',
            'huiquan_signatures_total{reason="fine"} 1',
            'huiquan_signatures_total{reason="created_too_early"} 1',
            'huiquan_signatures_total{reason="nonce_missing"} 0',
            'huiquan_outcalls_total{errand="sms",outcome="ok"} 1',
            'huiquan_outcall_duration_seconds_count{errand="sms"} 1',
        ])
            assert.ok(figures.includes(`\n${line}\n`), line);
    } finally {
        await w.close();
        city.close();
    }
});

describe('behind a trusted proxy that ends TLS', () => {
    let w, till;
    before(async () => {
        w = await World.open({ settings: { trusted_proxies: '127.0.0.1', address_per_min: 3 } });
        till = await w.till();
    });
    after(() => w?.close());
    const journal = '/v1/terminals/me/journal';
    const signedUri = (scheme, authority) => {
        const params = `("@method" "@path" "@query" "@scheme" "@authority" "@target-uri");created=${now()};nonce="n1234567";keyid="${till.id}";alg="ed25519";tag="huiquan-pos"`;
        const base = [
            '"@method": GET',
            `"@path": ${journal}`,
            '"@query": ?',
            `"@scheme": ${scheme}`,
            `"@authority": ${authority}`,
            `"@target-uri": ${scheme}://${authority}${journal}`,
            `"@signature-params": ${params}`,
        ].join('\n');
        const bytes = sign(null, Buffer.from(base), till.privateKey).toString('base64');
        return { 'signature-input': `sig1=${params}`, signature: `sig1=:${bytes}:` };
    };
    const through = (headers) =>
        w.api.get(journal, { headers: { ...signedUri('https', 'quan.example'), ...headers } });

    test('a till signs the address that it calls, and it holds', async () =>
        granted(
            await through({
                'x-forwarded-proto': 'https',
                'x-forwarded-host': 'quan.example',
                'x-forwarded-for': '192.0.2.1',
            }),
        ));
    test('a proxy that passes Host on needs no X-Forwarded-Host', async () =>
        granted(await through({ host: 'quan.example', 'x-forwarded-proto': 'https' })));
    // Whatever is answered: no browser guesses its type, and once by https means always.
    for (const [route, status] of [
        ['/', 200],
        ['/pos', 200],
        ['/healthz', 200],
        ['/openapi.json', 200],
        ['/v1/campaigns', 200],
        ['/v1/me/vouchers', 401],
        ['/none', 404],
    ])
        test(`${route}: nosniff, and HSTS where it came by https`, async () => {
            for (const [proto, hsts] of [
                ['https', 'max-age=31536000; includeSubDomains'],
                ['http', undefined],
            ]) {
                const answer = await w.api.get(route, { headers: { 'x-forwarded-proto': proto } });
                assert.equal(answer.status, status);
                assert.equal(answer.headers['x-content-type-options'], 'nosniff');
                assert.equal(answer.headers['strict-transport-security'], hsts);
            }
        });
    for (const [name, headers] of Object.entries({
        'without a scheme it was http': { host: 'quan.example' },
        'another name': { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'other.example' },
        'the nearest proxy has the last word': {
            'x-forwarded-proto': 'https, http',
            'x-forwarded-host': 'quan.example',
        },
    }))
        test(`${name}: 401`, async () => refused(await through(headers), 401, 'unauthenticated'));

    // What a client writes in front of the address that the proxy saw must not lift its limit.
    for (const [name, front, client] of [
        ['nothing', '', '192.0.2.10'],
        ['another address', '198.51.100.1, ', '192.0.2.11'],
        ['junk', 'unknown, ', '192.0.2.12'],
        ['2000 bytes', `${'a'.repeat(2000)}, `, '192.0.2.13'],
    ])
        test(`${name} in front of the client's address: limited all the same`, async () => {
            const statuses = [];
            for (let i = 0; i < 4; i++) {
                const headers = { 'x-forwarded-for': front + client };
                const answer = await w.api.request('POST', '/v1/sessions', {
                    headers,
                    body: { assertion: 'a.b.c' },
                });
                statuses.push(answer.status);
            }
            assert.deepEqual(statuses, [401, 401, 401, 429]);
        });
});

describe('words', () => {
    let w, till;
    before(async () => {
        w = await World.open();
        till = await w.till();
    });
    after(() => w?.close());
    const english = { 'accept-language': 'en' };

    test('a rotating code that is missing or stale: ask the customer to refresh', async () => {
        const campaign = await w.campaign({ presentation: 'rotating' });
        const { token, voucher_id } = await w.voucher(campaign, 1);
        assert.equal(token.length, 253, voucher_id);
        for (const [code, said] of [
            ['', true],
            ['000000', true],
            ['12345', undefined],
        ]) {
            const spent = await till.redeem({ token: token + code }, { amount_fen: 100000 });
            if (said === undefined) {
                refused(spent, 400, 'malformed');
                continue;
            }
            assert.match(refused(spent, 422, 'signature_invalid').detail, /请让顾客刷新/);
            const looked = await till.request('POST', '/v1/verifications', {
                body: { token: token + code },
                headers: english,
            });
            const { valid, code: named, detail } = granted(looked);
            assert.deepEqual([valid, named], [false, 'signature_invalid']);
            assert.match(detail, /ask the customer to refresh/);
        }
        const forged = (token[0] === '0' ? '1' : '0') + token.slice(1);
        const answer = await till.redeem({ token: forged }, { amount_fen: 100000 });
        assert.match(refused(answer, 422, 'signature_invalid').detail, /不是本平台签发/);
    });

    test('what the codec refuses, too', async () => {
        const bad = (field) =>
            exchange(w.daemon.port, `GET /healthz HTTP/1.1\r\nHost: h\r\n${field}X : y\r\n\r\n`);
        const detail = async (field) => {
            const [answer] = answersIn((await bad(field)).text);
            return JSON.parse(Buffer.from(answer.body, 'latin1')).detail;
        };
        assert.equal(await detail(''), '某个请求头无效。');
        assert.equal(await detail('Accept-Language: en\r\n'), 'a header field is not valid');
        assert.match((await bad('')).text, /\r\nX-Content-Type-Options: nosniff\r\n/);
    });

    for (const [asked, language] of [
        ['en', 'en'],
        ['EN-us', 'en'],
        ['en-GB;q=0.5, zh;q=0.4', 'en'],
        ['zh;q=0, en;q=0.001', 'en'],
        ['fr, en', 'en'],
        ['zh-Hans;q=0.8 ,\ten ; q=0.9', 'en'],
        ['en;q=0', 'zh-CN'],
        ['en;Q=0.1, zh;q=0.9', 'zh-CN'],
        ['eng', 'zh-CN'],
        ['*', 'zh-CN'],
        ['en, zh', 'zh-CN'],
        ['', 'zh-CN'],
    ])
        test(`Accept-Language "${asked}": ${language}`, async () => {
            const answer = await w.api.get('/v1/campaigns/x', {
                headers: { 'accept-language': asked },
            });
            refused(answer, 404, 'not_found');
            assert.equal(answer.headers['content-language'], language);
            assert.equal(answer.headers['cache-control'], 'no-store');
        });

    const asks = {
        'no session': () => ['/v1/me/vouchers', {}],
        'a session that is none': () => ['/v1/me/vouchers', { token: 'x' }],
        'no API token': () => ['/v1/admin/journal', {}],
        'an API token that is none': () => ['/v1/admin/journal', { token: 'x' }],
        'a cursor that is none': () => ['/v1/campaigns?after=x', {}],
        'a limit that is none': () => ['/v1/admin/journal?limit=0', { token: w.author.token }],
        'a journal cursor that is none': () => [
            '/v1/admin/journal?after=x',
            { token: w.author.token },
        ],
    };
    for (const [name, ask] of Object.entries(asks))
        test(`${name}: told in the language that was asked for`, async () => {
            const [where, options] = ask();
            const zh = (await w.api.get(where, options)).json.detail;
            const en = (await w.api.get(where, { ...options, headers: english })).json.detail;
            assert.match(zh, /[\u4e00-\u9fff]/);
            assert.match(en, /^[\x20-\x7e]{8,}$/);
        });
});

// https://www.standardwebhooks.com: HMAC-SHA256 over id.timestamp.body, by the bytes of the secret.
describe('webhooks are signed', () => {
    const bytes = randomBytes(32);
    for (const [name, file, key] of [
        ['a secret as it is handed around', `whsec_${bytes.toString('base64')}\r\n`, bytes],
        ['a text of its own', 'any text will do\n', Buffer.from('any text will do')],
    ])
        test(name, async () => {
            let seen;
            const city = http.createServer(async (req, res) => {
                const parts = [];
                for await (const part of req) parts.push(part);
                seen = { headers: req.headers, body: Buffer.concat(parts).toString() };
                res.writeHead(200).end();
            });
            await new Promise((done) => city.listen(0, '127.0.0.1', done));
            const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-webhook-'));
            const secret = path.join(dir, 'secret');
            writeFileSync(secret, file);
            const w = await World.open({
                settings: {
                    sms_webhook_url: `http://127.0.0.1:${city.address().port}/sms`,
                    webhook_secret_file: secret,
                },
            });
            try {
                const { mobile } = person(8);
                granted(await w.api.request('POST', '/v1/otp', { body: { mobile } }));
                const id = seen.headers['webhook-id'];
                const at = seen.headers['webhook-timestamp'];
                assert.match(id, /^msg_[0-9a-f]{24}$/);
                assert.ok(Math.abs(Number(at) - now()) < 60, at);
                const mac = createHmac('sha256', key).update(`${id}.${at}.${seen.body}`);
                assert.equal(seen.headers['webhook-signature'], `v1,${mac.digest('base64')}`);
            } finally {
                await w.close();
                city.close();
                rmSync(dir, { recursive: true });
            }
        });
});

// RFC 9110 section 13.1.1.
test('If-Match: lists and lines of tags, weak ones, "*"', async () => {
    const w = await World.open();
    try {
        const { campaign_id } = await w.draft();
        const where = `/v1/admin/campaigns/${campaign_id}`;
        const token = w.author.token;
        const tag = async () => (await w.api.get(where, { token })).headers.etag;
        const put = (value) =>
            w.api.put(where, shopping(), { token, headers: { 'if-match': value } });
        for (const wrong of ['"r999"', 'r1', '"r1', '', '"x", "r0"', '"1"', '"R1"', '"r1x"', '""'])
            refused(await put(wrong), 412, 'precondition_failed');
        refused(await put(`W/${await tag()}`), 412, 'precondition_failed');
        refused(await put(`"r9", W/${await tag()}`), 412, 'precondition_failed');
        const first = await tag();
        granted(await put(first));
        refused(await put(first), 412, 'precondition_failed');
        granted(await put(`"a,b" , ${first},${await tag()}`));
        granted(await put([first, await tag()]));
        granted(await put('*'));
        refused(await put([first, '"r2"']), 412, 'precondition_failed');
    } finally {
        await w.close();
    }
});
