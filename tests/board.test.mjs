// What the administrators' page looks at: the live board, reports, what waits for a second person,
// and who somebody is, with a reason.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { newKey, person, shopping, uscc } from '../scripts/lib/client.mjs';
import { createAdmin, until } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

let w, auditor;
before(async () => {
    w = await World.open({ settings: { listeners_max: 1, workers: 1 } });
    auditor = await createAdmin(w.daemon, '审计', ['auditor']);
});
after(() => w?.close());
const get = (path, who = w.author) => w.api.get(path, { token: who.token });

// Opens the stream; snapshots are collected as they come.
function watch(path = '/v1/admin/events', headers = {}) {
    const seen = { snapshots: [], text: '' };
    return new Promise((resolve, reject) => {
        const req = http.get(
            `${w.daemon.base}${path}`,
            { headers: { authorization: `Bearer ${w.author.token}`, ...headers } },
            (res) => {
                Object.assign(seen, { res, req, ended: false });
                res.on('data', (bytes) => {
                    seen.text += bytes;
                    const parts = seen.text.split('\n\n');
                    seen.text = parts.pop();
                    for (const part of parts) {
                        const data = /^data: (.*)$/m.exec(part)?.[1];
                        const id = /^id: (.*)$/m.exec(part)?.[1];
                        if (data) seen.snapshots.push({ id, part, ...JSON.parse(data) });
                    }
                });
                res.on('end', () => (seen.ended = true));
                res.on('error', () => (seen.ended = true));
                resolve(seen);
            },
        );
        req.on('error', reject);
    });
}
// A listener that has just gone may still hold its place for a moment.
const opened = (path) =>
    until('a place', async () => {
        const seen = await watch(path);
        if (seen.res.statusCode === 200) return seen;
        seen.req.destroy();
        return undefined;
    });

describe('the live board', () => {
    test('a snapshot each second, of what runs, with its rates', async () => {
        const campaign = await w.campaign({
            pools: [{ ...shopping().pools[0], count: 10, value_fen: 2500 }],
            budget_fen: 25000,
        });
        const seen = await opened();
        assert.equal(seen.res.statusCode, 200);
        assert.match(seen.res.headers['content-type'], /^text\/event-stream/);
        await until('a snapshot', () => seen.snapshots.length >= 1);
        const mine = (s) => s.campaigns.find((c) => c.campaign_id === campaign.campaign_id);
        assert.equal(mine(seen.snapshots[0]).remaining, 10);
        assert.deepEqual(mine(seen.snapshots[0]).alerts, []);
        assert.match(seen.snapshots[0].part, /^retry: 2000\nid: \d+\nevent: snapshot\n/);
        for (let n = 1; n <= 8; n++) granted(await w.claim(campaign, n), 201);
        refused(await w.claim(campaign, 8), 409, 'already_claimed');
        await until('the claims to show', () => mine(seen.snapshots.at(-1)).issued === 8);
        assert.deepEqual(mine(seen.snapshots.at(-1)).alerts, [50, 80]);
        assert.equal(mine(seen.snapshots.at(-1)).burn_percent, 80);
        assert.ok(seen.snapshots.some((s) => mine(s).claims_per_s > 0));
        assert.ok(seen.snapshots.some((s) => mine(s).exhausted_at !== null));
        await until('the refusal to show', () =>
            seen.snapshots.some((s) => s.refusals.already_claimed === 1),
        );
        assert.equal(seen.snapshots[0].limiter.state, 'local');
        const ids = seen.snapshots.map((s) => Number(s.id));
        assert.ok(ids.every((id, i) => i === 0 || id > ids[i - 1]));
        seen.req.destroy();
    });
    test('one campaign alone; none that is not there; one listener at a time', async () => {
        const campaign = await w.campaign();
        const seen = await opened(`/v1/admin/events?campaign_id=${campaign.campaign_id}`);
        await until('a snapshot', () => seen.snapshots.length >= 1);
        assert.deepEqual(
            seen.snapshots[0].campaigns.map((c) => c.campaign_id),
            [campaign.campaign_id],
        );
        const second = await opened();
        await until('the second', () => second.snapshots.length >= 1);
        refused(await get('/v1/admin/events'), 503, 'unavailable');
        second.req.destroy();
        seen.req.destroy();
        refused(
            await get('/v1/admin/events?campaign_id=cmp_00000000000000000000000000'),
            404,
            'not_found',
        );
        refused(await w.api.get('/v1/admin/events'), 401, 'unauthenticated');
        await until('HEAD to have a place', async () => {
            const head = await w.api.request('HEAD', '/v1/admin/events', {
                token: w.author.token,
            });
            return head.status === 200;
        });
    });
    test('a stopping daemon ends its streams', async () => {
        const seen = await opened();
        await until('a snapshot', () => seen.snapshots.length >= 1);
        await w.restart();
        await until('the end', () => seen.ended);
    });
});

describe('reports', () => {
    let campaign, shop, other;
    const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
    before(async () => {
        campaign = await w.campaign({ name: '报表' });
        shop = await w.till({ groups: ['夜市', '商圈'], grid_cell: '410108-01' });
        other = await w.till({ groups: [], name: '=HYPERLINK("x")' });
        for (const [till, n, amount_fen, category] of [
            [shop, 900, 12000, 'catering'],
            [shop, 901, 13000, 'retail'],
            [other, 902, 10000, 'catering'],
        ]) {
            const voucher = await w.voucher(campaign, n);
            granted(await till.redeem(voucher, { amount_fen, category }), 201);
        }
        const back = granted(
            await shop.redeem(await w.voucher(campaign, 903), { amount_fen: 20000 }),
            201,
        );
        granted(
            await shop.post(`/v1/redemptions/${back.redemption_id}/refund`, {
                amount_fen: 20000,
                reason: '退货',
            }),
        );
        granted(await w.claim(campaign, 904), 201);
    });
    const report = (query) =>
        get(`/v1/admin/reports?campaign_id=${campaign.campaign_id}&${query}`, auditor);
    for (const [by, from] of [
        ['day', today],
        ['month', `${today.slice(0, 7)}-01`],
        ['quarter', undefined],
        ['week', undefined],
    ])
        test(`by ${by}`, async () => {
            const { items } = granted(await report(`by=${by}`));
            assert.equal(items.length, 1);
            const [line] = items;
            if (from) assert.equal(line.from, from);
            assert.equal(line.claimed, 5);
            assert.equal(line.issued_fen, 12500);
            assert.equal(line.redeemed, 3);
            assert.equal(line.redeemed_fen, 7500);
            assert.equal(line.sales_fen, 35000);
            assert.equal(line.returned_fen, 2500);
            assert.equal(line.leverage, '4.66');
        });
    test('by campaign', async () => {
        const { items } = granted(await report('by=campaign'));
        assert.equal(items[0].campaign_id, campaign.campaign_id);
    });
    test('by merchant group, category, cell and merchant', async () => {
        const by = async (group) =>
            Object.fromEntries(
                granted(await report(`group=${group}`)).items.map((l) => [l[group], l.redeemed]),
            );
        assert.deepEqual(await by('merchant_group'), { '': 1, 商圈: 2, 夜市: 2 });
        assert.deepEqual(await by('category'), { '': 0, catering: 2, retail: 1 });
        assert.deepEqual(await by('grid_cell'), { '': 1, '410108-01': 2 });
        assert.equal(Object.keys(await by('merchant')).length, 2);
    });
    test('CSV opens in a spreadsheet, and runs nothing there', async () => {
        const answer = await report('group=merchant&format=csv');
        assert.equal(answer.status, 200);
        const text = answer.raw.toString();
        assert.ok(text.startsWith('\ufeffperiod,group,claimed,'));
        assert.ok(text.includes(`,"'=HYPERLINK(""x"")",`));
        assert.ok(text.endsWith('\r\n'));
    });
    test('against a baseline, day by day: as page and as CSV', async () => {
        const day = (n) =>
            new Date(Date.parse(`${today}T00:00:00Z`) + n * 86400000).toISOString().slice(0, 10);
        const lines = async (query) =>
            granted(await report(query)).items.map((l) => [
                l.sales_fen,
                l.baseline_sales_fen,
                l.uplift,
            ]);
        const later = `from=${day(1)}&to=${day(3)}`;
        assert.deepEqual(await lines(`${later}&baseline=${today}`), [[0, 35000, '-1.000']]);
        assert.deepEqual(await lines(`${later}&baseline=${today}&by=month`), [
            [0, 35000, '-1.000'],
        ]);
        assert.deepEqual(await lines(`${later}&baseline=${day(-1)}`), [[0, 35000, '-1.000']]);
        assert.deepEqual(await lines(`${later}&baseline=${day(-2)}`), []);
        const same = `from=${today}&to=${day(1)}&baseline=${today}`;
        assert.deepEqual(await lines(same), [[35000, 35000, '0.000']]);
        assert.deepEqual(await lines(`from=${today}&to=${day(1)}&baseline=2020-01-01`), [
            [35000, 0, null],
        ]);
        const grouped = await lines(`${same}&group=category`);
        assert.equal(
            grouped.reduce((sum, [, base]) => sum + base, 0),
            35000,
        );
        const csv = (await report(`${same}&format=csv`)).raw.toString();
        assert.match(csv, /,leverage,baseline_sales_fen,uplift\r\n/);
        assert.match(csv, /,35000,4\.66,35000,0\.000\r\n$/);
        refused(await report('baseline=x'), 400, 'malformed');
    });
    test('another time has nothing', async () => {
        assert.deepEqual(granted(await report('from=2020-01-01&to=2020-02-01')).items, []);
    });
    for (const query of [
        'by=year',
        'group=shop',
        'from=2026-02-30',
        'from=x',
        'from=2026-02-02&to=2026-02-02',
        'from=2000-01-01&to=2026-01-01',
    ])
        test(`${query} is refused`, async () =>
            refused(await get(`/v1/admin/reports?${query}`), 400, 'malformed'));
});

describe('the inbox', () => {
    test('what is submitted or pending, and whose it is', async () => {
        const draft = await w.draft({ name: '待审' });
        const items = async (who) =>
            granted(await get('/v1/admin/inbox', who)).items.filter(
                (i) =>
                    (i.campaign ?? i.budget_change).campaign_id === draft.campaign_id ||
                    i.budget_change,
            );
        assert.deepEqual(await items(w.author), []);
        granted(await w.act(draft, 'submit'));
        const [mine] = await items(w.author);
        assert.deepEqual([mine.kind, mine.mine], ['campaign', true]);
        const [theirs] = await items(w.approver);
        assert.equal(theirs.mine, false);
        granted(await w.act(draft, 'approve', w.approver));
        const change = await w.api.post(
            `/v1/admin/campaigns/${draft.campaign_id}/budget-changes`,
            { current_fen: 10000000, target_fen: 20000000, reason: '追加' },
            { token: w.author.token },
        );
        granted(change, 201);
        const [pending] = await items(w.approver);
        assert.equal(pending.budget_change.target_fen, 20000000);
        granted(
            await w.api.post(
                `/v1/admin/budget-changes/${change.json.budget_change_id}/approve`,
                {},
                { token: w.approver.token },
            ),
        );
        assert.deepEqual(await items(w.approver), []);
    });
});

describe('unmasking', () => {
    test('needs the role and a reason, and leaves an entry', async () => {
        const who = person(950);
        const made = granted(
            await w.api.request('POST', '/v1/sessions', {
                body: {
                    assertion: (await import('../scripts/lib/client.mjs')).assertion(w.issuer, who),
                },
            }),
            201,
        );
        const target = `/v1/admin/residents/${made.resident.resident_id}/unmask`;
        const ask = (admin, body = { reason: '司法协助 2026-118' }) =>
            w.api.post(target, body, { token: admin.token });
        refused(await ask(w.author), 403, 'forbidden');
        refused(await ask(auditor, {}), 400, 'malformed');
        refused(await ask(auditor, { reason: 'x' }), 422, 'invalid');
        const told = granted(await ask(auditor));
        assert.equal(told.id_number, who.id_number);
        assert.equal(told.name, who.name);
        assert.equal(told.mobile, who.mobile);
        refused(
            await w.api.post(
                '/v1/admin/residents/res_00000000000000000000000000/unmask',
                { reason: 'nobody' },
                { token: auditor.token },
            ),
            404,
            'not_found',
        );
        let entry;
        for (let after = ''; after !== null && !entry;) {
            const page = granted(
                await get(`/v1/admin/journal?limit=200${after && `&after=${after}`}`),
            );
            entry = page.items.find((e) => e.kind === 'unmask');
            after = page.next;
        }
        assert.equal(entry.subject_id, made.resident.resident_id);
        assert.ok(!Buffer.from(entry.entry, 'hex').includes(who.name));
    });
});
