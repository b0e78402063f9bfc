// Connections that only cost something: idle ones and dripping ones beside honest claims. What the
// daemon pays for them in memory, and what the honest pay in p99.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildDir } from '../servers.mjs';
import { median, metrics, residentMib, say, sum } from './tools.mjs';

// Resolves once all have connected; leave() answers what the crowd has seen.
async function comeTogether(kind, port, count) {
    const crowd = spawn(path.join(buildDir, 'bench_crowd'), [kind, String(port), String(count)], {
        stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: crowd.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.value !== 'ready') throw new Error(`bench_crowd ${kind} ended`);
    return {
        async leave() {
            const ended = once(crowd, 'exit');
            crowd.stdin.end();
            const { value } = await lines.next();
            await ended;
            return JSON.parse(value);
        },
        kill: () => crowd.kill('SIGKILL'),
    };
}

const p99Of = (runs) => median(runs.map((r) => r.latency.p99_us));
const openCount = async (product) => {
    const samples = await metrics(product.metricsPort);
    return sum(
        Object.entries(samples)
            .filter(([name]) => name.startsWith('huiquan_http_connections'))
            .map(([, value]) => value),
    );
};

// A fresh daemon for each kind: memory once used would hide what the crowd takes. Without and with
// the crowd by turns, so that a slow minute of the machine falls on both. Claims fill the page
// cache of the database, crowd or none: what they added alone is taken off what they added amid it.
async function beside(product, kind, { count, turns, claims }) {
    const alone = [];
    const amid = [];
    const crowds = [];
    await product.world.restart();
    await claims();
    const without_mib = residentMib(product.world.daemon.pid);
    let crowd_mib = 0;
    let seen = 0;
    for (let i = 0; i < turns; i++) {
        const before_mib = residentMib(product.world.daemon.pid);
        alone.push(await claims());
        const between_mib = residentMib(product.world.daemon.pid);
        const crowd = await comeTogether(kind, product.world.daemon.port, count);
        try {
            amid.push(await claims());
            const both_mib = residentMib(product.world.daemon.pid) - between_mib;
            crowd_mib = Math.max(crowd_mib, both_mib - (between_mib - before_mib));
            seen = Math.max(seen, await openCount(product));
            crowds.push(await crowd.leave());
        } finally {
            crowd.kill();
        }
    }
    const p99_us = { alone: p99Of(alone), amid: p99Of(amid) };
    return {
        kind,
        count,
        seen,
        without_mib,
        crowd_mib,
        bytes_each: (crowd_mib * 2 ** 20) / count,
        p99_us,
        ratio: p99_us.amid / p99_us.alone,
        reopened: sum(crowds.map((c) => c.reopened)),
        failed: sum(crowds.map((c) => c.failed)),
        crowd_cpu_us: sum(crowds.map((c) => c.cpu_us)),
        alone,
        amid,
    };
}

export async function crowds(product, options) {
    const rows = [];
    for (const kind of ['idle', 'drip']) rows.push(await beside(product, kind, options));
    return rows;
}

export function sayCrowds(rows) {
    if (rows.length === 0) return;
    say(`\nConnections that bring nothing, beside claims at 50 % of peak (open loop)`);
    for (const row of rows) {
        const others = [...row.alone, ...row.amid].map((r) => r.elsewhere);
        say(
            `  ${row.count} ${row.kind === 'idle' ? 'idle' : 'dripping a byte a second'} (the daemon saw ${row.seen} open at a time): ` +
                `${row.crowd_mib.toFixed(1)} MiB more resident than ${row.without_mib.toFixed(0)}, ` +
                `${Math.round(row.bytes_each)} bytes each (kernel's buffers apart); ` +
                `p99 of claims ${(row.p99_us.alone / 1000).toFixed(1)} ms without, ${(row.p99_us.amid / 1000).toFixed(1)} ms with (${row.ratio.toFixed(2)} ×); ` +
                `sent away and come again ${row.reopened}, not let in ${row.failed}; others ${(median(others) * 100).toFixed(0)} %`,
        );
    }
}
