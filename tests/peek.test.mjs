// What is certain without the ledger: the many who come too early, too late or too often are told so
// by the worker that they reached, and whatever reopens the door is seen at once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Api, newKey } from '../scripts/lib/client.mjs';
import { until } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

const pool = (count) => ({
    name: '10 元',
    value_fen: 1000,
    count,
    min_spend_fen: 2000,
    pack: null,
    stackable: false,
});
const limits = { claims_per_s: 1000000, per_resident_per_min: 6000 };
const small = (count, over = {}) => ({
    budget_fen: 1000 * count,
    pools: [pool(count)],
    limits,
    ...over,
});

describe('peeking', () => {
    let w;
    before(async () => {
        w = await World.open({ settings: { workers: 2 } });
    });
    after(() => w?.close());
    // Each on a new connection, so that either worker may get it.
    async function claimAnew(campaign, n, { key = newKey(), poolId } = {}) {
        const api = new Api(w.daemon.base, { connections: 1 });
        const answer = await api.post(
            `/v1/campaigns/${campaign.campaign_id}/claims`,
            { pool_id: poolId ?? campaign.pools[0].pool_id },
            { token: await w.session(n), key },
        );
        api.close();
        return answer;
    }
    const many = (campaign, first, count) =>
        Promise.all(Array.from({ length: count }, (_, i) => claimAnew(campaign, first + i)));
    async function operations() {
        const page = String((await w.api.get('/metrics')).raw);
        return Number(page.match(/^huiquan_clerk_batch_operations_sum ([0-9]+)$/m)[1]);
    }

    test('sold out: told without the ledger', async () => {
        const campaign = await w.campaign(small(3));
        await w.sessionsOf(700000, 60);
        for (let i = 0; i < 3; i++) granted(await claimAnew(campaign, 700000 + i), 201);
        for (let i = 0; i < 8; i++) refused(await claimAnew(campaign, 700010), 409, 'sold_out');
        // Within the second of a lease a worker may still hold the pool as it was before its end.
        await until('told without the ledger', async () => {
            const before = await operations();
            for (const a of await many(campaign, 700020, 40)) refused(a, 409, 'sold_out');
            return (await operations()) === before;
        });
    });
    test('who has claimed is told that, and a replay gets its bytes, of a pool sold out', async () => {
        const campaign = await w.campaign(small(2)),
            key = newKey();
        const first = await claimAnew(campaign, 700100, { key });
        granted(first, 201);
        granted(await claimAnew(campaign, 700101), 201);
        for (let i = 0; i < 6; i++) {
            const again = await claimAnew(campaign, 700100, { key });
            assert.deepEqual([again.status, String(again.raw)], [201, String(first.raw)]);
            assert.equal(again.headers['idempotent-replayed'], 'true');
            refused(await claimAnew(campaign, 700100), 409, 'already_claimed');
            refused(await claimAnew(campaign, 700102), 409, 'sold_out');
        }
        const other = await w.campaign(small(1));
        granted(await claimAnew(other, 700103), 201);
        for (let i = 0; i < 4; i++)
            refused(await claimAnew(other, 700100, { key }), 422, 'idempotency_key_reused');
    });
    test('a void opens the door at once', async () => {
        const campaign = await w.campaign(small(1));
        for (let round = 0; round < 10; round++) {
            const made = await claimAnew(campaign, 700200 + round);
            granted(made, 201);
            for (let i = 0; i < 4; i++)
                refused(await claimAnew(campaign, 700300 + round), 409, 'sold_out');
            const id = made.json.vouchers[0].voucher_id;
            granted(
                await w.api.post(
                    `/v1/admin/vouchers/${id}/void`,
                    { reason: 'test' },
                    { token: w.author.token },
                ),
            );
        }
    });
    test('so do a resume and a pause, at both workers', async () => {
        const campaign = await w.campaign(small(100));
        for (let round = 0; round < 10; round++) {
            granted(await w.act(campaign, 'pause'));
            for (const a of await many(campaign, 700400, 4)) refused(a, 409, 'campaign_paused');
            granted(await w.act(campaign, 'resume'));
            for (const a of await many(campaign, 700410 + 4 * round, 4)) granted(a, 201);
        }
        granted(await w.act(campaign, 'close'));
        for (const a of await many(campaign, 700480, 4)) refused(a, 409, 'campaign_closed');
    });
    test('a raised budget too', async () => {
        const campaign = await w.campaign(small(2));
        async function change(current_fen, target_fen) {
            const made = await w.api.post(
                `/v1/admin/campaigns/${campaign.campaign_id}/budget-changes`,
                { current_fen, target_fen, reason: 'test' },
                { token: w.author.token },
            );
            granted(made, 201);
            const path = `/v1/admin/budget-changes/${made.json.budget_change_id}/approve`;
            granted(await w.api.post(path, {}, { token: w.approver.token }));
        }
        granted(await claimAnew(campaign, 700500), 201);
        await change(2000, 1000);
        for (let i = 0; i < 8; i++) refused(await claimAnew(campaign, 700501), 409, 'sold_out');
        await change(1000, 2000);
        granted(await claimAnew(campaign, 700501), 201);
    });
    test('who hammers at a closed door is slowed down', async () => {
        const campaign = await w.campaign(
            small(1, { limits: { claims_per_s: 1000000, per_resident_per_min: 3 } }),
        );
        granted(await claimAnew(campaign, 700600), 201);
        const api = new Api(w.daemon.base, { connections: 1 }); // one worker
        const codes = [];
        for (let i = 0; i < 5; i++) {
            const answer = await api.post(
                `/v1/campaigns/${campaign.campaign_id}/claims`,
                { pool_id: campaign.pools[0].pool_id },
                { token: await w.session(700601) },
            );
            codes.push(answer.json.code);
            assert.match(answer.headers['ratelimit-policy'], /^"resident";q=3;w=60$/);
        }
        api.close();
        assert.deepEqual(codes, [
            'sold_out',
            'sold_out',
            'sold_out',
            'rate_limited',
            'rate_limited',
        ]);
    });
    test('a pool of no campaign and a body of no sense are not outranked', async () => {
        const campaign = await w.campaign(small(1));
        granted(await claimAnew(campaign, 700700), 201);
        refused(
            await claimAnew(campaign, 700701, { poolId: 'pol_00000000000000000000000000' }),
            404,
            'not_found',
        );
        refused(await claimAnew(campaign, 700701, { poolId: 7 }), 400, 'malformed');
    });
});
