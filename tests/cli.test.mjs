// huiquan against a real daemon and its files: what each family of commands does, and how it exits.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Api, newIssuer, person, assertion, shopping, uscc } from '../scripts/lib/client.mjs';
import { buildDir, startDaemon } from '../scripts/lib/servers.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-cli-'));
const issuer = newIssuer();
let daemon, api, base;
const made = {};

function tool(words, { token, url = base } = {}) {
    const env = { ...process.env, HUIQUAN_URL: url, ...(token && { HUIQUAN_TOKEN: token }) };
    const done = spawnSync(path.join(buildDir, 'huiquan'), words, {
        env,
        encoding: 'utf8',
        timeout: 30000,
    });
    let json;
    try {
        json = JSON.parse(done.stdout);
    } catch {
        json = undefined;
    }
    return { ...done, json };
}
function good(words, options) {
    const done = tool(words, options);
    assert.equal(done.status, 0, `${words.join(' ')}: ${done.stdout}${done.stderr}`);
    return done.json;
}

before(async () => {
    daemon = await startDaemon(dir, { issuers: issuer.config });
    base = daemon.base;
    api = new Api(base);
});
after(async () => {
    api.close();
    await daemon.stop();
    rmSync(dir, { recursive: true, force: true });
});

test('a campaign from the shell: administrators, merchant, till, claim, redemption', async () => {
    const data = ['--data-dir', daemon.data];
    const author = good([
        'admin',
        'create',
        '--name',
        '甲',
        '--roles',
        'operations,budget',
        ...data,
    ]);
    const other = good(['admin', 'create', '--name', '乙', '--roles', 'approver', ...data]);
    const by = { token: author.token };
    const shop = ['--name', '商场', '--uscc', uscc(3), '--kind', 'shop', '--groups', '夜,商圈'];
    const merchant = good(['merchant', 'create', ...shop], by);
    assert.deepEqual(merchant.groups, ['夜', '商圈']);
    const file = path.join(dir, 'campaign.json');
    writeFileSync(file, JSON.stringify(shopping()));
    const draft = good(['campaign', 'create', file], by);
    const id = draft.campaign_id;
    good(['campaign', 'submit', id], by);
    assert.equal(tool(['campaign', 'approve', id], by).status, 5, 'forbidden: no approver');
    assert.equal(good(['campaign', 'approve', id], { token: other.token }).state, 'running');
    const terminal = good(['terminal', 'create', merchant.merchant_id, '--outlet', '一'], by);
    const key = path.join(dir, 'till.json');
    good(['terminal', 'enroll', terminal.enrollment_code, '--terminal-key', key]);
    assert.equal(statSync(key).mode & 0o777, 0o600);
    const again = ['terminal', 'enroll', terminal.enrollment_code, '--terminal-key', `${key}2`];
    assert.equal(tool(again).status, 3, 'a code is good once');
    const mine = good(['session', 'create', '--assertion', assertion(issuer, person(5))]).session;
    const pool = draft.pools[0].pool_id;
    const claim = good(['claim', 'create', id, '--pool', pool], { token: mine });
    made.voucher = claim.vouchers[0];
    assert.equal(tool(['claim', 'create', id, '--pool', pool], { token: mine }).status, 5);
    assert.equal(good(['voucher', 'list'], { token: mine }).items.length, 1);
    const till = ['--terminal-key', key];
    const seen = good(['redeem', 'verify', ...till, '--token', made.voucher.token]);
    assert.equal(seen.valid, true);
    const order = ['--amount-fen', '12000', '--order-no', 'O1', '--out-request-no', 'R1'];
    const code = ['--short-code', made.voucher.short_code];
    const hold = good(['redeem', 'hold', ...till, ...code, ...order]);
    assert.equal(hold.state, 'held');
    assert.equal(good(['redeem', 'release', hold.redemption_id, ...till]).state, 'released');
    const second = [...order.slice(0, 4), '--out-request-no', 'R2'];
    const done = good(['redeem', 'capture', ...till, ...code, ...second]);
    assert.equal(done.state, 'captured');
    const refund = ['redeem', 'refund', done.redemption_id, ...till, '--amount-fen', '6000'];
    assert.equal(good([...refund, '--reason', '退']).refunded_value_fen, 1250);
    assert.equal(good(['redeem', 'query', 'R2', ...till]).state, 'captured');
    assert.equal(good(['redeem', 'reverse', 'R9', ...till]).state, 'reversed');
    assert.equal(good(['campaign', 'ledger', id], by).redeemed, 1);
    const budget = ['--current', '10000000', '--target', '12000000', '--reason', '追加'];
    const change = good(['campaign', 'budget', id, ...budget], by);
    good(['budget', 'approve', change.budget_change_id], { token: other.token });
    assert.equal(good(['campaign', 'pause', id], by).state, 'paused');
    made.admin = by;
});

test('exit codes', () => {
    assert.equal(tool([]).status, 2);
    assert.equal(tool(['campaign', 'sing']).status, 2);
    assert.equal(tool(['campaign', 'list']).status, 3);
    const none = 'cmp_00000000000000000000000000';
    assert.equal(tool(['campaign', 'show', none], made.admin).status, 4);
    assert.equal(tool(['campaign', 'list'], { url: 'http://127.0.0.1:9' }).status, 7);
    assert.match(tool(['help']).stdout, /huiquan journal verify/);
    const dry = tool(['campaign', 'close', none, '--dry-run'], made.admin);
    assert.match(dry.stdout, /POST \/v1\/admin\/campaigns\/cmp_0+\/close/);
});

test('token verify, offline', async () => {
    const jwks = path.join(dir, 'jwks.json');
    writeFileSync(jwks, (await api.get('/.well-known/jwks.json')).raw);
    const verify = (digits, ...more) => tool(['token', 'verify', '--jwks', jwks, ...more, digits]);
    const { token } = made.voucher;
    const seen = verify(token);
    assert.equal(seen.status, 0, seen.stderr);
    assert.equal(seen.json.voucher_id, made.voucher.voucher_id);
    assert.equal(seen.json.value_fen, 2500);
    assert.equal(
        good(['token', 'verify', '--jwks', `${base}/.well-known/jwks.json`, token]).valid,
        true,
    );
    for (let at = 0; at < token.length; at += 23) {
        const other = (Number(token[at]) + 1) % 10;
        const spoiled = token.slice(0, at) + other + token.slice(at + 1);
        assert.equal(verify(spoiled).status, 5, `digit ${at}`);
    }
    assert.equal(verify(token.slice(1)).status, 5);
    const late = verify(token, '--at', '2099-01-01T00:00:00+08:00');
    assert.equal(late.status, 5);
    assert.equal(late.json.code, 'voucher_expired');
    assert.equal(tool(['voucher', 'qr', token]).stdout.split('\n').length, 24);
});

test('ledger check and journal verify: clean beside the daemon, and after tampering', () => {
    const audit = good(['ledger', 'check', '--data-dir', daemon.data]);
    assert.equal(audit.clean, true);
    assert.ok(audit.journal_entries > 10);
    assert.equal(good(['journal', 'verify', '--data-dir', daemon.data]).clean, true);
    const lines = tool(['journal', 'export', '--data-dir', daemon.data]).stdout;
    const file = path.join(dir, 'journal.jsonl');
    writeFileSync(file, lines);
    assert.equal(good(['journal', 'verify', '--export', file]).entries, audit.journal_entries);
    const rows = lines.trim().split('\n');
    writeFileSync(file, [...rows.slice(0, 4), ...rows.slice(5)].join('\n'));
    assert.equal(tool(['journal', 'verify', '--export', file]).status, 5, 'a row is missing');
    const spoiled = rows[6].replace(/"entry":"(..)/, '"entry":"ff');
    writeFileSync(file, [...rows.slice(0, 6), spoiled, ...rows.slice(7)].join('\n'));
    assert.equal(tool(['journal', 'verify', '--export', file]).status, 5, 'a row was edited');
    const tampers = {
        'a balance': 'UPDATE campaign SET available = available - 1, live = live + 1;',
        'a journal row':
            "UPDATE journal SET bytes = substr(bytes, 1, 6) || x'ff' || substr(bytes, 8) WHERE seq = 3;",
    };
    for (const [what, sql] of Object.entries(tampers)) {
        const copy = path.join(dir, 'copy');
        cpSync(daemon.data, copy, { recursive: true, filter: (f) => !f.endsWith('.sock') });
        const file = path.join(copy, 'huiquan.db');
        const say = (words) => spawnSync('sqlite3', [file, words], { encoding: 'utf8' });
        const guarded = what === 'a journal row';
        if (guarded) assert.notEqual(say(sql).status, 0, 'the schema itself refuses');
        const triggers = say("SELECT name FROM sqlite_schema WHERE type = 'trigger'").stdout;
        const drops = triggers
            .trim()
            .split('\n')
            .map((name) => `DROP TRIGGER ${name};`);
        const done = say(drops.join('') + sql);
        assert.equal(done.status, 0, done.stderr);
        assert.equal(tool(['ledger', 'check', '--data-dir', copy]).status, 5, what);
        rmSync(copy, { recursive: true });
    }
    assert.ok(!readFileSync(daemon.log, 'utf8').includes('bug:'));
});
