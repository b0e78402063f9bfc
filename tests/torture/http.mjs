// tests/torture/http.mjs: 700 malformed requests, direct and behind proxies; crowds; no descriptors left; injected text
//
// (1) Every request of lib/malformed.mjs at the daemon: exactly one answer with exactly its status,
// then the connection ends; the whole request that stands behind it is never carried out. (2) The
// same through nginx and HAProxy (strict, and lax) with shared connections to the daemon: it carries
// out no more of those second requests than the proxy sent on, and honest clients of the same proxy
// get their own answers. (3) --crowd connections that drip a byte a second: what honest ones wait.
// (4) No descriptors left: who is there is served on, the loop does not spin, and once there are
// some again so are the others. (5) Text that would split an answer or forge a line of the log.
//
// nginx and HAProxy are installed by hand (apt-get install nginx-light haproxy); without them part 2
// is left out, and says so. --quick leaves out the proxies and the crowd.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Api } from '../../scripts/lib/client.mjs';
import { buildDir, until } from '../../scripts/lib/servers.mjs';
import { World, answersIn, exchange } from '../../scripts/lib/world.mjs';
import { injections, judgeLog, judgeMetrics } from './lib/injection.mjs';
import { canary, malformedRequests } from './lib/malformed.mjs';
import { startProxies } from './lib/proxies.mjs';
import { Random } from './lib/random.mjs';

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function inParallel(list, width, act) {
    let next = 0;
    const worker = async () => {
        while (next < list.length) await act(list[next++]);
    };
    await Promise.all(Array.from({ length: width }, worker));
}

async function canariesServed(w) {
    const text = String((await w.api.get('/metrics')).raw);
    const lines = text.matchAll(
        /^huiquan_http_requests_total\{route="GET \/v1\/admin\/checkpoints"[^}]*\} (\d+)$/gm,
    );
    return [...lines].reduce((sum, [, n]) => sum + Number(n), 0);
}

// --- (1) -----------------------------------------------------------------------------------------
async function direct(w, rows, faults) {
    let held = 0;
    // A canary that is carried out is seen.
    const alone = canary.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    await exchange(w.daemon.port, alone);
    const before = await canariesServed(w);
    if (before !== 1) faults.push(`the canary was counted ${before} times`);
    await inParallel(rows, 16, async ({ name, bytes, status }) => {
        const whole = Buffer.concat([bytes, Buffer.from(canary)]);
        const seen = await exchange(w.daemon.port, whole, { ms: 14000 }).catch((error) => ({
            text: `${error}`,
        }));
        const got = answersIn(seen.text).map((answer) => answer.status);
        if (`${got}` === `${status}` && seen.closed) held++;
        else faults.push(`${name}: ${got} for ${status}, ${seen.closed ? 'closed' : 'open'}`);
    });
    const served = (await canariesServed(w)) - before;
    if (served > 0) faults.push(`${served} second requests were carried out`);
    return { 'malformed requests, exact status and close': held, 'two for one': served };
}

// --- (2) -----------------------------------------------------------------------------------------
const honestAsks = [
    ['/healthz', /"status":"ok"/],
    ['/.well-known/jwks.json', /"keys":\[/],
    ['/v1/campaigns?limit=1', /"items":\[/],
];

// Clients of the same proxy, until told to stop: each answer must be of its own question.
async function honestClients(port, faults, isOver) {
    const api = new Api(`http://127.0.0.1:${port}`, { connections: 4 });
    const waits = [];
    for (let i = 0; !isOver(); i++) {
        const [target, own] = honestAsks[i % honestAsks.length];
        const from = process.hrtime.bigint();
        const answer = await api.get(target).catch((error) => ({ raw: `${error}` }));
        waits.push(Number((process.hrtime.bigint() - from) / 1000n));
        if (answer.status !== 200 || !own.test(answer.raw))
            faults.push(`honest ${target}: ${answer.status} ${`${answer.raw}`.slice(0, 200)}`);
    }
    api.close();
    return waits;
}

// What a proxy answers is its own affair; silence is an answer too.
const toProxy = (port, bytes) =>
    new Promise((done) => {
        const parts = [];
        const socket = net.connect(port, '127.0.0.1');
        const finish = () => {
            socket.destroy();
            done(Buffer.concat(parts).toString('latin1'));
        };
        socket.setTimeout(2500, finish);
        socket.on('data', (part) => parts.push(part));
        socket.on('end', finish);
        socket.on('error', finish);
        socket.write(bytes);
    });

async function throughProxy(w, proxy, rows, faults) {
    let isOver = false;
    const before = await canariesServed(w);
    const honest = [0, 1].map(() => honestClients(proxy.port, faults, () => isOver));
    await inParallel(rows, 24, async ({ bytes }) => {
        await toProxy(proxy.port, Buffer.concat([bytes, Buffer.from(canary)]));
    });
    isOver = true;
    const waits = (await Promise.all(honest)).flat();
    await wait(300); // the proxy's log
    const served = (await canariesServed(w)) - before;
    const sentOn = proxy.seen('GET /v1/admin/checkpoints');
    if (served > sentOn)
        faults.push(`${proxy.name}: ${served} second requests carried out, ${sentOn} sent on`);
    return {
        [`${proxy.name}: requests`]: rows.length,
        [`${proxy.name}: second requests sent on / carried out`]: `${sentOn} / ${served}`,
        [`${proxy.name}: honest answers between`]: waits.length,
    };
}

async function behindProxies(w, rows, faults) {
    const proxies = await startProxies(w.dir, w.daemon.port);
    const figures = {};
    if (proxies.length < 3) figures['proxies'] = 'not all installed: that part was left out';
    try {
        for (const proxy of proxies)
            Object.assign(figures, await throughProxy(w, proxy, rows, faults));
    } finally {
        for (const proxy of proxies) await proxy.stop();
    }
    return figures;
}

// --- (3) -----------------------------------------------------------------------------------------
const p99 = (list) => list.sort((a, b) => a - b)[Math.floor(list.length * 0.99)];

async function honestWaits(w, count, faults) {
    let left = count;
    const ask = () => honestClients(w.daemon.port, faults, () => left-- <= 0);
    return p99((await Promise.all([ask(), ask(), ask(), ask()])).flat());
}

async function crowd(w, size, faults) {
    const quiet = await honestWaits(w, 4000, faults);
    const args = ['drip', `${w.daemon.port}`, `${size}`];
    const child = spawn(path.join(buildDir, 'bench_crowd'), args, {
        stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise((done) => child.once('close', done));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
    await until('the crowd', () => text.includes('ready'), 60000);
    await wait(8000); // by now the first are sent away as too slow, and come again
    const loud = await honestWaits(w, 4000, faults);
    child.stdin.end();
    await ended;
    const { count, reopened, failed } = JSON.parse(text.trim().split('\n').at(-1));
    if (count !== size || failed > 0) faults.push(`crowd: ${text}`);
    // Under ten milliseconds the noise of a machine that others use is larger than what is measured.
    if (loud > 2 * quiet && loud > 10000)
        faults.push(`honest p99 ${quiet} us, in the crowd ${loud} us`);
    return {
        'dripping connections': count,
        'sent away and back again': reopened,
        'honest p99 without / with them, us': `${quiet} / ${loud}`,
    };
}

// --- (4) -----------------------------------------------------------------------------------------
const cpuTicks = (pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
};
const openFiles = (pid) =>
    spawnSync('ls', [`/proc/${pid}/fd`], { encoding: 'utf8' }).stdout.split('\n').length - 1;

async function exhausted(w, till, faults) {
    const { pid, port } = w.daemon;
    const campaign = await w.campaign();
    const voucher = await w.voucher(campaign, 50);
    const own = new Api(w.daemon.base, { connections: 1 });
    await own.get('/healthz');
    const limit = openFiles(pid) + 100;
    spawnSync('prlimit', ['--pid', `${pid}`, `--nofile=${limit}:20000`]);
    const flood = [];
    for (let i = 0; i < 300; i++) {
        const socket = net.connect(port, '127.0.0.1').on('error', () => {});
        await new Promise((done) => socket.once('connect', done).once('close', done));
        flood.push(socket);
    }
    await until('no descriptor left', () => openFiles(pid) >= limit);
    const ticks = cpuTicks(pid);
    await wait(1000);
    const spun = cpuTicks(pid) - ticks;
    if (spun > 50) faults.push(`no descriptors: ${spun} ticks of a second spent on it`);
    let served = 0;
    for (let i = 0; i < 100; i++) served += (await own.get('/healthz')).status === 200;
    till.api = own;
    const spent = await till.redeem(voucher, { amount_fen: 20000 });
    till.api = w.api;
    if (served !== 100 || spent.status !== 201)
        faults.push(
            `no descriptors: ${served} of 100 answers, redemption ${spent.status} ${spent.raw}`,
        );
    for (const socket of flood) socket.destroy();
    const from = Date.now();
    await until('accepts again', async () => {
        const api = new Api(w.daemon.base);
        const answer = await api.get('/healthz', { timeout: 500 }).catch(() => ({}));
        api.close();
        return answer.status === 200;
    });
    own.close();
    const figures = {
        'answers without a descriptor left': served + 1,
        'ticks (10 ms) of that second': spun,
        'accepts again after, ms': Date.now() - from,
    };
    spawnSync('prlimit', ['--pid', `${pid}`, '--nofile=20000:20000']);
    return figures;
}

// --- (5) -----------------------------------------------------------------------------------------
async function injected(w, till, faults) {
    const { sent, taken } = await injections(w, till, faults);
    judgeMetrics(String((await w.api.get('/metrics')).raw), faults);
    await w.restart(); // what the log still held back is written
    return {
        'requests with injected text': sent,
        'of them taken': taken,
        'lines of log read': judgeLog(w.daemon.log, faults),
    };
}

export async function run({ seed, quick, crowd: size = 10000 }) {
    const rows = new Random(seed).shuffled(malformedRequests());
    const faults = [];
    const figures = {};
    const w = await World.open({ settings: { connections_max: 12000 } });
    try {
        const till = await w.till();
        Object.assign(figures, await direct(w, rows, faults));
        if (!quick) Object.assign(figures, await behindProxies(w, rows, faults));
        if (!quick) Object.assign(figures, await crowd(w, size, faults));
        Object.assign(figures, await exhausted(w, till, faults));
        Object.assign(figures, await injected(w, till, faults));
        if (!w.daemon.alive) faults.push('the daemon has ended');
    } finally {
        await w.close();
    }
    return { ok: faults.length === 0, figures, faults: faults.slice(0, 20) };
}
