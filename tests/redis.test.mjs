// The door, with a real Redis and with worse: the seventh claim of a minute, over all workers and
// two daemons; Redis flushed, frozen, killed, lying. Claims go on, redemptions notice nothing, no
// budget is exceeded.
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Api, newKey } from '../scripts/lib/client.mjs';
import { startDaemon, startRedis, until } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

const pool = (count) => ({
    name: '10 元',
    value_fen: 1000,
    count,
    min_spend_fen: 2000,
    pack: null,
    stackable: true,
});
const generous = { claims_per_s: 1000000, per_resident_per_min: 6000 };
const perMinute = (n) => ({
    budget_fen: 1000000,
    per_person_limit: 60,
    pools: [pool(1000)],
    limits: { claims_per_s: 1000000, per_resident_per_min: n },
});
const redisSays = (socket, word) =>
    new Promise((done, fail) => {
        const c = net.createConnection(socket).once('error', fail);
        c.once('data', (bytes) => {
            c.destroy();
            done(bytes.toString());
        });
        c.write(`${word}\r\n`);
    });
// Each worker has its own line to Redis: sixteen new connections in a row meet them all.
const redisState = (w, state) =>
    until(`redis ${state}`, async () => {
        for (let i = 0; i < 16; i++) {
            const api = new Api(w.daemon.base, { connections: 1 });
            const ready = await api.get('/readyz');
            api.close();
            if (ready.json?.dependencies.redis !== state) return false;
        }
        return true;
    });
// A new connection each time, so that the kernel gives it to any worker.
async function claimAnew(w, campaign, n, base = w.daemon.base) {
    const api = new Api(base, { connections: 1 });
    const answer = await api.post(
        `/v1/campaigns/${campaign.campaign_id}/claims`,
        { pool_id: campaign.pools[0].pool_id },
        { token: await w.session(n) },
    );
    api.close();
    return answer;
}
function limited(answer, quota = 6) {
    const json = refused(answer, 429, 'rate_limited');
    assert.equal(json.retryable, true);
    assert.equal(json.op_state, 'none');
    const wait = Number(answer.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= Math.ceil(60 / quota), answer.headers['retry-after']);
    assert.match(answer.headers.ratelimit, /^"resident";r=0;t=[0-9]+$/);
    assert.equal(answer.headers['ratelimit-policy'], `"resident";q=${quota};w=60`);
}

describe('a real Redis', () => {
    let w, till, shop;
    before(async () => {
        w = await World.open({ redis: true, settings: { workers: 4 } });
        till = await w.till();
        shop = await w.campaign({ ...perMinute(6000) });
        await redisState(w, 'ok');
    });
    after(() => w?.close());

    test('the seventh claim in a minute is refused over all workers', async () => {
        const campaign = await w.campaign(perMinute(6));
        for (let i = 0; i < 6; i++) {
            const answer = await claimAnew(w, campaign, 300000);
            granted(answer, 201);
            assert.match(answer.headers.ratelimit, new RegExp(`^"resident";r=${5 - i};t=[0-9]+$`));
            assert.equal(answer.headers['ratelimit-policy'], '"resident";q=6;w=60');
        }
        limited(await claimAnew(w, campaign, 300000));
        for (let i = 0; i < 8; i++) limited(await claimAnew(w, campaign, 300000));
        granted(await claimAnew(w, campaign, 300001), 201);
        assert.equal((await w.balanced(campaign)).issued, 7);
        const page = String((await w.api.get('/metrics')).raw);
        const counted = (name) =>
            Number(page.match(new RegExp(`^huiquan_${name} ([0-9]+)$`, 'm'))?.[1]);
        assert.ok(counted('limit_asks_total{outcome="ok"}') >= 7, page);
        assert.ok(counted('redis_ask_duration_seconds_count') >= 7);
        // A worker that has let the whole burst through refuses without asking.
        const refusals = ['limit_asks_total', 'limit_local_asks_total'].map((name) =>
            counted(`${name}{outcome="refused"}`),
        );
        assert.ok(refusals[0] + refusals[1] >= 9, String(refusals));
    });
    test('forty at once by one person: six are let in', async () => {
        const campaign = await w.campaign(perMinute(6));
        await w.session(300002);
        const answers = await Promise.all(
            Array.from({ length: 40 }, () => claimAnew(w, campaign, 300002)),
        );
        assert.equal(answers.filter((a) => a.status === 201).length, 6);
        answers.filter((a) => a.status !== 201).forEach((a) => limited(a));
    });
    test('a campaign has its own count', async () => {
        const [one, other] = [await w.campaign(perMinute(1)), await w.campaign(perMinute(1))];
        granted(await claimAnew(w, one, 300003), 201);
        limited(await claimAnew(w, one, 300003), 1);
        granted(await claimAnew(w, other, 300003), 201);
    });
    test('what comes before the door is not replaced by it: no session, no counting', async () => {
        const campaign = await w.campaign(perMinute(1));
        granted(await claimAnew(w, campaign, 300004), 201);
        refused(
            await w.api.post(
                `/v1/campaigns/${campaign.campaign_id}/claims`,
                { pool_id: campaign.pools[0].pool_id },
                { token: 'none' },
            ),
            401,
            'unauthenticated',
        );
        refused(
            await w.api.post(
                `/v1/campaigns/${campaign.campaign_id}/claims`,
                { pool_id: 7 },
                { token: await w.session(300004) },
            ),
            400,
            'malformed',
        );
    });
    test("a campaign's own rate refuses with its name", async () => {
        const campaign = await w.campaign({
            ...perMinute(6000),
            limits: { claims_per_s: 1, per_resident_per_min: 6000 },
        });
        await w.sessionsOf(300100, 8);
        const answers = await Promise.all(
            Array.from({ length: 8 }, (_, i) => claimAnew(w, campaign, 300100 + i)),
        );
        const out = answers.filter((a) => a.status === 429);
        assert.ok(out.length > 0 && answers.every((a) => a.status === 201 || a.status === 429));
        for (const a of out) assert.equal(a.headers['ratelimit-policy'], '"campaign";q=1;w=1');
    });
    test('two daemons on one Redis count together', async () => {
        const campaign = await w.campaign(perMinute(6)),
            dir = path.join(w.dir, 'b');
        const session = await w.session(300200);
        await w.daemon.stop();
        cpSync(w.daemon.data, path.join(dir, 'data'), {
            recursive: true,
            filter: (from) => !from.endsWith('.sock'),
        });
        await w.restart();
        till.api = w.api;
        const second = await startDaemon(dir, {
            redis: w.redis.socket,
            issuers: w.issuer.config,
            settings: { workers: 2, daemons: 2 },
        });
        try {
            const answers = [];
            for (let i = 0; i < 9; i++)
                answers.push(
                    await claimAnew(w, campaign, 300200, i % 2 ? second.base : w.daemon.base),
                );
            assert.deepEqual(
                answers.map((a) => a.status),
                [201, 201, 201, 201, 201, 201, 429, 429, 429],
            );
            assert.ok(session);
        } finally {
            await second.stop();
        }
    });
    test('flushed: claims go on', async () => {
        const campaign = await w.campaign(perMinute(6000));
        for (let i = 0; i < 20; i++) {
            if (i % 5 === 0) await redisSays(w.redis.socket, 'FLUSHALL');
            if (i % 7 === 0) await redisSays(w.redis.socket, 'SCRIPT FLUSH');
            granted(await claimAnew(w, campaign, 300300), 201);
        }
    });
    test('keys of another kind in its place: claims go on', async () => {
        const campaign = await w.campaign(perMinute(6000));
        // On a busy machine Redis may answer too late for one claim and be passed over.
        const keys = await until('a key', async () => {
            granted(await claimAnew(w, campaign, 300301), 201);
            const lines = (await redisSays(w.redis.socket, 'KEYS *')).split('\r\n');
            const ours = lines.filter((line) => line.startsWith('hq:'));
            return ours.length > 0 && ours;
        });
        for (const key of keys) {
            await redisSays(w.redis.socket, `DEL ${key}`);
            await redisSays(w.redis.socket, `LPUSH ${key} x`);
        }
        for (let i = 0; i < 5; i++) granted(await claimAnew(w, campaign, 300301), 201);
        await redisSays(w.redis.socket, 'FLUSHALL');
    });
    test('Redis holds no personal data', async () => {
        const keys = await redisSays(w.redis.socket, 'KEYS *');
        assert.ok(!keys.includes('410108') && !keys.includes('138'), keys);
    });
    async function without(n) {
        const campaign = await w.campaign({
            ...perMinute(6000),
            budget_fen: 10000,
            pools: [pool(10)],
        });
        await w.sessionsOf(n, 30);
        const answers = await Promise.all(
            Array.from({ length: 30 }, (_, i) => claimAnew(w, campaign, n + i)),
        );
        assert.deepEqual(
            [201, 409, 429].map((s) => answers.filter((a) => a.status === s).length),
            [10, 20, 0],
        );
        assert.equal((await w.balanced(campaign)).available_fen, 0);
        const voucher = await w.voucher(shop, n);
        granted(await till.redeem(voucher, { amount_fen: 5000 }), 201);
    }
    test('frozen (SIGSTOP): claims and redemptions go on, degraded; then it answers again', async () => {
        w.redis.kill('SIGSTOP');
        try {
            await without(300400);
            const ready = await until('degraded', async () => {
                const r = await w.api.get('/readyz');
                return r.json?.status === 'degraded' && r;
            });
            assert.equal(ready.status, 200);
        } finally {
            w.redis.kill('SIGCONT');
        }
        await redisState(w, 'ok');
    });
    test("killed: claims and redemptions go on, one worker keeps a resident's rate; then it is back", async () => {
        await w.redis.kill('SIGKILL');
        await without(300500);
        await redisState(w, 'down');
        const campaign = await w.campaign(perMinute(6));
        const statuses = []; // one connection, so one worker
        const one = new Api(w.daemon.base, { connections: 1 });
        for (let i = 0; i < 7; i++)
            statuses.push(
                (
                    await one.post(
                        `/v1/campaigns/${campaign.campaign_id}/claims`,
                        { pool_id: campaign.pools[0].pool_id },
                        { token: await w.session(300550) },
                    )
                ).status,
            );
        one.close();
        assert.deepEqual(statuses, [201, 201, 201, 201, 201, 201, 429]);
        w.redis = await startRedis(w.dir);
        await redisState(w, 'ok');
        const again = await w.campaign(perMinute(6));
        for (let i = 0; i < 6; i++) granted(await claimAnew(w, again, 300551), 201);
        limited(await claimAnew(w, again, 300551));
    });
});

// A stand-in that takes the script as Redis does and answers each call of it with a lie.
describe('a lying Redis', () => {
    const big = Buffer.alloc(1 << 20, 0x78);
    const lies = {
        'an error that never ends': `-${'E'.repeat(100000)}`,
        'plain noise': '\x00\xff\x80 not RESP at all \r\n\r\n',
        'OK to everything': '+OK\r\n',
        'an error': '-ERR no\r\n',
        'NOSCRIPT for ever': '-NOSCRIPT No matching script\r\n',
        nil: '$-1\r\n',
        'an empty array': '*0\r\n',
        'a nil array': '*-1\r\n',
        'one number': ':1\r\n',
        'numbers too many': '*6\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n:1\r\n',
        'numbers too few': '*4\r\n:1\r\n:0\r\n:5\r\n:0\r\n',
        'negative numbers': '*5\r\n:-1\r\n:-1\r\n:-5\r\n:-7\r\n:-1\r\n',
        'a rule that was not asked': '*5\r\n:1\r\n:9\r\n:5\r\n:0\r\n:1\r\n',
        'allowed and to wait': '*5\r\n:1\r\n:0\r\n:5\r\n:100000\r\n:1\r\n',
        'refused, wait a century': '*5\r\n:0\r\n:0\r\n:0\r\n:3155760000000000\r\n:1\r\n',
        'numbers as texts': '*5\r\n$1\r\n1\r\n$1\r\n0\r\n$1\r\n5\r\n$1\r\n0\r\n$1\r\n1\r\n',
        'numbers beyond 64 bits': '*5\r\n:99999999999999999999999\r\n:0\r\n:0\r\n:0\r\n:0\r\n',
        'a length beyond memory': '*2147483647\r\n:1\r\n',
        'a length below zero': '*-7\r\n',
        'a text of a mebibyte': Buffer.concat([
            Buffer.from(`$${big.length}\r\n`),
            big,
            Buffer.from('\r\n'),
        ]),
        'half an answer': '*5\r\n:1\r\n:0\r\n',
        'two answers to one question':
            '*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n',
        'nested without end': '*1\r\n'.repeat(64),
        'everything allowed': '*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n',
        silence: '',
        'the line is cut': null,
    };
    let w,
        till,
        shop,
        lie = '+OK\r\n',
        asked = 0;
    const open = new Set();
    let server;
    before(async () => {
        w = await World.open({ connections: 8 });
        till = await w.till();
        await w.daemon.stop();
        const socket = path.join(w.dir, 'liar.sock');
        server = net.createServer((c) => {
            open.add(c);
            c.on('close', () => open.delete(c));
            c.on('error', () => {});
            c.on('data', (bytes) => {
                const words = bytes.toString('latin1');
                if (/SCRIPT\r\n/.test(words)) c.write(`$40\r\n${'a1'.repeat(20)}\r\n`);
                if (!/EVAL/.test(words)) return;
                asked++;
                if (lie === null) c.destroy();
                else c.write(lie);
            });
        });
        await new Promise((done) => server.listen(socket, done));
        w.api.close();
        w.daemon = await startDaemon(path.join(w.dir, 'a'), {
            redis: socket,
            settings: { workers: 2, redis_timeout_ms: 200 },
        });
        w.api = new Api(w.daemon.base, { connections: 8 });
        till.api = w.api;
        shop = await w.campaign({ ...perMinute(6000) });
    });
    after(async () => {
        await w?.close();
        for (const c of open) c.destroy();
        server?.close();
        rmSync(w?.dir ?? '', { recursive: true, force: true });
    });
    let n = 310000;
    for (const [name, answer] of Object.entries(lies)) {
        test(name, async () => {
            lie = answer;
            for (const c of open) c.destroy();
            const campaign = await w.campaign({
                budget_fen: 5000,
                pools: [pool(5)],
                limits: generous,
            });
            n += 20;
            const before = asked;
            // The breaker may be open after the lie before: until it is asked again, nothing is proved.
            await until(
                'the liar is asked',
                async () => {
                    assert.match(String((await w.claim(shop, 319999)).status), /^(201|409)$/);
                    return asked > before;
                },
                20000,
            );
            const answers = await Promise.all(
                Array.from({ length: 12 }, (_, i) => w.claim(campaign, n + i)),
            );
            assert.deepEqual(
                [201, 409].map((s) => answers.filter((a) => a.status === s).length),
                [5, 7],
                answers.map((a) => `${a.status} ${a.json?.code}`).join(),
            );
            assert.equal((await w.balanced(campaign)).issued, 5);
            granted(
                await till.redeem(answers.find((a) => a.status === 201).json.vouchers[0], {
                    amount_fen: 5000,
                    no: newKey(),
                }),
                201,
            );
            assert.equal((await w.api.get('/readyz')).status, 200);
        });
    }
    test('everybody refused: a stricter door, no fault, redemptions notice nothing', async () => {
        const voucher = await w.voucher(shop, 319998);
        // A wait beyond one step of the rate would be seen through: a refusal that could be true.
        lie = '*5\r\n:0\r\n:0\r\n:0\r\n:5000\r\n:1000000\r\n';
        for (const c of open) c.destroy();
        const before = asked;
        await until(
            'refused',
            async () => (await w.claim(shop, 319997)).status === 429 && asked > before,
            20000,
        );
        granted(await till.redeem(voucher, { amount_fen: 5000 }), 201);
    });
});
