// The daemon as its operator meets it: keys rotated without a refusal, TLS, wrong settings, SIGTERM.
import assert from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import {
    closeSync,
    mkdirSync,
    mkdtempSync,
    openSync,
    readFileSync,
    readdirSync,
    rmSync,
    writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
    Api,
    Till,
    enroll,
    newIssuer,
    person,
    run,
    session,
    shopping,
    uscc,
} from '../scripts/lib/client.mjs';
import { buildDir, createAdmin, freePort, startDaemon, until } from '../scripts/lib/servers.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-daemon-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const tool = (...words) =>
    spawnSync(path.join(buildDir, 'huiquan'), words, { encoding: 'utf8', timeout: 20000 });

test('keys rotate under SIGHUP: no refusal, replays keep their key', async (t) => {
    const issuer = newIssuer();
    const daemon = await startDaemon(path.join(dir, 'rotate'), { issuers: issuer.config });
    const api = new Api(daemon.base);
    t.after(async () => {
        api.close();
        await daemon.stop();
    });
    const author = await createAdmin(daemon, '甲', ['operations']);
    const approver = await createAdmin(daemon, '乙', ['approver']);
    const token = author.token;
    const shop = { name: '商场', uscc: uscc(1), kind: 'shop', groups: [] };
    const merchant = (await api.post('/v1/admin/merchants', shop, { token })).json.merchant_id;
    const till = new Till(api, await enroll(api, author, merchant, '一'));
    const still = await run(api, author, approver, shopping());
    const moving = await run(api, author, approver, shopping({ presentation: 'rotating' }));
    const claim = async (n, campaign = still) => {
        const mine = await session(api, issuer, person(n));
        const answer = await api.post(
            `/v1/campaigns/${campaign.campaign_id}/claims`,
            { pool_id: campaign.pools[0].pool_id },
            { token: mine, key: `claim-${n}` },
        );
        assert.equal(answer.status, 201, answer.raw.toString());
        return { voucher: answer.json.vouchers[0], raw: answer.raw, mine };
    };
    const keys = async () => (await api.get('/.well-known/jwks.json')).json.keys.map((k) => k.kid);
    const [before] = await keys();
    const old = await claim(1);
    const rotated = tool('key', 'rotate', '--key-dir', path.join(daemon.data, 'keys'));
    assert.equal(rotated.status, 0, rotated.stderr);
    process.kill(daemon.pid, 'SIGHUP');
    await until('three keys', async () => (await keys()).length === 3);
    assert.notEqual((await keys())[0], before);
    assert.ok((await keys()).includes(before), 'the retired key stays');
    const fresh = await claim(2);
    const again = await claim(1);
    assert.ok(again.raw.equals(old.raw), 'a replay is signed by the key of its row');
    const jwks = path.join(dir, 'jwks.json');
    writeFileSync(jwks, (await api.get('/.well-known/jwks.json')).raw);
    for (const { voucher } of [old, fresh]) {
        const seen = tool('token', 'verify', '--jwks', jwks, voucher.token);
        assert.equal(seen.status, 0, seen.stderr);
        assert.equal((await till.redeem(voucher, { amount_fen: 20000 })).status, 201);
    }
    const by = { token: (await claim(3, moving)).mine };
    const voucher = (await claim(3, moving)).voucher;
    const bare = await till.redeem(voucher, { amount_fen: 20000 });
    assert.equal(bare.json.code, 'signature_invalid', 'the code of the moment is missing');
    const svg = await api.get(`/v1/vouchers/${voucher.voucher_id}/qr.svg`, by);
    assert.match(svg.raw.toString(), /viewBox="0 0 53 53"/, '259 digits need 45 modules');
});

test('TLS with a certificate and its key; SIGTERM ends with 0', async () => {
    const at = path.join(dir, 'tls');
    mkdirSync(at);
    const pem = (name) => path.join(at, name);
    const made = spawnSync('openssl', [
        ...['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
        ...['-keyout', pem('key.pem'), '-out', pem('cert.pem')],
    ]);
    assert.equal(made.status, 0);
    const port = await freePort();
    const words = ['--listen', `127.0.0.1:${port}`, '--data-dir', pem('data')];
    words.push('--tls-cert', pem('cert.pem'), '--tls-key', pem('key.pem'));
    const daemon = spawn(path.join(buildDir, 'huiquand'), words, { stdio: 'ignore' });
    const ended = new Promise((done) => daemon.once('exit', done));
    try {
        const url = `https://127.0.0.1:${port}/healthz`;
        const ask = () => spawnSync('curl', ['-s', '--cacert', pem('cert.pem'), '-k', url]);
        await until('an answer over TLS', () => ask().status === 0);
        assert.equal(ask().stdout.toString(), '{"status":"ok"}');
        assert.notEqual(spawnSync('curl', ['-s', url.replace('https', 'http')]).status, 0);
    } finally {
        daemon.kill('SIGTERM');
    }
    assert.equal(await ended, 0);
});

test('wrong settings stop the start, all faults at once, each with its line', () => {
    const file = path.join(dir, 'bad.ini');
    writeFileSync(file, 'listen = nonsense\nworkers = 9999\nfoo = 1\n');
    const start = spawnSync(path.join(buildDir, 'huiquand'), ['--config', file], {
        encoding: 'utf8',
    });
    assert.equal(start.status, 2);
    for (const line of ['bad.ini:1: listen', 'bad.ini:2: workers', 'bad.ini:3: no setting']) {
        assert.ok(start.stderr.includes(line), `${line} in ${start.stderr}`);
    }
});

test('a second daemon on the same data is refused, and says why', async (t) => {
    const daemon = await startDaemon(path.join(dir, 'one'), {});
    t.after(() => daemon.stop());
    const port = await freePort();
    const words = ['--listen', `127.0.0.1:${port}`, '--data-dir', daemon.data];
    const second = spawnSync(path.join(buildDir, 'huiquand'), words, {
        encoding: 'utf8',
        timeout: 20000,
    });
    assert.equal(second.status, 1);
    assert.match(second.stderr, /another huiquand uses this data_dir/);
    assert.ok(!readFileSync(daemon.log, 'utf8').includes('bug'), 'the first one goes on');
});

test('a second daemon on the same port is refused, and says why', async (t) => {
    const daemon = await startDaemon(path.join(dir, 'port'), {});
    t.after(() => daemon.stop());
    const words = ['--listen', `127.0.0.1:${daemon.port}`, '--data-dir', path.join(dir, 'other')];
    const second = spawnSync(path.join(buildDir, 'huiquand'), words, {
        encoding: 'utf8',
        timeout: 20000,
    });
    assert.equal(second.status, 1);
    assert.match(second.stderr, /somebody listens there already/);
});

// The port that was found, by the line "ready" of the log.
async function startAnywhere(t, name, ...words) {
    const log = path.join(dir, `${name}.log`);
    const data = path.join(dir, name);
    const args = ['--listen', '127.0.0.1:0', '--data-dir', data, ...words];
    const fd = openSync(log, 'a');
    const child = spawn(path.join(buildDir, 'huiquand'), args, { stdio: ['ignore', fd, fd] });
    closeSync(fd);
    const ended = new Promise((done) => child.once('exit', done));
    t.after(async () => {
        child.kill('SIGTERM');
        await ended;
    });
    let ready;
    await until('ready', () => {
        const lines = readFileSync(log, 'utf8').split('\n');
        ready = lines.find((line) => line.includes('"event":"ready"'));
        return ready !== undefined;
    });
    return Number(JSON.parse(ready).address.split(':')[1]);
}
test('port 0: all workers share one free port, and the log names it', async (t) => {
    const port = await startAnywhere(t, 'anywhere', '--workers', '4');
    const api = new Api(`http://127.0.0.1:${port}`, { connections: 40 });
    t.after(() => api.close());
    const asks = Array.from({ length: 40 }, () => api.get('/healthz'));
    for (const answer of await Promise.all(asks)) assert.equal(answer.status, 200);
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const listening = readFileSync('/proc/net/tcp', 'latin1')
        .split('\n')
        .filter((line) => line.includes(`0100007F:${hex} 00000000:0000 0A`));
    assert.equal(listening.length, 4);
});

test('the listener for metrics serves nothing else', async (t) => {
    const metricsPort = await freePort();
    const daemon = await startDaemon(path.join(dir, 'metrics'), { metricsPort });
    const api = new Api(`http://127.0.0.1:${metricsPort}`);
    t.after(async () => {
        api.close();
        await daemon.stop();
    });
    for (const [where, status] of Object.entries({
        '/metrics': 200,
        '/healthz': 200,
        '/readyz': 200,
        '/v1/campaigns': 404,
        '/v1/admin/campaigns': 404,
        '/v1/admin/admins': 404,
        '/docs': 404,
    }))
        assert.equal((await api.get(where)).status, status, where);
    assert.equal((await api.request('POST', '/v1/sessions', { body: {} })).status, 404);
    const posted = await api.request('POST', '/metrics', { body: {} });
    assert.equal(posted.headers.allow, 'GET, HEAD, OPTIONS');
});

test('open files: raised as far as connections_max needs; fewer mean fewer connections', () => {
    const start = (hard) => {
        const words = ['--listen', '127.0.0.1:0', '--data-dir', path.join(dir, `files${hard}`)];
        const daemon = [path.join(buildDir, 'huiquand'), ...words, '--workers', '2'];
        const limited = `ulimit -S -n 64; ulimit -H -n ${hard}; exec timeout 2 "$@"`;
        return spawnSync('bash', ['-c', limited, '-', ...daemon, '--connections-max', '2000'], {
            encoding: 'utf8',
            timeout: 20000,
        });
    };
    const [none, some, enough] = [start(200), start(1000), start(4000)];
    assert.equal(none.status, 1);
    assert.match(none.stderr, /connections_max: needs \d+ open files.*allows 200.*: 0 connections/);
    assert.match(some.stderr, /allows 1000.*: [1-9]\d\d connections\n.*"event":"ready"/);
    assert.match(enough.stderr, /^\{[^\n]*"event":"ready"/);
});

test('a database whose keys are gone does not get new ones', async (t) => {
    const daemon = await startDaemon(path.join(dir, 'keyless'), {});
    await daemon.stop();
    const words = ['--listen', '127.0.0.1:0', '--data-dir', daemon.data];
    const elsewhere = path.join(dir, 'mistyped');
    const start = spawnSync(path.join(buildDir, 'huiquand'), [...words, '--key-dir', elsewhere], {
        encoding: 'utf8',
        timeout: 20000,
    });
    assert.equal(start.status, 1);
    assert.match(start.stderr, /no keys, but data_dir has a database/);
    assert.deepEqual(readdirSync(elsewhere), []);
    // Keys of another service are not taken for these either.
    const other = await startDaemon(path.join(dir, 'other'), {});
    await other.stop();
    const foreign = spawnSync(
        path.join(buildDir, 'huiquand'),
        [...words, '--key-dir', path.join(other.data, 'keys')],
        { encoding: 'utf8', timeout: 20000 },
    );
    assert.equal(foreign.status, 1);
    assert.match(foreign.stderr, /data_dir was made with other keys/);
    const again = await daemon.start();
    t.after(() => again.stop());
});
