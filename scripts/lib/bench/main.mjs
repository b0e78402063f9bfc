// scripts/bench: see there for the words. Order: floors, product closed loop, open loop, overload,
// check of the books, comparison, growth.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureFloors, sayFloors } from './floors.mjs';
import { Product, figures } from './product.mjs';
import { crowds, sayCrowds } from './crowd.mjs';
import { growth, sayGrowth } from './growth.mjs';
import { compare, sayCompare } from './postgres.mjs';
import { profile, sayProfile } from './profile.mjs';
import { sayFigures, sayOpen, sayTargets, sayThreads, targetsOf } from './report.mjs';
import { machine, say } from './tools.mjs';

const { values: options } = parseArgs({
    options: {
        quick: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        compare: { type: 'boolean', default: false },
        growth: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        json: { type: 'string' },
        only: { type: 'string' },
        dir: { type: 'string', default: os.tmpdir() },
    },
});
const plan = options.smoke
    ? {
          millis: 200,
          repeat: 1,
          floorMillis: 50,
          connections: [8],
          openMillis: 300,
          crowd: 64,
          idle: 200,
          seeded: 20000,
      }
    : options.quick
      ? {
            millis: 1000,
            repeat: 1,
            floorMillis: 300,
            connections: [16, 64, 256],
            openMillis: 2000,
            crowd: 4000,
            idle: 10000,
            seeded: 200000,
        }
      : {
            millis: 1500,
            repeat: 3,
            floorMillis: 1000,
            connections: [1, 16, 64, 256, 1000],
            openMillis: 6000,
            crowd: 8000,
            idle: 10000,
            seeded: 1000000,
        };
const parts = ['floors', 'claims', 'soldout', 'redeem', 'reads', 'open', 'overload', 'idle'];
const wanted = options.only ? options.only.split(',') : parts;
for (const part of wanted) {
    if (part === 'none' || parts.includes(part)) continue;
    console.error(`bench: --only ${part}: known are ${parts.join(' ')}`);
    process.exit(2);
}
const wants = (part) => wanted.includes(part);

// Paired: each repetition goes once through all numbers of connections, so that a slow minute of
// the machine falls on all of them.
async function series(work, connections = plan.connections) {
    const runs = connections.map(() => []);
    for (let i = 0; i < plan.repeat; i++) {
        for (let k = 0; k < connections.length; k++) {
            const run = await work(connections[k]);
            if (run) runs[k].push(run);
        }
    }
    return runs.filter((list) => list.length > 0).map(figures);
}

async function closedLoop(product, out) {
    const rows = [
        ['claims', 'claims', '领取 claims, granted', (n) => product.claims(n)],
        ['soldout', 'sold_out', '领完 sold-out answers', (n) => product.soldOut(n)],
        ['redeem', 'redeem_hmac', '核销 redemptions, HMAC', (n) => product.redeem(n, 'hmac')],
        [
            'redeem',
            'redeem_ed25519',
            '核销 redemptions, Ed25519',
            (n) => product.redeem(n, 'ed25519'),
        ],
        ['reads', 'read_voucher', '查券 reads of a voucher', (n) => product.readVoucher(n)],
        ['reads', 'read_campaign', '查活动 reads of a campaign', (n) => product.readCampaign(n)],
    ];
    const before = await databaseBytes(product);
    for (const [part, key, title, work] of rows) {
        if (!wants(part)) continue;
        if (part === 'redeem') await product.stock(plan);
        if (part === 'reads') await product.stock({ ...plan, repeat: 0 });
        out[key] = await series(work);
        sayFigures(title, out[key]);
        if (key === 'claims') {
            const after = await databaseBytes(product);
            const bytes_a_claim =
                (after.file + after.wal - before.file - before.wal) / product.made;
            out.database = { before, after, claims: product.made, bytes_a_claim };
            say(`  database: ${Math.round(bytes_a_claim)} bytes a claim (${product.made} claims)`);
            sayThreads(out[key]);
        }
    }
}

// The daemon stops, so that its log is in the file; then it goes on.
async function databaseBytes(product) {
    await product.world.restart();
    return product.databaseSize();
}

async function openLoop(product, out) {
    const peak = Math.max(
        ...(out.claims ?? [figures([await product.claims(256)])]).map((f) => f.per_s.median),
    );
    out.peak_per_s = peak;
    const at = async (share, connections, millis, more = {}) => {
        const rate = Math.round(peak * share);
        const run = await product.claims(connections, {
            rate,
            millis,
            ops: Math.ceil((rate * millis) / 1000) + 2000,
            seed: Math.round(share * 100),
            ...(share > 1 && { 'patience-ms': 2000 }),
            ...more,
        });
        return { share, ...run };
    };
    if (wants('open')) {
        out.open = [];
        for (const share of [0.5, 0.8]) {
            for (let i = 0; i < plan.repeat; i++)
                out.open.push(await at(share, 256, plan.openMillis / plan.repeat));
        }
    }
    if (wants('overload')) await overload(product, out, at);
    sayOpen(peak, out);
    if (!wants('idle')) return;
    out.idle = await crowds(product, {
        count: plan.idle,
        turns: Math.min(2, plan.repeat),
        claims: () => at(0.5, 256, plan.openMillis), // in full: longer than a head may take
    });
    sayCrowds(out.idle);
}

// Redemptions have a lane of their own: a few tills, alone and then amid the flood. Twice: the
// whole machine five times over; and a campaign whose limit leaves the machine room for the tills,
// asked for five times as much as it lets in.
async function overload(product, out, at) {
    const tills = { rate: 200, millis: plan.openMillis, ops: plan.openMillis / 4 };
    const redeem = () => product.redeem(16, 'hmac', tills);
    const share = 1 / 6;
    await product.stock({ ...plan, repeat: 1, connections: [1] });
    out.tills_alone = await redeem();
    const flood = at(5, plan.crowd, plan.openMillis);
    [out.overload, out.tills_amid] = await Promise.all([flood, redeem()]);
    await product.meter(Math.round(out.peak_per_s * share));
    await product.stock({ ...plan, repeat: 1, connections: [1] });
    const metered = at(5 * share, plan.crowd, plan.openMillis, { is_metered: true });
    [out.metered, out.tills_beside] = await Promise.all([metered, redeem()]);
    out.metered.let_in_per_s = Math.round(out.peak_per_s * share);
}

async function profileAll(product) {
    const time = { millis: 2500 };
    out.profile = [];
    for (const [what, work] of [
        ['claims', () => product.claims(64, time)],
        ['sold-out answers', () => product.soldOut(64)],
        ['redemptions, HMAC', () => product.redeem(64, 'hmac', time)],
        ['reads of a voucher', () => product.readVoucher(64)],
    ]) {
        await product.stock({ ...plan, repeat: 1, connections: [64], millis: 6000 });
        out.profile.push(await profile(product, what, work));
        sayProfile(out.profile.at(-1));
    }
}

const dir = mkdtempSync(path.join(options.dir, 'hqb-'));
const out = { machine: machine(dir), plan, product: {} };
let status = 1;
for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
        Product.killAll();
        rmSync(dir, { recursive: true, force: true });
        process.exit(130);
    });
}
try {
    say(
        `惠券 Huiquan · bench on ${out.machine.cores} × ${out.machine.cpu}, Linux ${out.machine.kernel}`,
    );
    say(`commit ${out.machine.commit}, disk ${out.machine.disk}, load ${out.machine.load_before}`);
    const place = path.join(dir, 'product'); // the world removes its directory
    mkdirSync(place);
    const product = await Product.open({ dir: place, plan });
    try {
        const { redis } = product.world;
        if (wants('floors')) {
            out.floors = await measureFloors({ dir, redis, plan });
            sayFloors(out.floors);
        }
        await product.setUp();
        await closedLoop(product, out.product);
        if (['open', 'overload', 'idle'].some(wants)) await openLoop(product, out.product);
        if (options.compare) {
            out.compare = await compare({ dir, product, plan });
            sayCompare(out.compare);
        }
        if (options.profile) await profileAll(product);
        out.books = await product.check();
        out.unexpected = product.unexpected;
    } finally {
        await product.close();
    }
    if (options.growth) {
        out.growth = await growth({ dir, plan, full: options.full });
        sayGrowth(out.growth);
    }
    out.targets = targetsOf(out);
    if (!options.smoke) sayTargets(out.targets);
    say(`\nbooks: ${out.books.issued} issued, ${out.books.redeemed} redeemed, as answered`);
    // In the open loop a refusal is an answer like any other; elsewhere it is a fault. An answer
    // that never came always is one.
    const wrong = out.unexpected.filter((u) => u.rate === 0 || u.lost > 0);
    for (const fault of [...out.books.faults, ...wrong.map((u) => JSON.stringify(u))])
        say(`FAULT ${fault}`);
    status = out.books.faults.length + wrong.length > 0 ? 1 : 0;
    if (options.json) writeFileSync(options.json, JSON.stringify(out, null, 1));
} catch (error) {
    console.error(error);
} finally {
    rmSync(dir, { recursive: true, force: true });
}
process.exit(status);
