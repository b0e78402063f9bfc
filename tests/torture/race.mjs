// tests/torture/race.mjs: everything at once, 100,000 vouchers, one legal path each.
//
// In waves of up to 1,000 vouchers. First 300 residents, each asking more often than it may at the
// same time, want the last of a pool, while in turn the budget is lowered, the campaign paused and
// resumed, or closed. Must show: no more is won than there is, by nobody more than the limit; what
// was answered is what the ledger issued; nothing is won by a request sent after the pause or close
// was answered; the budget is never below what is issued.
// Then every voucher that was won is raced for: two tills redeem or hold it, an administrator voids
// it, a till reverses its own request, known or not, in some waves across the instant at which the
// voucher expires; what is held or captured is then at once captured, released, refunded, reversed
// and redeemed by another. The answers must be those of some order of a sequential voucher
// (lib/legal.mjs), and the voucher must be in that order's last state, and the sums with it.
import { Api, at, newKey } from '../../scripts/lib/client.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { fresh, outcomes, shown } from './lib/legal.mjs';
import { Random } from './lib/random.mjs';

const LIMIT = 5;
const TRIES = 7; // of each at once
const AT_ONCE = 24; // vouchers raced for at a time
const turns = ['plain', 'lowered', 'paused', 'closed', 'expires'];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const toldOf = (answer) => (answer.status < 300 ? 'ok' : answer.json?.code);

class Race {
    faults = [];
    vouchers = 0;
    waves = 0;
    requests = 0;
    contested = 0; // where more than one request could have won
    crossed = 0; // raced for at the instant of expiry, both sides seen
    ends = {};
    turned = {};
    constructor({ seed, quick, vouchers }) {
        this.random = new Random(seed);
        this.wanted = vouchers ?? (quick ? 700 : 100000);
        this.count = quick ? 150 : 1000;
        this.residents = quick ? 45 : 300;
    }
    fault(text) {
        if (process.env.TORTURE_SAY) console.error(`  ${text}`);
        if (this.faults.length < 30) this.faults.push(text);
    }
    async open() {
        this.world = await World.open({ settings: { workers: 2, reserve_mib: 0 } });
        const { world } = this;
        const first = await world.till({}, { alg: 'hmac-sha256' });
        this.tills = [first];
        for (let i = 0; i < 3; i++)
            this.tills.push(
                Object.assign(
                    new first.constructor(
                        world.api,
                        await world.terminal(first.merchant, { alg: 'hmac-sha256' }),
                    ),
                    { merchant: first.merchant },
                ),
            );
        this.desk = new Api(world.daemon.base, { connections: 4 }); // administrators do not queue
        await world.sessionsOf(500000, this.residents);
    }
    async post(ask) {
        for (let tries = 0; ; tries++) {
            const answer = await ask();
            this.requests++;
            if (!/^(429|503)$/.test(String(answer.status)) || tries > 200) return answer;
            await sleep(10);
        }
    }
    admin(pathname, body = {}, who = this.world.author) {
        return this.desk.post(pathname, body, { token: who.token });
    }
    /** What happens to the campaign in the middle of the crowd. */
    async disturb(turn, campaign) {
        const of = `/v1/admin/campaigns/${campaign.campaign_id}`;
        await sleep(this.random.between(20, 200));
        if (turn === 'lowered') {
            const made = await this.admin(`${of}/budget-changes`, {
                current_fen: campaign.budget_fen,
                target_fen: this.random.between(1, this.count) * 1000,
                reason: '收回',
            });
            if (made.status !== 201) return {};
            const id = made.json.budget_change_id;
            const done = await this.admin(
                `/v1/admin/budget-changes/${id}/approve`,
                {},
                this.world.approver,
            );
            return { funded: done.status === 200 ? made.json.target_fen : undefined };
        }
        if (turn === 'paused' || turn === 'closed') {
            const done = await this.admin(`${of}/${turn === 'paused' ? 'pause' : 'close'}`);
            if (done.status !== 200) this.fault(`${turn}: ${done.status} ${done.raw}`);
            const stopped = { from: performance.now(), to: Infinity };
            if (turn === 'paused') {
                await sleep(100);
                stopped.to = performance.now();
                await this.admin(`${of}/resume`);
            }
            return { stopped };
        }
        return {};
    }
    async claimAll(campaign) {
        const won = [];
        const each = async (i) => {
            const n = 500000 + (i % this.residents);
            for (;;) {
                const sent = performance.now();
                const answer = await this.post(() => this.world.claim(campaign, n));
                const code = toldOf(answer);
                if (code === 'ok') won.push({ n, sent, over: performance.now(), ...answer.json });
                else if (code === 'campaign_paused') {
                    await sleep(20);
                    continue;
                } else if (!/^(already_claimed|sold_out|campaign_closed)$/.test(code))
                    this.fault(`claim: ${answer.status} ${answer.raw}`);
                return;
            }
        };
        await Promise.all(
            this.random
                .shuffled(Array.from({ length: this.residents * TRIES }, (_, i) => i))
                .map((i) => each(i)),
        );
        return won;
    }
    async judgeClaims(turn, campaign, won, { stopped, funded }, expiresAt = Infinity) {
        const ledger = await this.world.balanced(campaign);
        const gone = Date.now() >= expiresAt * 1000; // what expired meanwhile is issued no more
        const per = new Map();
        for (const { n } of won) per.set(n, (per.get(n) ?? 0) + 1);
        const most = Math.max(0, ...per.values());
        if (most > LIMIT) this.fault(`${turn}: ${most} won by one`);
        if (new Set(won.map((c) => c.vouchers[0].voucher_id)).size !== won.length)
            this.fault(`${turn}: a voucher was given twice`);
        if ((!gone && ledger.issued !== won.length) || won.length > this.count)
            this.fault(`${turn}: ${ledger.issued} issued, ${won.length} won of ${this.count}`);
        // On a slow machine the claim window of those that expire may end before all is won.
        const whole = turn === 'plain' || turn === 'paused';
        if (whole && won.length !== this.count) this.fault(`${turn}: only ${won.length} won`);
        if (funded !== undefined && ledger.funded_fen !== funded)
            this.fault(`lowered to ${funded}, funded ${ledger.funded_fen}`);
        if (won.length * 1000 > ledger.funded_fen) this.fault(`${turn}: more than the budget`);
        const late = won.filter((c) => stopped && c.sent > stopped.from && c.over < stopped.to);
        if (late.length > 0) this.fault(`${turn}: ${late.length} won afterwards`);
    }
    redeem(voucher, till, no, mode) {
        const body = {
            out_request_no: no,
            token: voucher.token,
            mode,
            order: { order_no: no, amount_fen: 5000 },
        };
        return this.send({ kind: 'redeem', no, mode }, () => till.post('/v1/redemptions', body));
    }
    act(kind, till, no, path, body = {}) {
        return this.send({ kind, no }, () => till.post(path, body));
    }
    async send(asked, ask) {
        const key = newKey();
        const answer = await this.post(() => ask(key));
        return { ...asked, told: toldOf(answer), json: answer.json };
    }
    async firstRound(voucher, a, b) {
        const [one, other] = this.random.shuffled(this.tills);
        const mode = () => this.random.pick(['capture', 'capture', 'hold']);
        const all = [
            () => this.redeem(voucher, one, a, mode()),
            () => this.redeem(voucher, other, b, mode()),
            () =>
                this.act('reverse', one, a, `/v1/redemptions/by-request/${a}/reverse`, {
                    reason: '超时',
                }),
            () =>
                this.send({ kind: 'void' }, () =>
                    this.admin(`/v1/admin/vouchers/${voucher.voucher_id}/void`, { reason: '试验' }),
                ),
        ];
        const drawn = this.random.shuffled(all).slice(0, this.random.between(2, 4));
        return Promise.all(drawn.map((ask) => ask()));
    }
    /** What was held or captured is settled, given back and wanted by another, all at once. */
    async secondRound(voucher, first) {
        const won = first.find((one) => one.kind === 'redeem' && one.told === 'ok');
        if (!won) return [];
        const id = won.json.redemption_id;
        const [one, other] = this.random.shuffled(this.tills);
        const of = `/v1/redemptions/${id}`;
        const third = newKey();
        const all = [
            () => this.act('release', one, won.no, `${of}/release`),
            () => this.act('capture', other, won.no, `${of}/capture`),
            () => this.redeem(voucher, one, third, 'capture'),
            () =>
                this.act('refund', other, won.no, `${of}/refund`, {
                    amount_fen: 5000,
                    reason: '退货',
                }),
        ];
        const drawn = this.random.shuffled(all).slice(0, this.random.between(2, 3));
        return Promise.all(drawn.map((ask) => ask()));
    }
    async raceFor(claim, expiresAt, states) {
        const [voucher] = claim.vouchers;
        const around = expiresAt !== undefined;
        const first = await this.firstRound(voucher, newKey(), newKey());
        const time = around ? [{ kind: 'expire' }] : [];
        const live = { ...fresh };
        let last = outcomes([live], first);
        if (around) last = [...last, ...outcomes([live], [...first, ...time])];
        const trace = [first];
        if (!around && last.length > 0) {
            const second = await this.secondRound(voucher, first);
            last = outcomes(last, second);
            trace.push(second);
        }
        const asked = trace.flat();
        if (asked.filter((one) => one.kind !== 'reverse').length > 1) this.contested++;
        const words = asked.map((one) => `${one.kind} ${one.mode ?? ''} ${one.told}`).join(', ');
        if (last.length === 0) this.fault(`no order gives: ${words}`);
        else states.push({ voucher, n: claim.n, last, words, asked });
        this.vouchers++;
    }
    async raceAll(won, expiresAt) {
        const states = [];
        const queue = [...won];
        const runner = async () => {
            for (let claim = queue.pop(); claim; claim = queue.pop())
                await this.raceFor(claim, expiresAt, states);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, runner));
        return states;
    }
    async judgeEnds(campaign, states, expiresAt) {
        if (expiresAt) await sleep(Math.max(0, expiresAt * 1000 - Date.now() + 1100));
        const sums = { live: 0, held: 0, redeemed: 0 };
        const one = async ({ voucher, n, last, words }) => {
            const token = await this.world.session(n);
            const got = await this.world.api.get(`/v1/vouchers/${voucher.voucher_id}`, { token });
            this.requests++;
            const { state } = got.json ?? {};
            const legal = last.map((s) => shown(expiresAt ? { ...s, expired: true } : s));
            if (!legal.includes(state))
                this.fault(`${state} (${got.status}) after ${words}, legal were ${legal}`);
            this.ends[state] = (this.ends[state] ?? 0) + 1;
            if (state in sums) sums[state]++;
        };
        for (let i = 0; i < states.length; i += 64)
            await Promise.all(states.slice(i, i + 64).map(one));
        // What has expired is live to nobody from that instant; its value moves with the next sweep.
        let ledger = await this.world.balanced(campaign);
        for (let i = 0; expiresAt && ledger.live_fen > 0 && i < 100; i++) {
            await sleep(100);
            ledger = await this.world.balanced(campaign);
        }
        for (const [name, sum] of Object.entries(sums))
            if (ledger[`${name}_fen`] !== sum * 1000)
                this.fault(`${name}_fen is ${ledger[`${name}_fen`]} for ${sum} vouchers`);
        if (!expiresAt) return;
        const told = new Set(states.flatMap((s) => s.asked.map((a) => a.told)));
        if (told.has('voucher_expired') && told.has('ok')) this.crossed++;
    }
    async wave(turn) {
        const endsIn = turn === 'expires' ? 5 : 86400;
        const window = { from: at(-60), to: at(endsIn) };
        const expiresAt = turn === 'expires' ? Date.parse(window.to) / 1000 : undefined;
        const campaign = await this.world.campaign({
            budget_fen: 1000 * this.count,
            per_person_limit: LIMIT,
            pools: [
                {
                    name: '10 元',
                    value_fen: 1000,
                    count: this.count,
                    min_spend_fen: 2000,
                    pack: null,
                    stackable: true,
                },
            ],
            claim_window: { from: at(-60), to: window.to },
            use_window: window,
            limits: { claims_per_s: 1000000, per_resident_per_min: 6000 },
        });
        const [won, disturbed] = await Promise.all([
            this.claimAll(campaign),
            this.disturb(turn, campaign),
        ]);
        await this.judgeClaims(turn, campaign, won, disturbed, expiresAt);
        if (expiresAt) await sleep(Math.max(0, expiresAt * 1000 - this.count * 0.6 - Date.now()));
        const states = await this.raceAll(won, expiresAt);
        await this.judgeEnds(campaign, states, expiresAt);
        this.waves++;
        if (process.env.TORTURE_SAY)
            console.error(`  ${this.vouchers} vouchers, ${this.faults.length} faults`);
        this.turned[turn] = (this.turned[turn] ?? 0) + 1;
    }
    async run() {
        try {
            await this.open();
            for (let i = 0; this.vouchers < this.wanted && this.faults.length < 10; i++)
                await this.wave(turns[i % turns.length]);
        } finally {
            this.desk?.close();
            await this.world?.close();
        }
        const figures = {
            vouchers: this.vouchers,
            waves: `${this.waves} ${JSON.stringify(this.turned)}`,
            requests: this.requests,
            'with rivals': this.contested,
            'waves across the instant of expiry': this.crossed,
            ends: JSON.stringify(this.ends),
            'without a legal path': this.faults.length,
        };
        return { ok: this.faults.length === 0, figures, faults: this.faults };
    }
}

export async function run(options) {
    return new Race(options).run();
}
