// tests/torture/eio.mjs: the disk of the real daemon answers EIO: to the sync or the write of a commit, and of a checkpoint
//
// Procedure: a real daemon behind a library that fails fsync or pwrite of the log, or of the
// database, from one instant on; clients claim, redeem, reverse and refund all the while. Must show:
// the process ends by itself (70) and gives no verdict; the same data directory opens again; every
// acknowledged operation is answered again with its bytes, every unknown one has one outcome from
// then on, and huiquan ledger check finds nothing.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newKey } from '../../scripts/lib/client.mjs';
import { buildDir } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const ORDERS = [
    'sync huiquan.db-wal',
    'write huiquan.db-wal',
    'sync huiquan.db',
    'write huiquan.db',
];
const CYCLES = { long: 100, quick: 6 };
const CLIENTS = 32;
const TILLS = 4;
const FACE_FEN = 1000;
const PATIENCE_MS = 60000;

class Row {
    acknowledged = new Map(); // key -> { kind, ask, raw }
    unknown = new Map(); // key -> { kind, ask }
    faults = [];
    figures = {
        cycles: 0,
        'ended by themselves (70)': 0,
        acknowledged: 0,
        'unknown: were done': 0,
        'unknown: were refused or done now': 0,
        'asked again': 0,
        'longest restart, ms': 0,
    };
    resident = 300000;

    constructor(seed) {
        this.random = new Random(seed);
    }

    async open() {
        const build = path.resolve(buildDir);
        process.env.LD_PRELOAD = path.join(build, 'preload_eio.so');
        this.w = await World.open({ settings: { workers: 2, reserve_mib: 0 } });
        this.order = path.join(this.w.dir, 'eio');
        process.env.HUIQUAN_EIO = this.order;
        await this.w.restart(); // so that the daemon knows where to look
        this.campaign = await this.w.campaign({
            budget_fen: FACE_FEN * 100000,
            per_person_limit: 60,
            pools: [
                {
                    name: '10 元',
                    value_fen: FACE_FEN,
                    count: 100000,
                    min_spend_fen: 2000,
                    pack: null,
                    stackable: true,
                },
            ],
            limits: { claims_per_s: 100000, per_resident_per_min: 6000 },
        });
        const first = await this.w.till();
        this.tills = [first];
        while (this.tills.length < TILLS) this.tills.push(await this.w.secondTill(first));
        this.w.onRestart = () => {
            for (const till of this.tills) till.api = this.w.api;
        };
    }

    async close() {
        delete process.env.LD_PRELOAD;
        delete process.env.HUIQUAN_EIO;
        await this.w?.close();
    }

    // What was answered is kept; silence leaves the key unknown. 503 is the door's word for "later".
    async operate(kind, ask) {
        const key = newKey();
        const answer = await ask(key).catch(() => undefined);
        if (answer === undefined) {
            this.unknown.set(key, { kind, ask: () => ask(key) });
            return undefined;
        }
        if (answer.status >= 500)
            this.faults.push(`${kind}: a verdict ${answer.status} ${answer.raw}`);
        if (answer.status >= 300) return undefined;
        this.acknowledged.set(key, { kind, ask: () => ask(key), raw: answer.raw });
        return answer.json;
    }

    async customer(n, till) {
        const claimed = await this.operate('claim', (key) =>
            this.w.claim(this.campaign, n, { key }),
        );
        if (!claimed) return;
        const no = newKey();
        const order = { no, order_no: no, amount_fen: 5000, mode: 'capture' };
        const [voucher] = claimed.vouchers;
        const redeemed = await this.operate('redeem', (key) =>
            till.redeem(voucher, { ...order, key }),
        );
        if (!redeemed) return;
        const next = this.random.below(3);
        const reversal = `/v1/redemptions/by-request/${no}/reverse`;
        const refund = `/v1/redemptions/${redeemed.redemption_id}/refund`;
        if (next === 0)
            await this.operate('reverse', (key) =>
                till.post(reversal, { reason: '超时' }, { key }),
            );
        if (next === 1)
            await this.operate('refund', (key) =>
                till.post(refund, { amount_fen: 5000, reason: '退货' }, { key }),
            );
    }

    async replay() {
        const entries = [...this.acknowledged];
        for (let i = 0; i < entries.length; i += 64) {
            await Promise.all(
                entries.slice(i, i + 64).map(async ([key, kept]) => {
                    const again = await kept.ask();
                    this.figures['asked again']++;
                    if (kept.kind === 'redeem' && again.json?.code === 'request_reversed') return;
                    if (!again.raw.equals(kept.raw))
                        this.faults.push(
                            `${kept.kind} ${key}: first ${kept.raw}, now ${again.status} ${again.raw}`,
                        );
                }),
            );
        }
    }

    async resolve() {
        for (const [key, { kind, ask }] of this.unknown) {
            const answer = await ask();
            const again = await ask();
            const was = answer.headers['idempotent-replayed'] === 'true';
            this.figures[was ? 'unknown: were done' : 'unknown: were refused or done now']++;
            const same =
                answer.status < 300
                    ? again.raw.equals(answer.raw)
                    : again.json.code === answer.json.code;
            if (!same) this.faults.push(`${kind} ${key}: ${answer.raw} then ${again.raw}`);
            if (answer.status < 300) this.acknowledged.set(key, { kind, ask, raw: answer.raw });
        }
        this.unknown.clear();
    }

    check(order) {
        const words = ['ledger', 'check', '--data-dir', this.w.daemon.data];
        const audit = spawnSync(path.join(buildDir, 'huiquan'), words, { encoding: 'utf8' });
        if (audit.status !== 0) this.faults.push(`${order}: ${audit.stdout}${audit.stderr}`);
    }

    async cycle(order) {
        await this.w.sessionsOf(this.resident, CLIENTS);
        const first = this.resident;
        this.resident += CLIENTS;
        let over = false;
        const goal = this.acknowledged.size + this.random.between(20, 200);
        const end = Date.now() + PATIENCE_MS;
        const client = async (i) => {
            while (!over && Date.now() < end) {
                if (this.acknowledged.size >= goal) writeFileSync(this.order, order);
                // A person may claim sixty times; then it is another one's turn.
                const person = first + ((i + this.random.below(CLIENTS)) % CLIENTS);
                await this.customer(person, this.tills[i % TILLS]);
            }
        };
        const { daemon } = this.w;
        const clients = Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)));
        await Promise.race([daemon.ended, clients]);
        over = true;
        await clients;
        rmSync(this.order, { force: true });
        if (daemon.exit?.code === 70) this.figures['ended by themselves (70)']++;
        else this.faults.push(`${order}: ended by ${JSON.stringify(daemon.exit)}`);
        const started = Date.now();
        await this.w.restart();
        const took = Date.now() - started;
        if (took > this.figures['longest restart, ms']) this.figures['longest restart, ms'] = took;
        await this.resolve();
        await this.replay();
        this.check(order);
        this.figures.acknowledged += this.acknowledged.size;
        this.acknowledged.clear();
        this.figures.cycles++;
    }
}

export async function run({ seed, quick, cycles = quick ? CYCLES.quick : CYCLES.long }) {
    const row = new Row(seed);
    try {
        await row.open();
        for (let i = 0; i < cycles && row.faults.length === 0; i++)
            await row.cycle(ORDERS[i % ORDERS.length]);
    } catch (error) {
        row.faults.push(String(error.stack ?? error));
    } finally {
        await row.close();
    }
    return { ok: row.faults.length === 0, figures: row.figures, faults: row.faults };
}
