// Something of everything in a service's books, so that there is a row in each table.
import { at, newKey, person, uscc, vin } from '../../../scripts/lib/client.mjs';
import { until } from '../../../scripts/lib/servers.mjs';
import { ok } from './cast.mjs';

const pool = { name: '券', count: 50, min_spend_fen: 0, pack: null, stackable: false };
const car = {
    payout: 'pos_deduct',
    rate: {
        type: 'fixed_bands',
        bands: [{ from_fen: 5000000, to_fen: null, fuel_fen: 300000, nev_fen: 400000 }],
    },
    invoice_window: { from: at(-30 * 86400), to: at(30 * 86400) },
    plate_window: null,
    evidence_due_hours: 72,
};
const evidenceOf = (n) => ({
    invoice: {
        number: String(25232000000000000000n + BigInt(n)),
        date: at(-86400).slice(0, 10),
        amount_fen: 10000000,
    },
    vin: vin(n),
    plate: `豫A${10000 + n}`,
    buyer_name: person(n).name,
    buyer_id_number: person(n).id_number,
    energy: 'fuel',
});

/* A car with its reward, captured; one held; one wholly refunded. */
async function cars({ w }) {
    const reward = await w.campaign({
        name: '奖励',
        issuing: 'reward',
        pools: [
            {
                ...pool,
                name: '奖',
                value_fen: 6000,
                pack: [{ value_fen: 2000, min_spend_fen: 0, count: 3 }],
            },
        ],
        budget_fen: 300000,
    });
    const campaign = await w.campaign({
        name: '购车',
        kind: 'car',
        budget_fen: 20000000,
        pools: [{ ...pool, value_fen: 400000 }],
        categories: { allow: [], deny: [] },
        car,
        reward: { campaign_id: reward.campaign_id, pool_id: reward.pools[0].pool_id },
    });
    const dealer = await w.till({ kind: 'car_dealer' });
    for (const [n, mode] of [
        [7001, 'capture'],
        [7002, 'hold'],
        [7003, 'capture'],
    ]) {
        const voucher = await w.voucher(campaign, n);
        const order = { amount_fen: 10000000, evidence: evidenceOf(n), mode };
        const made = ok(await dealer.redeem(voucher, order), 201);
        if (n !== 7003) continue;
        const refund = { amount_fen: 10000000, reason: '退' };
        ok(await dealer.post(`/v1/redemptions/${made.redemption_id}/refund`, refund));
    }
}

export async function furnish(cast) {
    const { w } = cast;
    await cars(cast);
    const change = await cast.change();
    ok(
        await w.api.post(
            `/v1/admin/budget-changes/${change}/approve`,
            {},
            { token: w.approver.token },
        ),
    );
    await cast.change();
    await cast.job();
    const grant = { pool_id: cast.granting.pools[0].pool_id, residents: [cast.someone] };
    ok(await w.act(cast.granting, 'grants', w.author, grant));
    const csv = { token: w.author.token, headers: { 'content-type': 'text/csv' } };
    const names = `name,uscc,kind\r\n商户,${uscc(cast.next())},shop\r\n`;
    const { job_id } = ok(await w.api.post('/v1/admin/merchants/import', names, csv), 202);
    await until('merchants to be there', async () => {
        const now = await w.api.get(`/v1/admin/jobs/${job_id}`, { token: w.author.token });
        return now.json.state === 'done';
    });
    ok(
        await w.api.post(
            `/v1/admin/vouchers/${(await cast.voucher()).voucher_id}/void`,
            { reason: '作废' },
            { token: w.author.token },
        ),
    );
    await cast.redemption('till', 'hold');
    await cast.tills.till.post(`/v1/redemptions/by-request/${newKey()}/reverse`, {
        reason: '未达',
    });
    await w.api.request('POST', '/v1/otp', { body: { mobile: person(7009).mobile } });
}
