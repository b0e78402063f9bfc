// Where the daemon's processor time goes while claims run: perf samples by function and thread.
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { say } from './tools.mjs';

const perf = (...words) =>
    execFileSync('perf', words, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .split('\n')
        .filter((line) => line.trim() && !line.startsWith('#'));

export async function profileClaims(product, { connections = 64, millis = 5000 } = {}) {
    const data = path.join(product.world.dir, 'perf.data');
    const recorder = spawn(
        'perf',
        ['record', '-e', 'cpu-clock', '-F', '4000', '-g', '-o', data, '-p', product.world.daemon.pid],
        { stdio: 'ignore' },
    );
    const ended = new Promise((done) => recorder.once('exit', done));
    const run = await product.claims(connections, { millis });
    recorder.kill('SIGINT');
    await ended;
    const report = (...words) => perf('report', '-i', data, '--no-children', '-g', 'none', ...words);
    const out = {
        functions: report('--sort', 'symbol,dso').slice(0, 40),
        threads: report('--sort', 'tid'),
        by_thread: report('--sort', 'tid,symbol').slice(0, 60),
    };
    rmSync(data);
    say(`\nProfile, claims at ${connections} connections, ${run.latency.count} claims`);
    for (const line of [...out.threads, '', ...out.functions.slice(0, 30)]) say(`  ${line}`);
    return out;
}
