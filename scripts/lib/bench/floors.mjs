// What the parts cost alone, measured in the same run as the product.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { buildDir } from '../servers.mjs';
import { floor, load, say } from './tools.mjs';

// A child that prints "ready PORT" once it listens.
async function server(command, ...words) {
    const child = spawn(path.join(buildDir, command), words, {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise((done, fail) => {
        child.stdout.on('data', (bytes) => {
            const ready = /ready (\d+)/.exec(bytes);
            if (ready) done(Number(ready[1]));
        });
        child.once('exit', () => fail(new Error(`${command} ended before it was ready`)));
    });
    const stop = () =>
        new Promise((done) => {
            child.removeAllListeners('exit');
            child.once('exit', done);
            child.kill();
        });
    return { pid: child.pid, port, stop };
}

async function answers(command, ...words) {
    const { millis } = words.pop();
    const it = await server(command, ...words);
    try {
        const run = await load('get', {
            port: it.port,
            path: '/',
            connections: 64,
            millis,
            ops: 1,
            expect: '200',
            watch: `server:${it.pid}`,
        });
        const count = run.latency.count;
        return {
            per_s: (count / run.elapsed_us) * 1e6,
            cpu_us: run.watch.server.cpu_us / count,
            generator_cpu_us: run.generator_cpu_us / count,
            p99_us: run.latency.p99_us,
        };
    } finally {
        await it.stop();
    }
}

export async function measureFloors({ dir, redis, plan }) {
    const millis = plan.floorMillis;
    const out = {
        loop: await answers('bench_floor', 'loop', { millis: millis * 2 }),
        codec: await answers('tool_echo', '0', { millis: millis * 2 }),
        redis: await floor('redis', redis.socket, redis.pid, millis),
        sqlite: (await floor('sqlite', dir, millis)).rows,
        crypto: await floor('crypto', millis),
    };
    const scattered = out.sqlite.find((row) => row.scattered_unique && row.rows_a_commit === 100);
    // One durable, limited, signed claim: loop, both sides of Redis, rows with one scattered
    // UNIQUE, signature.
    out.claim_us =
        out.loop.cpu_us +
        out.redis.pipelined_16.redis_cpu_us +
        out.redis.pipelined_16.client_cpu_us +
        scattered.cpu_us +
        out.crypto.ed25519_sign_us;
    return out;
}

export function sayFloors(floors) {
    const us = (value) => value.toFixed(1).padStart(8);
    const row = (name, value, note) => say(`  ${name.padEnd(44)}${us(value)} µs  ${note}`);
    say('\nFloors (processor time of one)');
    for (const [name, key] of [
        ['bare bufferevent loop, 64 connections', 'loop'],
        ['our HTTP codec alone (tool_echo), 64', 'codec'],
    ]) {
        const { cpu_us, per_s, generator_cpu_us } = floors[key];
        row(name, cpu_us, `${Math.round(per_s)}/s; generator ${generator_cpu_us.toFixed(1)} µs`);
    }
    for (const [name, key] of [
        ['limiter script, one at a time: Redis', 'one_at_a_time'],
        ['limiter script, 16 pipelined: Redis', 'pipelined_16'],
    ]) {
        const { redis_cpu_us, client_cpu_us, asks_a_second } = floors.redis[key];
        row(name, redis_cpu_us, `${asks_a_second}/s; client ${client_cpu_us.toFixed(1)} µs`);
    }
    for (const { scattered_unique, rows_a_commit, rows_a_second, cpu_us } of floors.sqlite)
        row(
            `SQLite row, ${rows_a_commit} a commit${scattered_unique ? ', scattered UNIQUE' : ''}`,
            cpu_us,
            `${rows_a_second}/s`,
        );
    row('Ed25519 sign', floors.crypto.ed25519_sign_us, '');
    row('Ed25519 verify', floors.crypto.ed25519_verify_us, '');
    row('HMAC-SHA256, 300 bytes', floors.crypto.hmac_sha256_us, '');
    row('one durable, limited, signed claim, summed', floors.claim_us, '');
}
