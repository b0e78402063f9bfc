// The command line against a real daemon: each family once, its exit codes, and the commands that
// need no service (tokens, books, keys), also against forgeries.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertion, at, newKey, person, shopping, uscc } from '../scripts/lib/client.mjs';
import { buildDir, freePort, until } from '../scripts/lib/servers.mjs';
import { World } from '../scripts/lib/world.mjs';

let w, campaign, token, jwks, voucher;
const file = (name) => path.join(w.dir, name);
const noSqlite = spawnSync('sqlite3', ['--version']).status !== 0 && 'needs the sqlite3 command';

// Runs huiquan; the children's environment says nothing but what is given here.
function huiquan(words, { token: bearer, url = w.daemon.base, input = '' } = {}) {
    const env = { PATH: process.env.PATH, HUIQUAN_URL: url };
    if (bearer) env.HUIQUAN_TOKEN = bearer;
    const child = spawn(path.join(buildDir, 'huiquan'), words.map(String), { env });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes) => (out.stdout += bytes));
    child.stderr.on('data', (bytes) => (out.stderr += bytes));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return new Promise((done) =>
        child.once('close', (code, signal) => done({ ...out, code, signal })),
    );
}
async function ends(code, words, options) {
    const got = await huiquan(words, options);
    const shown = `huiquan ${words.join(' ').slice(0, 200)}: ${JSON.stringify(got)}`;
    assert.equal(got.code, code, shown);
    if (code === 2) assert.notEqual(got.stderr, '', shown);
    return got;
}
const good = async (words, options) => JSON.parse((await ends(0, words, options)).stdout);
const asAuthor = (words, options) => good(words, { token: w.author.token, ...options });
const asApprover = (words) => good(words, { token: w.approver.token });

before(async () => {
    w = await World.open();
    campaign = await w.campaign();
    token = await w.session(1);
    voucher = await w.voucher(campaign, 1);
    jwks = file('jwks.json');
    writeFileSync(jwks, (await w.api.get('/.well-known/jwks.json')).raw);
});
after(() => w?.close());

test('help and usage', async (t) => {
    assert.match((await ends(0, ['help'])).stdout, /huiquan token verify --jwks/);
    for (const [words, has, lacks] of [
        [['--help'], /^huiquan key rotate/m, /^nothing/m],
        [['help', 'campaign'], /^huiquan campaign submit/m, /^huiquan merchant/m],
        [['campaign', '--help'], /^huiquan campaign submit/m, /^huiquan merchant/m],
        [['campaign', 'submit', '--help'], /^huiquan campaign submit/m, /^huiquan campaign list/m],
    ])
        await t.test(words.join(' '), async () => {
            const { stdout } = await ends(0, words);
            assert.match(stdout, has);
            assert.doesNotMatch(stdout, lacks);
        });
    await t.test('a mistyped verb shows the verbs', async () => {
        const { stderr } = await ends(2, ['campaign', 'explode']);
        assert.match(stderr, /^huiquan campaign submit/m);
        assert.match(stderr, /campaign: no such verb$/m);
    });
    const keys = path.join(w.daemon.data, 'keys');
    const bad = {
        'help for nothing': ['help', 'coupon'],
        'no words': [],
        'a noun alone': ['campaign'],
        'an unknown noun': ['coupon', 'list'],
        'an unknown verb': ['campaign', 'explode', 'x'],
        'a word too few': ['campaign', 'show'],
        'a word too many': ['campaign', 'list', 'x'],
        'an option without its value': ['ledger', 'check', '--data-dir'],
        'an option of no command': ['campaign', 'list', '--colour', 'red'],
        'an option of another command': ['campaign', 'list', '--terminal-key', 'x'],
        'a needed option missing': ['merchant', 'create', '--name', 'x'],
        'an amount that is no number': ['campaign', 'budget', 'x', '--current', '1.5'],
        'no key file': ['redeem', 'query', 'x', '--terminal-key', '/nowhere'],
        'no definition': ['campaign', 'create', '/nowhere'],
        'no data directory': ['ledger', 'check'],
        'a time that is none': ['token', 'verify', '--jwks', jwks, '--at', 'noon', voucher.token],
        'no key set': ['token', 'verify', voucher.token],
        'a key id that is none': ['key', 'revoke', 'XYZ', '--key-dir', keys],
        'a key that is not there': ['key', 'revoke', '00000000', '--key-dir', keys],
        'a key of nowhere': ['key', 'revoke', '00000000'],
        'no token file': ['campaign', 'list', '--token-file', '/nowhere'],
    };
    for (const [name, words] of Object.entries(bad)) await t.test(name, () => ends(2, words));
});

test('token verify', async (t) => {
    const verify = (digits, ...more) => ['token', 'verify', '--jwks', jwks, ...more, digits];
    const digit = (i) => (d) => d.slice(0, i) + ((Number(d[i]) + 1) % 10) + d.slice(i + 1);
    const claims = await good(verify(voucher.token));
    assert.equal(claims.valid, true);
    assert.equal(claims.voucher_id, voucher.voucher_id);
    assert.equal(claims.value_fen, voucher.value_fen);
    assert.equal(claims.campaign_number, campaign.number);
    await t.test('the set by its address', async () => {
        const url = `${w.daemon.base}/.well-known/jwks.json`;
        assert.deepEqual(await good(['token', 'verify', '--jwks', url, voucher.token]), claims);
    });
    const lastSecond = new Date(Date.parse(claims.valid_to) - 1000).toISOString();
    await t.test('last second still good', () => good(verify(voucher.token, '--at', lastSecond)));
    for (const [name, when, code] of [
        ['expiry is exclusive', claims.valid_to, 'voucher_expired'],
        ['years later', '2099-01-01T00:00:00+08:00', 'voucher_expired'],
        ['years before', '2020-01-01T00:00:00+08:00', 'voucher_not_yet_valid'],
    ]) {
        await t.test(name, async () => {
            const got = await ends(5, verify(voucher.token, '--at', when));
            assert.equal(JSON.parse(got.stdout).code, code);
            assert.equal(JSON.parse(got.stdout).valid, false);
        });
    }
    const strangers = file('strangers.json');
    writeFileSync(strangers, JSON.stringify(w.issuer.config[0].jwks));
    const empty = file('empty.json');
    writeFileSync(empty, '{"keys":[]}');
    const broken = file('broken.json');
    writeFileSync(broken, '{"keys":');
    const refusals = {
        'a digit of the claims flipped': verify(digit(40)(voucher.token)),
        'the last digit flipped': verify(digit(252)(voucher.token)),
        'a digit short': verify(voucher.token.slice(1)),
        'a digit long': verify(voucher.token + '0'),
        'a letter': verify('x' + voucher.token.slice(1)),
        'a group out of range': verify('9'.repeat(253)),
        nothing: verify(''),
        "another's key set": ['token', 'verify', '--jwks', strangers, voucher.token],
        'an empty key set': ['token', 'verify', '--jwks', empty, voucher.token],
        'a broken key set': ['token', 'verify', '--jwks', broken, voucher.token],
    };
    for (const [name, words] of Object.entries(refusals)) {
        await t.test(name, async () => assert.equal((await ends(5, words)).stdout, ''));
    }
    await t.test('a file that is not there', () =>
        ends(7, ['token', 'verify', '--jwks', '/nowhere', voucher.token]),
    );
    await t.test('an address without a set', () =>
        ends(7, ['token', 'verify', '--jwks', `${w.daemon.base}/nothing`, voucher.token]),
    );
});

test('admin, campaign, budget', async () => {
    const admin = ['admin', 'create', '--name', '赵审计', '--roles', 'auditor'];
    const made = await good([...admin, '--data-dir', w.daemon.data]);
    assert.deepEqual(made.roles, ['auditor']);
    await good(['campaign', 'list'], { token: made.token });
    await good([...admin, '--socket', w.daemon.control]);
    await ends(7, [...admin, '--data-dir', '/nowhere']);
    await ends(2, admin);

    const definition = file('campaign.json');
    writeFileSync(definition, JSON.stringify(shopping({ name: '命令行' })));
    const draft = await asAuthor(['campaign', 'create', definition]);
    const id = draft.campaign_id;
    const dry = await ends(0, ['campaign', 'submit', id, '--dry-run'], { token: w.author.token });
    assert.match(dry.stdout, new RegExp(`POST /v1/admin/campaigns/${id}/submit`));
    const state = async (word, ask = asAuthor) => (await ask(['campaign', word, id])).state;
    assert.equal(await state('show'), 'draft');
    assert.equal(await state('submit'), 'submitted');
    await ends(5, ['campaign', 'approve', id], { token: w.author.token });
    assert.equal(await state('reject', asApprover), 'draft');
    await state('submit');
    await state('approve', asApprover);
    assert.equal(await state('pause'), 'paused');
    await state('resume');
    const budget = ['campaign', 'budget', id, '--target', 20000000, '--reason', '加', '--current'];
    const change = await asAuthor([...budget, 10000000]);
    await ends(5, [...budget, 1], { token: w.author.token });
    await asApprover(['budget', 'approve', change.budget_change_id]);
    assert.equal((await asAuthor(['campaign', 'ledger', id])).funded_fen, 20000000);
    const second = await asAuthor([...budget.with(4, 30000000), 20000000]);
    await asApprover(['budget', 'reject', second.budget_change_id]);
    assert.equal(await state('close'), 'closed');

    const typed = { token: w.author.token, input: JSON.stringify(shopping({ pools: [] })) };
    const refused = await huiquan(['campaign', 'create', '-'], typed);
    assert.ok([2, 5].includes(refused.code), JSON.stringify(refused));
    assert.match(refused.stderr, /\/pools/);
    await ends(3, ['campaign', 'list']);
    await ends(3, ['campaign', 'list'], { token: 'x'.repeat(40) });
    await ends(4, ['campaign', 'show', 'cmp_' + '0'.repeat(26)], { token: w.author.token });
    await ends(5, ['campaign', 'submit', id], { token: made.token });
});

test('merchant, terminal, redeem, voucher', async () => {
    const [name, kind] = ['--name', '--kind'];
    const merchant = ['merchant', 'create', name, '文具店', '--uscc', uscc(4000), kind, 'shop'];
    const { merchant_id } = await asAuthor([...merchant, '--groups', 'a,b']);
    const merchants = (await asAuthor(['merchant', 'list'])).items;
    assert.ok(merchants.some((m) => m.merchant_id === merchant_id));
    const { enrollment_code: code } = await asAuthor([
        ...['terminal', 'create', merchant_id, '--outlet', '一号'],
    ]);
    const key = file('till.json');
    await ends(2, ['terminal', 'enroll', code]);
    await ends(2, ['terminal', 'enroll', code, '--terminal-key', '/nowhere/till.json']);
    const enroll = ['terminal', 'enroll', code, '--terminal-key'];
    await ends(0, [...enroll, key, '--dry-run']);
    assert.equal(existsSync(key), false, 'a dry run leaves nothing');
    const none = `http://127.0.0.1:${await freePort()}`;
    await ends(7, [...enroll, key], { url: none });
    assert.equal(existsSync(key), false, 'a failed enrollment leaves nothing');
    // None of the failures above used the code up.
    const { terminal_id } = await good([...enroll, key]);
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.equal(JSON.parse(readFileSync(key)).terminal_id, terminal_id);
    await ends(2, [...enroll, key]);
    const again = await huiquan([...enroll, file('second.json')]);
    assert.ok([3, 4, 5].includes(again.code), JSON.stringify(again));
    assert.match(again.stderr, /HTTP 4/);
    assert.equal(existsSync(file('second.json')), false);
    assert.equal((await asAuthor(['terminal', 'list', merchant_id])).items.length, 1);

    const resident = { token: await w.session(2) };
    const claim = ['claim', 'create', campaign.campaign_id, '--pool', campaign.pools[0].pool_id];
    const mine = (await good(claim, resident)).vouchers[0];
    await ends(5, claim, resident);
    assert.equal((await good(['voucher', 'list'], resident)).items.length, 1);
    await good(['voucher', 'show', mine.voucher_id], resident);
    await ends(4, ['voucher', 'show', voucher.voucher_id], resident);
    const qr = (await ends(0, ['voucher', 'qr', mine.token])).stdout.trimEnd().split('\n');
    assert.ok(qr.length >= 21 && qr.length <= 25, `${qr.length} lines of half blocks`);
    await ends(2, ['voucher', 'qr', '12']);

    const till = ['--terminal-key', key];
    assert.equal((await good(['redeem', 'verify', ...till, '--token', mine.token])).valid, true);
    const order = ['--amount-fen', 10000, '--order-no', newKey(), '--out-request-no'];
    const spend = (mode, no) => ['redeem', mode, ...till, '--token', mine.token, ...order, no];
    const held = await good(spend('hold', 'h1'));
    assert.equal(held.state, 'held');
    await good(['redeem', 'release', held.redemption_id, ...till]);
    const second = await good(spend('hold', 'h2'));
    await good(['redeem', 'confirm', second.redemption_id, ...till]);
    assert.equal((await good(['redeem', 'query', 'h2', ...till])).state, 'captured');
    const twice = await ends(5, spend('capture', 'c1'));
    assert.match(twice.stderr, /already_redeemed/);
    await ends(4, ['redeem', 'query', 'never', ...till]);
    const refund = ['redeem', 'refund', second.redemption_id, ...till, '--reason', '退'];
    await ends(2, [...refund, '--amount-fen', '1.5']);
    await good([...refund, '--amount-fen', 10000]);
    await good(spend('capture', 'c2'));
    assert.equal((await good(['redeem', 'reverse', 'c2', ...till])).state, 'reversed');
    await ends(2, [...spend('capture', 'c3').map((x) => (x === 10000 ? '1e4' : x))]);
    const void_ = ['voucher', 'void', mine.voucher_id, '--reason', '误发'];
    await asAuthor(void_);
    await ends(5, spend('capture', 'c4'));
    await asAuthor(['terminal', 'revoke', terminal_id]);
    await ends(3, spend('capture', 'c5'));
});

test('session create; its token by a file', async () => {
    const words = ['session', 'create', '--assertion'];
    const made = await good([...words, assertion(w.issuer, person(3))]);
    const kept = file('session');
    writeFileSync(kept, made.session + '\n');
    await good(['voucher', 'list', '--token-file', kept]);
    await ends(3, [...words, assertion(w.issuer, person(3), { ttl: -600 })]);
    await ends(3, [...words, 'a.b.c']);
});

// What the real daemon cannot be made to say at will: a service that refuses so many times.
async function desk(statuses, ask) {
    const seen = [];
    const server = http.createServer((req, res) => {
        seen.push(req.headers['idempotency-key']);
        const status = statuses[Math.min(seen.length, statuses.length) - 1];
        if (status === 0) return req.socket.destroy();
        const code = status === 429 ? 'rate_limited' : 'unavailable';
        res.writeHead(status, { 'content-type': 'application/json' });
        res.end(JSON.stringify(status < 300 ? { ok: true } : { title: 'T', detail: 'D', code }));
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    try {
        const url = `http://127.0.0.1:${server.address().port}`;
        return { got: await ask(url), seen };
    } finally {
        server.closeAllConnections();
        server.close();
    }
}
test('the door and the network', async (t) => {
    const pause = ['campaign', 'pause', 'x'];
    for (const [name, statuses, code, tries] of [
        ['rate limited: not pushed', [429], 6, 1],
        ['unavailable thrice', [503], 7, 3],
        ['unavailable once, then done', [503, 200], 0, 2],
        ['the line dropped, then done', [0, 200], 0, 2],
        ['a fault that is not 503 is not pushed', [500], 7, 1],
    ]) {
        await t.test(name, async () => {
            const { got, seen } = await desk(statuses, (url) => huiquan(pause, { url }));
            assert.equal(got.code, code, JSON.stringify(got));
            assert.equal(seen.length, tries);
            assert.match(seen[0], /^[0-9A-Za-z_-]{6,64}$/);
            assert.equal(new Set(seen).size, 1, 'every try has the same key');
            if (code === 7) assert.match(got.stderr, new RegExp(seen[0]));
        });
    }
    await t.test('nobody there', async () =>
        ends(7, ['campaign', 'list'], { url: `http://127.0.0.1:${await freePort()}` }),
    );
});

const sql = (data, text) => {
    const run = spawnSync('sqlite3', [path.join(data, 'huiquan.db'), text], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout.trim();
};
test('the books, clean and forged', { skip: noSqlite }, async (t) => {
    const clean = ['--data-dir', w.daemon.data];
    const audit = await good(['ledger', 'check', ...clean]);
    assert.equal(audit.clean, true);
    assert.ok(audit.campaigns >= 1 && audit.vouchers >= 1 && audit.journal_entries > 3);
    const shown = audit.equations.find((e) => e.campaign_id === campaign.campaign_id);
    assert.deepEqual(
        [audit.equations.length, shown.holds, shown.funded_fen],
        [audit.campaigns, true, 10000000],
    );
    assert.equal((await good(['journal', 'verify', ...clean])).clean, true);
    await ends(7, ['ledger', 'check', '--data-dir', '/nowhere']);
    await ends(7, ['journal', 'verify', '--data-dir', '/nowhere']);
    await ends(7, ['journal', 'export', '--data-dir', '/nowhere']);

    const lines = (await ends(0, ['journal', 'export', ...clean])).stdout.trim().split('\n');
    const judge = async (code, kept) => {
        const name = file(`export-${newKey()}`);
        writeFileSync(name, kept.join('\n') + '\n');
        const got = await ends(code, ['journal', 'verify', '--export', name]);
        const result = JSON.parse(got.stdout);
        assert.equal(result.clean, code === 0);
        assert.equal(result.first_fault === null, code === 0, got.stdout);
        return result;
    };
    assert.equal((await judge(0, lines)).entries, lines.length);
    const other = (line, member) => {
        const entry = JSON.parse(line);
        const last = entry[member].at(-1) === '0' ? '1' : '0';
        return JSON.stringify({ ...entry, [member]: entry[member].slice(0, -1) + last });
    };
    const posted = lines.findIndex((line) => JSON.parse(line).postings?.length > 0);
    assert.ok(posted > 0);
    const without = (line, member) => {
        const { [member]: gone, ...rest } = JSON.parse(line);
        assert.ok(gone);
        return JSON.stringify(rest);
    };
    const forgeries = {
        'an entry left out': lines.toSpliced(2, 1),
        'the first left out': lines.slice(1),
        'two entries swapped': lines.with(1, lines[2]).with(2, lines[1]),
        'an entry twice': lines.toSpliced(2, 0, lines[2]),
        'other bytes': lines.with(2, other(lines[2], 'entry')),
        'another hash': lines.with(2, other(lines[2], 'hash')),
        'another prev': lines.with(2, other(lines[2], 'prev')),
        'a line that is no JSON': lines.with(2, 'x'),
        'half a line': lines.with(2, lines[2].slice(0, -20)),
        'nothing at all': [],
        'another year in words': lines.with(2, lines[2].replace('"at":"20', '"at":"19')),
        'another kind in words': lines.with(2, lines[2].replace('"kind":"', '"kind":"x')),
        'no postings in words': lines.with(posted, without(lines[posted], 'postings')),
        'another amount in words': lines.with(
            posted,
            lines[posted].replace(/"amount_fen":([0-9]+)/, '"amount_fen":1$1'),
        ),
    };
    for (const [name, kept] of Object.entries(forgeries)) {
        await t.test(name, () => judge(5, kept));
    }

    const unguarded = (data, table, text) => {
        const names = sql(
            data,
            `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '${table}'`,
        );
        const drops = names.split('\n').map((name) => `DROP TRIGGER ${name};`);
        sql(data, drops.join('') + text);
    };
    const copy = (name) => {
        const data = file(name);
        cpSync(file('stopped'), data, { recursive: true });
        return data;
    };
    // A copy of a database that nobody writes.
    await w.daemon.stop();
    cpSync(w.daemon.data, file('stopped'), {
        recursive: true,
        filter: (from) => !from.endsWith('.sock'),
    });
    await w.restart();
    await t.test('the copy itself is clean', () =>
        ends(0, ['ledger', 'check', '--data-dir', copy('whole')]),
    );
    for (const [name, table, text] of [
        [
            'money out of nothing',
            'campaign',
            'UPDATE campaign SET funded = funded + 100, available = available + 100',
        ],
        [
            'a voucher that was never spent',
            'voucher',
            'UPDATE voucher SET state = 3 WHERE state = 1',
        ],
        ['one more issued', 'pool', 'UPDATE pool SET issued = issued + 1'],
    ]) {
        await t.test(name, async () => {
            const data = copy(`forged-${newKey()}`);
            unguarded(data, table, text);
            const got = JSON.parse((await ends(5, ['ledger', 'check', '--data-dir', data])).stdout);
            assert.equal(got.clean, false);
            assert.ok(got.first_fault.length > 0);
        });
    }
    for (const [name, text] of [
        ['an entry deleted', 'DELETE FROM journal WHERE seq = 3'],
        ['an entry edited', 'UPDATE journal SET hash = zeroblob(32) WHERE seq = 3'],
    ]) {
        await t.test(name, async () => {
            const data = copy(`journal-${newKey()}`);
            unguarded(data, 'journal', text);
            await ends(5, ['journal', 'verify', '--data-dir', data]);
            await ends(5, ['ledger', 'check', '--data-dir', data]);
        });
    }
});

test('keys: rotation is without refusal', async () => {
    const keys = ['--key-dir', path.join(w.daemon.data, 'keys')];
    const states = (list) => list.map((key) => key.state).sort();
    const list = await good(['key', 'list', ...keys]);
    assert.deepEqual(states(list), ['active', 'next']);
    await good(['key', 'rotate', ...keys, '--dry-run']);
    assert.deepEqual(await good(['key', 'list', ...keys]), list, 'a dry run changes nothing');
    const rotated = await good(['key', 'rotate', ...keys]);
    assert.deepEqual(states(rotated), ['active', 'next', 'retired']);
    const kidOf = (of, state) => of.find((key) => key.state === state).kid;
    assert.equal(kidOf(rotated, 'active'), kidOf(list, 'next'));
    process.kill(w.daemon.pid, 'SIGHUP');
    const url = `${w.daemon.base}/.well-known/jwks.json`;
    await until('the new keys', async () =>
        (await w.api.get('/.well-known/jwks.json')).json.keys.some(
            (key) => key.kid === kidOf(rotated, 'next'),
        ),
    );
    const verify = (of) => good(['token', 'verify', '--jwks', url, of.token]);
    const fresh = await w.voucher(campaign, 9);
    assert.equal((await verify(fresh)).kid, kidOf(rotated, 'active'));
    assert.equal((await verify(voucher)).kid, kidOf(list, 'active'));
    await ends(2, ['key', 'list', '--key-dir', '/nowhere']);
    await ends(2, ['key', 'rotate', '--key-dir', '/nowhere']);
    await ends(2, ['key', 'rotate']);
});

test('files of rows: import, watch, failures', async () => {
    const pool = await w.campaign({ issuing: 'grant', name: '定向' });
    const roll = file('roll.csv'),
        rows = [person(70), person(71)].map((p) => `${p.id_number},${p.name}`);
    writeFileSync(roll, `id_number,name\n${rows.join('\n')}\nnobody,x\n`);
    const dry = await asAuthor(['resident', 'import', roll, '--dry-run']);
    assert.equal(dry.dry_run, true);
    const made = await asAuthor(['resident', 'import', roll]);
    assert.equal(made.rows_total, 3);
    const seen = await ends(8, ['job', 'watch', made.job_id], { token: w.author.token });
    assert.equal(JSON.parse(seen.stdout).rows_ok, 2);
    assert.match(seen.stderr, /done: 3 of 3 rows, 1 failed/);
    const told = await ends(0, ['job', 'failures', made.job_id], { token: w.author.token });
    assert.match(told.stdout, /^line,column,code,reason\r\n4,id_number,id_number_shape,/);
    const granted = await asAuthor(
        ['grant', 'import', pool.campaign_id, '-', '--pool', pool.pools[0].pool_id],
        { input: `${person(70).id_number}\n` },
    );
    assert.equal(
        JSON.parse(
            (await ends(0, ['job', 'watch', granted.job_id], { token: w.author.token })).stdout,
        ).rows_ok,
        1,
    );
    await ends(5, ['resident', 'import', '-'], { token: w.author.token, input: 'x\n' });
    await ends(2, ['resident', 'import', file('none.csv')], { token: w.author.token });
    await ends(4, ['job', 'watch', 'job_00000000000000000000000000'], { token: w.author.token });
    await ends(3, ['job', 'failures', made.job_id], { token: 'x' });
    assert.equal((await asAuthor(['job', 'list'])).items[0].job_id, granted.job_id);
});
