// Many at once: a pool gives exactly what it has, a voucher is redeemed exactly once, a person gets
// exactly the limit; whatever the door (Redis) does meanwhile.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { newKey } from '../scripts/lib/client.mjs';
import { startRedis } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

let w;
before(async () => {
    w = await World.open({ redis: true, settings: { workers: 4 } });
});
after(() => w?.close());

const open = { limits: { claims_per_s: 1000000, per_resident_per_min: 6000 } };
const pool = (count, over = {}) => ({
    name: '10 元',
    value_fen: 1000,
    count,
    min_spend_fen: 2000,
    pack: null,
    stackable: true,
    ...over,
});
const count = (answers, code) =>
    answers.filter((a) => (a.status === 201 ? 'won' : a.json?.code) === code).length;
const noFaults = (answers) =>
    assert.deepEqual(
        answers.filter((a) => a.status >= 500).map((a) => `${a.status} ${a.raw}`),
        [],
    );

test('64 connections claim the last k of a pool: exactly k win', async (t) => {
    await w.sessionsOf(100000, 64);
    for (let round = 0; round < 50; round++) {
        const k = 1 + ((round * 7) % 63);
        await t.test(`round ${round}: k = ${k}`, async () => {
            const campaign = await w.campaign({
                ...open,
                name: `最后${k}张`,
                budget_fen: 1000 * k,
                pools: [pool(k)],
            });
            const answers = await Promise.all(
                Array.from({ length: 64 }, (_, i) => w.claim(campaign, 100000 + i)),
            );
            noFaults(answers);
            assert.equal(count(answers, 'won'), k);
            assert.equal(count(answers, 'sold_out'), 64 - k);
            const ids = answers
                .filter((a) => a.status === 201)
                .map((a) => a.json.vouchers[0].voucher_id);
            assert.equal(new Set(ids).size, k);
            const ledger = await w.balanced(campaign);
            assert.deepEqual(
                [ledger.issued, ledger.available_fen, ledger.live_fen],
                [k, 0, 1000 * k],
            );
        });
    }
});

test('the budget ends before the count: it is never exceeded', async () => {
    const campaign = await w.campaign({ ...open, budget_fen: 30000, pools: [pool(30)] });
    // Money is taken away by a budget change: 12 vouchers are left, though the pool says 30.
    const change = granted(
        await w.api.post(
            `/v1/admin/campaigns/${campaign.campaign_id}/budget-changes`,
            { current_fen: 30000, target_fen: 12000, reason: '收回' },
            { token: w.author.token },
        ),
        201,
    );
    granted(
        await w.api.post(
            `/v1/admin/budget-changes/${change.budget_change_id}/approve`,
            {},
            { token: w.approver.token },
        ),
    );
    const answers = await Promise.all(
        Array.from({ length: 64 }, (_, i) => w.claim(campaign, 100000 + i)),
    );
    noFaults(answers);
    assert.deepEqual([count(answers, 'won'), count(answers, 'sold_out')], [12, 52]);
    assert.equal((await w.balanced(campaign)).funded_fen, 12000);
});

test('64 terminals redeem one voucher: exactly one wins, its own retry gets the same bytes', async (t) => {
    const first = await w.till();
    const tills = [
        first,
        ...(await Promise.all(Array.from({ length: 63 }, () => w.secondTill(first)))),
    ];
    const campaign = await w.campaign({ ...open, pools: [pool(100)] });
    for (const way of ['token', 'short code']) {
        await t.test(`by ${way}`, async () => {
            const voucher = await w.voucher(campaign, 100100 + way.length);
            const orders = tills.map((till, i) => ({
                amount_fen: 5000,
                no: `R${i}`,
                order_no: `O-${way.length}-${i}`,
                key: newKey(),
                short: way !== 'token',
            }));
            const answers = await Promise.all(
                tills.map((till, i) =>
                    till.redeem(voucher, { ...orders[i], no: `${orders[i].no}-${way.length}` }),
                ),
            );
            noFaults(answers);
            assert.deepEqual([count(answers, 'won'), count(answers, 'already_redeemed')], [1, 63]);
            const i = answers.findIndex((a) => a.status === 201);
            const again = await tills[i].redeem(voucher, {
                ...orders[i],
                no: `${orders[i].no}-${way.length}`,
            });
            assert.equal(again.status, 201);
            assert.equal(again.headers['idempotent-replayed'], 'true');
            assert.ok(again.raw.equals(answers[i].raw), 'the same bytes');
            const loser = (i + 1) % 64;
            refused(
                await tills[loser].redeem(voucher, {
                    ...orders[loser],
                    no: `${orders[loser].no}-${way.length}`,
                }),
                409,
                'already_redeemed',
            );
        });
    }
    const ledger = await w.balanced(campaign);
    assert.deepEqual([ledger.redeemed, ledger.redeemed_fen], [2, 2000]);
});

test('one till sends one request 64 times at once: one redemption, one answer', async () => {
    const till = await w.till();
    const campaign = await w.campaign({ ...open, pools: [pool(10)] });
    const voucher = await w.voucher(campaign, 100200);
    const order = { amount_fen: 5000, no: 'same', order_no: 'same', key: newKey() };
    const answers = await Promise.all(
        Array.from({ length: 64 }, () => till.redeem(voucher, order)),
    );
    noFaults(answers);
    const done = answers.filter((a) => a.status === 201);
    assert.equal(new Set(done.map((a) => a.raw.toString())).size, 1);
    for (const a of answers.filter((x) => x.status !== 201)) refused(a, 409, 'request_in_progress');
    assert.ok(done.some((a) => a.headers['idempotent-replayed'] === undefined));
    assert.equal((await w.balanced(campaign)).redeemed, 1);
});

test('the same number under 64 keys at once: one redemption, one answer', async () => {
    const till = await w.till();
    const campaign = await w.campaign({ ...open, pools: [pool(10)] });
    const voucher = await w.voucher(campaign, 100201);
    const answers = await Promise.all(
        Array.from({ length: 64 }, () =>
            till.redeem(voucher, { amount_fen: 5000, no: 'same-2', order_no: 'same-2' }),
        ),
    );
    noFaults(answers);
    const done = answers.filter((a) => a.status === 201);
    assert.ok(done.length > 0 && new Set(done.map((a) => a.raw.toString())).size === 1);
    assert.equal((await w.balanced(campaign)).redeemed, 1);
});

test('a redemption and its reversal race: reversed in the end, the voucher as it was', async () => {
    const till = await w.till();
    const campaign = await w.campaign({ ...open, pools: [pool(100)] });
    for (let i = 0; i < 20; i++) {
        const voucher = await w.voucher(campaign, 100300 + i);
        const order = { amount_fen: 5000, no: `rev-${i}`, order_no: `rev-${i}` };
        const [redeem, reverse] = await Promise.all([
            till.redeem(voucher, order),
            till.post(`/v1/redemptions/by-request/rev-${i}/reverse`, { reason: '超时' }),
        ]);
        assert.ok(
            redeem.status === 201 || redeem.json.code === 'request_reversed',
            `${redeem.raw}`,
        );
        assert.deepEqual([reverse.status, reverse.json.state], [200, 'reversed']);
        refused(await till.redeem(voucher, order), 409, 'request_reversed');
        const seen = granted(
            await w.api.get(`/v1/vouchers/${voucher.voucher_id}`, {
                token: await w.session(100300 + i),
            }),
        );
        assert.equal(seen.state, 'live');
    }
    const ledger = await w.balanced(campaign);
    assert.deepEqual([ledger.redeemed, ledger.redeemed_fen, ledger.held_fen], [0, 0, 0]);
});

test('64 tills refund the last of one order: exactly one does', async () => {
    const first = await w.till();
    const tills = [
        first,
        ...(await Promise.all(Array.from({ length: 31 }, () => w.secondTill(first)))),
    ];
    const campaign = await w.campaign({ ...open, pools: [pool(100)] });
    const voucher = await w.voucher(campaign, 100400);
    const done = granted(await first.redeem(voucher, { amount_fen: 5000 }), 201);
    const answers = await Promise.all(
        tills.map((till) =>
            till.post(`/v1/redemptions/${done.redemption_id}/refund`, {
                amount_fen: 5000,
                reason: '退货',
            }),
        ),
    );
    noFaults(answers);
    assert.equal(answers.filter((a) => a.status === 200).length, 1);
    for (const a of answers.filter((x) => x.status !== 200))
        assert.match(a.json.code, /^(wrong_state|invalid)$/);
    const ledger = await w.balanced(campaign);
    assert.deepEqual([ledger.redeemed_fen, ledger.live_fen], [0, 1000]);
});

async function twoHundred(n, limit, during = () => {}) {
    const campaign = await w.campaign({
        ...open,
        budget_fen: 1000000,
        per_person_limit: limit,
        pools: [pool(1000)],
    });
    await w.session(n);
    const asked = Array.from({ length: 200 }, () => w.claim(campaign, n));
    await during();
    const answers = await Promise.all(asked);
    noFaults(answers);
    const limited = count(answers, 'rate_limited');
    assert.equal(count(answers, 'won'), limit);
    assert.equal(count(answers, 'already_claimed') + limited, 200 - limit);
    assert.equal((await w.balanced(campaign)).issued, limit);
}
const redisSays = (word) =>
    new Promise((done, fail) => {
        const c = net.createConnection(w.redis.socket).once('error', fail);
        c.once('data', (bytes) => {
            c.destroy();
            done(bytes.toString());
        });
        c.write(`${word}\r\n`);
    });
test('one person claims 200 times at once and gets the limit exactly', async (t) => {
    for (const limit of [1, 3])
        await t.test(`Redis on, limit ${limit}`, () => twoHundred(100500 + limit, limit));
    for (const limit of [1, 3])
        await t.test(`Redis flushed meanwhile, limit ${limit}`, () =>
            twoHundred(100510 + limit, limit, () => redisSays('FLUSHALL')),
        );
    await t.test('Redis killed meanwhile', () =>
        twoHundred(100520, 2, () => w.redis.kill('SIGKILL')),
    );
    for (const limit of [1, 3])
        await t.test(`Redis off, limit ${limit}`, () => twoHundred(100530 + limit, limit));
    await w.redis.stop();
    w.redis = await startRedis(w.dir);
    await t.test('Redis on again', () => twoHundred(100540, 2));
});

test('one key sent 64 times at once: one claim, one answer', async () => {
    const campaign = await w.campaign({ ...open, per_person_limit: 5, pools: [pool(10)] });
    await w.session(100600);
    const key = newKey();
    const answers = await Promise.all(
        Array.from({ length: 64 }, () => w.claim(campaign, 100600, { key })),
    );
    noFaults(answers);
    assert.equal(
        new Set(answers.filter((a) => a.status === 201).map((a) => a.raw.toString())).size,
        1,
    );
    for (const a of answers.filter((x) => x.status !== 201)) refused(a, 409, 'request_in_progress');
    assert.equal((await w.balanced(campaign)).issued, 1);
});

test('two vouchers on one order at once: only one, unless both are stackable', async () => {
    const till = await w.till();
    const single = await w.campaign({
        ...open,
        per_person_limit: 2,
        pools: [pool(10, { stackable: false })],
    });
    const vouchers = [await w.voucher(single, 100700), await w.voucher(single, 100700)];
    const answers = await Promise.all(
        vouchers.map((v) => till.redeem(v, { amount_fen: 5000, order_no: 'one-order' })),
    );
    assert.deepEqual([count(answers, 'won'), count(answers, 'not_stackable')], [1, 1]);
    const many = await w.campaign({ ...open, per_person_limit: 2, pools: [pool(10)] });
    const both = [await w.voucher(many, 100700), await w.voucher(many, 100700)];
    assert.equal(
        count(
            await Promise.all(
                both.map((v) => till.redeem(v, { amount_fen: 5000, order_no: 'other-order' })),
            ),
            'won',
        ),
        2,
    );
});
