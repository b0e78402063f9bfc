// tests/torture/soak.mjs: half of the peak for an hour, and a random fault every minute.
//
// The peak is measured first (the clients as fast as they can); then 32 clients are paced to half of
// it: claims, captures, holds, releases, reversals, refunds, voids, budget changes, grants. Each
// minute draws one fault: SIGKILL, SIGTERM or SIGHUP to the daemon, SIGSTOP of it for 3 s; Redis
// killed, frozen, flushed, slow, cut or lying. Ten seconds after each fault the clients come to rest
// and the book (lib/customers.mjs) is compared with the ledger; what was acknowledged lately is
// asked again; `huiquan ledger check` runs every fifth minute and at the end. Must show: 0
// violations, no 5xx to a till whatever Redis does, and of each daemon's life memory and open files
// flat: what it has at its end, at rest, is what it had one minute after its start, within bounds.
// --minutes N (60).
import { execFile, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Api } from '../../scripts/lib/client.mjs';
import { buildDir, startRedis } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Book, Customer, Granter, Treasurer } from './lib/customers.mjs';
import { Random } from './lib/random.mjs';

const CLIENTS = 32;
const GROWTH_MIB_MAX = 64; // beside the page cache of SQLite, which fills up by 256 MiB once
const CACHE_MIB = 256;
const FILES_MORE_MAX = 4;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const memory = (pid) => {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(text.match(/VmRSS:\s+(\d+)/)[1]) / 1024;
};
const files = (pid) => readdirSync(`/proc/${pid}/fd`).length;

class Soak {
    drawn = {};
    lives = []; // {minutes, from: {mib, files}, to}
    checks = 0;
    replays = 0;
    checked = 0;
    slow = 0; // ms that each client rests between two operations
    constructor({ seed, quick, minutes }) {
        this.random = new Random(seed);
        this.minutes = minutes ?? (quick ? 2 : 60);
        this.minuteMs = quick ? 3000 : 60000;
        this.quick = quick;
    }
    async open() {
        this.dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-soak-'));
        this.redis = await startRedis(this.dir);
        const own = path.join(this.dir, 'proxy.sock');
        this.proxy = fork(new URL('./lib/redis-proxy.mjs', import.meta.url), [
            own,
            this.redis.socket,
        ]);
        await new Promise((done) => this.proxy.once('message', done));
        this.world = await World.open({
            settings: { workers: 2, redis: own, reserve_mib: 0, hold_s: 80000 },
            connections: CLIENTS + 4,
        });
        const { world } = this;
        const pool = { name: '10 元', value_fen: 1000, min_spend_fen: 2000, pack: null };
        const limits = { claims_per_s: 1000000, per_resident_per_min: 6000 };
        const campaign = await world.campaign({
            budget_fen: 1000 * 20000000,
            per_person_limit: 60,
            pools: [{ ...pool, count: 20000000, stackable: true }],
            limits,
        });
        const grants = await world.campaign({
            issuing: 'grant',
            budget_fen: 1000 * 10000000,
            pools: [{ ...pool, count: 10000000, stackable: true }],
            limits,
        });
        this.tills = [await world.till()];
        while (this.tills.length < 8) this.tills.push(await world.secondTill(this.tills[0]));
        world.onRestart = () => this.tills.forEach((till) => (till.api = world.api));
        this.book = new Book(world, campaign, grants);
        this.clients = Array.from(
            { length: CLIENTS - 2 },
            (_, i) =>
                new Customer(this.book, this.random.fork(`client ${i}`), {
                    first: 1000000 + i * 100000,
                    till: this.tills[i % this.tills.length],
                }),
        );
        this.clients.push(new Treasurer(this.book, this.random.fork('treasurer')));
        this.clients.push(new Granter(this.book, this.random.fork('granter')));
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
    /** Runs until it is told to rest; every operation is then known. */
    begin() {
        let over = false;
        const running = Promise.all(
            this.clients.map((client) =>
                client.work(
                    () => over,
                    false,
                    () => this.slow,
                ),
            ),
        );
        return async () => {
            over = true;
            await running;
            await Promise.all(this.clients.map((client) => client.work(() => false, true)));
        };
    }
    async measurePeak() {
        const rest = this.begin();
        await sleep(this.quick ? 500 : 3000);
        const before = this.book.acknowledged.length;
        const seconds = this.quick ? 1 : 10;
        await sleep(seconds * 1000);
        this.peak = (this.book.acknowledged.length - before) / seconds;
        await rest();
        // Twice as long for each operation: as long again at rest.
        this.slow = (1000 * CLIENTS) / this.peak;
    }
    note() {
        return { mib: memory(this.world.daemon.pid), files: files(this.world.daemon.pid) };
    }
    beginLife(minute) {
        this.life = { began: minute, from: undefined, to: undefined };
        this.lives.push(this.life);
    }
    /** At rest: memory and files, a minute after the start and from then on. */
    look(minute) {
        const { life } = this;
        if (minute - life.began < 1) return;
        const now = this.note();
        life.from ??= now;
        life.to = now;
        life.minutes = minute - life.began;
    }
    async again(minute, end) {
        await end();
        const { daemon } = this.world;
        this.world.daemon = await daemon.start();
        this.world.api.close();
        this.world.api = new Api(this.world.daemon.base, { connections: CLIENTS + 4 });
        this.world.onRestart();
        this.beginLife(minute);
    }
    faultsOf(minute) {
        const { world } = this;
        const calm = () => this.behave({ mode: 'pass' });
        const badly = (how) => async () => {
            await this.behave(how);
            await sleep(this.minuteMs / 6);
            await calm();
        };
        return {
            'daemon SIGKILL': () => this.again(minute, () => world.daemon.kill('SIGKILL')),
            'daemon SIGTERM': () => this.again(minute, () => world.daemon.stop()),
            'daemon SIGHUP': () => void world.daemon.child.kill('SIGHUP'),
            'daemon SIGSTOP': async () => {
                world.daemon.child.kill('SIGSTOP');
                await sleep(this.minuteMs / 20);
                world.daemon.child.kill('SIGCONT');
            },
            'redis SIGKILL': async () => {
                await this.redis.kill('SIGKILL');
                await sleep(this.minuteMs / 10);
                rmSync(this.redis.socket, { force: true });
                this.redis = await startRedis(this.dir);
            },
            'redis SIGSTOP': async () => {
                this.redis.child.kill('SIGSTOP');
                await sleep(this.minuteMs / 6);
                this.redis.child.kill('SIGCONT');
            },
            'redis slow': badly({ mode: 'slow', ms: this.random.between(5, 300) }),
            'redis cut': badly({ mode: 'cut', ms: 200 }),
            'redis mute': badly({ mode: 'mute' }),
            'redis lies': badly({ mode: 'lie', lie: '*5\r\n:1\r\n:0\r\n:5\r\n' }),
        };
    }
    async check() {
        const words = ['ledger', 'check', '--data-dir', this.world.daemon.data];
        await promisify(execFile)(path.join(buildDir, 'huiquan'), words).catch((error) =>
            this.book.fault(`ledger check: ${error.stdout}${error.stderr}`),
        );
        this.checks++;
    }
    async minute(i) {
        const ends = performance.now() + this.minuteMs;
        const rest = this.begin();
        await sleep(this.random.below(this.minuteMs / 2));
        const faults = this.faultsOf(i);
        // A life of five minutes at least now and then, so that growth would show.
        const mayEnd = i - this.life.began >= 5;
        const names = Object.keys(faults).filter((n) => mayEnd || !/KILL|TERM/.test(n.slice(7)));
        const name = this.random.pick(names);
        this.drawn[name] = (this.drawn[name] ?? 0) + 1;
        await faults[name]();
        await sleep(Math.max(this.minuteMs / 6, ends - performance.now()));
        await rest();
        await this.book.compare(`minute ${i} (${name})`);
        const fresh = this.book.acknowledged.slice(this.checked);
        const some = this.random.shuffled(fresh).slice(0, 1000);
        await this.book.replayAll(some);
        this.replays += some.length;
        this.checked = this.book.acknowledged.length;
        this.look(i + 1);
        if (i % 5 === 4) await this.check();
        if (process.env.TORTURE_SAY)
            console.error(
                `  minute ${i}: ${name}, ${this.checked} acknowledged, ${JSON.stringify(this.note())}, ${this.book.faults.length} faults`,
            );
    }
    judgeLives() {
        for (const { from, to, minutes } of this.lives) {
            if (!from) continue;
            // The cache of SQLite fills with the database, up to its bound.
            const bound = Math.max(from.mib, 0) + GROWTH_MIB_MAX + CACHE_MIB;
            if (to.mib > bound) this.book.fault(`${from.mib} MiB became ${to.mib} in ${minutes}`);
            if (to.files > from.files + FILES_MORE_MAX)
                this.book.fault(`${from.files} open files became ${to.files} in ${minutes} min`);
        }
    }
    async run() {
        try {
            await this.open();
            await this.measurePeak();
            this.beginLife(0);
            for (let i = 0; i < this.minutes && this.book.faults.length === 0; i++)
                await this.minute(i);
            await this.check();
            this.judgeLives();
        } finally {
            await this.close();
        }
        const { book } = this;
        if (book.refusedTills > 0) book.fault(`${book.refusedTills} times 5xx to a till`);
        const longest = this.lives
            .filter((l) => l.from)
            .reduce((a, b) => (b.minutes > (a?.minutes ?? 0) ? b : a), undefined);
        const figures = {
            minutes: this.minutes,
            'peak, operations/s': Math.round(this.peak),
            faults: JSON.stringify(this.drawn),
            'operations acknowledged': book.acknowledged.length,
            'by kind': JSON.stringify(book.kinds),
            'answers that never came': book.unknown,
            'replays compared': this.replays,
            'ledger checks': this.checks,
            'lives of the daemon': this.lives.length,
            'longest life': longest
                ? `${longest.minutes} min, ${longest.from.mib.toFixed(0)} to ${longest.to.mib.toFixed(0)} MiB, ${longest.from.files} to ${longest.to.files} files`
                : 'none',
            violations: book.faults.length,
        };
        return { ok: book.faults.length === 0, figures, faults: book.faults };
    }
}

export async function run(options) {
    return new Soak(options).run();
}
