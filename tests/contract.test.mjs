// Transcripts of the public contract over a real socket: shapes, refusals and their precedence,
// languages, headers, lists, methods, idempotency also across a restart.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Till, at, newKey, shopping, uscc } from '../scripts/lib/client.mjs';
import { createAdmin } from '../scripts/lib/servers.mjs';
import { World, granted, pointers, refused } from '../scripts/lib/world.mjs';

let w, till, otherTill, shop, voucher, token, otherToken, auditor, operator, approverOnly, budgeter;
const pool = (over = {}) => ({
    name: '10 元',
    value_fen: 1000,
    count: 1000,
    min_spend_fen: 2000,
    pack: null,
    stackable: false,
    ...over,
});
const open = {
    per_person_limit: 60,
    limits: { claims_per_s: 1000000, per_resident_per_min: 6000 },
    pools: [pool()],
};
const nothing = (prefix) => `${prefix}_00000000000000000000000000`;
const admin = (who) => ({ token: who.token });
before(async () => {
    w = await World.open();
    till = await w.till();
    otherTill = await w.till();
    shop = await w.campaign(open);
    token = await w.session(400000);
    otherToken = await w.session(400001);
    voucher = await w.voucher(shop, 400000);
    auditor = await createAdmin(w.daemon, '审计', ['auditor']);
    operator = await createAdmin(w.daemon, '运营', ['operations']);
    approverOnly = await createAdmin(w.daemon, '审批', ['approver']);
    budgeter = await createAdmin(w.daemon, '预算', ['budget']);
});
after(() => w?.close());

const routes = [
    // method, path, who, roles that may
    ['GET', '/v1/campaigns', 'anyone'],
    ['GET', '/v1/campaigns/{campaign}', 'anyone'],
    ['GET', '/.well-known/jwks.json', 'anyone'],
    ['GET', '/healthz', 'anyone'],
    ['GET', '/readyz', 'anyone'],
    ['GET', '/openapi.json', 'anyone'],
    ['GET', '/docs', 'anyone'],
    ['POST', '/v1/campaigns/{campaign}/claims', 'resident'],
    ['GET', '/v1/campaigns/{campaign}/eligibility', 'resident'],
    ['GET', '/v1/me/vouchers', 'resident'],
    ['GET', '/v1/vouchers/{voucher}', 'resident'],
    ['GET', '/v1/vouchers/{voucher}/qr.svg', 'resident'],
    ['GET', '/v1/vouchers/{voucher}/jws', 'resident'],
    ['POST', '/v1/verifications', 'terminal'],
    ['POST', '/v1/redemptions', 'terminal'],
    ['POST', '/v1/redemptions/{redemption}/capture', 'terminal'],
    ['POST', '/v1/redemptions/{redemption}/release', 'terminal'],
    ['POST', '/v1/redemptions/{redemption}/refund', 'terminal'],
    ['GET', '/v1/redemptions/by-request/x-1', 'terminal'],
    ['POST', '/v1/redemptions/by-request/x-1/reverse', 'terminal'],
    ['GET', '/v1/terminals/me', 'terminal'],
    ['GET', '/v1/terminals/me/journal', 'terminal'],
    ['GET', '/v1/admin/campaigns', 'admin', 'all'],
    ['POST', '/v1/admin/campaigns', 'admin', ['operations']],
    ['GET', '/v1/admin/campaigns/{campaign}', 'admin', 'all'],
    ['PUT', '/v1/admin/campaigns/{campaign}', 'admin', ['operations']],
    ['POST', '/v1/admin/campaigns/{campaign}/submit', 'admin', ['operations']],
    ['POST', '/v1/admin/campaigns/{campaign}/approve', 'admin', ['approver']],
    ['POST', '/v1/admin/campaigns/{campaign}/reject', 'admin', ['approver']],
    ['POST', '/v1/admin/campaigns/{campaign}/pause', 'admin', ['operations']],
    ['POST', '/v1/admin/campaigns/{campaign}/resume', 'admin', ['operations']],
    ['POST', '/v1/admin/campaigns/{campaign}/close', 'admin', ['operations']],
    ['POST', '/v1/admin/campaigns/{campaign}/budget-changes', 'admin', ['budget']],
    ['POST', '/v1/admin/budget-changes/{change}/approve', 'admin', ['approver']],
    ['POST', '/v1/admin/budget-changes/{change}/reject', 'admin', ['approver']],
    ['GET', '/v1/admin/campaigns/{campaign}/ledger', 'admin', 'all'],
    ['GET', '/v1/admin/campaigns/{campaign}/stats', 'admin', 'all'],
    ['POST', '/v1/admin/campaigns/{campaign}/grants', 'admin', ['operations']],
    ['POST', '/v1/admin/merchants', 'admin', ['operations']],
    ['GET', '/v1/admin/merchants', 'admin', 'all'],
    ['POST', '/v1/admin/merchants/{merchant}/terminals', 'admin', ['operations']],
    ['POST', '/v1/admin/terminals/{terminal}/revoke', 'admin', ['operations']],
    ['POST', '/v1/admin/vouchers/{voucher}/void', 'admin', ['operations']],
    ['GET', '/v1/admin/jobs', 'admin', 'all'],
    ['GET', '/v1/admin/jobs/{job}', 'admin', 'all'],
    ['GET', '/v1/admin/jobs/{job}/failures', 'admin', 'all'],
    ['POST', '/v1/admin/jobs/{job}/stop', 'admin', ['operations']],
    ['POST', '/v1/admin/jobs/{job}/resume', 'admin', ['operations']],
    ['POST', '/v1/admin/residents/import', 'admin', ['operations']],
    ['POST', '/v1/admin/merchants/import', 'admin', ['operations']],
    ['GET', '/v1/admin/reports', 'admin', 'all'],
    ['GET', '/v1/admin/inbox', 'admin', 'all'],
    ['POST', '/v1/admin/residents/{resident}/unmask', 'admin', ['auditor']],
    ['GET', '/v1/admin/sessions/me', 'admin', 'all'],
    ['GET', '/v1/admin/journal', 'admin', 'all'],
    ['GET', '/v1/admin/checkpoints', 'admin', 'all'],
    ['POST', '/v1/sessions', 'anyone'],
    ['POST', '/v1/otp', 'anyone'],
    ['POST', '/v1/terminals/enroll', 'anyone'],
];
// Ids that name nothing: who may act gets 404 (or a fault of the body), never an effect.
const prefixes = {
    campaign: 'cmp',
    voucher: 'vch',
    redemption: 'red',
    merchant: 'mch',
    terminal: 'trm',
    change: 'bgc',
    job: 'job',
    resident: 'res',
};
const concrete = (path) => path.replace(/\{(\w+)\}/g, (_, what) => nothing(prefixes[what]));

describe('who may do what', () => {
    const callers = {
        anyone: () => undefined,
        resident: () => token,
        auditor: () => auditor.token,
        operations: () => operator.token,
        approver: () => approverOnly.token,
        budget: () => budgeter.token,
    };
    for (const [method, path, who, roles] of routes) {
        test(`${method} ${path}`, async () => {
            for (const [caller, credential] of Object.entries(callers)) {
                const answer = await w.api.request(method, concrete(path), {
                    token: credential(),
                    key: newKey(),
                    body: method === 'GET' ? undefined : '{}',
                });
                const seen = `${caller}: ${answer.status} ${answer.raw.subarray(0, 200)}`;
                const isAdmin = !['anyone', 'resident'].includes(caller);
                // A body that is no such thing is malformed before anybody is asked who he is.
                if (answer.status === 400) {
                    assert.equal(answer.json.code, 'malformed', seen);
                    assert.equal(method === 'GET', false, seen);
                } else if (who === 'anyone') assert.ok(![401, 403].includes(answer.status), seen);
                else if (who === 'terminal') refused(answer, 401, 'unauthenticated');
                else if (who === 'resident')
                    assert.equal(answer.status === 401, caller !== 'resident', seen);
                else if (!isAdmin) refused(answer, 401, 'unauthenticated');
                else if (roles === 'all' || roles.includes(caller))
                    assert.ok(![401, 403].includes(answer.status), seen);
                else refused(answer, 403, 'forbidden');
                if (answer.status === 401)
                    assert.match(answer.headers['www-authenticate'], /Bearer/);
            }
            const signed = await till.request(method, concrete(path), {
                key: newKey(),
                body: method === 'GET' ? undefined : {},
            });
            if (who === 'terminal')
                assert.ok(
                    signed.status !== 401 && signed.status !== 403,
                    `till: ${signed.status} ${signed.raw}`,
                );
            else if (who !== 'anyone' && signed.status !== 400)
                refused(signed, 401, 'unauthenticated');
        });
    }
    test('whole bodies of another role are refused too', async () => {
        const body = { name: '商户', uscc: uscc(1), kind: 'shop', groups: [] };
        for (const who of [auditor, approverOnly, budgeter])
            refused(await w.api.post('/v1/admin/merchants', body, admin(who)), 403, 'forbidden');
        for (const who of [auditor, approverOnly, budgeter])
            refused(
                await w.api.post('/v1/admin/campaigns', shopping(), admin(who)),
                403,
                'forbidden',
            );
        refused(
            await w.api.post(
                `/v1/admin/campaigns/${shop.campaign_id}/budget-changes`,
                { current_fen: 1, target_fen: 1, reason: 'x' },
                admin(operator),
            ),
            403,
            'forbidden',
        );
        refused(
            await w.api.post(
                `/v1/campaigns/${shop.campaign_id}/claims`,
                { pool_id: shop.pools[0].pool_id },
                admin(operator),
            ),
            401,
            'unauthenticated',
        );
    });
});

describe('methods', () => {
    for (const [method, path] of routes) {
        test(`of ${method} ${path}`, async () => {
            const answer = await w.api.request('DELETE', concrete(path));
            refused(answer, 405, 'method_not_allowed');
            const allow = answer.headers.allow.split(/, */);
            assert.ok(allow.includes(method), answer.headers.allow);
            if (method === 'GET') assert.ok(allow.includes('HEAD'), answer.headers.allow);
            const options = await w.api.request('OPTIONS', concrete(path));
            assert.equal(options.status, 204);
            assert.ok(options.headers.allow.split(/, */).includes(method), options.headers.allow);
            if (method !== 'GET') return;
            const credential = path.includes('/admin/') ? w.author.token : token;
            const get = await w.api.get(concrete(path), { token: credential }),
                head = await w.api.request('HEAD', concrete(path), { token: credential });
            assert.equal(head.status, get.status);
            assert.equal(head.raw.length, 0);
            assert.equal(head.headers['content-type'], get.headers['content-type']);
        });
    }
    test('OPTIONS *', async () => assert.equal((await w.api.request('OPTIONS', '*')).status, 204));
    test('a path that is not there', async () =>
        refused(await w.api.get('/v1/nothing'), 404, 'not_found'));
    test('a path that is not there, by POST', async () =>
        refused(await w.api.post('/v1/campaigns/x/y/z', {}), 404, 'not_found'));
    test('a trailing slash is another path', async () =>
        refused(await w.api.get('/v1/campaigns/'), 404, 'not_found'));
});

describe('problem documents', () => {
    test('Chinese by default, English by Accept-Language', async () => {
        const zh = await w.api.get('/v1/nothing'),
            en = await w.api.get('/v1/nothing', { headers: { 'accept-language': 'en' } });
        assert.deepEqual([zh.json.title, en.json.title], ['未找到', 'Not found']);
        assert.match(zh.headers['content-language'], /^zh/);
        assert.match(en.headers['content-language'], /^en/);
    });
    for (const [accept, language] of [
        ['en-US,en;q=0.9', 'en'],
        ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
        ['en;q=0.3, zh;q=0.9', 'zh'],
        ['fr', 'zh'],
        ['*', 'zh'],
        ['en;q=0', 'zh'],
        ['EN', 'en'],
        [';;;,q=', 'zh'],
    ]) {
        test(`Accept-Language: ${accept}`, async () =>
            assert.ok(
                (
                    await w.api.get('/v1/nothing', { headers: { 'accept-language': accept } })
                ).headers['content-language'].startsWith(language),
            ));
    }
    test('every code has its page', async () => {
        for (const code of [
            'malformed',
            'sold_out',
            'already_redeemed',
            'rate_limited',
            'unavailable',
            'evidence_invalid',
        ]) {
            const page = await w.api.get(`/errors/${code}`);
            assert.equal(page.status, 200);
            assert.match(page.headers['content-type'], /^text\/html/);
        }
        refused(await w.api.get('/errors/no_such_code'), 404, 'not_found');
    });
    test('all faults at once, each with a pointer', async () => {
        const json = refused(
            await w.api.post(
                '/v1/admin/merchants',
                { name: 7, uscc: false, kind: 'bank', groups: 'x', extra: 1 },
                admin(operator),
            ),
            400,
            'malformed',
        );
        assert.deepEqual(pointers(json), ['/extra', '/groups', '/kind', '/name', '/uscc']);
    });
    test('the faults are told in English too', async () => {
        const answer = await w.api.post(
            '/v1/admin/merchants',
            { name: 7 },
            { ...admin(operator), headers: { 'accept-language': 'en' } },
        );
        for (const error of refused(answer, 400, 'malformed').errors)
            assert.match(error.detail, /^[\x20-\x7e]+$/);
    });
    test('request ids differ and are in the header', async () => {
        const [a, b] = [await w.api.get('/v1/nothing'), await w.api.get('/v1/nothing')];
        assert.notEqual(a.json.request_id, b.json.request_id);
        assert.equal(a.headers['x-request-id'], a.json.request_id);
    });
});

describe('bodies', () => {
    const merchant = (over) =>
        JSON.stringify({ name: '商户', uscc: uscc(77), kind: 'shop', groups: [], ...over });
    const claims = () => `/v1/campaigns/${shop.campaign_id}/claims`;
    const rows = {
        'no JSON': 'name',
        nothing: '',
        'an array': '[]',
        'a text': '"x"',
        null: 'null',
        'two documents': '{}{}',
        'a trailing comma': '{"name":"x",}',
        'a comment': '{/* */}',
        'a byte order mark': '\ufeff{}',
        'a member twice': '{"name":"a","name":"b","uscc":"x","kind":"shop","groups":[]}',
        'a member twice, one escaped':
            '{"name":"a","n\\u0061me":"b","uscc":"x","kind":"shop","groups":[]}',
        'a lone surrogate': '{"name":"\\ud800"}',
        'deep nesting': '['.repeat(5000),
        'single quotes': "{'name':1}",
        NaN: '{"name":NaN}',
        'an unfinished text': '{"name":"',
    };
    for (const [name, body] of Object.entries(rows)) {
        test(`${name} is malformed`, async () =>
            refused(
                await w.api.post('/v1/admin/merchants', body, admin(operator)),
                400,
                'malformed',
            ));
    }
    test('bad UTF-8 is malformed', async () => {
        const bytes = Buffer.concat([
            Buffer.from('{"name":"'),
            Buffer.from([0xc3, 0x28]),
            Buffer.from('"}'),
        ]).toString('latin1');
        const answer = await rawPost('/v1/admin/merchants', bytes, operator.token);
        refused(answer, 400, 'malformed');
    });
    test('an unknown member is malformed', async () =>
        assert.deepEqual(
            pointers(
                refused(
                    await w.api.post(
                        claims(),
                        { pool_id: shop.pools[0].pool_id, note: 'x' },
                        { token },
                    ),
                    400,
                    'malformed',
                ),
            ),
            ['/note'],
        ));
    test('a member that is missing is malformed', async () =>
        assert.deepEqual(
            pointers(refused(await w.api.post(claims(), {}, { token }), 400, 'malformed')),
            ['/pool_id'],
        ));
    test('a pointer is escaped (RFC 6901)', async () =>
        assert.deepEqual(
            pointers(
                refused(
                    await w.api.post(
                        claims(),
                        { pool_id: shop.pools[0].pool_id, 'a/b~c': 1 },
                        { token },
                    ),
                    400,
                    'malformed',
                ),
            ),
            ['/a~1b~0c'],
        ));
    for (const money of [
        '1.0',
        '1e3',
        '100E0',
        '-1.5',
        '1e400',
        '"100"',
        'true',
        'null',
        '99999999999999999999',
        '01',
        '+1',
        '-',
        '1.',
    ]) {
        test(`money ${money} is malformed`, async () => {
            const body = JSON.stringify({
                current_fen: 1,
                target_fen: 424242,
                reason: 'x',
            }).replace('424242', money);
            refused(
                await w.api.post(
                    `/v1/admin/campaigns/${shop.campaign_id}/budget-changes`,
                    body,
                    admin(budgeter),
                ),
                400,
                'malformed',
            );
        });
    }
    test('money below what can be is invalid or malformed, never taken', async () => {
        for (const fen of [0, -1])
            assert.match(
                String(
                    (
                        await w.api.post(
                            `/v1/admin/campaigns/${shop.campaign_id}/budget-changes`,
                            { current_fen: 1, target_fen: fen, reason: 'x' },
                            admin(budgeter),
                        )
                    ).json.code,
                ),
                /^(invalid|malformed)$/,
            );
    });
    test('a wrong check digit is invalid', async () =>
        assert.deepEqual(
            pointers(
                refused(
                    await w.api.post(
                        '/v1/admin/merchants',
                        merchant({ uscc: '91310115MA1H8R7C6D' }),
                        admin(operator),
                    ),
                    422,
                    'invalid',
                ),
            ),
            ['/uscc'],
        ));
    test('a wrong check digit with a reason is taken', async () =>
        granted(
            await w.api.post(
                '/v1/admin/merchants',
                merchant({ uscc: '91350211M0000XUF46', uscc_override_reason: '营业执照原件' }),
                admin(operator),
            ),
            201,
        ));
    test('an id of another kind is malformed', async () =>
        refused(
            await w.api.post(claims(), { pool_id: nothing('cmp') }, { token }),
            400,
            'malformed',
        ));
    test('an id that names nothing is not found', async () =>
        refused(
            await w.api.post(claims(), { pool_id: nothing('pol') }, { token }),
            404,
            'not_found',
        ));
    test('Content-Type that is no JSON', async () => {
        const answer = await w.api.post(
            claims(),
            JSON.stringify({ pool_id: shop.pools[0].pool_id }),
            { token, headers: { 'content-type': 'text/plain' } },
        );
        assert.ok([201, 400, 415].includes(answer.status), `${answer.status}`);
    });
    test('action POSTs take {} or no body', async () => {
        const draft = await w.draft(open);
        granted(
            await w.api.request('POST', `/v1/admin/campaigns/${draft.campaign_id}/submit`, {
                key: newKey(),
                token: operator.token,
            }),
        );
        granted(await w.act(draft, 'reject', w.approver, {}));
        refused(await w.act(draft, 'submit', w.author, { x: 1 }), 400, 'malformed');
        refused(await w.act(draft, 'submit', w.author, []), 400, 'malformed');
    });
});

// Bytes as they are, by latin1.
async function rawPost(path, latin1, bearer) {
    const http = await import('node:http');
    return new Promise((done, fail) => {
        const bytes = Buffer.from(latin1, 'latin1');
        const req = http.request(
            {
                host: '127.0.0.1',
                port: w.daemon.port,
                method: 'POST',
                path,
                headers: {
                    'content-type': 'application/json',
                    'content-length': bytes.length,
                    authorization: `Bearer ${bearer}`,
                    'idempotency-key': newKey(),
                },
            },
            (res) => {
                const parts = [];
                res.on('data', (p) => parts.push(p));
                res.on('end', () => {
                    const raw = Buffer.concat(parts);
                    done({
                        status: res.statusCode,
                        headers: res.headers,
                        raw,
                        json: JSON.parse(raw),
                    });
                });
            },
        );
        req.on('error', fail);
        req.end(bytes);
    });
}

describe('idempotency', () => {
    const claims = () => `/v1/campaigns/${shop.campaign_id}/claims`;
    const body = () => ({ pool_id: shop.pools[0].pool_id });
    for (const [method, path] of routes.filter(
        ([m, p]) => m === 'POST' && !/sessions|otp|verifications|claims$|enroll/.test(p),
    )) {
        test(`${path}: a key is needed`, async () => {
            const options = {
                body: {},
                token: path.includes('/admin/') ? w.author.token : undefined,
            };
            const answer = path.startsWith('/v1/redemptions')
                ? await till.request(method, concrete(path), { body: {} })
                : await w.api.request(method, concrete(path), options);
            assert.ok(
                answer.status === 400 &&
                    /^(malformed|idempotency_key_missing)$/.test(answer.json.code),
                `${answer.status} ${answer.raw}`,
            );
        });
    }
    test('missing', async () =>
        refused(
            await w.api.request('POST', claims(), { token, body: body() }),
            400,
            'idempotency_key_missing',
        ));
    for (const key of ['short', 'x'.repeat(65), 'with space', 'with.dot', '惠'.repeat(6)]) {
        test(`a key such as "${key.slice(0, 12)}" is malformed`, async () =>
            refused(
                await w.api.post(claims(), body(), {
                    token,
                    key: Buffer.from(key).toString('latin1'),
                }),
                400,
                'malformed',
            ));
    }
    for (const key of ['abcdef', `k${newKey()}`.padEnd(64, '_'), '-_-_-_']) {
        test(`a key such as "${key.slice(0, 12)}" is good`, async () =>
            granted(await w.api.post(claims(), body(), { token, key }), 201));
    }
    test('the same key and request: the same bytes, marked', async () => {
        const key = newKey(),
            first = await w.api.post(claims(), body(), { token, key });
        granted(first, 201);
        assert.equal(first.headers['idempotent-replayed'], undefined);
        for (let i = 0; i < 3; i++) {
            const again = await w.api.post(claims(), body(), { token, key });
            assert.equal(again.status, 201);
            assert.ok(again.raw.equals(first.raw));
            assert.equal(again.headers['idempotent-replayed'], 'true');
        }
    });
    test('the same key, another request', async () => {
        const key = newKey();
        granted(await w.api.post(claims(), body(), { token, key }), 201);
        refused(
            await w.api.post(claims(), { pool_id: nothing('pol') }, { token, key }),
            422,
            'idempotency_key_reused',
        );
        const other = await w.campaign(open);
        refused(
            await w.api.post(
                `/v1/campaigns/${other.campaign_id}/claims`,
                { pool_id: other.pools[0].pool_id },
                { token, key },
            ),
            422,
            'idempotency_key_reused',
        );
    });
    test('keys belong to the caller', async () => {
        const key = newKey();
        const [a, b] = [
            granted(await w.api.post(claims(), body(), { token, key }), 201),
            granted(await w.api.post(claims(), body(), { token: otherToken, key }), 201),
        ];
        assert.notEqual(a.claim_id, b.claim_id);
    });
    test('a refusal is not pinned to its key', async () => {
        const campaign = await w.campaign(open),
            key = newKey();
        granted(await w.act(campaign, 'pause'));
        refused(await w.claim(campaign, 400000, { key }), 409, 'campaign_paused');
        granted(await w.act(campaign, 'resume'));
        granted(await w.claim(campaign, 400000, { key }), 201);
    });
    test("an administrator's create, again: the same object", async () => {
        const key = newKey(),
            definition = shopping(open);
        const [a, b] = [
            await w.api.post('/v1/admin/campaigns', definition, { ...admin(operator), key }),
            await w.api.post('/v1/admin/campaigns', definition, { ...admin(operator), key }),
        ];
        granted(a, 201);
        assert.ok(b.raw.equals(a.raw) && b.headers['idempotent-replayed'] === 'true', `${b.raw}`);
        refused(
            await w.api.post(
                '/v1/admin/campaigns',
                { ...definition, name: '另一个' },
                { ...admin(operator), key },
            ),
            422,
            'idempotency_key_reused',
        );
    });
    test('a key of one action is not good for another', async () => {
        const draft = await w.draft(open),
            key = newKey();
        granted(
            await w.api.post(
                `/v1/admin/campaigns/${draft.campaign_id}/submit`,
                {},
                { ...admin(w.author), key },
            ),
        );
        refused(
            await w.api.post(
                `/v1/admin/campaigns/${draft.campaign_id}/pause`,
                {},
                { ...admin(w.author), key },
            ),
            422,
            'idempotency_key_reused',
        );
    });
    test('an enrollment code is shown the same again', async () => {
        const key = newKey(),
            ask = () =>
                w.api.post(
                    `/v1/admin/merchants/${till.merchant.merchant_id}/terminals`,
                    { outlet: '二号', limits: {} },
                    { ...admin(operator), key },
                );
        const [a, b] = [await ask(), await ask()];
        granted(a, 201);
        assert.ok(a.raw.equals(b.raw));
    });
});

describe('precedence: of two refusals that apply, the earlier', () => {
    const claim = (options) =>
        w.api.request('POST', `/v1/campaigns/${nothing('cmp')}/claims`, options);
    test('malformed before unauthenticated', async () =>
        refused(await claim({ key: newKey(), body: { pool_id: 1 } }), 400, 'malformed'));
    test('a missing key before unauthenticated', async () =>
        refused(
            await claim({ body: { pool_id: nothing('pol') } }),
            400,
            'idempotency_key_missing',
        ));
    test('malformed before a missing key', async () =>
        refused(await claim({ body: '{' }), 400, 'malformed'));
    test('unauthenticated before not found', async () =>
        refused(
            await claim({ key: newKey(), body: { pool_id: nothing('pol') } }),
            401,
            'unauthenticated',
        ));
    test('forbidden before not found', async () =>
        refused(
            await w.api.post(`/v1/admin/campaigns/${nothing('cmp')}/submit`, {}, admin(auditor)),
            403,
            'forbidden',
        ));
    test('forbidden before invalid', async () =>
        refused(
            await w.api.post(
                '/v1/admin/merchants',
                { name: 'x', uscc: '91310115MA1H8R7C6D', kind: 'shop', groups: [] },
                admin(auditor),
            ),
            403,
            'forbidden',
        ));
    test('not found before invalid', async () =>
        refused(
            await w.api.post(
                `/v1/admin/campaigns/${nothing('cmp')}/grants`,
                { pool_id: nothing('pol'), residents: ['130402198207290622'] },
                admin(operator),
            ),
            404,
            'not_found',
        ));
    test('reused before not found', async () => {
        const key = newKey();
        granted(
            await w.api.post(
                `/v1/campaigns/${shop.campaign_id}/claims`,
                { pool_id: shop.pools[0].pool_id },
                { token, key },
            ),
            201,
        );
        refused(
            await claim({ token, key, body: { pool_id: nothing('pol') } }),
            422,
            'idempotency_key_reused',
        );
    });
    test('closed before sold out', async () => {
        const campaign = await w.campaign({ ...open, pools: [pool({ count: 1 })] });
        granted(await w.claim(campaign, 400000), 201);
        granted(await w.act(campaign, 'close'));
        refused(await w.claim(campaign, 400001), 409, 'campaign_closed');
    });
    test('paused before already claimed', async () => {
        const campaign = await w.campaign({ ...open, per_person_limit: 1 });
        granted(await w.claim(campaign, 400000), 201);
        granted(await w.act(campaign, 'pause'));
        refused(await w.claim(campaign, 400000), 409, 'campaign_paused');
    });
    test('already claimed before sold out', async () => {
        const campaign = await w.campaign({
            ...open,
            per_person_limit: 1,
            pools: [pool({ count: 1 })],
        });
        granted(await w.claim(campaign, 400000), 201);
        refused(await w.claim(campaign, 400000), 409, 'already_claimed');
        refused(await w.claim(campaign, 400001), 409, 'sold_out');
    });
    test('wrong state before needs a second person', async () => {
        const draft = await w.draft(open);
        refused(await w.act(draft, 'approve', w.author), 409, 'wrong_state');
        granted(await w.act(draft, 'submit', w.author));
        refused(await w.act(draft, 'approve', w.author), 403, 'needs_second_person');
    });
    test('already redeemed before merchant not allowed', async () => {
        const campaign = await w.campaign({
            ...open,
            merchants: { mode: 'list', ids: [till.merchant.merchant_id] },
        });
        const v = await w.voucher(campaign, 400000);
        granted(await till.redeem(v, { amount_fen: 5000 }), 201);
        refused(await otherTill.redeem(v, { amount_fen: 5000 }), 409, 'already_redeemed');
    });
    test('merchant before category, category before minimum, minimum before hours', async () => {
        const hour = new Date(Date.now() + 8 * 3600e3).getUTCHours(),
            clock = (h) => `${String((h + 24) % 24).padStart(2, '0')}:00`;
        const closed = { daily_hours: [{ from: clock(hour + 3), to: clock(hour + 4) }] };
        const narrow = await w.campaign({
            ...open,
            ...closed,
            merchants: { mode: 'list', ids: [till.merchant.merchant_id] },
            categories: { allow: [], deny: ['tobacco'] },
        });
        const v = await w.voucher(narrow, 400000);
        refused(
            await otherTill.redeem(v, { amount_fen: 1, category: 'tobacco' }),
            403,
            'merchant_not_allowed',
        );
        refused(
            await till.redeem(v, { amount_fen: 1, category: 'tobacco' }),
            422,
            'category_not_allowed',
        );
        refused(await till.redeem(v, { amount_fen: 1, category: 'food' }), 422, 'below_min_spend');
        refused(await till.redeem(v, { amount_fen: 5000, category: 'food' }), 409, 'outside_hours');
    });
});

describe('campaigns', () => {
    const url = (c) => `/v1/admin/campaigns/${c.campaign_id}`;
    test('created as sent, with ids, number, state and version', async () => {
        const definition = shopping(open),
            made = granted(
                await w.api.post('/v1/admin/campaigns', definition, admin(operator)),
                201,
            );
        assert.match(made.campaign_id, /^cmp_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
        assert.match(made.pools[0].pool_id, /^pol_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
        assert.ok(Number.isInteger(made.number) && made.number > 0);
        assert.deepEqual([made.state, made.rule_version], ['draft', 1]);
        for (const member of [
            'name',
            'kind',
            'budget_fen',
            'timezone',
            'issuing',
            'claim_window',
            'use_window',
            'valid_days',
            'per_person_limit',
            'merchants',
            'categories',
            'daily_hours',
            'refund_policy',
            'presentation',
            'limits',
        ]) {
            if (member === 'merchants') assert.equal(made.merchants.mode, 'all');
            else assert.deepEqual(made[member], definition[member], member);
        }
    });
    test('the life of a campaign', async () => {
        const c = await w.draft(open);
        refused(await w.api.get(`/v1/campaigns/${c.campaign_id}`), 404, 'not_found');
        refused(await w.claim(c, 400000), 404, 'not_found');
        for (const word of ['approve', 'reject', 'pause', 'resume', 'close'])
            refused(await w.act(c, word, w.approver), 409, 'wrong_state');
        assert.equal(granted(await w.act(c, 'submit')).state, 'submitted');
        refused(await w.api.get(`/v1/campaigns/${c.campaign_id}`), 404, 'not_found');
        for (const word of ['submit', 'pause', 'resume', 'close'])
            refused(await w.act(c, word), 409, 'wrong_state');
        assert.equal(granted(await w.act(c, 'reject', w.approver)).state, 'draft');
        granted(await w.act(c, 'submit'));
        assert.equal(granted(await w.act(c, 'approve', w.approver)).state, 'running');
        for (const word of ['submit', 'resume', 'approve', 'reject'])
            refused(await w.act(c, word, w.approver), 409, 'wrong_state');
        const v = await w.voucher(c, 400000);
        assert.equal(granted(await w.act(c, 'pause')).state, 'paused');
        refused(await w.act(c, 'pause'), 409, 'wrong_state');
        const paused = refused(await w.claim(c, 400000), 409, 'campaign_paused');
        assert.equal(paused.retryable, true);
        granted(await till.redeem(v, { amount_fen: 5000 }), 201);
        assert.equal(granted(await w.act(c, 'resume')).state, 'running');
        const late = await w.voucher(c, 400000);
        assert.equal(granted(await w.act(c, 'close')).state, 'closed');
        for (const word of ['submit', 'approve', 'pause', 'resume', 'close'])
            refused(await w.act(c, word, w.approver), 409, 'wrong_state');
        refused(await w.claim(c, 400000), 409, 'campaign_closed');
        granted(await till.redeem(late, { amount_fen: 5000 }), 201);
        assert.equal(granted(await w.api.get(`/v1/campaigns/${c.campaign_id}`)).state, 'closed');
        await w.balanced(c);
    });
    test('the submitter is not the approver either', async () => {
        const c = await w.draft(open);
        granted(await w.act(c, 'submit', w.approver));
        refused(await w.act(c, 'approve', w.approver), 403, 'needs_second_person');
        refused(await w.act(c, 'approve', w.author), 403, 'needs_second_person');
        granted(await w.act(c, 'approve', approverOnly));
    });
    test('not yet open, and over', async () => {
        const soon = await w.campaign({
            ...open,
            claim_window: { from: at(3600), to: at(7200) },
            use_window: { from: at(3600), to: at(9000) },
        });
        assert.equal(soon.state, 'approved');
        refused(await w.claim(soon, 400000), 409, 'campaign_not_open');
        const over = await w.campaign({
            ...open,
            claim_window: { from: at(-7200), to: at(-3600) },
        });
        refused(await w.claim(over, 400000), 409, 'campaign_closed');
    });
    test('ETag and If-Match: 428, 412, 200', async () => {
        const c = await w.draft(open),
            got = await w.api.get(url(c), admin(operator));
        assert.match(got.headers.etag, /^"[^"]+"$/);
        const next = { ...shopping(open), name: '改名' };
        refused(await w.api.put(url(c), next, admin(operator)), 428, 'precondition_required');
        refused(
            await w.api.put(url(c), next, {
                ...admin(operator),
                headers: { 'if-match': '"stale"' },
            }),
            412,
            'precondition_failed',
        );
        const put = await w.api.put(url(c), next, {
            ...admin(operator),
            headers: { 'if-match': got.headers.etag },
        });
        assert.equal(granted(put).name, '改名');
        assert.notEqual(put.headers.etag, got.headers.etag);
        refused(
            await w.api.put(url(c), next, {
                ...admin(operator),
                headers: { 'if-match': got.headers.etag },
            }),
            412,
            'precondition_failed',
        );
    });
    test('on a POST If-Match is optional and obeyed', async () => {
        const c = await w.draft(open);
        refused(
            await w.api.post(
                `${url(c)}/submit`,
                {},
                { ...admin(operator), headers: { 'if-match': '"r999"' } },
            ),
            412,
            'precondition_failed',
        );
        const { headers } = await w.api.get(url(c), admin(operator));
        granted(
            await w.api.post(
                `${url(c)}/submit`,
                {},
                { ...admin(operator), headers: { 'if-match': headers.etag } },
            ),
        );
    });
    test('the ETag follows definition and state, not counters', async () => {
        const c = await w.campaign(open),
            tag = async () => (await w.api.get(url(c), admin(auditor))).headers.etag;
        const first = await tag();
        await w.voucher(c, 400000);
        assert.equal(await tag(), first);
        granted(await w.act(c, 'pause'));
        assert.notEqual(await tag(), first);
    });
    test('a new version acts only when approved, and old claims keep theirs', async () => {
        const c = await w.campaign(open),
            v = await w.voucher(c, 400000);
        const { headers } = await w.api.get(url(c), admin(operator));
        const next = {
            ...shopping({ ...open, budget_fen: c.budget_fen }),
            categories: { allow: ['food'], deny: [] },
            claim_window: c.claim_window,
            use_window: c.use_window,
            pools: [{ ...pool(), pool_id: c.pools[0].pool_id }],
        };
        const put = granted(
            await w.api.put(url(c), next, {
                ...admin(w.author),
                headers: { 'if-match': headers.etag },
            }),
        );
        assert.equal(put.campaign_id, c.campaign_id);
        granted(
            await till.redeem(await w.voucher(c, 400000), { amount_fen: 5000, category: 'books' }),
            201,
        );
        granted(await w.act(c, 'submit'));
        granted(await w.act(c, 'approve', w.approver));
        assert.equal(granted(await w.api.get(url(c), admin(operator))).rule_version, 2);
        granted(await till.redeem(v, { amount_fen: 5000, category: 'books' }), 201);
        refused(
            await till.redeem(await w.voucher(c, 400000), { amount_fen: 5000, category: 'books' }),
            422,
            'category_not_allowed',
        );
    });
    const invalid = {
        'pools beyond the budget': { budget_fen: 1000 },
        'a window that ends before it begins': { claim_window: { from: at(10), to: at(5) } },
        'a draw, until it is built': { issuing: 'draw' },
        'a day that is not': { claim_window: { from: '2026-02-30T00:00:00+08:00', to: at(86400) } },
        'a pack that does not add up': {
            pools: [pool({ pack: [{ value_fen: 300, min_spend_fen: 400, count: 2 }] })],
        },
    };
    for (const [name, over] of Object.entries(invalid))
        test(`${name} is invalid`, async () =>
            refused(
                await w.api.post(
                    '/v1/admin/campaigns',
                    shopping({ ...open, ...over }),
                    admin(operator),
                ),
                422,
                'invalid',
            ));
    const malformed = {
        'an unknown kind': { kind: 'boat' },
        'no pools': { pools: [] },
        'a count with a fraction': { pools: [pool({ count: 1.5 })] },
        'an unknown member': { colour: 'red' },
        'an unknown member within': { pools: [pool({ colour: 'red' })] },
        'a time without zone': { claim_window: { from: '2026-06-19T10:00:00', to: at(1) } },
        'car with kind shopping': { car: { payout: 'pos_deduct' } },
    };
    for (const [name, over] of Object.entries(malformed)) {
        test(`${name} is refused`, async () =>
            assert.match(
                (
                    await w.api.post(
                        '/v1/admin/campaigns',
                        shopping({ ...open, ...over }),
                        admin(operator),
                    )
                ).json.code,
                /^(malformed|invalid)$/,
            ));
    }
    test('times are read with any offset and a fraction', async () => {
        const made = granted(
            await w.api.post(
                '/v1/admin/campaigns',
                shopping({
                    ...open,
                    claim_window: {
                        from: '2026-01-01T00:00:00.999Z',
                        to: '2036-01-01T00:00:00-05:00',
                    },
                    use_window: { from: '2026-01-01T00:00:00Z', to: '2036-02-01T00:00:00Z' },
                }),
                admin(operator),
            ),
            201,
        );
        assert.deepEqual(made.claim_window, {
            from: '2026-01-01T08:00:00+08:00',
            to: '2036-01-01T13:00:00+08:00',
        });
    });
    test('public view: number, windows, server time, pools in order with what remains', async () => {
        const c = await w.campaign({
            ...open,
            pools: [pool({ name: '乙', count: 5 }), pool({ name: '甲', count: 7 })],
        });
        granted(await w.claim(c, 400000, { pool: c.pools[1] }), 201);
        const seen = granted(await w.api.get(`/v1/campaigns/${c.campaign_id}`));
        assert.deepEqual(
            seen.pools.map((p) => [p.pool_id, p.count, p.remaining]),
            [
                [c.pools[0].pool_id, 5, 5],
                [c.pools[1].pool_id, 7, 6],
            ],
        );
        assert.equal(seen.number, c.number);
        assert.match(seen.server_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
        assert.deepEqual([seen.claim_window, seen.use_window], [c.claim_window, c.use_window]);
    });
});

describe('budget', () => {
    const url = (c) => `/v1/admin/campaigns/${c.campaign_id}/budget-changes`;
    const propose = (c, current_fen, target_fen, who = w.author) =>
        w.api.post(url(c), { current_fen, target_fen, reason: '追加' }, admin(who));
    const judge = (change, word, who) =>
        w.api.post(`/v1/admin/budget-changes/${change.budget_change_id}/${word}`, {}, admin(who));
    test('by another person, compared and set', async () => {
        const c = await w.campaign({ ...open, budget_fen: 1000000 });
        const change = granted(await propose(c, 1000000, 1500000), 201);
        assert.match(change.budget_change_id, /^bgc_/);
        assert.equal(change.state, 'pending');
        assert.equal((await w.ledger(c)).funded_fen, 1000000);
        refused(await judge(change, 'approve', w.author), 403, 'needs_second_person');
        assert.equal(granted(await judge(change, 'approve', w.approver)).state, 'approved');
        assert.equal((await w.balanced(c)).funded_fen, 1500000);
        refused(await judge(change, 'approve', w.approver), 409, 'wrong_state');
        refused(await propose(c, 1000000, 2000000), 409, 'budget_conflict');
    });
    test('judged again at approval', async () => {
        const c = await w.campaign({ ...open, budget_fen: 1000000 });
        const [a, b] = [
            granted(await propose(c, 1000000, 1500000), 201),
            granted(await propose(c, 1000000, 1600000), 201),
        ];
        granted(await judge(a, 'approve', w.approver));
        refused(await judge(b, 'approve', w.approver), 409, 'budget_conflict');
        assert.equal(granted(await judge(b, 'reject', w.approver)).state, 'rejected');
        assert.equal((await w.balanced(c)).funded_fen, 1500000);
    });
    test('never below what is issued', async () => {
        const c = await w.campaign({ ...open, budget_fen: 1000000 });
        for (let i = 0; i < 3; i++) granted(await w.claim(c, 400000), 201);
        refused(await propose(c, 1000000, 2999), 422, 'invalid');
        const change = granted(await propose(c, 1000000, 3000), 201);
        granted(await w.claim(c, 400001), 201);
        refused(await judge(change, 'approve', w.approver), 422, 'invalid');
        assert.equal((await w.balanced(c)).funded_fen, 1000000);
    });
});

describe('residents', () => {
    test('a claim: shapes of everything', async () => {
        const made = granted(await w.claim(shop, 400000), 201),
            [v] = made.vouchers;
        assert.deepEqual(Object.keys(made).sort(), [
            'campaign_id',
            'claim_id',
            'claimed_at',
            'pool_id',
            'vouchers',
        ]);
        assert.deepEqual(Object.keys(v).sort(), [
            'min_spend_fen',
            'short_code',
            'state',
            'token',
            'valid_from',
            'valid_to',
            'value_fen',
            'voucher_id',
        ]);
        assert.match(v.token, /^[0-9]{253}$/);
        assert.match(v.short_code, /^[0-9]{18}$/);
        const luhn = [...v.short_code].reverse().reduce((s, c, i) => {
            const d = Number(c) * (i % 2 ? 2 : 1);
            return s + (d > 9 ? d - 9 : d);
        }, 0);
        assert.equal(luhn % 10, 0);
        assert.deepEqual([v.value_fen, v.min_spend_fen, v.state], [1000, 2000, 'live']);
        assert.match(made.claimed_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
    });
    test('a pack is one claim of many vouchers', async () => {
        const c = await w.campaign({
            ...open,
            per_person_limit: 1,
            pools: [
                pool({
                    value_fen: 5000,
                    min_spend_fen: 0,
                    pack: [
                        { value_fen: 2000, min_spend_fen: 2001, count: 2 },
                        { value_fen: 1000, min_spend_fen: 1001, count: 1 },
                    ],
                }),
            ],
        });
        const made = granted(await w.claim(c, 400000), 201);
        assert.deepEqual(
            made.vouchers.map((v) => v.value_fen),
            [2000, 2000, 1000],
        );
        refused(await w.claim(c, 400000), 409, 'already_claimed');
        const l = await w.balanced(c);
        assert.deepEqual([l.issued, l.live_fen], [1, 5000]);
        granted(await till.redeem(made.vouchers[0], { amount_fen: 2500 }), 201);
        assert.deepEqual(
            [(await w.balanced(c)).redeemed, (await w.balanced(c)).live_fen],
            [1, 3000],
        );
    });
    test('eligibility has no effect and names the reason', async () => {
        const c = await w.campaign({ ...open, per_person_limit: 1 }),
            url = `/v1/campaigns/${c.campaign_id}/eligibility`;
        const ask = async () => granted(await w.api.get(url, { token }));
        assert.deepEqual(await ask(), { eligible: true, reasons: [] });
        assert.deepEqual(await ask(), { eligible: true, reasons: [] });
        granted(await w.claim(c, 400000), 201);
        const no = await ask();
        assert.equal(no.eligible, false);
        assert.ok(JSON.stringify(no.reasons).includes('already_claimed'));
        refused(
            await w.api.get(`/v1/campaigns/${nothing('cmp')}/eligibility`, { token }),
            404,
            'not_found',
        );
    });
    test('a foreign voucher and a missing one answer alike', async () => {
        for (const tail of ['', '/qr.svg', '/jws']) {
            const [foreign, missing, bad] = await Promise.all(
                [voucher.voucher_id, nothing('vch'), 'vch_x'].map((id) =>
                    w.api.get(`/v1/vouchers/${id}${tail}`, { token: otherToken }),
                ),
            );
            for (const a of [foreign, missing, bad]) {
                refused(a, 404, 'not_found');
                delete a.json.request_id;
            }
            assert.deepEqual(foreign.json, missing.json);
            assert.deepEqual(bad.json, missing.json);
        }
    });
    test("one's own voucher, its QR and its JWS", async () => {
        const seen = granted(await w.api.get(`/v1/vouchers/${voucher.voucher_id}`, { token }));
        assert.equal(seen.token, voucher.token);
        const qr = await w.api.get(`/v1/vouchers/${voucher.voucher_id}/qr.svg`, { token });
        assert.match(qr.headers['content-type'], /^image\/svg\+xml/);
        assert.match(qr.raw.toString(), /viewBox="0 0 49 49"/);
        const { jws } = granted(
            await w.api.get(`/v1/vouchers/${voucher.voucher_id}/jws`, { token }),
        );
        const [head, body] = jws
            .split('.')
            .map((part) => Buffer.from(part, 'base64url').toString());
        const { kid, ...rest } = JSON.parse(head);
        assert.deepEqual(rest, { alg: 'Ed25519', typ: 'voucher+jwt' });
        assert.match(kid, /^[0-9a-f]{8}$/);
        const claims = JSON.parse(body);
        assert.deepEqual(Object.keys(claims).sort(), [
            'amt',
            'aud',
            'cid',
            'exp',
            'iss',
            'jti',
            'nbf',
        ]);
        assert.deepEqual(
            [claims.jti, claims.amt, claims.cid],
            [voucher.voucher_id, 1000, shop.campaign_id],
        );
    });
    test('states of a voucher', async () => {
        const v = await w.voucher(shop, 400000),
            state = async () =>
                granted(await w.api.get(`/v1/vouchers/${v.voucher_id}`, { token })).state;
        assert.equal(await state(), 'live');
        const held = granted(await till.redeem(v, { amount_fen: 5000, mode: 'hold' }), 201);
        assert.equal(await state(), 'held');
        granted(await till.post(`/v1/redemptions/${held.redemption_id}/release`, {}));
        assert.equal(await state(), 'live');
        granted(await till.redeem(v, { amount_fen: 5000 }), 201);
        assert.equal(await state(), 'redeemed');
        const gone = await w.voucher(shop, 400000);
        granted(
            await w.api.post(
                `/v1/admin/vouchers/${gone.voucher_id}/void`,
                { reason: '误发' },
                admin(operator),
            ),
        );
        assert.equal(
            granted(await w.api.get(`/v1/vouchers/${gone.voucher_id}`, { token })).state,
            'void',
        );
        granted(await w.api.get(`/v1/vouchers/${gone.voucher_id}/jws`, { token }));
        refused(await till.redeem(gone, { amount_fen: 5000 }), 409, 'voucher_void');
    });
});

describe('tills', () => {
    const by = (id, word, body = {}, t = till) => t.post(`/v1/redemptions/${id}/${word}`, body);
    test('captured at once: shape and sums', async () => {
        const done = granted(
            await till.redeem(await w.voucher(shop, 400000), { amount_fen: 5000, no: 'shape-1' }),
            201,
        );
        assert.deepEqual(Object.keys(done).sort(), [
            'out_request_no',
            'payable_fen',
            'redeemed_at',
            'redemption_id',
            'state',
            'value_fen',
            'voucher_id',
        ]);
        assert.deepEqual(
            [done.out_request_no, done.state, done.value_fen, done.payable_fen],
            ['shape-1', 'captured', 1000, 4000],
        );
    });
    test('hold, capture', async () => {
        const v = await w.voucher(shop, 400000),
            held = granted(await till.redeem(v, { amount_fen: 5000, mode: 'hold' }), 201);
        assert.equal(held.state, 'held');
        assert.equal(Date.parse(held.hold_expires_at) - Date.parse(held.redeemed_at), 900000);
        const busy = refused(await till.redeem(v, { amount_fen: 5000 }), 409, 'voucher_held');
        assert.equal(busy.retryable, true);
        refused(await by(held.redemption_id, 'capture', {}, otherTill), 404, 'not_found');
        const mate = await w.secondTill(till);
        assert.equal(granted(await by(held.redemption_id, 'capture', {}, mate)).state, 'captured');
        refused(await by(held.redemption_id, 'capture'), 409, 'wrong_state');
        refused(await by(held.redemption_id, 'release'), 409, 'wrong_state');
        await w.balanced(shop);
    });
    test('already redeemed names time, merchant and a masked order', async () => {
        const v = await w.voucher(shop, 400000);
        granted(await till.redeem(v, { amount_fen: 5000, order_no: 'ORDER-123456789' }), 201);
        const json = refused(
            await otherTill.redeem(v, { amount_fen: 5000 }),
            409,
            'already_redeemed',
        );
        assert.ok(
            json.detail.includes(till.merchant.name) &&
                /\d{4}-\d\d-\d\dT/.test(json.detail) &&
                !json.detail.includes('ORDER-123456789'),
            json.detail,
        );
    });
    test('one number, one intent: under another key the same answer, with other content 422', async () => {
        const v = await w.voucher(shop, 400000),
            order = { amount_fen: 5000, no: 'intent-1', order_no: 'intent-1' };
        const first = await till.redeem(v, order);
        granted(first, 201);
        const again = await till.redeem(v, order);
        assert.ok(
            again.status === 201 &&
                again.raw.equals(first.raw) &&
                again.headers['idempotent-replayed'] === 'true',
        );
        refused(
            await till.redeem(v, { ...order, amount_fen: 6000 }),
            422,
            'idempotency_key_reused',
        );
        granted(await otherTill.redeem(await w.voucher(shop, 400000), order), 201);
    });
    test('reverse before and after; then the original never acts', async () => {
        const v = await w.voucher(shop, 400000),
            order = { amount_fen: 5000, no: 'late-1', order_no: 'late-1' };
        assert.deepEqual(
            granted(
                await till.post('/v1/redemptions/by-request/late-1/reverse', { reason: '超时' }),
            ),
            { out_request_no: 'late-1', state: 'reversed' },
        );
        refused(await till.redeem(v, order), 409, 'request_reversed');
        granted(await till.post('/v1/redemptions/by-request/late-1/reverse', { reason: '超时' }));
        const next = { ...order, no: 'late-2', key: newKey() };
        granted(await till.redeem(v, next), 201);
        granted(await till.post('/v1/redemptions/by-request/late-2/reverse', { reason: '超时' }));
        refused(await till.redeem(v, next), 409, 'request_reversed');
        assert.equal(
            granted(await till.get('/v1/redemptions/by-request/late-2')).state,
            'reversed',
        );
        refused(await otherTill.get('/v1/redemptions/by-request/late-2'), 404, 'not_found');
        granted(await till.redeem(v, { ...order, no: 'late-3' }), 201);
    });
    test('refund in parts: the floor of each, the last takes the rest', async () => {
        const c = await w.campaign({
                ...open,
                pools: [pool({ value_fen: 1001, min_spend_fen: 2000 })],
            }),
            v = await w.voucher(c, 400000);
        const done = granted(await till.redeem(v, { amount_fen: 3000 }), 201),
            refund = (amount_fen) =>
                by(done.redemption_id, 'refund', { amount_fen, reason: '退货' });
        granted(await refund(1000));
        assert.equal((await w.balanced(c)).redeemed_fen, 1001 - 333);
        refused(await refund(2001), 422, 'invalid');
        refused(await till.redeem(v, { amount_fen: 3000 }), 409, 'already_redeemed');
        granted(await refund(1000));
        assert.equal((await w.balanced(c)).redeemed_fen, 1001 - 666);
        granted(await refund(1000));
        assert.equal((await w.balanced(c)).redeemed_fen, 0);
        refused(await refund(1), 409, 'wrong_state');
        granted(await till.redeem(v, { amount_fen: 3000 }), 201);
        await w.balanced(c);
    });
    test('refund policy return: back to the pool, the voucher does not live again', async () => {
        const c = await w.campaign({
                ...open,
                refund_policy: 'return',
                pools: [pool({ count: 1 })],
            }),
            v = await w.voucher(c, 400000);
        const done = granted(await till.redeem(v, { amount_fen: 5000 }), 201);
        granted(await by(done.redemption_id, 'refund', { amount_fen: 5000, reason: '退货' }));
        const json = await till.redeem(v, { amount_fen: 5000 });
        assert.ok(json.status === 409, `${json.raw}`);
        assert.equal((await w.balanced(c)).issued, 0);
        granted(await w.claim(c, 400001), 201);
    });
    test('by short code; a mistyped one is refused', async () => {
        const v = await w.voucher(shop, 400000);
        granted(await till.redeem(v, { amount_fen: 5000, short: true }), 201);
        const wrong = v.short_code.slice(0, 17) + ((Number(v.short_code[17]) + 1) % 10);
        refused(
            await till.redeem({ short_code: wrong }, { amount_fen: 5000, short: true }),
            400,
            'malformed',
        );
    });
    test('a short code that was never given: unknown', async () => {
        const head = '12345678901234567',
            sum = [...head].reverse().reduce((s, c, i) => {
                const d = Number(c) * (i % 2 ? 1 : 2);
                return s + (d > 9 ? d - 9 : d);
            }, 0);
        refused(
            await till.redeem(
                { short_code: head + ((10 - (sum % 10)) % 10) },
                { amount_fen: 5000, short: true },
            ),
            404,
            'voucher_unknown',
        );
    });
    test('at most ten misses of a short code a minute; tokens lock nothing', async () => {
        const fresh = await w.till(),
            misses = [];
        const code = (n) => {
            const head = String(10000000000000000n + BigInt(n) * 7919n);
            const sum = [...head].reverse().reduce((s, c, i) => {
                const d = Number(c) * (i % 2 ? 1 : 2);
                return s + (d > 9 ? d - 9 : d);
            }, 0);
            return head + ((10 - (sum % 10)) % 10);
        };
        for (let i = 0; i < 12; i++)
            misses.push(
                await fresh.redeem({ short_code: code(i) }, { amount_fen: 5000, short: true }),
            );
        assert.deepEqual(
            misses.slice(0, 10).map((a) => a.status),
            Array(10).fill(404),
        );
        refused(misses[10], 429, 'rate_limited');
        refused(misses[11], 429, 'rate_limited');
        granted(await fresh.redeem(await w.voucher(shop, 400000), { amount_fen: 5000 }), 201);
    });
    test('verifications: a short code that fits is free, misses run out', async () => {
        const fresh = await w.till(),
            v = await w.voucher(shop, 400000);
        const ask = (body) => fresh.post('/v1/verifications', body);
        for (let i = 0; i < 15; i++)
            assert.equal(granted(await ask({ short_code: v.short_code })).valid, true);
        const code = (n) => {
            const head = String(10000000000000000n + BigInt(n) * 7919n);
            const sum = [...head].reverse().reduce((s, c, i) => {
                const d = Number(c) * (i % 2 ? 1 : 2);
                return s + (d > 9 ? d - 9 : d);
            }, 0);
            return head + ((10 - (sum % 10)) % 10);
        };
        // One count for the terminal, over all workers, verifications and redemptions.
        const redeem = (n) =>
            fresh.redeem({ short_code: code(n) }, { amount_fen: 5000, short: true });
        const verifications = await Promise.all(
            Array.from({ length: 7 }, (_, n) => ask({ short_code: code(n) })),
        );
        for (const a of verifications) assert.equal(granted(a).code, 'voucher_unknown');
        const redemptions = await Promise.all(Array.from({ length: 3 }, (_, n) => redeem(100 + n)));
        for (const a of redemptions) refused(a, 404, 'voucher_unknown');
        for (let n = 200; n < 208; n++)
            refused(await (n % 2 ? redeem(n) : ask({ short_code: code(n) })), 429, 'rate_limited');
        assert.equal(granted(await ask({ token: v.token })).valid, true);
    });
    test('a token that is no token, and one that was forged', async () => {
        const v = await w.voucher(shop, 400000);
        for (const token of [
            '',
            '1',
            v.token.slice(0, 252),
            v.token + '0',
            'x'.repeat(253),
            '9'.repeat(253),
        ])
            refused(await till.redeem({ token }, { amount_fen: 5000 }), 400, 'malformed');
        const forged =
            v.token.slice(0, 100) + ((Number(v.token[100]) + 1) % 10) + v.token.slice(101);
        refused(
            await till.redeem({ token: forged }, { amount_fen: 5000 }),
            422,
            'signature_invalid',
        );
        granted(await till.redeem(v, { amount_fen: 5000 }), 201);
    });
    test('token or short code, not both, not neither', async () => {
        const v = await w.voucher(shop, 400000),
            body = {
                out_request_no: newKey(),
                mode: 'capture',
                order: { order_no: newKey(), amount_fen: 5000 },
            };
        const both = refused(
            await till.post('/v1/redemptions', {
                ...body,
                token: v.token,
                short_code: v.short_code,
            }),
            400,
            'malformed',
        );
        assert.deepEqual(
            both.errors.map((e) => [e.pointer, e.code]),
            [['/token', 'one_of_two']],
        );
        refused(await till.post('/v1/redemptions', body), 400, 'malformed');
    });
    test('verification: no effect, a refusal is valid: false', async () => {
        const v = await w.voucher(shop, 400000),
            verify = async (token) =>
                granted(await till.request('POST', '/v1/verifications', { body: { token } }));
        const good = await verify(v.token);
        assert.deepEqual([good.valid, good.voucher.voucher_id], [true, v.voucher_id]);
        granted(await till.redeem(v, { amount_fen: 5000 }), 201);
        const used = await verify(v.token);
        assert.deepEqual([used.valid, used.code], [false, 'already_redeemed']);
        const forged = await verify(
            v.token.slice(0, 100) + ((Number(v.token[100]) + 1) % 10) + v.token.slice(101),
        );
        assert.deepEqual([forged.valid, forged.code], [false, 'signature_invalid']);
        refused(
            await till.request('POST', '/v1/verifications', { body: { token: 'abc' } }),
            400,
            'malformed',
        );
    });
    for (const [name, over] of Object.entries({
        zero: { amount_fen: 0 },
        'below zero': { amount_fen: -5 },
        'a fraction': { amount_fen: 1.5 },
    })) {
        test(`an order of ${name} is refused`, async () =>
            assert.match((await till.redeem(voucher, over)).json.code, /^(malformed|invalid)$/));
    }
    for (const no of ['', 'x'.repeat(65), 'a b', 'a.b', '号'])
        test(`out_request_no "${no.slice(0, 8)}" is malformed`, async () =>
            refused(await till.redeem(voucher, { no, amount_fen: 5000 }), 400, 'malformed'));
    test('not yet valid and expired', async () => {
        const soon = await w.campaign({ ...open, use_window: { from: at(3600), to: at(86400) } });
        refused(
            await till.redeem(await w.voucher(soon, 400000), { amount_fen: 5000 }),
            409,
            'voucher_not_yet_valid',
        );
    });
    test('merchants by group', async () => {
        const c = await w.campaign({ ...open, merchants: { mode: 'groups', groups: ['夜市'] } }),
            night = await w.till({ groups: ['夜市', '商圈'] }),
            v = await w.voucher(c, 400000);
        refused(await till.redeem(v, { amount_fen: 5000 }), 403, 'merchant_not_allowed');
        granted(await night.redeem(v, { amount_fen: 5000 }), 201);
    });
    test('an allow list needs a category it holds', async () => {
        const c = await w.campaign({ ...open, categories: { allow: ['food'], deny: [] } }),
            v = await w.voucher(c, 400000);
        refused(await till.redeem(v, { amount_fen: 5000 }), 422, 'category_not_allowed');
        refused(
            await till.redeem(v, { amount_fen: 5000, category: 'books' }),
            422,
            'category_not_allowed',
        );
        granted(await till.redeem(v, { amount_fen: 5000, category: 'food' }), 201);
    });
});

describe('lists', () => {
    async function all(get, limit) {
        const seen = [];
        for (let next = '', pages = 0; ; pages++) {
            const page = granted(
                await get(`limit=${limit}${next && `&after=${encodeURIComponent(next)}`}`),
            );
            assert.deepEqual(Object.keys(page).sort(), ['has_more', 'items', 'next']);
            assert.ok(page.items.length <= limit && pages < 100);
            seen.push(...page.items);
            if (!page.has_more) return seen;
            assert.equal(typeof page.next, 'string');
            next = page.next;
        }
    }
    const lists = {
        '/v1/campaigns': (q) => w.api.get(`/v1/campaigns?${q}`),
        '/v1/admin/campaigns': (q) => w.api.get(`/v1/admin/campaigns?${q}`, admin(auditor)),
        '/v1/admin/merchants': (q) => w.api.get(`/v1/admin/merchants?${q}`, admin(auditor)),
        '/v1/me/vouchers': (q) => w.api.get(`/v1/me/vouchers?${q}`, { token }),
        '/v1/terminals/me/journal': (q) => till.get(`/v1/terminals/me/journal?${q}`),
        '/v1/admin/journal': (q) => w.api.get(`/v1/admin/journal?${q}`, admin(auditor)),
    };
    for (const [path, get] of Object.entries(lists)) {
        test(`${path} by pages of any size is the same list`, async () => {
            const [whole, small] = [await all(get, 200), await all(get, 7)];
            assert.ok(whole.length > 1, `${whole.length}`);
            const key = (item) =>
                JSON.stringify({ ...item, server_time: undefined, token: undefined });
            assert.deepEqual(small.map(key), whole.map(key));
            assert.equal(new Set(whole.map(key)).size, whole.length);
        });
        for (const query of [
            'limit=0',
            'limit=201',
            'limit=x',
            'limit=',
            'limit=1.5',
            'limit=-1',
            'after=!',
            'after=x',
            'limit=99999999999999999999',
        ]) {
            test(`${path}?${query} is malformed`, async () =>
                refused(await get(query), 400, 'malformed'));
        }
    }
    test('a journal without personal data, chained by writer', async () => {
        const entries = await all(lists['/v1/admin/journal'], 200);
        const last = new Map();
        for (const e of entries) {
            for (const member of ['writer', 'seq', 'at', 'kind', 'prev', 'hash'])
                assert.ok(e[member] !== undefined, member);
            if (last.has(e.writer)) {
                assert.equal(e.prev, last.get(e.writer).hash);
                assert.equal(e.seq, last.get(e.writer).seq + 1);
            }
            last.set(e.writer, e);
            const prefix = {
                claim: 'clm_',
                capture: 'red_',
                void: 'vch_',
                expire: 'pol_',
                campaign_create: 'cmp_',
                merchant_create: 'mch_',
                terminal_enroll: 'trm_',
                admin_create: 'adm_',
                resident_seen: 'res_',
                job_create: 'job_',
            }[e.kind];
            if (prefix) assert.ok(e.subject_id.startsWith(prefix), `${e.kind}: ${e.subject_id}`);
        }
        assert.ok(entries.some(({ kind }) => kind === 'admin_create'));
        // Hashes and ids hold such digits by chance: looked at are words and the entry's own text.
        const telling = entries.map(({ kind, detail, entry }) => [
            kind,
            detail,
            Buffer.from(entry, 'hex')
                .subarray(80)
                .toString('latin1')
                .replace(/[^ -~]+/g, ' '),
        ]);
        assert.ok(!/410108\d{11}|\b138\d{8}\b/.test(JSON.stringify(telling)));
    });
    test('checkpoints are there and signed', async () =>
        assert.ok(
            granted(await w.api.get('/v1/admin/checkpoints', admin(auditor))).items.length > 0,
        ));
});

describe('grants and rewards', () => {
    test('a small list: each is judged for himself', async () => {
        const c = await w.campaign({
            ...open,
            issuing: 'grant',
            per_person_limit: 1,
            pools: [pool({ count: 3 })],
        });
        refused(await w.claim(c, 400000), 403, 'not_eligible');
        const { person } = await import('../scripts/lib/client.mjs');
        const residents = [410000, 410001, 410000, 410002, 410003].map((n) => person(n).id_number);
        const job = granted(
            await w.api.post(
                `/v1/admin/campaigns/${c.campaign_id}/grants`,
                { pool_id: c.pools[0].pool_id, residents },
                admin(operator),
            ),
        );
        assert.deepEqual(
            [job.state, job.rows_total, job.rows_ok, job.rows_failed],
            ['done', 5, 3, 2],
        );
        assert.match(job.job_id, /^job_/);
        const mine = granted(
            await w.api.get('/v1/me/vouchers', { token: await w.session(410001) }),
        );
        assert.equal(mine.items.length, 1);
        granted(await till.redeem(mine.items[0], { amount_fen: 5000 }), 201);
        assert.equal((await w.balanced(c)).issued, 3);
    });
    test('named by an id, a resident must be there', async () => {
        const c = await w.campaign({ ...open, issuing: 'grant', pools: [pool({ count: 9 })] });
        const { assertion, person } = await import('../scripts/lib/client.mjs');
        const signedIn = await w.api.post('/v1/sessions', {
            assertion: assertion(w.issuer, person(410010)),
        });
        const seen = granted(signedIn, 201);
        assert.equal(signedIn.headers['cache-control'], 'no-store');
        const grant = async (residents) =>
            granted(
                await w.api.post(
                    `/v1/admin/campaigns/${c.campaign_id}/grants`,
                    { pool_id: c.pools[0].pool_id, residents },
                    admin(operator),
                ),
            );
        const known = seen.resident.resident_id;
        const job = await grant([nothing('res'), known, nothing('res')]);
        assert.deepEqual([job.rows_ok, job.rows_failed], [1, 2]);
        assert.equal((await w.balanced(c)).issued, 1);
    });
});

describe('public things', () => {
    test('jwks', async () => {
        const answer = await w.api.get('/.well-known/jwks.json');
        const { keys } = granted(answer);
        assert.ok(keys.length >= 1);
        for (const key of keys) {
            assert.deepEqual([key.kty, key.crv, key.alg], ['OKP', 'Ed25519', 'Ed25519']);
            assert.match(key.kid, /^[0-9a-f]{8}$/);
            assert.equal(key.d, undefined);
        }
    });
    test('health and readiness', async () => {
        assert.equal(granted(await w.api.get('/healthz')).status, 'ok');
        granted(await w.api.get('/readyz'));
    });
    test('openapi names every route', async () => {
        const { paths } = granted(await w.api.get('/openapi.json'));
        const shape = (path) => path.replace(/\{\w+\}/g, '{}').replace('x-1', '{}');
        const listed = new Set(
            Object.entries(paths).flatMap(([path, methods]) =>
                Object.keys(methods).map((m) => `${m.toUpperCase()} ${shape(path)}`),
            ),
        );
        for (const [method, path] of routes)
            assert.ok(listed.has(`${method} ${shape(path)}`), `${method} ${path}`);
    });
});

test('across a restart: the same bytes for claims, redemptions, campaigns', async () => {
    const keys = [newKey(), newKey(), newKey()],
        v = await w.voucher(shop, 400000),
        definition = shopping(open),
        order = { no: newKey(), order_no: newKey(), amount_fen: 5000, key: keys[1] };
    const asks = [
        () => w.claim(shop, 400000, { key: keys[0] }),
        () => new Till(w.api, till).post && till.redeem(v, order),
        () => w.api.post('/v1/admin/campaigns', definition, { ...admin(operator), key: keys[2] }),
    ].map((ask, i) => (i === 1 ? () => till.redeem(v, order) : ask));
    const first = [];
    for (const ask of asks) first.push(await ask());
    assert.deepEqual(
        first.map((a) => a.status),
        [201, 201, 201],
    );
    await w.daemon.stop();
    assert.equal(w.daemon.exit.code, 0);
    await w.restart();
    till.api = w.api;
    for (const [i, ask] of asks.entries()) {
        const again = await ask();
        assert.ok(again.raw.equals(first[i].raw), `${first[i].raw} then ${again.raw}`);
        assert.equal(again.headers['idempotent-replayed'], 'true');
    }
});
