// tests/torture/kill.mjs: SIGKILL at named points and at random instants under load.
//
// A daemon with 100,000 vouchers serves 64 clients: 62 claim, capture, hold, release, reverse,
// refund and have vouchers voided; one moves the budget, one grants files of residents. Every other
// life of the daemon is armed to kill itself at one of the points that build/torture has
// (torture_point in the sources: within a batch, around writes and syncs, before answers, in jobs,
// spool and checkpoint, and in the start itself); the lives between are killed at a random instant.
// First starts, which make keys and tables, are killed on directories of their own. After each
// armed death the daemon is started as it is, must be ready within 2 s, the clients send again what
// they never heard about, under the same keys, and then
//   - the ledger's sums are what was acknowledged, neither less (lost) nor more (doubled);
//   - every operation acknowledged since the last look, and some older ones, answer byte for byte;
//   - every so often, and at the end, `huiquan ledger check` finds nothing.
// 1,000 cycles (a cycle is one kill).
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Api } from '../../scripts/lib/client.mjs';
import { Server, buildDir, root, startDaemon } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Book, Customer, Granter, Treasurer } from './lib/customers.mjs';
import { Random } from './lib/random.mjs';

const READY_MS_MAX = 2000;
const CLIENTS = 64;
const run_ = promisify(execFile);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const tortureBuild = () => path.join(buildDir, 'torture');
const START =
    /^(open-|keys-read|jobs-tid|secret-|keys-list|mark-)|^engine-begun$|^store-journal$|^log-/;
const FIRST_START = ['open-raising', 'secret-written', 'keys-list-next', 'mark-written'];
const SLOW = /^(checkpoint|sweep|open-)/; // a second or more may pass before it is reached

function pointsOfSources() {
    const names = new Set();
    const visit = (dir) => {
        for (const entry of readdirSync(dir, { withFileTypes: true })) {
            const place = path.join(dir, entry.name);
            if (entry.isDirectory()) {
                if (!/node_modules|web$/.test(entry.name)) visit(place);
            } else if (entry.name.endsWith('.c'))
                for (const [, name] of readFileSync(place, 'utf8').matchAll(
                    /torture_point\("([^"]+)"\)/g,
                ))
                    names.add(name);
        }
    };
    for (const dir of ['voucher', 'storage', 'crypto']) visit(path.join(root, dir));
    return [...names].sort();
}

const isReady = (port) =>
    new Promise((done) => {
        const req = http.get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (res) => {
            res.resume();
            res.on('end', () => done(res.statusCode === 200));
        });
        req.setTimeout(500, () => req.destroy());
        req.on('error', () => done(false));
    });

/** The lives of one daemon: the same settings and data, armed or not. */
class Lives {
    ready = [];
    constructor(world, program) {
        Object.assign(this, { world, program });
        this.first = world.daemon;
    }
    /** Milliseconds until it was ready, or undefined if it died before. */
    async start(point) {
        const { config, log, port } = this.first;
        const began = performance.now();
        const env = point ? { HUIQUAN_TORTURE_POINT: point } : {};
        const server = new Server(this.program, ['--config', config], { log, env });
        this.world.daemon = Object.assign(server, {
            port,
            log,
            config,
            data: this.first.data,
            base: this.first.base,
        });
        this.world.api.close();
        this.world.api = new Api(this.first.base, { connections: CLIENTS + 8 });
        this.world.onRestart?.();
        while (server.alive) {
            if (await isReady(port)) return performance.now() - began;
            if (performance.now() - began > 20000) throw new Error('not ready in 20 s');
            await sleep(4);
        }
        return undefined;
    }
    get daemon() {
        return this.world.daemon;
    }
}

class Kill {
    cycles = 0;
    atPoints = new Map();
    atRandom = 0;
    firstStarts = 0;
    replays = 0;
    readyMax = 0;
    readySum = 0;
    readyCount = 0;
    checked = 0;
    constructor({ seed, quick, cycles, seeded, points }) {
        this.random = new Random(seed);
        this.cyclesWanted = cycles ?? (quick ? 10 : 1000);
        this.seeded = seeded ?? (quick ? 2000 : 100000);
        this.withPoints = existsSync(path.join(tortureBuild(), 'huiquand'));
        this.points = this.withPoints ? pointsOfSources() : [];
        if (typeof points === 'string') this.points = points.split(',');
        this.program = path.join(this.withPoints ? tortureBuild() : buildDir, 'huiquand');
    }
    async open() {
        const settings = { workers: 2, reserve_mib: 0, hold_s: 80000 };
        this.world = await World.open({ settings, connections: CLIENTS + 8 });
        const { world } = this;
        const pool = { name: '10 元', value_fen: 1000, min_spend_fen: 2000, pack: null };
        const limits = { claims_per_s: 1000000, per_resident_per_min: 6000 };
        const campaign = await world.campaign({
            budget_fen: 1000 * 2000000,
            per_person_limit: 60,
            pools: [{ ...pool, count: 2000000, stackable: true }],
            limits,
        });
        const grants = await world.campaign({
            issuing: 'grant',
            budget_fen: 1000 * 1000000,
            pools: [{ ...pool, count: 1000000, stackable: true }],
            limits,
        });
        const first = await world.till();
        const tills = [first];
        while (tills.length < 8) tills.push(await world.secondTill(first));
        world.onRestart = () => tills.forEach((till) => (till.api = world.api));
        await this.seed(campaign);
        this.book = new Book(world, campaign, grants);
        this.book.counts.issued = this.book.counts.live = this.seeded;
        this.clients = Array.from(
            { length: CLIENTS - 2 },
            (_, i) =>
                new Customer(this.book, this.random.fork(`client ${i}`), {
                    first: 1000000 + i * 10000,
                    till: tills[i % tills.length],
                }),
        );
        this.clients.push(new Treasurer(this.book, this.random.fork('treasurer')));
        this.clients.push(new Granter(this.book, this.random.fork('granter')));
        this.lives = new Lives(world, this.program);
    }
    async seed(campaign) {
        const { world } = this;
        await world.daemon.stop();
        const words = [world.daemon.data, campaign.campaign_id, campaign.pools[0].pool_id];
        await run_(path.join(buildDir, 'bench_seed'), [...words, String(this.seeded), '0']);
    }
    /** Load until the daemon dies, by itself or by a kill after so many milliseconds. */
    async loadUntilDeath(afterMs) {
        const { daemon } = this.lives;
        const load = Promise.all(this.clients.map((c) => c.work(() => !daemon.alive)));
        const timer = setTimeout(() => daemon.child.kill('SIGKILL'), afterMs);
        await daemon.ended;
        clearTimeout(timer);
        await load;
        this.cycles++;
    }
    countArmed(name) {
        if (START.test(name)) return this.random.pick([1, 1, 2, 3]);
        return this.random.pick([1, 1, 2, 3, this.random.between(1, 60)]);
    }
    /** A life that ends at a point; in the start or under load. */
    async armed(point) {
        const name = point ?? '';
        const arm = point && `${point}:${this.countArmed(point)}`;
        const wait = SLOW.test(name) ? 4000 : 1200;
        const readyMs = await this.lives.start(arm);
        if (readyMs === undefined) this.cycles++;
        else await this.loadUntilDeath(point ? wait : this.random.between(1, 500));
        const { exit } = this.lives.daemon;
        if (exit.signal !== 'SIGKILL') this.book.fault(`${arm}: ended by ${JSON.stringify(exit)}`);
        // Our own kill comes only after the whole wait; an earlier one is the point's.
        const own = this.lives.daemon.child.killed;
        if (point && !own) this.atPoints.set(point, (this.atPoints.get(point) ?? 0) + 1);
        else this.atRandom++;
    }
    /** A life without a point: ready in time, unknowns resolved, nothing lost, nothing doubled. */
    async judged() {
        const readyMs = await this.lives.start();
        if (readyMs === undefined) throw new Error('a start without a point died');
        this.readyMax = Math.max(this.readyMax, readyMs);
        this.readySum += readyMs;
        this.readyCount++;
        if (readyMs > READY_MS_MAX) this.book.fault(`ready after ${Math.round(readyMs)} ms`);
        const { daemon, book } = { daemon: this.lives.daemon, book: this.book };
        await Promise.all(this.clients.map((c) => c.work(() => !daemon.alive, true)));
        if (!daemon.alive) throw new Error(`it ended by itself: ${JSON.stringify(daemon.exit)}`);
        await book.compare(`cycle ${this.cycles}`);
        const fresh = book.acknowledged.slice(this.checked);
        const older = Array.from({ length: Math.min(30, this.checked) }, () =>
            this.random.below(this.checked),
        );
        await book.replayAll([...fresh, ...older.map((i) => book.acknowledged[i])]);
        this.replays += fresh.length + older.length;
        this.checked = book.acknowledged.length;
    }
    async check() {
        const words = ['ledger', 'check', '--data-dir', this.lives.first.data];
        await run_(path.join(buildDir, 'huiquan'), words, { maxBuffer: 1 << 24 }).catch((error) =>
            this.book.fault(`ledger check: ${error.stdout}${error.stderr}`),
        );
        this.checks = (this.checks ?? 0) + 1;
    }
    /** The very first start of all, cut short, then whole: keys, tables and all. */
    async firstStart(point, count) {
        const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-first-'));
        try {
            const daemon = await startDaemon(path.join(dir, 'none'), {});
            await daemon.stop();
            rmSync(daemon.data, { recursive: true, force: true });
            mkdirSync(daemon.data, { mode: 0o700 });
            const env = { HUIQUAN_TORTURE_POINT: `${point}:${count}` };
            const words = ['--config', daemon.config];
            const cut = new Server(this.program, words, { log: daemon.log, env });
            const timer = setTimeout(() => cut.child.kill('SIGKILL'), 5000);
            await cut.ended;
            clearTimeout(timer);
            if (!cut.child.killed) {
                this.atPoints.set(point, (this.atPoints.get(point) ?? 0) + 1);
                this.firstStarts++;
            }
            this.cycles++;
            const whole = await daemon.start();
            await whole.stop();
        } catch (error) {
            this.book.fault(`first start cut at ${point}:${count}: ${error.message}`);
        } finally {
            rmSync(dir, { recursive: true, force: true });
        }
    }
    async run() {
        await this.open();
        const later = this.points.filter((name) => !FIRST_START.includes(name));
        try {
            if (this.withPoints)
                for (const point of FIRST_START)
                    for (let count = 1; count <= (point === 'secret-written' ? 4 : 1); count++)
                        if (this.points.includes(point)) await this.firstStart(point, count);
            let order = [];
            while (this.cycles < this.cyclesWanted && this.book.faults.length < 10) {
                if (order.length === 0) order = this.random.shuffled(later);
                await this.armed(order.pop());
                await this.judged();
                await this.loadUntilDeath(this.random.between(1, 400));
                this.atRandom++;
                if (this.cycles % 100 < 2) {
                    await this.judged();
                    await this.check();
                    await this.loadUntilDeath(this.random.between(1, 400));
                    this.atRandom++;
                    if (process.stdout.isTTY || process.env.TORTURE_SAY) this.say();
                }
            }
            await this.judged();
            await this.check();
            const all = this.book.acknowledged;
            const some = this.random.shuffled(all).slice(0, 20000);
            await this.book.replayAll(some);
            this.replays += some.length;
        } finally {
            await this.world.close();
        }
        return this.outcome();
    }
    say() {
        console.error(
            `  ${this.cycles} kills, ${this.book.acknowledged.length} acknowledged, ` +
                `${this.book.faults.length} faults`,
        );
    }
    outcome() {
        const { faults, acknowledged, unknown, kinds } = this.book;
        const missed = this.points.filter((name) => !this.atPoints.has(name));
        const all = this.points.length;
        const figures = {
            cycles: this.cycles,
            'named points in the sources': all,
            'points that killed': `${this.atPoints.size} (${[...this.atPoints.values()].reduce((a, b) => a + b, 0)} kills)`,
            'kills at random instants': this.atRandom,
            'first starts cut': this.firstStarts,
            'vouchers at the start': this.seeded,
            'operations acknowledged': acknowledged.length,
            'by kind': JSON.stringify(kinds),
            'answers that never came': unknown,
            'replays compared': this.replays,
            'ledger checks': this.checks,
            'ready, ms': `mean ${Math.round(this.readySum / this.readyCount)}, most ${Math.round(this.readyMax)}`,
            'lost, doubled or changed': faults.length,
        };
        if (missed.length > 0) figures['points never met'] = missed.join(' ');
        const whole = this.cycles >= this.cyclesWanted;
        return { ok: faults.length === 0 && whole, figures, faults };
    }
}

export async function run(options) {
    return new Kill(options).run();
}
