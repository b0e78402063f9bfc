// tests/torture/full.mjs: the disk of the real daemon fills up under load and is freed, again and again
//
// Procedure: a real daemon on a tmpfs of its own; clients claim and redeem all the while; everything
// that is free is taken; then it is given back. Must show: full, claims answer 503 `unavailable`
// with Retry-After and nothing else wrong, redemptions of vouchers that exist go on; freed, claims
// are granted again within 5 s; what was acknowledged is answered again with its bytes, and huiquan
// ledger check finds nothing. Needs the right to mount; without it the row says so. Not shown: a
// neighbour that goes on writing also takes the reserve that the daemon gives up for redemptions.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { newKey } from '../../scripts/lib/client.mjs';
import { buildDir } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const CYCLES = { long: 30, quick: 2 };
const CLIENTS = 16;
const TILLS = 4;
const STOCK = 160; // vouchers to be redeemed while the disk is full
const RECOVERY_MS_MAX = 5000;
const PATIENCE_MS = 30000;

class Row {
    acknowledged = [];
    faults = [];
    figures = {
        cycles: 0,
        'claims granted': 0,
        'claims refused 503 while full': 0,
        'claims granted while full': 0,
        'redemptions while full': 0,
        'redemptions refused while full': 0,
        'slowest recovery, ms': 0,
        'asked again': 0,
    };
    resident = 400000;
    stock = [];

    constructor(seed) {
        this.random = new Random(seed);
        this.dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-full-'));
        this.disk = path.join(this.dir, 'disk');
        mkdirSync(this.disk);
    }

    mount() {
        const words = ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', this.disk];
        this.mounted = spawnSync('mount', words).status === 0;
        return this.mounted;
    }

    async open() {
        this.w = await World.open({
            dir: this.dir,
            data: path.join(this.disk, 'data'),
            settings: { workers: 2, reserve_mib: 16 },
        });
        this.campaign = await this.w.campaign({
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
        const first = await this.w.till();
        this.tills = [first];
        while (this.tills.length < TILLS) this.tills.push(await this.w.secondTill(first));
    }

    async close() {
        await this.w?.daemon?.stop();
        if (this.mounted) spawnSync('umount', [this.disk]);
        await this.w?.close();
        rmSync(this.dir, { recursive: true, force: true });
    }

    fill() {
        const fd = openSync(path.join(this.disk, 'filler'), 'a');
        for (let size = 1 << 20; size >= 512; size >>= 1) {
            try {
                for (;;) writeSync(fd, Buffer.alloc(size));
            } catch (error) {
                if (error.code !== 'ENOSPC') throw error;
            }
        }
        closeSync(fd);
    }

    keep(kind, answer, ask) {
        this.acknowledged.push({ kind, ask, raw: answer.raw });
    }

    /** The answer's status; what is neither a grant nor a sound 503 is a fault. */
    async claim() {
        const key = newKey();
        const n = this.first + this.random.below(CLIENTS);
        const ask = () => this.w.claim(this.campaign, n, { key });
        const answer = await ask();
        if (answer.status === 201) {
            this.figures['claims granted']++;
            this.keep('claim', answer, ask);
            this.stock.push(answer.json.vouchers[0]);
        } else if (answer.status === 503) {
            const sound =
                answer.json.code === 'unavailable' && Number(answer.headers['retry-after']) > 0;
            if (!sound) this.faults.push(`a claim's 503: ${answer.raw}`);
        } else if (answer.json.code !== 'already_claimed') {
            this.faults.push(`a claim: ${answer.status} ${answer.raw}`);
        }
        return answer.status;
    }

    async redeem(i) {
        const voucher = this.stock.shift();
        if (!voucher) return undefined;
        const no = newKey();
        const order = { no, order_no: no, amount_fen: 5000, key: newKey(), mode: 'capture' };
        const ask = () => this.tills[i % TILLS].redeem(voucher, order);
        const answer = await ask();
        if (answer.status === 201) this.keep('redeem', answer, ask);
        else this.faults.push(`a redemption: ${answer.status} ${answer.raw}`);
        return answer.status;
    }

    async each(work) {
        await Promise.all(Array.from({ length: CLIENTS }, (_, i) => work(i)));
    }

    async whileFull() {
        // Under load: the writer meets the end of the disk amid batches.
        let refused = 0;
        const end = Date.now() + PATIENCE_MS;
        const full = this.each(async (i) => {
            while (refused < CLIENTS && Date.now() < end) {
                const status = await this.claim();
                if (status === 503) refused++;
                if (i % 4 === 0) await this.redeem(i);
            }
        });
        this.fill();
        await full;
        if (refused < CLIENTS) this.faults.push('the disk is full and claims go on');
        for (let i = 0; i < 2 * CLIENTS; i++) {
            const status = await this.claim();
            this.figures[
                status === 503 ? 'claims refused 503 while full' : 'claims granted while full'
            ]++;
        }
    }

    async redemptionsWhileFull() {
        await this.each(async (i) => {
            for (let n = 0; n < STOCK / CLIENTS / 2; n++) {
                const status = await this.redeem(i);
                if (status === undefined) return;
                this.figures[
                    status === 201 ? 'redemptions while full' : 'redemptions refused while full'
                ]++;
            }
        });
    }

    async recover() {
        rmSync(path.join(this.disk, 'filler'));
        const freed = Date.now();
        while ((await this.claim()) !== 201) {
            if (Date.now() - freed > PATIENCE_MS) break;
            await new Promise((done) => setTimeout(done, 20));
        }
        const took = Date.now() - freed;
        this.figures['slowest recovery, ms'] = Math.max(this.figures['slowest recovery, ms'], took);
        if (took > RECOVERY_MS_MAX) this.faults.push(`claims came back after ${took} ms`);
    }

    async replay() {
        for (let i = 0; i < this.acknowledged.length; i += 64) {
            await Promise.all(
                this.acknowledged.slice(i, i + 64).map(async ({ kind, ask, raw }) => {
                    const again = await ask();
                    this.figures['asked again']++;
                    if (!again.raw.equals(raw))
                        this.faults.push(`${kind}: first ${raw}, now ${again.raw}`);
                }),
            );
        }
        this.acknowledged = [];
    }

    check() {
        const words = ['ledger', 'check', '--data-dir', this.w.daemon.data];
        const audit = spawnSync(path.join(buildDir, 'huiquan'), words, { encoding: 'utf8' });
        if (audit.status !== 0) this.faults.push(`${audit.stdout}${audit.stderr}`);
    }

    async cycle() {
        this.first = this.resident;
        this.resident += CLIENTS;
        await this.w.sessionsOf(this.first, CLIENTS);
        while (this.stock.length < STOCK && this.faults.length === 0)
            await this.each(() => this.claim());
        await this.whileFull();
        await this.redemptionsWhileFull();
        await this.recover();
        await this.replay();
        this.check();
        this.figures.cycles++;
    }
}

export async function run({ seed, quick, cycles = quick ? CYCLES.quick : CYCLES.long }) {
    const row = new Row(seed);
    if (!row.mount()) {
        await row.close();
        return { ok: true, figures: { 'left out': 'mount is not permitted here' }, faults: [] };
    }
    try {
        await row.open();
        for (let i = 0; i < cycles && row.faults.length === 0; i++) await row.cycle();
        if (!row.w.daemon.alive) row.faults.push(`it ended: ${JSON.stringify(row.w.daemon.exit)}`);
    } catch (error) {
        row.faults.push(String(error.stack ?? error));
    } finally {
        await row.close();
    }
    return { ok: row.faults.length === 0, figures: row.figures, faults: row.faults };
}
