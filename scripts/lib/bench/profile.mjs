// Where the daemon's processor time goes under one kind of load: perf's samples by function and thread,
// and, from a second recording with call chains, what each function costs with all it calls.
// Libraries without debug symbols show as "libsqlite3.so (unnamed)".
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { say } from './tools.mjs';

// Rows of perf report as [percent, [key...]], with nameless addresses of a library merged.
function report(data, columns, ...words) {
    const text = execFileSync(
        'perf',
        ['report', '-i', data, '--stdio', '-g', 'none', '-t', '|', '--sort', columns, ...words],
        { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
    const shares = new Map();
    for (const line of text.split('\n')) {
        if (!line.includes('|') || line.startsWith('#')) continue;
        const cells = line
            .split('|')
            .map((cell) => cell.trim())
            .filter((cell) => !/^-\s+-$/.test(cell));
        const inclusive = words.includes('--children') ? 2 : 1;
        const key = cells
            .slice(inclusive)
            .map((cell) => cell.replace(/^\[[.k]\] /, '').replace(/^0x[0-9a-f]+$/, '(unnamed)'))
            .join(' ');
        shares.set(key, (shares.get(key) ?? 0) + parseFloat(cells[0]));
    }
    return [...shares].sort((a, b) => b[1] - a[1]);
}

async function record(product, work, words) {
    const data = path.join(product.world.dir, 'perf.data');
    const { pid } = product.world.daemon;
    const recorder = spawn(
        'perf',
        ['record', '-e', 'cpu-clock', '-o', data, '-p', String(pid), ...words],
        { stdio: 'ignore' },
    );
    const ended = new Promise((done) => recorder.once('exit', done));
    const run = await work();
    recorder.kill('SIGINT');
    await ended;
    return { data, run };
}

export async function profile(product, what, work) {
    const flat = await record(product, work, ['-F', '4000']);
    const { run } = flat;
    const out = { what, count: run.latency.count };
    out.us_each = run.watch.daemon.cpu_us / run.latency.count;
    out.threads = report(flat.data, 'pid');
    out.libraries = report(flat.data, 'pid,dso');
    out.functions = report(flat.data, 'symbol,dso');
    out.by_thread = report(flat.data, 'pid,symbol,dso');
    rmSync(flat.data);
    const chains = await record(product, work, [...['-F', '499', '--call-graph', 'dwarf,8192']]);
    const inclusive = (columns) =>
        report(chains.data, columns, '--children', '--no-inline').filter(
            ([key]) => !/unnamed|kernel.kallsyms/.test(key),
        );
    out.inclusive = inclusive('symbol,dso');
    nameThreads(out, inclusive('pid,symbol'));
    rmSync(chains.data);
    return out;
}

// Threads by what they do, where their functions tell.
function nameThreads(out, byThread) {
    const roles = { clerk_round: 'clerk', worker_run: 'worker' };
    for (const [key] of byThread) {
        const [thread, name] = key.split(' ');
        if (!roles[name]) continue;
        for (const list of [out.threads, out.libraries, out.by_thread]) {
            for (const row of list) {
                if (row[0].startsWith(thread))
                    row[0] = row[0].replace(thread, `${roles[name]} ${thread}`);
            }
        }
    }
}

export function sayProfile(profile) {
    const { what, count: times, us_each } = profile;
    const rows = (title, list, count) => {
        say(` ${title}`);
        for (const [name, share] of list.slice(0, count)) {
            const us = ((share * us_each) / 100).toFixed(1).padStart(6);
            say(`  ${share.toFixed(2).padStart(6)} % ${us} µs  ${name}`);
        }
    };
    say(
        `\nProfile of the daemon: ${what}, ${times} times, ${us_each.toFixed(1)} µs each (perf on)`,
    );
    rows('by thread', profile.threads, 8);
    rows('by thread and library', profile.libraries, 20);
    rows('by thread and function, itself', profile.by_thread, 40);
    rows('by function, with all it calls (user space)', profile.inclusive, 110);
}
