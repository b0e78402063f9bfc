// Thirty kill -9 under load: no acknowledged operation is lost, no key has two outcomes, and the
// ledger equation holds after each restart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { newKey } from '../scripts/lib/client.mjs';
import { buildDir } from '../scripts/lib/servers.mjs';
import { World, granted } from '../scripts/lib/world.mjs';

const cli = path.join(buildDir, 'huiquan');
const CYCLES = 30,
    RESIDENTS = 40,
    TILLS = 4;
let w, campaign, tills;
const acknowledged = new Map(); // key -> { ask, raw, kind }
const unknown = new Map(); // key -> ask, whose answer never came
let cutOff = 0;
const seen = { claim: 0, redeem: 0, reverse: 0, refund: 0 };

before(async () => {
    w = await World.open({ settings: { workers: 2, reserve_mib: 0 } });
    campaign = await w.campaign({
        budget_fen: 1000 * 100000,
        per_person_limit: 60,
        pools: [
            {
                name: '10 元',
                value_fen: 1000,
                count: 100000,
                min_spend_fen: 2000,
                pack: null,
                stackable: true,
            },
        ],
        limits: { claims_per_s: 100000, per_resident_per_min: 6000 },
    });
    const first = await w.till();
    tills = [first];
    while (tills.length < TILLS) tills.push(await w.secondTill(first));
    w.onRestart = () =>
        tills.forEach((till) => {
            till.api = w.api;
        });
    await w.sessionsOf(200000, RESIDENTS);
});
after(() => w?.close());

// One operation: whatever is answered is kept; silence leaves its key unknown.
async function operate(kind, key, ask) {
    const answer = await ask().catch(() => undefined);
    if (answer === undefined) {
        cutOff++;
        unknown.set(key, { kind, ask });
        return undefined;
    }
    assert.ok(
        answer.status < 500 || answer.status === 503,
        `${kind}: ${answer.status} ${answer.raw}`,
    );
    if (answer.status >= 300) return answer;
    acknowledged.set(key, { kind, ask, raw: answer.raw });
    seen[kind]++;
    return answer;
}
const claimOf = (n, key) => () => w.claim(campaign, n, { key });
async function customer(i, isOver) {
    const n = 200000 + i,
        till = tills[i % TILLS];
    while (!isOver()) {
        const key = newKey();
        const claimed = await operate('claim', key, claimOf(n, key));
        if (claimed?.status !== 201) return;
        const [voucher] = claimed.json.vouchers,
            no = newKey(),
            redeemKey = newKey();
        const order = { no, order_no: no, amount_fen: 5000, key: redeemKey, mode: 'capture' };
        const redeemed = await operate('redeem', redeemKey, () => till.redeem(voucher, order));
        if (redeemed?.status !== 201) return;
        const next = newKey();
        if (i % 3 === 0)
            await operate('reverse', next, () =>
                till.post(
                    `/v1/redemptions/by-request/${no}/reverse`,
                    { reason: '超时' },
                    { key: next },
                ),
            );
        if (i % 3 === 1)
            await operate('refund', next, () =>
                till.post(
                    `/v1/redemptions/${redeemed.json.redemption_id}/refund`,
                    { amount_fen: 5000, reason: '退货' },
                    { key: next },
                ),
            );
    }
}

// Every acknowledged one answers with its bytes; a reversed original stays reversed.
async function replay(entries) {
    for (let i = 0; i < entries.length; i += 64) {
        await Promise.all(
            entries.slice(i, i + 64).map(async ([key, kept]) => {
                const again = await kept.ask();
                if (kept.kind === 'redeem' && again.json?.code === 'request_reversed') return;
                assert.ok(
                    again.raw.equals(kept.raw),
                    `${kept.kind} ${key}: first ${kept.raw}, now ${again.status} ${again.raw}`,
                );
            }),
        );
    }
}
// An unknown key has one outcome from now on.
async function resolve() {
    for (const [key, { kind, ask }] of unknown) {
        const answer = await ask(),
            again = await ask();
        if (answer.status < 300) {
            assert.ok(
                again.raw.equals(answer.raw),
                `${kind} ${key}: ${answer.raw} then ${again.raw}`,
            );
            acknowledged.set(key, { kind, ask, raw: answer.raw });
        } else {
            assert.equal(again.json.code, answer.json.code);
        }
    }
    unknown.clear();
}
function ledgerCheck() {
    const audit = spawnSync(cli, ['ledger', 'check', '--data-dir', w.daemon.data], {
        encoding: 'utf8',
    });
    assert.equal(audit.status, 0, `${audit.stdout}${audit.stderr}`);
}

test('kill -9 under load', { timeout: 110000 }, async (t) => {
    let before = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
        await t.test(`cycle ${cycle}`, async () => {
            let over = false;
            const goal = acknowledged.size + 40 + ((cycle * 37) % 100);
            const load = Array.from({ length: RESIDENTS }, (_, i) =>
                customer(i, () => over || acknowledged.size >= goal),
            );
            // The kill falls among requests: as soon as the goal is near, not when all are answered.
            const killer = new Promise((done) => {
                const look = () =>
                    acknowledged.size >= goal - 20 || over ? done() : setImmediate(look);
                look();
            });
            await Promise.race([killer, Promise.all(load)]);
            await w.daemon.kill('SIGKILL');
            over = true;
            await Promise.all(load);
            await w.restart();
            await replay([...acknowledged].slice(-250));
            await resolve();
            const ledger = await w.balanced(campaign);
            const redeemedClaims = ledger.live_fen + ledger.held_fen + ledger.redeemed_fen;
            assert.equal(redeemedClaims, ledger.issued * 1000, JSON.stringify(ledger));
            before = before.concat(ledger.issued);
            assert.ok(
                cycle === 0 || before[cycle] >= before[cycle - 1],
                'what was issued stays issued',
            );
        });
    }
    await t.test('all that was ever acknowledged is still there, byte for byte', () =>
        replay([...acknowledged]),
    );
    await t.test('each kind of operation was under way', () =>
        assert.ok(
            Object.values(seen).every((n) => n > 30) && cutOff > CYCLES,
            JSON.stringify({ ...seen, cutOff }),
        ),
    );
    await t.test('the sums over vouchers agree with the balances', async () => {
        let live = 0,
            redeemed = 0;
        for (let i = 0; i < RESIDENTS; i++) {
            const token = await w.session(200000 + i);
            for (let after = ''; ;) {
                const page = granted(
                    await w.api.get(`/v1/me/vouchers?limit=200${after && `&after=${after}`}`, {
                        token,
                    }),
                );
                live += page.items.filter((v) => v.state === 'live').length;
                redeemed += page.items.filter((v) => v.state === 'redeemed').length;
                if (!page.has_more) break;
                after = page.next;
            }
        }
        const ledger = await w.balanced(campaign);
        assert.deepEqual([ledger.live_fen, ledger.redeemed_fen], [live * 1000, redeemed * 1000]);
    });
    await t.test(
        'huiquan ledger check',
        { skip: !existsSync(cli) && 'huiquan is not built' },
        ledgerCheck,
    );
});
