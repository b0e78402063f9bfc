// Car vouchers: evidence, one subsidy per vehicle, invoice and plate, values by band and percent,
// the reward that a purchase earns.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { at, newKey, person, vin } from '../scripts/lib/client.mjs';
import { World, granted, pointers, refused } from '../scripts/lib/world.mjs';

let w,
    dealer,
    shopTill,
    n = 600000,
    serial = 1;
before(async () => {
    w = await World.open();
    dealer = await w.till({ kind: 'car_dealer' });
    shopTill = await w.till();
});
after(() => w?.close());

const bands = {
    type: 'fixed_bands',
    bands: [
        { from_fen: 5000000, to_fen: 15000000, fuel_fen: 300000, nev_fen: 400000 },
        { from_fen: 15000000, to_fen: 25000000, fuel_fen: 500000, nev_fen: 600000 },
        { from_fen: 25000000, to_fen: null, fuel_fen: 700000, nev_fen: 800000 },
    ],
};
const day = (offset_s) => at(offset_s).slice(0, 10);
const carRules = (over = {}) => ({
    payout: 'pos_deduct',
    rate: bands,
    invoice_window: { from: at(-30 * 86400), to: at(30 * 86400) },
    plate_window: null,
    evidence_due_hours: 72,
    ...over,
});
const pool = (over = {}) => ({
    name: '购车券',
    value_fen: 800000,
    count: 500,
    min_spend_fen: 0,
    pack: null,
    stackable: false,
    ...over,
});
const carCampaign = (over = {}) =>
    w.campaign({
        name: '购车补贴',
        kind: 'car',
        budget_fen: 800000 * 500,
        per_person_limit: 60,
        pools: [pool()],
        limits: { claims_per_s: 1000000, per_resident_per_min: 6000 },
        categories: { allow: [], deny: [] },
        car: carRules(),
        ...over,
    });
const plateOf = (i, energy) =>
    energy === 'nev' ? `豫AD${String(10000 + i)}` : `豫A${String(10000 + i)}`;
function evidenceOf(who, energy, amount_fen, over = {}) {
    const i = serial++;
    return {
        invoice: {
            number: String(25232000000000000000n + BigInt(i)),
            date: day(-86400),
            amount_fen,
        },
        vin: vin(i),
        plate: plateOf(i, energy),
        buyer_name: who.name,
        buyer_id_number: who.id_number,
        energy,
        ...over,
    };
}
// A claimant of his own for each, and his voucher.
async function buyer(campaign, options) {
    const who = person(++n),
        voucher = await w.voucher(campaign, n, options);
    return { n, who, voucher };
}
const buy = (b, evidence, over = {}) =>
    (over.till ?? dealer).redeem(b.voucher, {
        amount_fen: evidence?.invoice?.amount_fen ?? 10000000,
        evidence,
        ...over,
    });

describe('the value follows the invoice', () => {
    let fuel, nev;
    before(async () => {
        fuel = await carCampaign({ pools: [pool({ energy: 'fuel' })] });
        nev = await carCampaign({ pools: [pool({ energy: 'nev' })] });
    });
    const rows = [
        [4999999, 0, 0],
        [5000000, 300000, 400000],
        [14999999, 300000, 400000],
        [15000000, 500000, 600000],
        [24999999, 500000, 600000],
        [25000000, 700000, 800000],
        [99999999, 700000, 800000],
    ];
    for (const [amount, fuelFen, nevFen] of rows) {
        for (const [energy, value] of [
            ['fuel', fuelFen],
            ['nev', nevFen],
        ]) {
            test(`${amount} fen, ${energy}: ${value}`, async () => {
                const b = await buyer(energy === 'fuel' ? fuel : nev),
                    answer = await buy(b, evidenceOf(b.who, energy, amount));
                if (value === 0) {
                    refused(answer, 422, 'below_min_spend');
                    return;
                }
                const done = granted(answer, 201);
                assert.deepEqual([done.value_fen, done.payable_fen], [value, amount - value]);
            });
        }
    }
    test('the rest of the face is back in the pool', async () => {
        const c = await carCampaign({
                budget_fen: 800000,
                pools: [pool({ energy: 'fuel', count: 1 })],
            }),
            b = await buyer(c);
        assert.equal((await w.balanced(c)).available_fen, 0);
        granted(await buy(b, evidenceOf(b.who, 'fuel', 5000000)), 201);
        const l = await w.balanced(c);
        assert.deepEqual([l.redeemed_fen, l.live_fen, l.held_fen], [300000, 0, 0]);
        assert.equal(l.available_fen + l.returned_fen, 500000);
    });
    test('never more than the face', async () => {
        const c = await carCampaign({ pools: [pool({ value_fen: 350000, energy: 'nev' })] }),
            b = await buyer(c);
        assert.equal(
            granted(await buy(b, evidenceOf(b.who, 'nev', 25000000)), 201).value_fen,
            350000,
        );
    });
    const percent = {
        type: 'percent_capped',
        fuel: { bp: 600, cap_fen: 1300000 },
        nev: { bp: 1200, cap_fen: 2000000 },
    };
    for (const [energy, amount, value] of [
        ['nev', 16666666, 1999999],
        ['nev', 16666667, 2000000],
        ['nev', 99999999, 2000000],
        ['fuel', 21666666, 1299999],
        ['fuel', 21666667, 1300000],
        ['fuel', 1, 0],
        ['fuel', 17, 1],
    ]) {
        test(`percent: ${amount} fen, ${energy}: ${value}`, async () => {
            const c = await carCampaign({
                    budget_fen: 20000000,
                    pools: [pool({ value_fen: 2000000, count: 10 })],
                    car: carRules({ rate: percent }),
                }),
                b = await buyer(c);
            const answer = await buy(b, evidenceOf(b.who, energy, amount));
            if (value === 0) refused(answer, 422, 'below_min_spend');
            else assert.equal(granted(answer, 201).value_fen, value);
        });
    }
});

describe('evidence', () => {
    let c, fuel;
    before(async () => {
        c = await carCampaign();
        fuel = await carCampaign({ pools: [pool({ energy: 'fuel' })] });
    });
    test('all faults at once', async () => {
        const b = await buyer(c),
            bad = {
                invoice: { number: '1234567', date: '2026-02-30', amount_fen: 10000000 },
                vin: 'LSVAU033872132789',
                plate: '豫A1234I',
                buyer_name: '别人',
                buyer_id_number: '130402198207290622',
                energy: 'nev',
            };
        const json = refused(await buy(b, bad), 422, 'evidence_invalid');
        const seen = pointers(json);
        for (const pointer of [
            '/evidence/invoice/number',
            '/evidence/invoice/date',
            '/evidence/vin',
            '/evidence/plate',
            '/evidence/buyer_name',
            '/evidence/buyer_id_number',
        ])
            assert.ok(seen.includes(pointer), `${pointer} of ${seen}`);
        assert.equal(
            granted(
                await w.api.get(`/v1/vouchers/${b.voucher.voucher_id}`, {
                    token: await w.session(b.n),
                }),
            ).state,
            'live',
        );
        granted(await buy(b, evidenceOf(b.who, 'nev', 10000000)), 201);
    });
    const one = {
        'a VIN with a wrong check digit, made here': [
            { vin: 'LSVAU033872132789' },
            '/evidence/vin',
        ],
        'a VIN of sixteen': [{ vin: vin(9).slice(1) }, '/evidence/vin'],
        'a VIN with O': [{ vin: `O${vin(9).slice(1)}` }, '/evidence/vin'],
        'a VIN of ones': [{ vin: '1'.repeat(17) }, '/evidence/vin'],
        'a plate with I': [{ plate: '豫AI12345' }, '/evidence/plate'],
        'a fuel plate on a new-energy car': [{ plate: '豫A12345' }, '/evidence/plate'],
        'a plate of nowhere': [{ plate: '夏A12345D' }, '/evidence/plate'],
        'another buyer': [{ buyer_id_number: person(1).id_number }, '/evidence/buyer_id_number'],
        'another name': [{ buyer_name: '王五麻' }, '/evidence/buyer_name'],
        'a wrong ID number': [
            { buyer_id_number: '110101199001011234' },
            '/evidence/buyer_id_number',
        ],
        'an invoice too old': [
            {
                invoice: {
                    number: '25232000000078865175',
                    date: day(-40 * 86400),
                    amount_fen: 10000000,
                },
            },
            '/evidence/invoice/date',
        ],
        "an invoice of tomorrow's year": [
            {
                invoice: {
                    number: '25232000000078865175',
                    date: day(400 * 86400),
                    amount_fen: 10000000,
                },
            },
            '/evidence/invoice/date',
        ],
        'a paper number without code': [
            { invoice: { number: '00357144', date: day(0), amount_fen: 10000000 } },
            undefined,
        ],
        'a code with a digital number': [
            {
                invoice: {
                    code: '141001720076',
                    number: '25232000000078865175',
                    date: day(0),
                    amount_fen: 10000000,
                },
            },
            undefined,
        ],
    };
    for (const [name, [over, pointer]] of Object.entries(one)) {
        test(name, async () => {
            const b = await buyer(c),
                json = refused(
                    await buy(b, evidenceOf(b.who, 'nev', 10000000, over)),
                    422,
                    'evidence_invalid',
                );
            if (pointer) assert.deepEqual(pointers(json), [pointer]);
            else assert.ok(pointers(json).every((p) => p.startsWith('/evidence/invoice')));
        });
    }
    test('a car of the other energy', async () => {
        const b = await buyer(fuel),
            json = refused(
                await buy(b, evidenceOf(b.who, 'nev', 10000000)),
                422,
                'evidence_invalid',
            );
        assert.deepEqual(pointers(json), ['/evidence/energy']);
    });
    test('none at capture', async () => {
        const b = await buyer(c);
        refused(await buy(b, undefined), 422, 'evidence_invalid');
    });
    for (const [name, over, status] of [
        ['an unknown member', { colour: 'red' }, 400],
        ['an unknown energy', { energy: 'hydrogen' }, 400],
        ['no VIN', { vin: undefined }, 400],
        [
            'money with a fraction',
            { invoice: { number: '25232000000078865175', date: day(0), amount_fen: 1.5 } },
            400,
        ],
    ]) {
        test(`${name} is malformed`, async () => {
            const b = await buyer(c);
            refused(
                await buy(b, evidenceOf(b.who, 'nev', 10000000, over), { amount_fen: 10000000 }),
                status,
                'malformed',
            );
        });
    }
    test('full width and lower case are the same car', async () => {
        const b = await buyer(c),
            e = evidenceOf(b.who, 'nev', 10000000);
        granted(await buy(b, { ...e, vin: e.vin.toLowerCase().replaceAll('1', '１') }), 201);
        const other = await buyer(c);
        refused(
            await buy(other, { ...evidenceOf(other.who, 'nev', 10000000), vin: e.vin }),
            409,
            'vin_already_used',
        );
    });
    test("an imported car's check digit is only a warning", async () => {
        const b = await buyer(c),
            imported = `WBAXW1105J0X${String(10000 + serial)}`,
            bad = [...'0123456789X']
                .map((d) => `${imported.slice(0, 8)}${d}${imported.slice(9)}`)
                .find((v) => v !== imported && !checks(v));
        const done = granted(await buy(b, evidenceOf(b.who, 'nev', 10000000, { vin: bad })), 201);
        assert.deepEqual(
            done.warnings.map((x) => x.pointer),
            ['/evidence/vin'],
        );
    });
    test('a paper invoice', async () => {
        const b = await buyer(c);
        granted(
            await buy(
                b,
                evidenceOf(b.who, 'nev', 10000000, {
                    invoice: {
                        code: '141001720076',
                        number: '00357144',
                        date: day(0),
                        amount_fen: 10000000,
                    },
                }),
            ),
            201,
        );
    });
    test('without a plate yet', async () => {
        const b = await buyer(c);
        granted(await buy(b, evidenceOf(b.who, 'nev', 10000000, { plate: undefined })), 201);
    });
    test('a shop cannot redeem it, a dealer can a shopping voucher', async () => {
        const b = await buyer(c);
        refused(
            await buy(b, evidenceOf(b.who, 'nev', 10000000), { till: shopTill }),
            403,
            'merchant_not_allowed',
        );
        const shopping = await w.campaign();
        granted(await dealer.redeem(await w.voucher(shopping, b.n), { amount_fen: 20000 }), 201);
    });
});
const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const worth = (c) =>
    c >= '0' && c <= '9'
        ? Number(c)
        : {
              A: 1,
              B: 2,
              C: 3,
              D: 4,
              E: 5,
              F: 6,
              G: 7,
              H: 8,
              J: 1,
              K: 2,
              L: 3,
              M: 4,
              N: 5,
              P: 7,
              R: 9,
              S: 2,
              T: 3,
              U: 4,
              V: 5,
              W: 6,
              X: 7,
              Y: 8,
              Z: 9,
          }[c];
const checks = (v) => {
    const r = [...v].reduce((s, c, i) => s + worth(c) * weights[i], 0) % 11;
    return v[8] === (r === 10 ? 'X' : String(r));
};

describe('one subsidy per vehicle, invoice and plate', () => {
    let c, other;
    before(async () => {
        c = await carCampaign();
        other = await carCampaign();
    });
    for (const [code, pick] of [
        ['vin_already_used', (e) => ({ vin: e.vin })],
        ['invoice_already_used', (e) => ({ invoice: e.invoice })],
        ['plate_already_used', (e) => ({ plate: e.plate })],
    ]) {
        test(`${code}, also in another campaign, until it is reversed`, async () => {
            const first = await buyer(c),
                e = evidenceOf(first.who, 'nev', 10000000),
                no = newKey();
            granted(await buy(first, e, { no }), 201);
            for (const campaign of [c, other]) {
                const b = await buyer(campaign);
                refused(await buy(b, evidenceOf(b.who, 'nev', 10000000, pick(e))), 409, code);
            }
            granted(
                await dealer.post(`/v1/redemptions/by-request/${no}/reverse`, { reason: '退单' }),
            );
            const b = await buyer(other);
            granted(await buy(b, evidenceOf(b.who, 'nev', 10000000, pick(e))), 201);
        });
    }
    test('thirty-two at once with one VIN: one', async () => {
        const buyers = await Promise.all(Array.from({ length: 32 }, () => buyer(c))),
            { vin: same } = evidenceOf(buyers[0].who, 'nev', 1);
        const answers = await Promise.all(
            buyers.map((b) => buy(b, evidenceOf(b.who, 'nev', 10000000, { vin: same }))),
        );
        assert.equal(answers.filter((a) => a.status === 201).length, 1);
        for (const a of answers.filter((x) => x.status !== 201))
            refused(a, 409, 'vin_already_used');
        await w.balanced(c);
    });
    test('a hold with evidence keeps the car; a release gives it back', async () => {
        const first = await buyer(c),
            e = evidenceOf(first.who, 'nev', 10000000),
            b = await buyer(c);
        const held = granted(await buy(first, e, { mode: 'hold' }), 201);
        refused(
            await buy(b, evidenceOf(b.who, 'nev', 10000000, { vin: e.vin })),
            409,
            'vin_already_used',
        );
        granted(await dealer.post(`/v1/redemptions/${held.redemption_id}/release`, {}));
        granted(await buy(b, evidenceOf(b.who, 'nev', 10000000, { vin: e.vin })), 201);
        refused(await buy(first, e), 409, 'vin_already_used');
    });
    test('a hold without evidence needs it at capture', async () => {
        const b = await buyer(c),
            held = granted(await buy(b, undefined, { mode: 'hold' }), 201),
            url = `/v1/redemptions/${held.redemption_id}/capture`,
            e = evidenceOf(b.who, 'nev', 10000000);
        refused(await dealer.post(url, {}), 422, 'evidence_invalid');
        refused(
            await dealer.post(url, { evidence: { ...e, buyer_name: '别人' } }),
            422,
            'evidence_invalid',
        );
        const done = granted(await dealer.post(url, { evidence: e }));
        assert.deepEqual([done.state, done.value_fen], ['captured', 400000]);
        await w.balanced(c);
    });
});

describe('the reward', () => {
    let reward, c;
    before(async () => {
        reward = await w.campaign({
            name: '奖励',
            issuing: 'reward',
            budget_fen: 500000 * 20,
            per_person_limit: 5,
            pools: [
                {
                    name: '奖励 5000',
                    value_fen: 500000,
                    count: 20,
                    min_spend_fen: 0,
                    pack: [
                        { value_fen: 200000, min_spend_fen: 200100, count: 2 },
                        { value_fen: 100000, min_spend_fen: 100100, count: 1 },
                    ],
                    stackable: false,
                },
            ],
        });
        c = await carCampaign({
            reward: { campaign_id: reward.campaign_id, pool_id: reward.pools[0].pool_id },
        });
    });
    const wallet = async (b) =>
        granted(await w.api.get('/v1/me/vouchers?limit=200', { token: await w.session(b.n) }))
            .items;
    test('nobody claims it by himself', async () =>
        refused(await w.claim(reward, 600000), 403, 'not_eligible'));
    test("granted to the buyer with the capture, without tokens in the till's answer", async () => {
        const b = await buyer(c),
            done = granted(await buy(b, evidenceOf(b.who, 'nev', 10000000)), 201);
        assert.deepEqual(
            done.reward.vouchers.map((v) => v.value_fen),
            [200000, 200000, 100000],
        );
        assert.ok(
            !JSON.stringify(done).includes('token') && !JSON.stringify(done).includes('short_code'),
        );
        const own = (await wallet(b)).filter((v) => v.value_fen !== 800000);
        assert.deepEqual(
            own.map((v) => v.voucher_id).sort(),
            done.reward.vouchers.map((v) => v.voucher_id).sort(),
        );
        granted(
            await shopTill.redeem(
                own.find((v) => v.value_fen === 100000),
                { amount_fen: 100100 },
            ),
            201,
        );
        refused(
            await shopTill.redeem(
                own.find((v) => v.value_fen === 200000),
                { amount_fen: 200099 },
            ),
            422,
            'below_min_spend',
        );
        await w.balanced(reward);
    });
    test('withdrawn when the purchase is reversed', async () => {
        const before = await w.balanced(reward),
            b = await buyer(c),
            no = newKey();
        granted(await buy(b, evidenceOf(b.who, 'nev', 10000000), { no }), 201);
        assert.equal((await w.balanced(reward)).issued, before.issued + 1);
        granted(await dealer.post(`/v1/redemptions/by-request/${no}/reverse`, { reason: '退单' }));
        assert.deepEqual(
            (await wallet(b)).filter((v) => v.value_fen !== 800000).map((v) => v.state),
            ['void', 'void', 'void'],
        );
        const after = await w.balanced(reward);
        assert.deepEqual(
            [after.issued, after.live_fen, after.available_fen],
            [before.issued, before.live_fen, before.available_fen],
        );
    });
    test('withdrawn when all is refunded', async () => {
        const b = await buyer(c),
            done = granted(await buy(b, evidenceOf(b.who, 'nev', 10000000)), 201);
        granted(
            await dealer.post(`/v1/redemptions/${done.redemption_id}/refund`, {
                amount_fen: 10000000,
                reason: '退车',
            }),
        );
        assert.deepEqual(
            (await wallet(b)).filter((v) => v.value_fen !== 800000).map((v) => v.state),
            ['void', 'void', 'void'],
        );
        await w.balanced(reward);
    });
    test('not granted by a hold, granted by its capture', async () => {
        const b = await buyer(c),
            e = evidenceOf(b.who, 'nev', 10000000),
            held = granted(await buy(b, e, { mode: 'hold' }), 201);
        assert.equal(held.reward, undefined);
        assert.equal((await wallet(b)).length, 1);
        const done = granted(
            await dealer.post(`/v1/redemptions/${held.redemption_id}/capture`, {}),
        );
        assert.equal(done.reward.vouchers.length, 3);
    });
    test('a pool without rewards left: the purchase goes on without', async () => {
        const scarce = await w.campaign({
            name: '少',
            issuing: 'reward',
            budget_fen: 1000,
            pools: [
                {
                    name: '一张',
                    value_fen: 1000,
                    count: 1,
                    min_spend_fen: 0,
                    pack: null,
                    stackable: false,
                },
            ],
        });
        const cars = await carCampaign({
            reward: { campaign_id: scarce.campaign_id, pool_id: scarce.pools[0].pool_id },
        });
        const [a, b] = [await buyer(cars), await buyer(cars)];
        assert.equal(
            granted(await buy(a, evidenceOf(a.who, 'nev', 10000000)), 201).reward.vouchers.length,
            1,
        );
        assert.equal(
            granted(await buy(b, evidenceOf(b.who, 'nev', 10000000)), 201).reward,
            undefined,
        );
        assert.equal((await w.balanced(scarce)).issued, 1);
    });
    test('replayed byte for byte, reward and all', async () => {
        const b = await buyer(c),
            order = {
                amount_fen: 10000000,
                evidence: evidenceOf(b.who, 'nev', 10000000),
                no: newKey(),
                order_no: newKey(),
                key: newKey(),
            };
        const first = await dealer.redeem(b.voucher, order);
        granted(first, 201);
        await w.restart();
        dealer.api = shopTill.api = w.api;
        assert.ok((await dealer.redeem(b.voucher, order)).raw.equals(first.raw));
    });
});
test('the journal and the log know no VIN, plate, ID number or name', async () => {
    const { readFileSync } = await import('node:fs'),
        log = readFileSync(w.daemon.log, 'utf8');
    const journal = (
        await w.api.get('/v1/admin/journal?limit=200', { token: w.author.token })
    ).raw.toString();
    for (const secret of [
        vin(1),
        plateOf(1, 'nev'),
        person(600001).id_number,
        person(600001).name,
        '25232000000000000001',
    ]) {
        assert.ok(!log.includes(secret) && !journal.includes(secret), secret);
    }
});
