// The OpenAPI document against itself, against the table of endpoints, and against real answers.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
    Api,
    Till,
    enroll,
    newIssuer,
    newKey,
    person,
    run,
    session,
    shopping,
    uscc,
} from '../scripts/lib/client.mjs';
import { parse } from '../scripts/lib/openapi.mjs';
import { buildDir, createAdmin, root, startDaemon } from '../scripts/lib/servers.mjs';

const api = parse(readFileSync(path.join(root, 'voucher/openapi.yaml'), 'utf8'));
const operations = Object.entries(api.paths).flatMap(([route, item]) =>
    Object.entries(item).map(([method, operation]) => ({ route, method, operation })),
);
const resolve = (node) => {
    if (!node?.$ref) return node;
    const found = node.$ref
        .slice(2)
        .split('/')
        .reduce((at, key) => at?.[key], api);
    assert.ok(found, `names nothing: ${node.$ref}`);
    return resolve(found);
};

// As much of JSON Schema 2020-12 as the document uses; anything else is an error of the test.
const known = new Set(
    '$ref type properties required additionalProperties items enum oneOf pattern minimum maximum'.split(
        ' ',
    ),
);
const typeOf = (v) =>
    v === null ? 'null' : Array.isArray(v) ? 'array' : Number.isInteger(v) ? 'integer' : typeof v;
function faults(schema, value, at = '') {
    schema = resolve(schema);
    for (const key of Object.keys(schema))
        assert.ok(known.has(key), `keyword ${key} is not known here`);
    if (schema.oneOf) {
        const fitting = schema.oneOf.filter((one) => faults(one, value, at).length === 0).length;
        return fitting === 1 ? [] : [`${at}: fits ${fitting} of oneOf`];
    }
    const types = [].concat(schema.type ?? []);
    const type = typeOf(value);
    if (types.length && !types.includes(type)) return [`${at}: ${type}, not ${types}`];
    const out = [];
    if (schema.enum && !schema.enum.includes(value)) out.push(`${at}: ${value} is not in the enum`);
    if (schema.pattern && type === 'string' && !new RegExp(schema.pattern).test(value)) {
        out.push(`${at}: ${value} is not ${schema.pattern}`);
    }
    if (schema.minimum !== undefined && value < schema.minimum)
        out.push(`${at}: below the minimum`);
    if (type === 'array' && schema.items) {
        value.forEach((one, i) => out.push(...faults(schema.items, one, `${at}/${i}`)));
    }
    if (type === 'object') {
        for (const key of schema.required ?? []) {
            if (!(key in value)) out.push(`${at}: lacks ${key}`);
        }
        for (const [key, one] of Object.entries(value)) {
            const part = schema.properties?.[key];
            if (part) out.push(...faults(part, one, `${at}/${key}`));
            else if (schema.additionalProperties === false) out.push(`${at}: ${key} is not listed`);
        }
    }
    return out;
}

test('every reference leads somewhere', () => {
    const walk = (node) => {
        if (node && typeof node === 'object') {
            if (node.$ref) resolve(node);
            Object.values(node).forEach(walk);
        }
    };
    walk(api);
    assert.equal(api.openapi, '3.1.0');
});

for (const { route, method, operation } of operations) {
    test(`stated in full: ${method} ${route}`, () => {
        assert.match(operation.operationId, /^[a-z][A-Za-z]+$/);
        const same = operations.filter((o) => o.operation.operationId === operation.operationId);
        assert.equal(same.length, 1, 'operationId is used twice');
        assert.match(operation.summary, /[\u4e00-\u9fff].*[A-Za-z]/, 'Chinese and English');
        assert.ok(Object.keys(operation.responses).some((status) => /^[23]/.test(status)));
        assert.ok(operation.responses.default, 'a refusal is a problem document');
        const holes = [...route.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
        const named = (operation.parameters ?? []).map(resolve).filter((p) => p.in === 'path');
        assert.deepEqual(
            named.map((p) => p.name),
            holes,
        );
    });
}

test('the table of endpoints and the document name the same routes and roles', () => {
    const printed = spawnSync(path.join(buildDir, 'tool_routes'), { encoding: 'utf8' }).stdout;
    const rows = printed
        .trim()
        .split('\n')
        .map((line) => line.split(' '));
    const served = rows.filter(([, , role]) => role !== 'control');
    const roleOf = (operation) => Object.keys(operation.security?.[0] ?? { anyone: [] })[0];
    assert.deepEqual(
        operations.map((o) => `${o.method} ${o.route} ${roleOf(o.operation)}`).sort(),
        served.map((row) => row.join(' ')).sort(),
    );
});

// Holds an answer against what the document says of its operation.
function hold(method, target, answer) {
    const pathname = target.split('?')[0];
    const fits = (route) =>
        new RegExp(`^${route.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
    const matching = operations.filter((o) => o.method === method.toLowerCase() && fits(o.route));
    matching.sort(
        (a, b) => (a.route.match(/\{/g) ?? []).length - (b.route.match(/\{/g) ?? []).length,
    );
    const operation = matching[0]?.operation;
    assert.ok(operation, `${method} ${target} is not in the document`);
    const { responses } = operation;
    const response = resolve(responses[answer.status] ?? responses.default);
    if (answer.status < 300) assert.ok(responses[answer.status], `${answer.status} is not listed`);
    const type = answer.headers['content-type'].split(';')[0];
    const media = response.content[type];
    assert.ok(media, `${method} ${target} ${answer.status}: ${type} is not listed`);
    if (!/json/.test(type)) return;
    assert.deepEqual(faults(media.schema, answer.json), [], `${method} ${target} ${answer.raw}`);
}

test('real answers are as the document says', async (t) => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-openapi-'));
    const issuer = newIssuer();
    const daemon = await startDaemon(dir, { issuers: issuer.config });
    class Held extends Api {
        async request(method, target, options) {
            const answer = await super.request(method, target, options);
            hold(method, target, answer);
            held++;
            return answer;
        }
    }
    let held = 0;
    const service = new Held(daemon.base);
    t.after(async () => {
        service.close();
        await daemon.stop();
        rmSync(dir, { recursive: true, force: true });
    });
    const author = await createAdmin(daemon, '甲', ['budget', 'operations', 'approver']);
    const other = await createAdmin(daemon, '乙', ['budget', 'operations', 'approver']);
    const admin = { token: author.token };
    const merchant = (
        await service.post(
            '/v1/admin/merchants',
            { name: '商场', uscc: uscc(7), kind: 'shop', groups: ['夜'] },
            admin,
        )
    ).json.merchant_id;
    const till = new Till(service, await enroll(service, author, merchant, '一'));
    const weak = await enroll(service, author, merchant, '二', { alg: 'hmac-sha256' });
    const campaign = await run(service, author, other, shopping());
    const id = campaign.campaign_id;
    const mine = { token: await session(service, issuer, person(1)) };
    const pool = campaign.pools[0].pool_id;
    const claim = await service.post(`/v1/campaigns/${id}/claims`, { pool_id: pool }, mine);
    await service.post(`/v1/campaigns/${id}/claims`, { pool_id: pool }, mine);
    const voucher = claim.json.vouchers[0];
    await till.post('/v1/verifications', { token: voucher.token }, { key: undefined });
    await till.post('/v1/verifications', { token: '0'.repeat(253) }, { key: undefined });
    const hold1 = await till.redeem(voucher, {
        mode: 'hold',
        amount_fen: 12000,
        no: 'A1',
        order_no: 'O1',
    });
    await till.post(`/v1/redemptions/${hold1.json.redemption_id}/release`, {});
    const hold2 = await till.redeem(voucher, {
        mode: 'hold',
        amount_fen: 12000,
        no: 'A2',
        order_no: 'O2',
    });
    await till.post(`/v1/redemptions/${hold2.json.redemption_id}/capture`, {});
    await till.post(`/v1/redemptions/${hold2.json.redemption_id}/refund`, {
        amount_fen: 100,
        reason: '退',
    });
    await till.get('/v1/redemptions/by-request/A2');
    await till.post('/v1/redemptions/by-request/B9/reverse', { reason: '未达' });
    await till.get('/v1/redemptions/by-request/B9');
    await till.get('/v1/terminals/me/journal?limit=1');
    const me = await till.get('/v1/terminals/me');
    assert.equal(me.json.outlet, '一');
    const lines = await till.get('/v1/terminals/me/journal?from=2020-01-01T00:00:00Z');
    assert.ok(lines.json.items.some((line) => line.order?.amount_fen > 0));
    const none = await till.get('/v1/terminals/me/journal?from=2090-01-01T00:00:00Z');
    assert.equal(none.json.items.length, 0);
    const odd = await till.get('/v1/terminals/me/journal?from=today');
    assert.equal(odd.json.code, 'malformed');
    const proposal = { current_fen: 10000000, target_fen: 20000000, reason: '追加' };
    const change = await service.post(`/v1/admin/campaigns/${id}/budget-changes`, proposal, admin);
    const changeId = change.json.budget_change_id;
    await service.post(`/v1/admin/budget-changes/${changeId}/approve`, {}, { token: other.token });
    const granted = await run(service, author, other, shopping({ issuing: 'grant', name: '定向' }));
    await service.post(
        `/v1/admin/campaigns/${granted.campaign_id}/grants`,
        {
            pool_id: granted.pools[0].pool_id,
            residents: [person(2).id_number, person(2).id_number],
        },
        admin,
    );
    const upload = (target, body) =>
        service.post(target, body, { ...admin, headers: { 'content-type': 'text/csv' } });
    const job = await upload(
        `/v1/admin/campaigns/${granted.campaign_id}/grants`,
        `${person(3).id_number}\nnobody\n`,
    );
    await upload('/v1/admin/residents/import', 'id_number,name\n');
    await upload('/v1/admin/residents/import?dry_run=true', 'what\n');
    await upload('/v1/admin/merchants/import', 'name,uscc,kind\n');
    await service.post(`/v1/admin/jobs/${job.json.job_id}/stop`, {}, admin);
    await service.post(`/v1/admin/jobs/${job.json.job_id}/resume`, {}, admin);
    for (const target of ['', `/${job.json.job_id}`, `/${job.json.job_id}/failures`]) {
        assert.equal((await service.get(`/v1/admin/jobs${target}`, admin)).status, 200, target);
    }
    const etag = (await service.get(`/v1/admin/campaigns/${id}`, admin)).headers.etag;
    await service.put(`/v1/admin/campaigns/${id}`, shopping({ budget_fen: 20000000 }), {
        ...admin,
        headers: { 'if-match': etag },
    });
    for (const act of ['pause', 'resume', 'close', 'close']) {
        await service.post(`/v1/admin/campaigns/${id}/${act}`, {}, admin);
    }
    await service.post(`/v1/admin/terminals/${weak.terminal_id}/revoke`, {}, admin);
    for (const target of [
        '/v1/admin/campaigns?limit=1',
        `/v1/admin/campaigns/${id}/ledger`,
        `/v1/admin/campaigns/${id}/stats`,
        `/v1/admin/campaigns/${id}/budget-changes`,
        `/v1/admin/budget-changes/${changeId}`,
        '/v1/admin/merchants',
        `/v1/admin/merchants/${merchant}/terminals`,
        '/v1/admin/journal?limit=5',
        '/v1/admin/reports?by=month',
        '/v1/admin/reports?group=category&format=csv',
        '/v1/admin/inbox',
        '/v1/admin/sessions/me',
        '/v1/admin/checkpoints',
    ]) {
        assert.equal((await service.get(target, admin)).status, 200, target);
    }
    for (const target of [
        '/v1/me/vouchers',
        `/v1/vouchers/${voucher.voucher_id}`,
        `/v1/vouchers/${voucher.voucher_id}/jws`,
        `/v1/vouchers/${voucher.voucher_id}/qr.svg`,
        `/v1/campaigns/${id}/eligibility`,
    ]) {
        assert.equal((await service.get(target, mine)).status, 200, target);
    }
    for (const target of [
        '/v1/campaigns',
        `/v1/campaigns/${id}`,
        `/v1/campaigns/${id}/merchants?limit=1`,
        '/.well-known/jwks.json',
        '/healthz',
        '/readyz',
        '/metrics',
        '/openapi.json',
        '/docs',
        '/docs.css',
        '/',
        '/?lang=en&view=elder-30&refused=rate_limited&wait=7',
        '/sign-in',
        '/pos',
        '/admin',
        '/errors/sold_out',
    ]) {
        assert.equal((await service.get(target)).status, 200, target);
    }
    await service.get('/v1/me/vouchers');
    await service.get(`/v1/campaigns/${id}x`);
    await service.post('/v1/admin/campaigns', { x: 1 }, { ...admin, key: newKey() });
    assert.ok(held > 60, `${held} answers were held against the document`);
});
