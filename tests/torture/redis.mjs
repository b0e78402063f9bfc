// tests/torture/redis.mjs: the door's Redis is flushed, killed, frozen, restored from an old
// snapshot, lies, is slow and is cut.
//
// Sixteen residents at a time claim and spend, paced, while one fault after another comes and goes;
// between daemon and Redis stands a proxy of ours. Within each fault 64 people want 40 vouchers at
// once. Must show: no pool gives more than it has (and, where Redis tells no lies, exactly that);
// no redemption answers 5xx; from one second after a fault began p99 of a claim is at most 150 ms;
// each worker is back on Redis within 3 s of its return.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Api, newKey } from '../../scripts/lib/client.mjs';
import { startRedis, until } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const P99_MS_MAX = 150;
const RECOVERY_MS_MAX = 3000;
const CLIENTS = 16;
const THINK_MS = 8;
const WANTED = 40;
const CROWD = 64;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const lies = {
    'an error that never ends': `-${'E'.repeat(100000)}`,
    'plain noise': '\x00\xff\x80 not RESP at all \r\n\r\n',
    'OK to everything': '+OK\r\n',
    'an error': '-ERR no\r\n',
    'NOSCRIPT for ever': '-NOSCRIPT No matching script\r\n',
    'a nil array': '*-1\r\n',
    'numbers too many': '*6\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n:1\r\n',
    'negative numbers': '*5\r\n:-1\r\n:-1\r\n:-5\r\n:-7\r\n:-1\r\n',
    'refused, wait a century': '*5\r\n:0\r\n:0\r\n:0\r\n:3155760000000000\r\n:1\r\n',
    'numbers beyond 64 bits': '*5\r\n:99999999999999999999999\r\n:0\r\n:0\r\n:0\r\n:0\r\n',
    'a length beyond memory': '*2147483647\r\n:1\r\n',
    'half an answer': '*5\r\n:1\r\n:0\r\n',
    'two answers to one':
        '*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n',
    'nested without end': '*1\r\n'.repeat(64),
    'everything allowed': '*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n',
    silence: '',
    'the line is cut': null,
};

const percentile = (values, share) => {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted.length
        ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
        : 0;
};
const redisSays = (socket, word) =>
    new Promise((done, fail) => {
        const c = net.createConnection(socket).once('error', fail);
        c.once('data', (bytes) => {
            c.destroy();
            done(bytes.toString());
        });
        c.write(`${word}\r\n`);
    });

class Row {
    faults = [];
    phases = [];
    claims = 0;
    redemptions = 0;
    redemption5xx = 0;
    overIssued = 0;
    repeated = 0; // since the machine was busy with other things
    constructor({ seed, quick, only }) {
        this.random = new Random(seed);
        this.quick = quick;
        this.only = only;
        this.residents = quick ? 100 : 1000;
    }
    async open() {
        this.dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-redis-'));
        this.redis = await startRedis(this.dir);
        const own = path.join(this.dir, 'proxy.sock');
        this.proxy = fork(new URL('./lib/redis-proxy.mjs', import.meta.url), [
            own,
            this.redis.socket,
        ]);
        await new Promise((done) => this.proxy.once('message', done));
        this.world = await World.open({
            settings: { workers: 2, redis: own, reserve_mib: 0 },
            connections: CROWD + CLIENTS,
        });
        this.till = await this.world.till();
        await this.world.sessionsOf(400000, Math.max(this.residents, CROWD));
        await this.recovered();
    }
    async close() {
        await this.world?.close();
        if (this.proxy?.connected) this.proxy.disconnect();
        await this.redis?.stop();
        rmSync(this.dir, { recursive: true, force: true });
    }
    behave(how) {
        return new Promise((done) => {
            this.proxy.once('message', done);
            this.proxy.send(how);
        });
    }
    campaign(count, over = {}) {
        const pool = { name: '10 元', value_fen: 1000, count, min_spend_fen: 2000, pack: null };
        return this.world.campaign({
            budget_fen: 1000 * count,
            per_person_limit: 60,
            pools: [{ ...pool, stackable: true }],
            limits: { claims_per_s: 1000000, per_resident_per_min: 6000 },
            ...over,
        });
    }
    /** Every worker says so: each has a line of its own to Redis. */
    async recovered() {
        const { world } = this;
        const began = performance.now();
        await until(
            'Redis again',
            async () => {
                for (let i = 0; i < 12; i++) {
                    const api = new Api(world.daemon.base, { connections: 1 });
                    const ready = await api.get('/readyz').catch(() => ({}));
                    api.close();
                    if (ready.json?.dependencies.redis !== 'ok') return false;
                }
                return true;
            },
            30000,
        );
        return performance.now() - began;
    }
    async spend(voucher) {
        const answer = await this.till
            .redeem(voucher, { amount_fen: 5000, no: newKey() })
            .catch((error) => ({ status: 599, raw: error.message }));
        this.redemptions++;
        if (answer.status === 201) return;
        if (answer.status >= 500) this.redemption5xx++;
        this.faults.push(`${this.phase}: redemption ${answer.status} ${answer.raw}`);
    }
    async client(i, campaign, samples, isOver) {
        for (let n = i; !isOver(); n += CLIENTS) {
            const began = performance.now();
            const answer = await this.world.claim(campaign, 400000 + (n % this.residents));
            samples.push({ began, ms: performance.now() - began, status: answer.status });
            this.claims++;
            if (answer.status === 201 && this.random.oneIn(4))
                await this.spend(answer.json.vouchers[0]);
            await sleep(THINK_MS);
        }
    }
    /** 64 people, 40 vouchers. Who is told to come back does. */
    async crowd(strict) {
        const campaign = await this.campaign(WANTED, { per_person_limit: 1 });
        const statuses = await Promise.all(
            Array.from({ length: CROWD }, async (_, i) => {
                for (let tries = 0; ; tries++) {
                    const { status } = await this.world.claim(campaign, 400000 + i);
                    if ((status !== 429 && status !== 503) || tries > 20) return status;
                    await sleep(50);
                }
            }),
        );
        const won = statuses.filter((status) => status === 201).length;
        const { issued } = await this.world.balanced(campaign);
        this.overIssued += Math.max(0, issued - WANTED) + Math.max(0, won - WANTED);
        if (issued !== won || issued > WANTED || (strict && issued < WANTED))
            this.faults.push(`${this.phase}: ${WANTED} vouchers, ${won} won, ${issued} issued`);
    }
    async during(name, { seconds, inject, lift, strict = true }) {
        if (this.only && !name.includes(this.only)) return;
        if (this.quick && !this.random.oneIn(3)) return; // in CI some of them
        for (let tries = 1; ; tries++) {
            const phase = await this.once(name, { seconds, inject, lift, strict });
            // Others' work on the same cores would be taken for ours: again, and it is told.
            const busy = os.loadavg()[0] > 1.5 * os.cpus().length;
            if (phase.p99 > P99_MS_MAX && busy && tries < 3 && !this.quick) {
                this.repeated++;
                continue;
            }
            this.phases.push(phase);
            if (phase.p99 > P99_MS_MAX && !this.quick)
                this.faults.push(
                    `${name}: p99 of a claim ${phase.p99.toFixed(0)} ms (${phase.calm.toFixed(0)} before, load ${os.loadavg()[0].toFixed(0)})`,
                );
            return;
        }
    }
    async once(name, { seconds, inject, lift, strict }) {
        this.phase = name;
        const span = this.quick ? Math.min(seconds, 1.6) : seconds;
        const campaign = await this.campaign(100000);
        const samples = [];
        let over = false;
        const load = Promise.all(
            Array.from({ length: CLIENTS }, (_, i) =>
                this.client(i, campaign, samples, () => over),
            ),
        );
        await sleep(this.quick ? 300 : 1500);
        const calm = percentile(
            samples.map((s) => s.ms),
            0.99,
        );
        const began = performance.now();
        const end = began + span * 1000;
        await inject(end);
        await this.crowd(strict);
        await sleep(Math.max(0, end - performance.now()));
        await lift?.();
        const recovery = await this.recovered();
        over = true;
        await load;
        const late = samples.filter((s) => s.began > began + 1000);
        const p99 = percentile(
            late.map((s) => s.ms),
            0.99,
        );
        const bad = samples.filter((s) => s.status >= 500).length;
        if (recovery > RECOVERY_MS_MAX && !this.quick)
            this.faults.push(`${name}: Redis was used again after ${recovery.toFixed(0)} ms`);
        if (bad > 0) this.faults.push(`${name}: ${bad} claims answered 5xx`);
        const ledger = await this.world.balanced(campaign);
        const won = samples.filter((s) => s.status === 201).length;
        if (ledger.issued !== won)
            this.faults.push(`${name}: ${ledger.issued} issued, ${won} answered`);
        return { name, p99, calm, recovery };
    }
    every(ms, act) {
        return async (end) => {
            const again = async () => {
                while (performance.now() < end) {
                    await act();
                    await sleep(ms);
                }
            };
            this.background = again();
        };
    }
    say(word) {
        return () => redisSays(this.redis.socket, word);
    }
    async restart() {
        await this.redis.kill('SIGKILL');
        rmSync(this.redis.socket, { force: true });
        this.redis = await startRedis(this.dir);
    }
    async all() {
        await this.during('nothing', { seconds: 5, inject: () => {} });
        await this.during('FLUSHALL each 5 s', {
            seconds: 30,
            inject: this.every(5000, this.say('FLUSHALL')),
        });
        await this.during('SCRIPT FLUSH each second', {
            seconds: 15,
            inject: this.every(1000, this.say('SCRIPT FLUSH')),
        });
        await this.during('killed for 10 s', {
            seconds: 10,
            inject: () => this.redis.kill('SIGKILL'),
            lift: () => this.restart(),
        });
        await this.during('killed and started each 2 s', {
            seconds: 20,
            inject: this.every(2000, () => this.restart()),
            lift: () => this.background,
        });
        await this.during('SIGSTOP for 60 s', {
            seconds: 60,
            inject: () => void this.redis.child.kill('SIGSTOP'),
            lift: () => void this.redis.child.kill('SIGCONT'),
        });
        await this.during('an old snapshot restored', {
            seconds: 10,
            inject: async () => {
                await this.say('SAVE')();
                await sleep(this.quick ? 200 : 3000);
                await this.restart(); // dump.rdb is read at the start
            },
        });
        for (const ms of [5, 15, 50, 500])
            await this.during(`${ms} ms late`, {
                seconds: 10,
                inject: () => this.behave({ mode: 'slow', ms }),
                lift: () => this.behave({ mode: 'pass' }),
            });
        await this.during('a byte each 2 ms', {
            seconds: 10,
            inject: () => this.behave({ mode: 'trickle', ms: 2 }),
            lift: () => this.behave({ mode: 'pass' }),
        });
        await this.during('swallows everything', {
            seconds: 10,
            inject: () => this.behave({ mode: 'mute' }),
            lift: () => this.behave({ mode: 'pass' }),
        });
        await this.during('cut each 200 ms', {
            seconds: 20,
            inject: () => this.behave({ mode: 'cut', ms: 200 }),
            lift: () => this.behave({ mode: 'pass' }),
        });
        const names = Object.keys(lies);
        const drawn = this.quick ? this.random.shuffled(names).slice(0, 2) : names;
        for (const name of drawn)
            await this.during(`lies: ${name}`, {
                seconds: 4,
                strict: false,
                inject: () => this.behave({ mode: 'lie', lie: lies[name] }),
                lift: () => this.behave({ mode: 'pass' }),
            });
    }
    figures() {
        const worst = (key) => this.phases.reduce((a, b) => (b[key] > a[key] ? b : a));
        const p99 = worst('p99');
        const recovery = worst('recovery');
        return {
            faults: this.phases.length,
            claims: this.claims,
            redemptions: this.redemptions,
            'issued too many': this.overIssued,
            'redemptions answered 5xx': this.redemption5xx,
            'p99 of a claim from the second on, worst': `${p99.p99.toFixed(1)} ms (${p99.name})`,
            'recovery, worst': `${recovery.recovery.toFixed(0)} ms (${recovery.name})`,
            'p99 by fault (and before it), ms': this.phases
                .map((p) => `${p.name} ${p.p99.toFixed(0)} (${p.calm.toFixed(0)})`)
                .join('; '),
            'repeated, as the machine was busy': this.repeated,
        };
    }
}

export async function run(options) {
    const row = new Row(options);
    try {
        await row.open();
        await row.all();
        return { ok: row.faults.length === 0, figures: row.figures(), faults: row.faults };
    } finally {
        await row.close();
    }
}
