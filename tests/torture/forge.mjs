// tests/torture/forge.mjs: forged tokens, assertions, signatures and keys: none is believed, no honest one refused
//
// Three parts. (1) build/torture_forge: a million forgeries and honest ones against the code
// itself; their maker knows what must come of each. (2) 20,000 assertions made here, judged by the
// code and by npm's jose: what ours believes jose believes too, and where ours alone refuses, the
// case says why it is stricter. (3) A daemon: forged assertions at the door, forged tokens at a
// till, one campaign's claims under another's signature, keys of small order at enrolment, and keys
// that retire and are revoked. It must show 0 false accepts and 0 false refuses.
//
// --assertions N   how many for part 2
import { spawn } from 'node:child_process';
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { b64u, newKey, person } from '../../scripts/lib/client.mjs';
import { buildDir, root, until } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { hostileAssertions } from './lib/assertions.mjs';
import { runProgram } from './lib/program.mjs';
import { Random } from './lib/random.mjs';
import { changedDigit, digitsOf, tokenOf } from './lib/tokens.mjs';

const nowS = 1781834400;
const jsonOf = (part) => JSON.parse(Buffer.from(part, 'base64url'));

// --- Part 2: agreement with jose -----------------------------------------------------------------
function newCity() {
    const ed = generateKeyPairSync('ed25519');
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = (pair, kid) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig' });
    return {
        iss: 'https://city.example',
        keys: { ed: ed.privateKey, ec: ec.privateKey },
        jwks: { keys: [jwk(ed, 'ed'), jwk(ec, 'ec')] },
    };
}

const signing = {
    ed: { alg: 'EdDSA', by: (input, key) => sign(null, input, key) },
    ec: {
        alg: 'ES256',
        by: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
    },
};

// A text that no encoder writes: other spellings of the same bytes.
const isCanonical = (compact) =>
    compact
        .split('.')
        .every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

function spoilt(random, compact) {
    const at = random.below(compact.length);
    const odd = random.pick([...' =.+/-_%"Aa0zZ9\t\\']);
    switch (random.below(6)) {
        case 0:
            return compact.slice(0, at) + odd + compact.slice(at + 1);
        case 1:
            return compact.slice(0, at) + odd + compact.slice(at);
        case 2:
            return compact.slice(0, at) + compact.slice(at + 1);
        case 3:
            return compact.slice(0, at);
        case 4:
            return compact + odd;
        default:
            return random.shuffled(compact.split('.')).join('.');
    }
}

function* assertions(random, city, count) {
    const who = { iss: city.iss, aud: 'huiquan', exp: nowS + 100 };
    const hostile = [...hostileAssertions(city, who, nowS, { sign, createHmac })];
    yield* hostile;
    for (let i = hostile.length; i < count; i++) {
        const kind = random.pick(['ed', 'ec']);
        const header = {
            alg: signing[kind].alg,
            kid: kind,
            ...(random.oneIn(2) && { typ: 'JWT' }),
        };
        const claims = { ...who, exp: nowS - 59 + random.below(5000), n: random.below(1e9) };
        const input = `${b64u(JSON.stringify(header))}.${b64u(JSON.stringify(claims))}`;
        const signature = signing[kind].by(Buffer.from(input), city.keys[kind]);
        const honest = `${input}.${b64u(signature)}`;
        if (random.oneIn(4)) {
            yield { name: 'honest', compact: honest, want: true };
            continue;
        }
        const compact = spoilt(random, honest);
        if (compact !== honest && !compact.includes('\n'))
            yield { name: 'spoilt', compact, want: false, stricter: !isCanonical(compact) };
    }
}

function judgedByUs(city, cases) {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-forge-'));
    const file = path.join(dir, 'issuers.json');
    writeFileSync(file, JSON.stringify([{ iss: city.iss, jwks: city.jwks }]));
    return new Promise((done, fail) => {
        const child = spawn(path.join(buildDir, 'torture_forge'), ['--judge', file, `${nowS}`], {
            stdio: ['pipe', 'pipe', 'inherit'],
        });
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
        child.on('error', fail);
        child.on('close', () => {
            rmSync(dir, { recursive: true });
            done(text.trimEnd().split('\n'));
        });
        child.stdin.end(cases.map(({ compact }) => `${compact}\n`).join(''));
    });
}

async function agreement(random, count, faults) {
    const require = createRequire(new URL('../cross/package.json', import.meta.url));
    const { createLocalJWKSet, jwtVerify } = await import(require.resolve('jose'));
    const city = newCity();
    const cases = [...assertions(random, city, count)];
    const ours = await judgedByUs(city, cases);
    const keys = createLocalJWKSet(city.jwks);
    const options = {
        issuer: city.iss,
        audience: 'huiquan',
        algorithms: ['EdDSA', 'Ed25519', 'ES256'],
        clockTolerance: 60,
        currentDate: new Date(nowS * 1000),
        requiredClaims: ['exp'],
    };
    const figures = { 'assertions judged twice': cases.length, 'ours stricter, by design': 0 };
    const say = (text, one) => faults.push(`${text}: ${one.name}: ${one.compact.slice(0, 300)}`);
    if (ours.length !== cases.length) faults.push(`${ours.length} words for ${cases.length} lines`);
    for (const [i, one] of cases.entries()) {
        const theirs = await jwtVerify(one.compact, keys, options).then(
            () => true,
            () => false,
        );
        const mine = ours[i] === 'good';
        if (mine !== one.want) say(mine ? 'believed' : `refused (${ours[i]})`, one);
        if (mine && !theirs) say('jose refuses', one);
        if (!mine && theirs && one.stricter) figures['ours stricter, by design']++;
        if (!mine && theirs && !one.stricter) say('jose alone believes', one);
    }
    return figures;
}

// --- Part 3: the daemon --------------------------------------------------------------------------
async function atTheDoor(w, count) {
    const key = createPrivateKey({ key: w.issuer.private_jwk, format: 'jwk' });
    const city = { iss: w.issuer.iss, keys: { ed: key }, jwks: w.issuer.config[0].jwks };
    const clock = Math.floor(Date.now() / 1000);
    const who = { iss: city.iss, aud: 'huiquan', exp: clock + 100, ...person(1) };
    for (const one of hostileAssertions(city, who, clock, {
        sign,
        createHmac,
        kid: w.issuer.kid,
    })) {
        const answer = await w.api.request('POST', '/v1/sessions', {
            body: { assertion: one.compact },
        });
        count(`session, ${one.name}`, answer.status === 201, one.want, answer);
        if (answer.status !== 201 && answer.json?.code !== 'unauthenticated')
            count(`session, ${one.name}: not unauthenticated`, true, false, answer);
    }
}

async function asVoucher(w, till, token) {
    const looked = await till.request('POST', '/v1/verifications', { body: { token } });
    const spent = await till.redeem({ token }, { amount_fen: 20000 });
    return { looked, spent };
}

async function atTheTill(w, till, random, count) {
    const shops = [await w.campaign(), await w.campaign()];
    const vouchers = [];
    for (const [i, shop] of shops.entries()) vouchers.push(await w.voucher(shop, 100 + i));
    const [first, second] = vouchers.map(({ token }) => tokenOf(token));
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const forged = {
        "one campaign's claims, the other's signature": [first.claims, second.signature],
        'the campaign changed': [first.change((c) => second.claims.copy(c, 24, 24, 28))],
        'the face doubled': [first.change((c) => c.writeUInt32BE(c.readUInt32BE(28) * 2, 28))],
        'a year longer': [first.change((c) => c.writeUInt32BE(c.readUInt32BE(36) + 31536000, 36))],
        'by a stranger': [first.claims, sign(null, first.signedBytes, stranger)],
        'by a stranger, kid unknown': [first.change((c) => c.fill(7, 4, 8))],
        'S + L': [first.claims, first.withOrderAdded()],
        zeros: [first.claims, Buffer.alloc(64)],
        'without its domain': [first.claims, sign(null, first.claims, stranger)],
        'version 2': [first.change((c) => c.writeUInt8(2, 0))],
    };
    for (const [name, [claims, signature = first.signature]] of Object.entries(forged)) {
        const { looked, spent } = await asVoucher(w, till, digitsOf(claims, signature));
        count(`till, ${name}`, spent.status === 201 || looked.json?.valid !== false, false, spent);
    }
    const digits = vouchers[0].token;
    const texts = [digits.slice(1), `${digits}0`, ` ${digits}`, digits.replace(/./, '０'), ''];
    for (let i = 0; i < 50; i++) texts.push(changedDigit(random, digits));
    for (const text of texts) {
        const { looked, spent } = await asVoucher(w, till, text);
        count(
            `till, digits ${text}`,
            spent.status === 201 || looked.json?.valid === true,
            false,
            spent,
        );
    }
    for (const voucher of vouchers) {
        const { looked, spent } = await asVoucher(w, till, voucher.token);
        count('till, honest', spent.status === 201 && looked.json?.valid === true, true, spent);
    }
    for (const shop of shops) await w.balanced(shop);
}

// The command line's keys and SIGHUP, as an operator rotates them.
async function keyLife(w, till, count) {
    const dir = path.join(w.daemon.data, 'keys');
    const tool = (...words) =>
        new Promise((done, fail) => {
            const args = ['key', ...words, '--key-dir', dir];
            spawn(path.join(buildDir, 'huiquan'), args, { stdio: 'ignore' })
                .on('error', fail)
                .on('close', (status) =>
                    status === 0 ? done() : fail(new Error(`key ${words}: ${status}`)),
                );
        });
    const kids = async () =>
        (await w.api.get('/.well-known/jwks.json')).json.keys.map((k) => k.kid);
    const reread = async (holds) => {
        process.kill(w.daemon.pid, 'SIGHUP');
        await until('the keys', async () => holds(await kids()));
    };
    const shop = await w.campaign({ per_person_limit: 1 });
    const [old] = await kids();
    const claims = [];
    for (let n = 200; n < 204; n++) {
        const key = newKey();
        const answer = await w.claim(shop, n, { key });
        claims.push({ n, key, answer, token: answer.json.vouchers[0].token });
    }
    await tool('rotate');
    await reread((list) => list[0] !== old && list.includes(old));
    const retired = await asVoucher(w, till, claims[0].token);
    count('a retired key', retired.spent.status === 201, true, retired.spent);
    await tool('revoke', old);
    await reread((list) => !list.includes(old));
    const judged = async (when) => {
        for (const { token } of claims.slice(1)) {
            const { looked, spent } = await asVoucher(w, till, token);
            const believed = spent.status === 201 || looked.json?.valid !== false;
            count(`a revoked key, ${when}`, believed, false, spent);
        }
    };
    await judged('after SIGHUP');
    await w.restart();
    till.api = w.api;
    await judged('after a restart');
    const fresh = await asVoucher(w, till, (await w.voucher(shop, 210)).token);
    count('the key that follows', fresh.spent.status === 201, true, fresh.spent);
}

async function weakKeys(w, till, count) {
    const file = path.join(root, 'tests/vectors/ed25519_small_order.json');
    for (const { public_key, forged } of JSON.parse(readFileSync(file)).keys) {
        const made = await w.api.post(
            `/v1/admin/merchants/${till.merchant.merchant_id}/terminals`,
            { outlet: '一号', limits: {} },
            { token: w.author.token },
        );
        const x = b64u(Buffer.from(public_key, 'hex'));
        const answer = await w.api.post('/v1/terminals/enroll', {
            enrollment_code: made.json.enrollment_code,
            public_key_jwk: { kty: 'OKP', crv: 'Ed25519', x },
            proof: b64u(Buffer.from(forged?.signature ?? '00'.repeat(64), 'hex')),
        });
        count(`enrolment of ${public_key}`, answer.status === 201, false, answer);
    }
}

async function blackBox(random, faults) {
    const figures = {
        'asked of the daemon': 0,
        'false accepts there': 0,
        'false refuses there': 0,
    };
    const count = (name, believed, want, answer) => {
        figures['asked of the daemon']++;
        if (believed === want) return;
        figures[believed ? 'false accepts there' : 'false refuses there']++;
        faults.push(
            `${believed ? 'believed' : 'refused'}: ${name}: ${answer.status} ${answer.raw}`,
        );
    };
    const w = await World.open();
    try {
        const till = await w.till();
        await atTheDoor(w, count);
        await atTheTill(w, till, random, count);
        await weakKeys(w, till, count);
        await keyLife(w, till, count);
    } finally {
        await w.close();
    }
    return figures;
}

export async function run({ seed, quick, assertions: asked }) {
    const random = new Random(seed);
    const faults = [];
    const million = await runProgram('forge', { seed, quick });
    faults.push(...million.faults);
    const twice = await agreement(random.fork('jose'), asked ?? (quick ? 1500 : 20000), faults);
    const black = await blackBox(random.fork('daemon'), faults);
    const figures = { ...million.figures, ...twice, ...black };
    return { ok: million.ok && faults.length === 0, figures, faults: faults.slice(0, 20) };
}
