// tests/torture/lib/customers.mjs: clients that do one thing after another and keep a book of what
// was acknowledged. Silence leaves an operation unknown: it is sent again under its key until an
// answer comes. So at any rest the book says exactly what the ledger must say.
import { createHash } from 'node:crypto';
import { idNumber, newKey, shopping } from '../../../scripts/lib/client.mjs';

const FEN = 1000;
const ORDER_FEN = 5000;
const CLAIMS_OF_ONE = 50;
const JOB_ROWS = 120;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('base64').slice(0, 24);

/** What the ledger must say, and every acknowledged operation with a hash of its answer. */
export class Book {
    counts = { issued: 0, live: 0, held: 0, redeemed: 0, granted: 0 };
    faults = [];
    acknowledged = [];
    unknown = 0;
    refusedTills = 0;
    kinds = {};
    constructor(world, campaign, grants) {
        Object.assign(this, { world, campaign, grants, funded: campaign.budget_fen });
    }
    fault(text) {
        if (this.faults.length < 50) this.faults.push(text);
    }
    keep(op, answer) {
        this.kinds[op.kind] = (this.kinds[op.kind] ?? 0) + 1;
        op.status = answer.status;
        op.hash = hashOf(answer.raw);
        op.at = this.acknowledged.length;
        this.acknowledged.push(op);
    }
    /** Sends one operation; undefined when no answer came. */
    async send(op) {
        try {
            if (op.till)
                return await op.till.request('POST', op.path, { key: op.key, body: op.body });
            const token = op.token ?? (await this.world.session(op.resident));
            return await this.world.api.request('POST', op.path, {
                token,
                key: op.key,
                body: op.body,
                headers: op.type ? { 'content-type': op.type } : {},
            });
        } catch {
            return undefined;
        }
    }
    /** Sent again, it answers with the same bytes (or, once reversed, says so). */
    async replay(op) {
        for (let tries = 0; ; tries++) {
            const again = await this.send(op);
            const busy = again && /^(429|503)$/.test(String(again.status));
            if (busy && tries < 400) {
                await sleep(10);
                continue;
            }
            if (op.reversed && again?.json?.code === 'request_reversed') return;
            if (!op.reversed && again?.status === op.status && hashOf(again.raw) === op.hash)
                return;
            this.fault(`replay of ${op.kind} ${op.key}: ${again?.status} ${again?.raw}`);
            return;
        }
    }
    async replayAll(ops) {
        for (let i = 0; i < ops.length; i += 64)
            await Promise.all(ops.slice(i, i + 64).map((op) => this.replay(op)));
    }
    /** The sums at rest. */
    async compare(when) {
        const ledger = await this.world.balanced(this.campaign);
        const { counts } = this;
        const want = {
            issued: counts.issued,
            live_fen: counts.live * FEN,
            held_fen: counts.held * FEN,
            redeemed_fen: counts.redeemed * FEN,
            funded_fen: this.funded,
        };
        for (const [name, value] of Object.entries(want))
            if (ledger[name] !== value)
                this.fault(`${when}: ${name} is ${ledger[name]}, acknowledged were ${value}`);
        if (!this.grants) return;
        const { issued } = await this.world.balanced(this.grants);
        if (issued !== counts.granted)
            this.fault(`${when}: ${issued} granted, the jobs said ${counts.granted}`);
    }
}

/** One client: `step` makes its next operation, `done` takes the answer into the book. */
class Client {
    pending = null;
    constructor(book, random) {
        Object.assign(this, { book, random });
    }
    isIdle() {
        return this.pending === null;
    }
    /** Works until isOver(); with `only` it but finishes what is unknown. Rests between. */
    async work(isOver, only = false, restMs = () => 0) {
        while (!isOver() && !(only && this.isIdle())) {
            this.pending ??= await this.next();
            if (this.pending === null) {
                await sleep(5);
                continue;
            }
            const answer = await this.book.send(this.pending);
            if (answer === undefined) {
                this.book.unknown++;
                await sleep(15);
            } else await this.take(this.pending, answer);
            if (restMs() > 0) await sleep(restMs());
        }
    }
    async take(op, answer) {
        const code = answer.json?.code;
        if (answer.status < 300) {
            this.book.keep(op, answer);
            this.pending = null;
            const { done } = op;
            op.done = undefined; // hundreds of thousands are kept
            done(answer.json, op);
        } else if (/^(rate_limited|unavailable|request_in_progress)$/.test(code)) {
            if (op.till && answer.status >= 500) this.book.refusedTills++;
            await sleep(10);
        } else {
            this.book.fault(`${op.kind} ${op.key}: ${answer.status} ${answer.raw}`);
            this.pending = null;
            this.plan = null;
        }
    }
}

/** A resident at a till: claims, then spends, gives back, or leaves it. */
export class Customer extends Client {
    claims = 0;
    plan = null;
    constructor(book, random, { first, till }) {
        super(book, random);
        Object.assign(this, { resident: first, till });
    }
    isIdle() {
        return this.pending === null && this.plan === null;
    }
    next() {
        return this.plan ? this.plan() : this.claim();
    }
    claim() {
        if (++this.claims > CLAIMS_OF_ONE) {
            this.claims = 1;
            this.resident++;
        }
        const { campaign, counts } = this.book;
        return {
            kind: 'claim',
            resident: this.resident,
            key: newKey(),
            path: `/v1/campaigns/${campaign.campaign_id}/claims`,
            body: JSON.stringify({ pool_id: campaign.pools[0].pool_id }),
            done: (json) => {
                counts.issued++;
                counts.live++;
                this.spend(json.vouchers[0]);
            },
        };
    }
    spend(voucher) {
        const way = this.random.below(10);
        if (way === 9) return; // left alive
        if (way === 8) this.plan = () => this.voided(voucher);
        else this.plan = () => this.redeem(voucher, way < 5 ? 'capture' : 'hold');
    }
    voided(voucher) {
        const { world, counts } = this.book;
        return {
            kind: 'void',
            token: world.author.token,
            key: newKey(),
            path: `/v1/admin/vouchers/${voucher.voucher_id}/void`,
            body: '{"reason":"试验"}',
            done: () => {
                counts.live--;
                counts.issued--;
                this.plan = null;
            },
        };
    }
    redeem(voucher, mode) {
        const no = newKey();
        const { counts } = this.book;
        return {
            kind: mode,
            till: this.till,
            key: newKey(),
            path: '/v1/redemptions',
            body: JSON.stringify({
                out_request_no: no,
                token: voucher.token,
                mode,
                order: { order_no: no, amount_fen: ORDER_FEN },
            }),
            done: (json, op) => {
                counts.live--;
                counts[mode === 'hold' ? 'held' : 'redeemed']++;
                this.plan = this.after(mode, no, json, op);
            },
        };
    }
    after(mode, no, { redemption_id }, original) {
        const { counts } = this.book;
        const from = mode === 'hold' ? 'held' : 'redeemed';
        const act = (kind, path, body, to) => () => ({
            kind,
            till: this.till,
            key: newKey(),
            path,
            body: body && JSON.stringify(body),
            done: () => {
                counts[from]--;
                counts[to]++;
                if (kind === 'reverse') original.reversed = true;
                this.plan = null;
            },
        });
        const of = `/v1/redemptions/${redemption_id}`;
        const way = this.random.below(3);
        if (way === 0)
            return act(
                'reverse',
                `/v1/redemptions/by-request/${no}/reverse`,
                { reason: '超时' },
                'live',
            );
        if (mode === 'hold')
            return way === 1
                ? act('release', `${of}/release`, {}, 'live')
                : act('captured', `${of}/capture`, {}, 'redeemed');
        if (way === 1)
            return act('refund', `${of}/refund`, { amount_fen: ORDER_FEN, reason: '退货' }, 'live');
        return null;
    }
}

/** Moves the budget up and down, always by two people, and drafts campaigns. */
export class Treasurer extends Client {
    plan = null;
    isIdle() {
        return this.pending === null && this.plan === null;
    }
    next() {
        if (this.plan) return this.plan();
        return this.random.oneIn(4) ? this.draft() : this.change();
    }
    /** A campaign that nobody approves: made once and submitted once, whatever happens. */
    draft() {
        return {
            kind: 'draft',
            token: this.book.world.author.token,
            key: newKey(),
            path: '/v1/admin/campaigns',
            body: JSON.stringify(shopping({ name: `草案 ${newKey()}` })),
            done: (json) => {
                this.plan = () => this.submit(json.campaign_id);
            },
        };
    }
    submit(id) {
        return {
            kind: 'submit',
            token: this.book.world.author.token,
            key: newKey(),
            path: `/v1/admin/campaigns/${id}/submit`,
            body: '{}',
            done: () => {
                this.plan = null;
            },
        };
    }
    change() {
        const { book } = this;
        const target = book.campaign.budget_fen + this.random.below(1000) * FEN;
        const path = `/v1/admin/campaigns/${book.campaign.campaign_id}/budget-changes`;
        const body = { current_fen: book.funded, target_fen: target, reason: '调整' };
        if (target === book.funded) return null;
        const op = { kind: 'budget', token: book.world.author.token, key: newKey(), path };
        op.body = JSON.stringify(body);
        op.done = (json) => {
            this.plan = () => this.approve(json.budget_change_id, target);
        };
        return op;
    }
    approve(id, target) {
        return {
            kind: 'approve',
            token: this.book.world.approver.token,
            key: newKey(),
            path: `/v1/admin/budget-changes/${id}/approve`,
            body: '{}',
            done: () => {
                this.book.funded = target;
                this.plan = null;
            },
        };
    }
}

/** Grants a file of residents, waits for its job to end, and grants the next. */
export class Granter extends Client {
    row = 5000000;
    job = null;
    isIdle() {
        return this.pending === null && this.job === null;
    }
    async next() {
        if (this.job === null) return this.upload();
        try {
            const { world } = this.book;
            const got = await world.api.get(`/v1/admin/jobs/${this.job}`, {
                token: world.author.token,
            });
            if (got.json?.state === 'done') this.ended(got.json);
            else if (got.json?.state === 'failed') this.book.fault(`grants: ${got.raw}`);
        } catch {
            await sleep(10);
        }
        return null;
    }
    ended({ rows_ok, rows_total, job_id }) {
        if (rows_ok !== JOB_ROWS || rows_total !== JOB_ROWS)
            this.book.fault(`${job_id}: ${rows_ok} of ${rows_total} rows, sent were ${JOB_ROWS}`);
        this.book.counts.granted += rows_ok;
        this.job = null;
    }
    upload() {
        const rows = Array.from({ length: JOB_ROWS }, () => idNumber(this.row++));
        const { world, grants } = this.book;
        return {
            kind: 'grants',
            token: world.author.token,
            key: newKey(),
            path: `/v1/admin/campaigns/${grants.campaign_id}/grants`,
            type: 'text/csv',
            body: `id_number\r\n${rows.join('\r\n')}\r\n`,
            done: (json) => {
                this.job = json.job_id;
            },
        };
    }
}
