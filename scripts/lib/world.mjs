// A small city for black-box tests: one daemon (with a real Redis if asked), administrators,
// merchants and tills, residents by number; and what tests say about answers.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
    Api,
    Till,
    assertion,
    at,
    enroll,
    newIssuer,
    newKey,
    person,
    run,
    session,
    shopping,
    uscc,
} from './client.mjs';
import { createAdmin, startDaemon, startRedis } from './servers.mjs';

const allRoles = ['budget', 'operations', 'approver'];
let usccNext = 5000;

export class World {
    static async open({
        redis = false,
        settings = {},
        issuers = [],
        connections = 64,
        dir,
        data,
    } = {}) {
        const w = new World();
        w.dir = dir ?? mkdtempSync(path.join(os.tmpdir(), 'huiquan-test-'));
        w.issuer = newIssuer();
        w.sessions = new Map();
        try {
            if (redis) w.redis = await startRedis(w.dir);
            w.daemon = await startDaemon(path.join(w.dir, 'a'), {
                redis: w.redis?.socket,
                issuers: [...w.issuer.config, ...issuers],
                settings,
                data,
            });
            w.connections = connections;
            w.api = new Api(w.daemon.base, { connections });
            w.author = await createAdmin(w.daemon, '王编制', allRoles);
            w.approver = await createAdmin(w.daemon, '李审批', allRoles);
        } catch (error) {
            await w.close();
            throw error;
        }
        return w;
    }
    async close() {
        this.api?.close();
        const { exit } = this.daemon ?? {};
        if (exit && exit.code !== 0 && exit.signal !== 'SIGKILL')
            console.error(
                `huiquand ended by itself: ${JSON.stringify(exit)}\n${readFileSync(
                    this.daemon.log,
                    'utf8',
                )
                    .split('\n')
                    .filter((line) => !line.startsWith('{'))
                    .slice(-20)
                    .join('\n')}`,
            );
        await this.daemon?.stop();
        await this.redis?.stop();
        rmSync(this.dir, { recursive: true, force: true });
    }
    // A dead connection in the pool of the client would only blur what is seen.
    async restart() {
        this.api.close();
        if (this.daemon.alive) await this.daemon.stop();
        this.daemon = await this.daemon.start();
        this.api = new Api(this.daemon.base, { connections: this.connections });
        this.onRestart?.();
    }
    async merchant(over = {}) {
        const n = usccNext++;
        const made = await this.api.post(
            '/v1/admin/merchants',
            { name: `商户${n}`, uscc: uscc(n), kind: 'shop', groups: [], ...over },
            { token: this.author.token },
        );
        assert.equal(made.status, 201, `${made.raw}`);
        return made.json;
    }
    async terminal(merchant, options) {
        return enroll(this.api, this.author, merchant.merchant_id, '一号机', options);
    }
    async till(over, options) {
        const merchant = await this.merchant(over);
        const till = new Till(this.api, await this.terminal(merchant, options));
        return Object.assign(till, { merchant });
    }
    async secondTill(first) {
        return Object.assign(new Till(this.api, await this.terminal(first.merchant)), {
            merchant: first.merchant,
        });
    }
    campaign(over) {
        return run(this.api, this.author, this.approver, shopping(over));
    }
    async draft(over) {
        const made = await this.api.post('/v1/admin/campaigns', shopping(over), {
            token: this.author.token,
        });
        assert.equal(made.status, 201, `${made.raw}`);
        return made.json;
    }
    act(campaign, word, who = this.author, body = {}) {
        return this.api.post(`/v1/admin/campaigns/${campaign.campaign_id}/${word}`, body, {
            token: who.token,
        });
    }
    async session(n) {
        if (!this.sessions.has(n))
            this.sessions.set(n, await session(this.api, this.issuer, person(n)));
        return this.sessions.get(n);
    }
    async sessionsOf(first, count) {
        const out = [];
        for (let i = 0; i < count; i += 64) {
            out.push(
                ...(await Promise.all(
                    Array.from({ length: Math.min(64, count - i) }, (_, k) =>
                        this.session(first + i + k),
                    ),
                )),
            );
        }
        return out;
    }
    async claim(campaign, n, { pool = campaign.pools[0], key = newKey(), headers } = {}) {
        const token = await this.session(n);
        return this.api.post(
            `/v1/campaigns/${campaign.campaign_id}/claims`,
            { pool_id: pool.pool_id },
            { token, key, headers },
        );
    }
    async voucher(campaign, n, options) {
        const made = await this.claim(campaign, n, options);
        assert.equal(made.status, 201, `${made.raw}`);
        return made.json.vouchers[0];
    }
    async ledger(campaign) {
        const answer = await this.api.get(`/v1/admin/campaigns/${campaign.campaign_id}/ledger`, {
            token: this.author.token,
        });
        assert.equal(answer.status, 200, `${answer.raw}`);
        return answer.json;
    }
    // funded = available + live + held + redeemed + settled + returned, each >= 0; issued <= count.
    async balanced(campaign) {
        const l = await this.ledger(campaign);
        const parts = ['available', 'live', 'held', 'redeemed', 'settled', 'returned'].map(
            (name) => l[`${name}_fen`],
        );
        assert.ok(
            parts.every((fen) => Number.isSafeInteger(fen) && fen >= 0),
            JSON.stringify(l),
        );
        assert.equal(
            parts.reduce((a, b) => a + b, 0),
            l.funded_fen,
            JSON.stringify(l),
        );
        for (const pool of l.pools)
            assert.ok(pool.issued >= 0 && pool.issued <= pool.count, JSON.stringify(pool));
        return l;
    }
}

// The answer is this refusal, and a whole problem document (RFC 9457).
export function refused(answer, status, code) {
    const shown = `${answer.status} ${answer.raw}`;
    assert.equal(answer.status, status, shown);
    assert.equal(answer.json?.code, code, shown);
    const { json } = answer;
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    assert.equal(json.type, `/errors/${code}`);
    assert.equal(json.status, status);
    for (const member of ['title', 'detail', 'request_id'])
        assert.ok(
            typeof json[member] === 'string' && json[member].length > 0,
            `${member}: ${shown}`,
        );
    assert.equal(typeof json.retryable, 'boolean', shown);
    assert.match(json.op_state, /^(none|done|unknown)$/);
    if (status === 429 || status === 503)
        assert.match(answer.headers['retry-after'], /^[1-9][0-9]*$/);
    for (const error of json.errors ?? []) {
        for (const member of ['pointer', 'code', 'detail'])
            assert.equal(typeof error[member], 'string', shown);
        assert.match(error.pointer, /^(\/.*)?$/);
    }
    return json;
}
export function granted(answer, status = 200) {
    assert.equal(answer.status, status, `${answer.status} ${answer.raw}`);
    return answer.json;
}
export const pointers = (json) => (json.errors ?? []).map((e) => e.pointer).sort();

// Sends bytes as they are and collects what comes until the peer closes, or `enough` says so.
export function exchange(port, bytes, { enough = () => false, next, ms = 8000 } = {}) {
    return new Promise((done, fail) => {
        const socket = net.createConnection({ host: '127.0.0.1', port });
        const parts = [];
        const timer = setTimeout(() => {
            socket.destroy();
            fail(
                new Error(
                    `silence for ${ms} ms after ${JSON.stringify(Buffer.concat(parts).toString('latin1'))}`,
                ),
            );
        }, ms);
        const finish = (closed) => {
            clearTimeout(timer);
            socket.destroy();
            done({ text: Buffer.concat(parts).toString('latin1'), closed });
        };
        socket.on('data', (part) => {
            parts.push(part);
            if (enough(Buffer.concat(parts).toString('latin1'))) finish(false);
        });
        socket.on('end', () => finish(true));
        socket.on('error', (error) => {
            if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish(true);
            else {
                clearTimeout(timer);
                fail(error);
            }
        });
        socket.write(bytes);
        if (next) socket.write(next);
    });
}
// Whole answers in a stream of bytes: [{status, headers, body}], by Content-Length.
// Answers to HEAD have no body.
export function answersIn(text) {
    const out = [];
    let rest = text;
    while (rest.length > 0) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) break;
        const [line, ...fields] = rest.slice(0, end).split('\r\n');
        const headers = Object.fromEntries(
            fields.map((f) => [
                f.slice(0, f.indexOf(':')).toLowerCase(),
                f.slice(f.indexOf(':') + 1).trim(),
            ]),
        );
        const size = Number(headers['content-length'] ?? 0);
        out.push({
            status: Number(line.split(' ')[1]),
            headers,
            body: rest.slice(end + 4, end + 4 + size),
        });
        rest = rest.slice(end + 4 + size);
    }
    return out;
}
export { assertion, at, newKey, person };
