// Tables for people; every figure also stands in the JSON.
import { median, say } from './tools.mjs';

const left = (text, width) => String(text).padEnd(width);
const right = (text, width) => String(text).padStart(width);
const us = (value) => (value >= 10000 ? `${(value / 1000).toFixed(1)} ms` : `${value.toFixed(1)}`);

export function sayFigures(title, list) {
    say(`\n${title}`);
    say(
        '  connections     per second (min–max)    p50 µs    p99 µs  p99.9 µs    daemon µs (min–max)  Redis µs  generator  a fsync  RSS MiB  others  by Redis',
    );
    for (const f of list) {
        say(
            '  ' +
                right(f.connections, 11) +
                right(
                    `${Math.round(f.per_s.median)} (${Math.round(f.per_s.min)}–${Math.round(f.per_s.max)})`,
                    25,
                ) +
                right(us(f.p50_us.median), 10) +
                right(us(f.p99_us.median), 10) +
                right(us(f.p999_us.median), 10) +
                right(
                    `${us(f.daemon_us.median)} (${us(f.daemon_us.min)}–${us(f.daemon_us.max)})`,
                    23,
                ) +
                right(us(f.redis_us.median), 10) +
                right(us(f.generator_us.median), 11) +
                right(f.per_fsync.median.toFixed(1), 9) +
                right(f.daemon_mib.median.toFixed(0), 9) +
                right(`${(f.elsewhere.median * 100).toFixed(0)} %`, 8) +
                right(
                    f.by_redis === undefined ? '' : `${(f.by_redis.median * 100).toFixed(0)} %`,
                    10,
                ),
        );
    }
}

// How the daemon's time at 64 connections spreads over its threads.
export function sayThreads(list) {
    const f = at(list, 64);
    if (!f) return;
    const run = f.raw[0];
    const threads = run.watch.daemon.threads
        .filter((t) => t.cpu_us > 0)
        .sort((a, b) => b.cpu_us - a.cpu_us)
        .map((t) => `${t.name}/${t.id} ${(t.cpu_us / run.latency.count).toFixed(1)}`);
    say(`  daemon µs a claim by thread, ${f.connections} connections: ${threads.join(', ')}`);
}

export function sayOpen(peak, out) {
    const { open = [], overload, metered, tills_alone, tills_amid, tills_beside } = out;
    say(`\nOpen loop, claims; peak is ${Math.round(peak)}/s (closed loop)`);
    say(
        '  of peak   offered/s  answered/s   granted/s    p50 µs    p99 µs  p99.9 µs   refused: p50, p99 µs from send   never sent  others',
    );
    for (const run of [...open, overload, metered].filter(Boolean)) {
        const seconds = run.elapsed_us / 1e6;
        const answered = run.latency.count + run.refused.count;
        say(
            '  ' +
                right(`${Math.round(run.share * 100)} %`, 7) +
                right(run.rate, 12) +
                right(Math.round(answered / seconds), 12) +
                right(Math.round(run.latency.count / seconds), 12) +
                right(us(run.latency.p50_us), 10) +
                right(us(run.latency.p99_us), 10) +
                right(us(run.latency.p999_us), 10) +
                right(
                    run.refused.count === 0
                        ? 'none'
                        : `${us(run.refused_from_send.p50_us)}, ${us(run.refused_from_send.p99_us)}`,
                    35,
                ) +
                right(run.left, 13) +
                right(`${(run.elsewhere * 100).toFixed(0)} %`, 8) +
                `  ${JSON.stringify(run.answers)}`,
        );
    }
    if (!tills_amid) return;
    say(
        `  the last line: a campaign that lets in ${metered.let_in_per_s}/s, asked for five times as much`,
    );
    for (const [name, run] of [
        ['alone', tills_alone],
        ['amid the flood', tills_amid],
        ['beside the metered campaign', tills_beside],
    ])
        say(
            `  ${run.rate} redemptions/s ${name}: p50 ${us(run.latency.p50_us)}, p99 ${us(run.latency.p99_us)}; ${JSON.stringify(run.answers)}, never sent ${run.left}`,
        );
}

const at = (list, connections) => list?.find((f) => f.connections === connections) ?? undefined;
const openP99 = (out, share) => {
    const runs = (out.product.open ?? []).filter((r) => r.share === share);
    return runs.length > 0 ? median(runs.map((r) => r.latency.p99_us)) / 1000 : undefined;
};

// The table of figures to reach, with what was reached. `least`: more is better.
export function targetsOf(out) {
    const p = out.product;
    const rows = [
        [
            'CPU of daemon + Redis per claim, 64 connections',
            'µs',
            110,
            78,
            at(p.claims, 64)?.both_us.median,
        ],
        ['claims/s, 256 connections', '/s', 10000, 18000, at(p.claims, 256)?.per_s.median, true],
        ...(out.compare?.cases ?? [])
            .filter(({ clients }) => clients === 64)
            .map((c) => [
                `against PostgreSQL, 64 clients, ${c.shards} counter row(s), ours at 64`,
                '×',
                c.shards === 1 ? 4 : 1,
                c.shards === 1 ? 7 : 1.7,
                c.ratio_64,
                true,
            ]),
        ['p99 of a claim at 50 % of peak, open loop', 'ms', 15, 5, openP99(out, 0.5)],
        [
            'redemption, HMAC terminal: CPU, 64 connections',
            'µs',
            120,
            85,
            at(p.redeem_hmac, 64)?.daemon_us.median,
        ],
        [
            'redemption, Ed25519 terminal: CPU, 64 connections',
            'µs',
            260,
            200,
            at(p.redeem_ed25519, 64)?.daemon_us.median,
        ],
        [
            'sold-out answer: CPU of daemon + Redis, 64 connections',
            'µs',
            20,
            12,
            at(p.sold_out, 64)?.both_us.median,
        ],
        [
            'claims per fsync, 64 connections',
            '',
            20,
            undefined,
            at(p.claims, 64)?.per_fsync.median,
            true,
        ],
        [
            'claims per fsync, 1,000 connections',
            '',
            100,
            undefined,
            at(p.claims, 1000)?.per_fsync.median,
            true,
        ],
        ['database bytes per claim', 'B', 900, 600, p.database?.bytes_a_claim],
    ];
    return rows
        .filter((row) => row[4] !== undefined)
        .map(([name, unit, first, then, reached, least = false]) => ({
            name,
            unit,
            first,
            then,
            reached,
            met: [first, then].map((goal) =>
                goal === undefined ? undefined : least ? reached >= goal : reached <= goal,
            ),
        }));
}

export function sayTargets(rows) {
    if (rows.length === 0) return;
    say('\nFigures to reach');
    for (const { name, unit, first, then, reached, met } of rows) {
        const mark = met[1]
            ? 'then ✓'
            : met[0]
              ? met[1] === undefined
                  ? '✓'
                  : 'first ✓'
              : 'missed';
        say(
            '  ' +
                left(name, 58) +
                right(
                    `${reached >= 1000 ? Math.round(reached) : reached.toFixed(reached < 10 ? 2 : 1)} ${unit}`,
                    14,
                ) +
                `   first ${first}${then === undefined ? '' : `, then ${then}`}: ${mark}`,
        );
    }
}
