// The product under load: one daemon, one Redis, one ledger; every answer is counted, and at the
// end the ledger must say the same.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildDir, freePort } from '../servers.mjs';
import { World } from '../world.mjs';
import { fileSize, load, metrics, residentMib, spread, sum } from './tools.mjs';

const VALUE_FEN = 2500;
const REDEEMED_A_MS = 9; // what a till's fastest rate may use up
const hex = (base64url) => Buffer.from(base64url, 'base64url').toString('hex');

export class Product {
    static alive = new Set();
    static async open({ dir, plan, settings = {}, data }) {
        const p = new Product();
        const metricsPort = await freePort();
        p.plan = plan;
        p.world = await World.open({
            redis: true,
            dir,
            data,
            settings: {
                metrics_listen: `127.0.0.1:${metricsPort}`,
                connections_max: 12000,
                ...settings,
            },
        });
        Product.alive.add(p);
        p.metricsPort = metricsPort;
        p.keys = path.join(p.world.daemon.data, 'keys');
        p.vouchers = path.join(p.world.dir, 'vouchers');
        writeFileSync(p.vouchers, '');
        Object.assign(p, { runs: 0, residents: 0, made: 0, used: 0, redeemed: 0, voucherCount: 0 });
        p.unexpected = [];
        return p;
    }
    async close() {
        Product.alive.delete(this);
        await this.world.close();
    }
    // The bench itself was told to end.
    static killAll() {
        for (const { world } of Product.alive) {
            world.daemon.kill('SIGKILL');
            world.redis.kill('SIGKILL');
        }
    }
    async setUp() {
        const w = this.world;
        this.rush = await this.campaign('十点抢券', 20000000);
        this.empty = await this.campaign('已领完', 1);
        const first = await w.claim(this.empty, 900001);
        assert.equal(first.status, 201, `${first.raw}`);
        this.tills = { ed25519: [], hmac: [] };
        for (let i = 0; i < 4; i++) {
            const strong = await w.till();
            const weak = await w.till({}, { alg: 'hmac-sha256' });
            const jwk = strong.privateKey.export({ format: 'jwk' });
            this.tills.ed25519.push(`${strong.id}:ed25519:${hex(jwk.d)}`);
            this.tills.hmac.push(`${weak.id}:hmac:${weak.secret.toString('hex')}`);
        }
    }
    // A campaign that lets in so many a second: what a city sets so that its machine never fills.
    async meter(claims_per_s) {
        this.metered ??= await this.campaign('限流', 1000000, claims_per_s);
        this.let_in ??= 0;
    }
    campaign(name, count, claims_per_s = 1000000) {
        return this.world.campaign({
            name,
            budget_fen: count * VALUE_FEN,
            per_person_limit: 1,
            limits: { claims_per_s, per_resident_per_min: 1000 },
            pools: [
                {
                    name: '满100减25',
                    value_fen: VALUE_FEN,
                    count,
                    min_spend_fen: 10000,
                    pack: null,
                    stackable: false,
                },
            ],
        });
    }
    // One run of the generator, with what the daemon's own metrics say about it.
    async run(scenario, options) {
        const { daemon, redis } = this.world;
        const before = await metrics(this.metricsPort);
        const run = await load(scenario, {
            port: daemon.port,
            millis: this.plan.millis,
            watch: [`daemon:${daemon.pid}`, `redis:${redis.pid}`],
            ...options,
        });
        const after = await metrics(this.metricsPort);
        const more = (name) => (after[name] ?? 0) - (before[name] ?? 0);
        run.batches = more('huiquan_clerk_batch_operations_count');
        run.batched = more('huiquan_clerk_batch_operations_sum');
        run.limits = Object.fromEntries(
            ['ok', 'refused', 'failed', 'late'].map((word) => [
                word,
                more(`huiquan_limit_asks_total{outcome="${word}"}`),
            ]),
        );
        // What else ran here meanwhile, as a share of all cores: figures beside it mean little.
        const ours = run.generator_cpu_us + sum(Object.values(run.watch).map((w) => w.cpu_us));
        const cores = os.cpus().length;
        run.elsewhere = Math.max(0, (run.machine_cpu_us - ours) / (run.elapsed_us * cores));
        run.daemon_mib = residentMib(daemon.pid);
        run.redis_mib = residentMib(redis.pid);
        if (run.refused.count > 0 || run.lost > 0) {
            const { answers, lost, connections } = run;
            run.unexpected = true;
            this.unexpected.push({ scenario, connections, rate: run.rate, answers, lost });
        }
        return run;
    }
    // How many requests to prepare: what the best run so far would use, and some more.
    ops(kind, run, millis = this.plan.millis) {
        this.best ??= {};
        if (run) this.best[kind] = Math.max(this.best[kind] ?? 0, run.sent / run.elapsed_us);
        const guess = { claims: 0.02, redeem: 0.008, voucher: 0.03 }[kind];
        return Math.ceil((this.best[kind] ? this.best[kind] * 1.5 : guess) * millis * 1000) + 2000;
    }
    async claims(connections, { is_metered = false, ...options } = {}) {
        const campaign = is_metered ? this.metered : this.rush;
        const keep = path.join(this.world.dir, `kept-${this.runs++}`);
        const millis = options.millis ?? this.plan.millis;
        const ops = options.ops ?? this.ops('claims', undefined, millis);
        const first = this.residents;
        this.residents += ops; // now, as runs may go on at the same time
        const run = await this.run('claims', {
            connections,
            ops,
            keys: this.keys,
            campaign: campaign.campaign_id,
            pool: campaign.pools[0].pool_id,
            first,
            expect: '201',
            keep,
            ...options,
        });
        const made = run.answers['201'] ?? 0;
        if (!options.rate) this.ops('claims', run);
        if (is_metered) {
            this.let_in += made;
        } else {
            this.made += made;
            appendFileSync(this.vouchers, readFileSync(`${keep}.0`));
            this.voucherCount += made;
        }
        rmSync(`${keep}.0`);
        return run;
    }
    soldOut(connections) {
        return this.run('claims', {
            connections,
            ops: 50000,
            wraps: 1,
            keys: this.keys,
            campaign: this.empty.campaign_id,
            pool: this.empty.pools[0].pool_id,
            first: 500000000,
            expect: '409/sold_out',
        });
    }
    // Vouchers for the redemptions to come: made by claims that nobody measures.
    async stock({ repeat, connections, millis }) {
        const wanted = 1000 + Math.ceil(repeat * connections.length * millis * REDEEMED_A_MS);
        while (this.voucherCount - this.used < wanted) {
            const ops = Math.min(100000, wanted - (this.voucherCount - this.used));
            await this.claims(64, { millis: 60000, ops });
        }
    }
    async redeem(connections, kind, options = {}) {
        const millis = options.millis ?? this.plan.millis;
        const left = this.voucherCount - this.used;
        const ops = Math.min(options.ops ?? this.ops('redeem', undefined, millis), left);
        if (ops < 1) return undefined;
        const run = await this.run('redeem', {
            connections,
            ops,
            vouchers: this.vouchers,
            first: this.used,
            till: this.tills[kind],
            expect: '201',
            ...options,
        });
        this.used += Math.min(run.next, ops);
        this.redeemed += run.answers['201'] ?? 0;
        if (!options.rate) this.ops('redeem', run);
        return run;
    }
    readVoucher(connections) {
        return this.run('voucher', {
            connections,
            ops: Math.min(50000, this.voucherCount),
            wraps: 1,
            keys: this.keys,
            vouchers: this.vouchers,
            expect: '200',
        });
    }
    readCampaign(connections) {
        return this.run('get', {
            connections,
            ops: 1,
            path: `/v1/campaigns/${this.rush.campaign_id}`,
            expect: '200',
        });
    }
    // The books: by the daemon, by huiquan ledger check, and by what was answered here.
    async check() {
        const books = await this.world.balanced(this.rush);
        const told = await promisify(execFile)(
            path.join(buildDir, 'huiquan'),
            ['ledger', 'check', '--data-dir', this.world.daemon.data, '--json'],
            { maxBuffer: 1 << 24 },
        ).catch((error) => error);
        const faults = [];
        if (told.code !== undefined) faults.push(`ledger check: exit ${told.code} ${told.stdout}`);
        if (books.issued !== this.made)
            faults.push(`issued ${books.issued}, but ${this.made} claims were answered 201`);
        if (books.redeemed !== this.redeemed)
            faults.push(`redeemed ${books.redeemed}, but ${this.redeemed} were answered 201`);
        const sold = await this.world.balanced(this.empty);
        if (this.metered && (await this.world.balanced(this.metered)).issued !== this.let_in)
            faults.push(
                `the metered campaign has not issued the ${this.let_in} that were answered`,
            );
        if (sold.issued !== 1) faults.push(`the pool of one has issued ${sold.issued}`);
        return { issued: books.issued, redeemed: books.redeemed, faults };
    }
    // Bytes on disk once the daemon has stopped and put its log away.
    databaseSize() {
        const file = path.join(this.world.daemon.data, 'huiquan.db');
        return { file: fileSize(file), wal: fileSize(`${file}-wal`) };
    }
}

// The figures of several runs of the same thing.
export function figures(runs) {
    const of = (f) => spread(runs.map(f));
    // Which share of the asks at the door Redis answered in time; the rest were decided locally.
    const byRedis = ({ limits: { ok, refused, failed, late } }) =>
        (ok + refused) / (ok + refused + failed + late);
    const asked = runs.filter((r) => r.limits.ok > 0);
    const count = (run) => Math.max(1, run.latency.count);
    return {
        runs: runs.length,
        connections: runs[0].connections,
        rate: runs[0].rate,
        per_s: of((r) => (r.latency.count / r.elapsed_us) * 1e6),
        daemon_us: of((r) => r.watch.daemon.cpu_us / count(r)),
        redis_us: of((r) => r.watch.redis.cpu_us / count(r)),
        both_us: of((r) => (r.watch.daemon.cpu_us + r.watch.redis.cpu_us) / count(r)),
        generator_us: of((r) => r.generator_cpu_us / count(r)),
        p50_us: of((r) => r.latency.p50_us),
        p99_us: of((r) => r.latency.p99_us),
        p999_us: of((r) => r.latency.p999_us),
        per_fsync: of((r) => (r.batches > 0 ? r.batched / r.batches : 0)),
        elsewhere: of((r) => r.elsewhere),
        by_redis: asked.length > 0 ? spread(asked.map(byRedis)) : undefined,
        daemon_mib: of((r) => r.daemon_mib),
        redis_mib: of((r) => r.redis_mib),
        raw: runs,
    };
}
