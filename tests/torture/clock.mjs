// tests/torture/clock.mjs: the wall clock jumps an hour back, a day ahead and home again, to 1970;
// the process stands still for a minute; each followed by a restart under that clock.
//
// A preloaded shim (shim/clock.c) adds seconds to the daemon's wall clock while it runs; monotonic
// time goes on, as when somebody sets a real clock. Tills and residents go by the daemon's clock.
// Before each jump vouchers have expired, some redeemed, some held, and three doors have been shut
// by too many knocks: a resident's claims, a till's mistyped codes, one mobile's one-time codes.
// Must show, after the jump, after a restart under it and after the clock is right again: what had
// expired stays expired in every answer; each door opens within 60 s of its last knock; journal
// time never goes back; nothing answers 5xx, nothing ends by itself, the ledger check is clean.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Api, assertion, at, newKey, person } from '../../scripts/lib/client.mjs';
import { buildDir, root } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const LOCKOUT_S_MAX = 60;
const VOUCHERS = 12;
const DAY_S = 86400;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const codeOf = (answer) => (answer.status < 300 ? 'ok' : answer.json?.code);

function shim(dir) {
    const out = path.join(dir, 'clock.so');
    const source = path.join(root, 'tests/torture/shim/clock.c');
    const made = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', out, source, '-ldl']);
    if (made.status !== 0) throw new Error(`the shim: ${made.stderr}`);
    return out;
}
function luhn(digits) {
    let sum = 0;
    [...digits].reverse().forEach((c, i) => {
        const twice = Number(c) * (i % 2 === 0 ? 2 : 1);
        sum += twice > 9 ? twice - 9 : twice;
    });
    return String((10 - (sum % 10)) % 10);
}

class Clock {
    faults = [];
    lockouts = [];
    looks = 0;
    expired = []; // {voucher, n}: never to live again
    ahead = 0;
    n = 608000; // born in the sixties: of age in 1970 too
    constructor({ seed, quick, only }) {
        this.only = only;
        this.random = new Random(seed);
        this.quick = quick;
    }
    fault(text) {
        if (this.faults.length < 40) this.faults.push(`${this.where}: ${text}`);
    }
    async open() {
        this.dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-clock-'));
        this.file = path.join(this.dir, 'ahead');
        this.setAhead(0);
        this.sms = http.createServer((req, res) => {
            req.resume();
            req.on('end', () => res.end('{}'));
        });
        await new Promise((done) => this.sms.listen(0, '127.0.0.1', done));
        const url = `http://127.0.0.1:${this.sms.address().port}/sms`;
        process.env.LD_PRELOAD = shim(this.dir);
        process.env.HUIQUAN_CLOCK = this.file;
        this.world = await World.open({
            redis: true,
            settings: { workers: 2, reserve_mib: 0, sms_webhook_url: url },
        });
        this.till = await this.world.till();
        this.clumsy = await this.world.secondTill(this.till);
        this.world.onRestart = () =>
            [this.till, this.clumsy].forEach((till) => (till.api = this.world.api));
    }
    async close() {
        delete process.env.LD_PRELOAD;
        delete process.env.HUIQUAN_CLOCK;
        await this.world?.close();
        this.sms?.close();
        rmSync(this.dir, { recursive: true, force: true });
    }
    setAhead(seconds) {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(BigInt(seconds));
        writeFileSync(this.file, bytes, { flag: existsSync(this.file) ? 'r+' : 'w' });
        this.ahead = seconds;
    }
    now() {
        return Date.now() / 1000 + this.ahead;
    }
    /** A session by the daemon's clock. */
    async session(n) {
        const body = { assertion: assertion(this.world.issuer, person(n), { now: this.now() }) };
        const made = await this.world.api.request('POST', '/v1/sessions', { body });
        if (made.status === 201) return made.json.session;
        this.fault(`session: ${made.status} ${made.raw}`);
        return undefined;
    }
    post(pathname, body, till = this.till) {
        return till.request('POST', pathname, {
            key: newKey(),
            body,
            created: Math.floor(this.now()),
        });
    }
    redeem(voucher, { short, mode = 'capture', till } = {}) {
        const body = {
            out_request_no: newKey(),
            ...(short ? { short_code: short } : { token: voucher.token }),
            mode,
            order: { order_no: newKey(), amount_fen: 5000 },
        };
        return this.post('/v1/redemptions', body, till);
    }
    async claim(campaign, token) {
        return this.world.api.post(
            `/v1/campaigns/${campaign.campaign_id}/claims`,
            { pool_id: campaign.pools[0].pool_id },
            { token },
        );
    }
    campaign(endsIn, over = {}) {
        const window = { from: at(-3 * DAY_S), to: at(endsIn) };
        const pool = { name: '10 元', value_fen: 1000, count: 1000, min_spend_fen: 2000 };
        return this.world.campaign({
            per_person_limit: 60,
            claim_window: window,
            use_window: window,
            pools: [{ ...pool, pack: null, stackable: true }],
            limits: { claims_per_s: 100000, per_resident_per_min: 6000 },
            ...over,
        });
    }
    async vouchers(campaign) {
        const n = this.n++;
        const token = await this.session(n);
        const out = [];
        for (let i = 0; i < VOUCHERS; i++) {
            const made = await this.claim(campaign, token);
            if (made.status !== 201) this.fault(`claim: ${made.status} ${made.raw}`);
            else out.push({ voucher: made.json.vouchers[0], n });
        }
        return out;
    }
    /** Vouchers that have expired by themselves, as the daemon has said. */
    async expireSome(endsIn) {
        const made = await this.vouchers(await this.campaign(endsIn));
        await this.redeem(made[0].voucher);
        await this.redeem(made[1].voucher, { mode: 'hold' });
        return made.slice(2);
    }
    async waitExpired(made) {
        for (let i = 0; i < 200; i++) {
            const told = await Promise.all(
                made.map(({ voucher: { token } }) => this.post('/v1/verifications', { token })),
            );
            if (told.every((answer) => answer.json?.code === 'voucher_expired')) {
                this.expired.push(...made);
                await sleep(1200); // and a sweep
                return;
            }
            await sleep(100);
        }
        this.fault('they do not expire');
    }
    /** Nothing expired revives, in any answer. */
    async look(where) {
        this.where = where;
        const sessions = new Map();
        for (const { voucher, n } of this.expired) {
            if (!sessions.has(n)) sessions.set(n, await this.session(n));
            const told = {
                redeem: codeOf(await this.redeem(voucher)),
                hold: codeOf(await this.redeem(voucher, { mode: 'hold' })),
                short: codeOf(await this.redeem(voucher, { short: voucher.short_code })),
            };
            const checked = await this.post('/v1/verifications', { token: voucher.token });
            told.verification = checked.json?.code;
            const path_ = `/v1/vouchers/${voucher.voucher_id}`;
            const got = await this.world.api.get(path_, { token: sessions.get(n) });
            for (const [what, code] of Object.entries(told))
                if (code !== 'voucher_expired') this.fault(`${what} of an expired one: ${code}`);
            if (got.json?.state !== 'expired')
                this.fault(`an expired one is shown as ${got.status} ${got.json?.state}`);
            const voided = await this.world.api.post(
                `/v1/admin/vouchers/${voucher.voucher_id}/void`,
                { reason: '试验' },
                { token: this.world.author.token },
            );
            if (codeOf(voided) !== 'wrong_state') this.fault(`void: ${codeOf(voided)}`);
            this.looks++;
        }
        await this.journal();
        if (!this.world.daemon.alive) throw new Error('it ended by itself');
    }
    async journal() {
        let last = '';
        for (let after = ''; ;) {
            const page = await this.world.api.get(
                `/v1/admin/journal?limit=200${after && `&after=${after}`}`,
                { token: this.world.author.token },
            );
            for (const entry of page.json.items) {
                if (entry.at < last) this.fault(`journal: ${entry.at} after ${last}`);
                last = entry.at;
            }
            if (!page.json.has_more) return;
            after = page.json.next;
        }
    }
    /** Three doors, each knocked at until it shuts: [what, ask again]. */
    async shutDoors() {
        const campaign = await this.campaign(30 * DAY_S, {
            limits: { claims_per_s: 100000, per_resident_per_min: 2 },
        });
        const n = this.n++;
        const resident = async () => this.claim(campaign, await this.session(n));
        const wrong = String(this.random.below(9e15)).padStart(17, '0');
        const mistyped = () =>
            this.redeem(undefined, { short: wrong + luhn(wrong), till: this.clumsy });
        const { mobile } = person(this.n++);
        const otp = () => this.world.api.request('POST', '/v1/otp', { body: { mobile } });
        const doors = Object.entries({ resident, mistyped, otp });
        const since = {};
        for (const [name, knock] of doors)
            for (let i = 0; ; i++) {
                const code = codeOf(await knock());
                since[name] = performance.now();
                if (code === 'rate_limited') break;
                if (i > 40) {
                    this.fault(`${name} does not shut: ${code}`);
                    break;
                }
            }
        return { doors, since };
    }
    async doorsOpen({ doors, since }) {
        await Promise.all(
            doors.map(async ([name, knock]) => {
                for (;;) {
                    const answer = await knock();
                    const waited = (performance.now() - since[name]) / 1000;
                    const told = Number(answer.headers['retry-after'] ?? 0);
                    if (answer.status >= 500) this.fault(`${name}: ${answer.status}`);
                    if (codeOf(answer) !== 'rate_limited') {
                        this.lockouts.push({ where: this.where, name, waited });
                        return;
                    }
                    if (told > LOCKOUT_S_MAX || waited > LOCKOUT_S_MAX + 2) {
                        this.fault(`${name} is shut for ${told} s more, after ${waited | 0} s`);
                        return;
                    }
                    if (this.quick) return;
                    await sleep(1000);
                }
            }),
        );
    }
    /** Life goes on: what is live is redeemed, whatever the clock says. */
    async goesOn(made) {
        const told = codeOf(await this.redeem(made.voucher));
        if (!/^(ok|voucher_not_yet_valid|voucher_expired)$/.test(told))
            this.fault(`a live one: ${told}`);
        this.lived = { ...this.lived, [this.where]: told };
    }
    async jump(name, seconds, expiresBy) {
        if (this.only && this.only !== name) return;
        this.where = `before ${name}`;
        await this.waitExpired(await this.expireSome(2));
        const live = await this.vouchers(await this.campaign(30 * DAY_S));
        const later = expiresBy && (await this.expireSome(expiresBy));
        const shut = await this.shutDoors();
        this.setAhead(seconds);
        this.where = name;
        if (later) await this.waitExpired(later);
        await this.goesOn(live[0]);
        await this.look(name);
        await this.doorsOpen(shut);
        const again = await this.shutDoors();
        await this.world.restart();
        await this.look(`${name}, restarted`);
        await this.doorsOpen(again);
        await this.goesOn(live[1]);
        const third = await this.shutDoors();
        this.setAhead(0);
        await this.look(`${name} and right again`);
        await this.doorsOpen(third);
        await this.goesOn(live[2]);
        const last = await this.shutDoors();
        await this.world.restart();
        await this.look(`${name}, right again, restarted`);
        await this.doorsOpen(last);
        await this.goesOn(live[3]);
        await this.check();
    }
    async stopped(seconds) {
        if (this.only && this.only !== 'stopped') return;
        this.where = `stopped for ${seconds} s`;
        await this.waitExpired(await this.expireSome(2));
        const meanwhile = await this.expireSome(Math.max(2, seconds / 2));
        const shut = await this.shutDoors();
        const asked = Promise.all(
            meanwhile.slice(0, 4).map(({ voucher }) => this.redeem(voucher).catch(() => ({}))),
        );
        this.world.daemon.child.kill('SIGSTOP');
        await sleep(seconds * 1000);
        this.world.daemon.child.kill('SIGCONT');
        for (const answer of await asked)
            if (answer.status >= 500) this.fault(`asked before the stop: ${answer.status}`);
        // Its connections have been idle for too long, and it says so: new ones.
        this.world.api.close();
        this.world.api = new Api(this.world.daemon.base, { connections: 64 });
        this.world.onRestart();
        const rest = meanwhile.slice(4);
        for (const { voucher } of rest) {
            const told = codeOf(await this.redeem(voucher));
            if (told !== 'voucher_expired') this.fault(`expired while it stood: ${told}`);
        }
        this.expired.push(...rest);
        await this.look(this.where);
        await this.doorsOpen(shut);
        await this.check();
    }
    async check() {
        const words = ['ledger', 'check', '--data-dir', this.world.daemon.data];
        await promisify(execFile)(path.join(buildDir, 'huiquan'), words).catch((error) =>
            this.fault(`ledger check: ${error.stdout}${error.stderr}`),
        );
    }
    figures() {
        const longest = this.lockouts.reduce((a, b) => (b.waited > a.waited ? b : a), {
            waited: 0,
        });
        return {
            'looks at expired vouchers': this.looks,
            'lockouts waited for': this.lockouts.length,
            'longest lockout': `${longest.waited.toFixed(0)} s (${longest.name}, ${longest.where})`,
            'a live voucher then': JSON.stringify(this.lived),
        };
    }
    async run() {
        try {
            await this.open();
            await this.jump('an hour back', -3600);
            if (!this.quick) {
                await this.jump('a day ahead', DAY_S, 3600);
                await this.jump('1970', -Math.floor(Date.now() / 1000) + 5 * DAY_S);
            }
            await this.stopped(this.quick ? 3 : 60);
        } catch (error) {
            this.fault(error.stack);
        } finally {
            await this.close();
        }
        const { faults } = this;
        return { ok: faults.length === 0, figures: this.figures(), faults };
    }
}

export async function run(options) {
    return new Clock(options).run();
}
