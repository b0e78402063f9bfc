// scripts/bench must not rot: a few seconds of it, where every answer and the books count but no
// time does; and the generator must tell what was not expected.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { load } from '../scripts/lib/bench/tools.mjs';
import { root } from '../scripts/lib/servers.mjs';

test('a few seconds of everything', () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'hqt-'));
    const json = path.join(dir, 'figures.json');
    try {
        const main = path.join(root, 'scripts/lib/bench/main.mjs');
        const ended = spawnSync(process.execPath, [main, '--smoke', '--json', json, '--dir', dir], {
            encoding: 'utf8',
        });
        assert.equal(ended.status, 0, ended.stdout + ended.stderr);
        const { floors, product, books, unexpected } = JSON.parse(readFileSync(json, 'utf8'));
        assert.deepEqual(books.faults, []);
        assert.deepEqual(
            unexpected.filter(({ rate, lost }) => rate === 0 || lost > 0),
            [],
        );
        assert.ok(floors.claim_us > 0 && floors.loop.per_s > 0 && floors.sqlite.length === 6);
        for (const key of ['claims', 'sold_out', 'redeem_hmac', 'redeem_ed25519'])
            assert.ok(product[key][0].raw[0].latency.count > 0, key);
        for (const key of ['read_voucher', 'read_campaign'])
            assert.ok(product[key][0].daemon_us.median > 0, key);
        assert.ok(product.open.length > 0 && product.overload.latency.count > 0);
        assert.ok(product.metered.answers['201'] > 0 && product.tills_beside.latency.count > 0);
        assert.deepEqual(
            product.idle.map(({ kind, count, failed }) => [kind, count, failed]),
            [
                ['idle', 200, 0],
                ['drip', 200, 0],
            ],
        );
        for (const { seen } of product.idle) assert.ok(seen >= 200, `${seen} connections seen`);
        assert.ok(product.database.bytes_a_claim > 0);
        assert.ok(books.issued > 0 && books.redeemed > 0);
    } finally {
        rmSync(dir, { recursive: true, force: true });
    }
});

// A server that answers /healthz well and all else by the row.
async function answered(handler, options) {
    const server = http.createServer((request, response) => {
        if (request.url !== '/healthz') return handler(request, response);
        response.setHeader('Content-Length', 2);
        response.end('{}');
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    try {
        return await load('get', {
            port: server.address().port,
            path: '/x',
            connections: 3,
            ops: 1,
            millis: 200,
            ...options,
        });
    } finally {
        server.closeAllConnections();
        server.close();
    }
}
const problem = (status, code) => (request, response) => {
    const body = JSON.stringify({ code });
    response.writeHead(status, { 'Content-Length': body.length });
    response.end(body);
};

test('what was expected is latency, what was not is refused', async () => {
    const fine = await answered(problem(409, 'sold_out'), { expect: '409/sold_out' });
    assert.equal(fine.refused.count, 0);
    assert.equal(fine.latency.count, fine.answers['409/sold_out']);
    assert.equal(fine.latency.count, fine.sent);
    const other = await answered(problem(409, 'already_claimed'), { expect: '409/sold_out' });
    assert.equal(other.latency.count, 0);
    assert.equal(other.refused.count, other.sent);
    assert.ok(other.answers['409/already_claimed'] > 0);
});

test('a connection cut without an answer is lost, and the run goes on', async () => {
    let n = 0;
    const run = await answered(
        (request, response) =>
            n++ % 2 ? request.socket.destroy() : problem(200, 'x')(request, response),
        { expect: '200' },
    );
    assert.ok(run.lost > 0 && run.latency.count > 0);
    assert.equal(run.lost + run.latency.count, run.sent);
});

test('arrivals of an open loop come whether or not answers do', async () => {
    const run = await answered(
        (request, response) => setTimeout(() => problem(200, 'x')(request, response), 100),
        { expect: '200', rate: 200, 'patience-ms': 50 },
    );
    // Three connections answer thirty a second at most: the others gave up, and none is forgotten.
    assert.ok(run.left > run.sent, JSON.stringify(run));
});

test('words that make no sense end the generator', async () => {
    for (const words of [
        { port: 0 },
        { port: 80, path: '/', connections: 1, threads: 2 },
        { port: 80, path: '/', nonsense: 1 },
        { port: 80, path: '/', watch: 'daemon:0' },
        { port: 80, path: '/', watch: 'daemon' },
    ])
        await assert.rejects(load('get', words), /bench_load/, JSON.stringify(words));
    await assert.rejects(load('claims', { port: 80 }), /bench_load/);
    await assert.rejects(load('redeem', { port: 80, till: 'trm:ed25519:00' }), /bench_load/);
    await assert.rejects(load('dance', { port: 80 }), /bench_load/);
});
