// What a claim costs with a full database, against an empty one: two daemons, each with a Redis and
// a directory of its own, are asked by turns, so that both meet the same machine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildDir } from '../servers.mjs';
import { Product, figures } from './product.mjs';
import { residentMib, say } from './tools.mjs';

const RESIDENTS = 600000;

// Stops the daemon, fills its ledger, and notes how long it then takes to answer.
async function seed(product, vouchers, residents) {
    const { world, rush } = product;
    await world.daemon.stop();
    let told = {};
    if (vouchers + residents > 0) {
        const { stdout } = await promisify(execFile)(path.join(buildDir, 'bench_seed'), [
            world.daemon.data,
            rush.campaign_id,
            rush.pools[0].pool_id,
            String(vouchers),
            String(residents),
        ]);
        told = JSON.parse(stdout);
        product.made += vouchers;
    }
    const begin = performance.now();
    await world.restart();
    return {
        ...told,
        start_ms: performance.now() - begin,
        idle_mib: residentMib(world.daemon.pid),
        file_mib: product.databaseSize().file / 2 ** 20,
    };
}

export async function growth({ dir, plan, full }) {
    const cases = [
        { vouchers: 0, residents: 0 },
        { vouchers: plan.seeded, residents: Math.min(RESIDENTS, plan.seeded) },
    ];
    if (full) cases.push({ vouchers: 10 * plan.seeded, residents: RESIDENTS });
    const products = [];
    try {
        for (const [i, one] of cases.entries()) {
            const place = path.join(dir, `growth-${i}`);
            mkdirSync(place);
            const product = await Product.open({ dir: place, plan });
            products.push(product);
            await product.setUp();
            Object.assign(one, await seed(product, one.vouchers, one.residents), { runs: [] });
        }
        for (let i = 0; i < Math.max(3, plan.repeat); i++) {
            for (const [k, product] of products.entries())
                cases[k].runs.push(await product.claims(64));
        }
        for (const [k, product] of products.entries()) {
            cases[k].full_mib = residentMib(product.world.daemon.pid);
            cases[k].figures = figures(cases[k].runs);
            delete cases[k].runs;
            assert.deepEqual((await product.check()).faults, []);
            assert.deepEqual(product.unexpected, []);
        }
    } finally {
        for (const product of products) await product.close();
    }
    return cases;
}

export function sayGrowth(cases) {
    say('\nGrowth: claims at 64 connections, by turns');
    const base = cases[0].figures.both_us.median;
    for (const one of cases) {
        const { both_us, per_s, p99_us } = one.figures;
        say(
            `  ${String(one.vouchers).padStart(9)} vouchers, ${String(one.residents).padStart(6)} residents: ` +
                `${both_us.median.toFixed(1)} µs a claim (${both_us.min.toFixed(1)}–${both_us.max.toFixed(1)}; ` +
                `${(((both_us.median - base) / base) * 100).toFixed(1)} %), ${Math.round(per_s.median)}/s, ` +
                `p99 ${(p99_us.median / 1000).toFixed(1)} ms; started in ${Math.round(one.start_ms)} ms, ` +
                `${one.idle_mib.toFixed(0)} MiB, ${one.full_mib.toFixed(0)} MiB after; file ${Math.round(one.file_mib)} MiB`,
        );
    }
}
