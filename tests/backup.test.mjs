// Backups by scripts/backup, restores by scripts/restore, and the raise: what each refuses, and the
// whole way once. Kills and damage are the row "backup" of scripts/torture.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
    appendFileSync,
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    statSync,
    writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { buildDir, root, until } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

let w, data, backups, backup, campaign, till, kept, lost, seen, jwks;
const at = (...names) => path.join(w.dir, ...names);
const env = { ...process.env, HUIQUAN_BUILD_DIR: buildDir };
const call = (command, words) => {
    const run = spawnSync(command, words.map(String), { encoding: 'utf8', env });
    return { ...run, text: `${run.status} ${run.stdout}${run.stderr}` };
};
const huiquan = (...words) => call(path.join(buildDir, 'huiquan'), words);
const script = (name, ...words) => call(path.join(root, 'scripts', name), words);
const daemon = () => call(path.join(buildDir, 'huiquand'), ['--config', w.daemon.config]);
const database = (dir) => path.join(dir, 'huiquan.db');
function ends(status, run, says) {
    assert.equal(run.status, status, run.text);
    if (says) assert.match(run.text, says);
    return run;
}

before(async () => {
    w = await World.open();
    seen = at('elsewhere', 'seen');
    mkdirSync(path.dirname(seen));
    appendFileSync(w.daemon.config, `witness = ${seen}\nwitness_ms = 20\n`);
    await w.restart();
    data = w.daemon.data;
    backups = at('backups');
    jwks = at('jwks.json');
    writeFileSync(jwks, (await w.api.get('/.well-known/jwks.json')).raw);
    campaign = await w.campaign({ per_person_limit: 9 });
    till = await w.till();
    w.onRestart = () => (till.api = w.api);
    kept = await w.voucher(campaign, 1);
});
after(() => w?.close());

test('scripts/backup beside the daemon, of which the newest are kept', async () => {
    const all = ['--data-dir', data, '--to', backups, '--witness', seen, '--jwks', jwks];
    for (let i = 0; i < 3; i++) {
        // Names are of a second; a second one within it is refused and not mixed with the first.
        const run = await until('a second', () => {
            const made = script('backup', ...all, '--keep', 2);
            if (made.status !== 0) assert.match(made.text, /there already/);
            return made.status === 0 && made;
        });
        backup = run.stdout.trim().split('\n').at(-1);
        assert.ok(existsSync(database(backup)), run.text);
    }
    assert.equal(readdirSync(backups).length, 2);
    assert.deepEqual(readdirSync(backup).sort(), ['huiquan.db', 'keys.mark', 'manifest.json']);
    assert.equal(statSync(backup).mode & 0o777, 0o700);
    for (const name of readdirSync(backup))
        assert.equal(statSync(path.join(backup, name)).mode & 0o777, 0o600, name);
    const manifest = JSON.parse(readFileSync(path.join(backup, 'manifest.json')));
    assert.equal(manifest.counts.vouchers, 1);
    assert.equal(manifest.key_ids.length, 1);
    assert.ok(manifest.witness.size > 0);
});

test('a copy reads like a ledger', () => {
    for (const command of ['ledger check', 'journal verify'])
        ends(0, huiquan(...command.split(' '), '--data-dir', backup), /"clean":true/);
    ends(0, script('restore', '--verify', '--from', backups), /"placed":null/);
    ends(0, huiquan('ledger', 'restore', '--from', backup, '--data-dir', at('x'), '--dry-run'));
    assert.ok(!existsSync(at('x')));
});

const usage = [
    ['backup', [], 'data-dir'],
    ['backup', ['--data-dir', 'x'], '--to'],
    ['backup', ['--data-dir', 'x', '--to', 'y/'], 'without /'],
    ['backup', ['--data-dir', 'x', '--to', 'y', '--log-mib', '0'], '--log-mib'],
    ['backup', ['--data-dir', 'x', '--to', 'y', '--log-mib', '200x'], '--log-mib'],
    ['backup', ['--data-dir', 'x', '--to', 'y', '--witness', 'z'], '--jwks'],
    ['restore', [], '--from'],
    ['restore', ['--from', 'x', '--witness', 'z'], '--jwks'],
    ['raise-epoch', [], 'data-dir'],
    ['raise-epoch', ['--data-dir', 'x'], '--reason'],
    ['raise-epoch', ['--data-dir', 'x', '--reason', 'y'], '--operator'],
    ['raise-epoch', ['--data-dir', 'x', '--reason', 'a\nb', '--operator', 'y'], '--reason'],
    [
        'raise-epoch',
        ['--data-dir', 'x', '--reason', 'a'.repeat(201), '--operator', 'y'],
        '--reason',
    ],
    ['raise-epoch', ['--data-dir', 'x', '--reason', 'y', '--operator', ''], '--operator'],
];
for (const [verb, words, says] of usage)
    test(`usage: ledger ${verb} ${words.join(' ').slice(0, 50)}`, () =>
        void ends(2, huiquan('ledger', verb, ...words), new RegExp(says)));
for (const [name, words] of [
    ['backup', []],
    ['backup', ['--data-dir', 'x', '--to', 'y', '--keep', '0']],
    ['backup', ['--data-dir']],
    ['backup', ['--all', 'x']],
    ['restore', []],
    ['restore', ['--from', '/nowhere']],
    ['restore', ['--verify', '--from', '/nowhere']],
    ['restore', ['--force', 'x']],
])
    test(`usage: scripts/${name} ${words.join(' ')}`, () => void ends(2, script(name, ...words)));

test('what is refused while the daemon runs', () => {
    const raise = ['ledger', 'raise-epoch', '--reason', 'x', '--operator', 'y', '--data-dir'];
    ends(7, huiquan('ledger', 'backup', '--data-dir', '/nowhere', '--to', at('y')), /no ledger/);
    assert.ok(!existsSync(at('y')) && !existsSync(at('y.part')));
    ends(7, huiquan('ledger', 'backup', '--data-dir', data, '--to', '/nowhere/y'));
    ends(5, huiquan('ledger', 'backup', '--data-dir', data, '--to', backup), /there already/);
    ends(5, huiquan('ledger', 'restore', '--from', backup, '--data-dir', data), /another huiquand/);
    ends(5, huiquan(...raise, data), /nothing to raise/);
    ends(7, huiquan(...raise, '/nowhere'), /not there/);
    ends(5, huiquan('ledger', 'restore', '--from', data), /manifest.json/);
});

test('a part that somebody left is begun anew, one that is being made is left alone', () => {
    mkdirSync(at('left.part'));
    writeFileSync(at('left.part', 'huiquan.db'), 'half');
    const words = ['ledger', 'backup', '--data-dir', data, '--to', at('left')];
    const held = call('flock', ['-n', at('left.part'), path.join(buildDir, 'huiquan'), ...words]);
    ends(5, held, /another backup/);
    ends(0, huiquan(...words));
    ends(0, huiquan('ledger', 'restore', '--from', at('left')));
    mkdirSync(at('mine.part'));
    writeFileSync(at('mine.part', 'thesis.txt'), 'mine');
    const mine = ['ledger', 'backup', '--data-dir', data, '--to', at('mine')];
    ends(7, huiquan(...mine), /not empty/);
    assert.ok(existsSync(at('mine.part', 'thesis.txt')));
});

test('another ledger’s witness, and a backup that contradicts ours', async () => {
    const other = at('other');
    const words = ['--witness', seen, '--jwks', jwks];
    cpSync(backup, other, { recursive: true });
    const sql =
        'DROP TRIGGER journal_appends; UPDATE journal SET hash = randomblob(32) WHERE seq = 2';
    assert.equal(spawnSync('sqlite3', [database(other), sql]).status, 0);
    const [sha256] = call('sha256sum', [database(other)]).stdout.split(' ');
    const file = path.join(other, 'manifest.json');
    const manifest = JSON.parse(readFileSync(file));
    manifest.database = { ...manifest.database, sha256, bytes: statSync(database(other)).size };
    writeFileSync(file, JSON.stringify(manifest));
    ends(5, huiquan('ledger', 'restore', '--from', other), /ledger check/);
    const stranger = await World.open();
    try {
        const foreign = at('foreign');
        const from = ['--data-dir', stranger.daemon.data];
        ends(0, huiquan('ledger', 'backup', ...from, '--to', foreign));
        const run = huiquan('ledger', 'restore', '--from', foreign, ...words);
        ends(5, run, /not the one that was witnessed/);
    } finally {
        await stranger.close();
    }
});

test('the disk is lost: restored, refused, raised, served', async (t) => {
    lost = [];
    for (let i = 0; i < 3; i++) lost.push(await w.voucher(campaign, 2 + i));
    granted(
        await till.redeem(kept, {
            amount_fen: 30000,
            key: 'redeemed-once',
            no: 'r1',
            order_no: 'o1',
        }),
        201,
    );
    w.api.close();
    await w.daemon.stop();
    const whole = JSON.parse(ends(0, huiquan('ledger', 'check', '--data-dir', data)).stdout);
    ends(5, huiquan('ledger', 'restore', '--from', backup, '--data-dir', data), /already/);
    const gone = at('gone');
    mkdirSync(gone);
    for (const name of readdirSync(data))
        if (/^(huiquan.db|keys.mark)/.test(name))
            renameSync(path.join(data, name), path.join(gone, name));

    await t.test('a copy that was put there by hand', () => {
        copyFileSync(database(backup), database(data));
        ends(78, daemon(), /raise-epoch/);
        rmSync(database(data));
    });
    await t.test('the keys of another service', () => {
        writeFileSync(path.join(data, 'keys.mark'), `${'0'.repeat(32)}\n`);
        const run = huiquan('ledger', 'restore', '--from', backup, '--data-dir', data);
        ends(5, run, /other keys/);
        assert.ok(!existsSync(database(data)));
        ends(78, daemon(), /raise-epoch/); // cut short, as it were
        rmSync(path.join(data, 'keys.mark'));
    });
    const witness = ['--witness', seen, '--jwks', jwks];
    await t.test('the restore counts what is lost', () => {
        const run = script('restore', '--from', backups, '--data-dir', data, ...witness);
        const told = JSON.parse(ends(0, run).stdout);
        assert.equal(told.placed, data);
        assert.equal(told.entries + told.lost_entries, whole.journal_entries);
        assert.deepEqual(
            readdirSync(data).filter((name) => /restoring|new/.test(name)),
            [],
        );
        ends(78, daemon(), /raise-epoch/);
        ends(0, huiquan('ledger', 'check', '--data-dir', data), /"clean":true/);
    });
    const raise = ['ledger', 'raise-epoch', '--data-dir', data, '--reason', '磁盘损坏'];
    raise.push('--operator', 'wang');
    await t.test('the raise', () => {
        ends(0, huiquan(...raise, ...witness, '--dry-run'));
        ends(78, daemon());
        const kept = readFileSync(seen);
        const told = JSON.parse(ends(0, huiquan(...raise, ...witness)).stdout);
        assert.ok(told.epoch === 1000000 && told.lost_entries > 0, JSON.stringify(told));
        assert.deepEqual(readFileSync(told.witness_set_aside), kept);
        // As if it had been cut short before the checkpoint was set aside.
        renameSync(told.witness_set_aside, seen);
        ends(1, daemon(), /witness/);
        ends(5, huiquan(...raise), /nothing to raise/);
        ends(0, huiquan(...raise, ...witness));
        assert.ok(!existsSync(seen));
        // As if only its answer had been lost.
        assert.deepEqual(JSON.parse(ends(0, huiquan(...raise, ...witness)).stdout), told);
        const lines = huiquan('journal', 'export', '--data-dir', data).stdout.trim().split('\n');
        const raised = JSON.parse(lines.at(-1));
        assert.equal(raised.kind, 'epoch_raise');
        assert.match(Buffer.from(raised.entry, 'hex').toString(), /"磁盘损坏","operator":"wang"/);
    });
    await t.test('it serves, and knows what it does not know', async () => {
        await w.restart();
        const fresh = await w.voucher(campaign, 2);
        const seenBefore = [kept, ...lost].map((voucher) => voucher.short_code);
        assert.ok(!seenBefore.includes(fresh.short_code));
        const unknown = await till.redeem(lost[0], { amount_fen: 30000 });
        assert.match(refused(unknown, 404, 'voucher_unknown').detail, /恢复/);
        const short = await till.redeem(lost[1], { amount_fen: 30000, short: true });
        assert.match(refused(short, 404, 'voucher_unknown').detail, /恢复/);
        const shown = await till.post('/v1/verifications', { token: lost[2].token });
        assert.match(granted(shown).detail, /恢复/);
        assert.equal(shown.json.code, 'voucher_unknown');
        const typed = await till.redeem(
            { short_code: '000000000000000018' },
            { amount_fen: 1, short: true },
        );
        assert.doesNotMatch(typed.raw.toString(), /恢复/);
    });
    await t.test('a till that sends its journal again brings its redemption back', async () => {
        const order = { amount_fen: 30000, key: 'redeemed-once', no: 'r1', order_no: 'o1' };
        granted(await till.redeem(kept, order), 201);
        refused(await till.redeem(kept, { amount_fen: 30000 }), 409, 'already_redeemed');
        await w.balanced(campaign);
        ends(0, huiquan('ledger', 'check', '--data-dir', data), /"clean":true/);
        await until('a new checkpoint', () => existsSync(seen));
        const words = ['--data-dir', data, '--witness', seen, '--jwks', jwks];
        ends(0, huiquan('journal', 'verify', ...words));
    });
});

// The block of README, with other places; its disk is lost behind the second line.
test('README says how', async (t) => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const [, block] = /```bash\n([^]*?)```/.exec(readme);
    const lines = block.trim().split('\n');
    assert.equal(lines.length, 4);
    const here = [
        ['/var/lib/huiquan', data],
        ['/var/backups/huiquan', at('own')],
        ['/mnt/witness/seen', seen],
        ['jwks.json', jwks],
        [/^huiquan/, path.join(buildDir, 'huiquan')],
        [/^scripts/, path.join(root, 'scripts')],
    ];
    for (const [i, line] of lines.entries())
        await t.test(line, async () => {
            const command = here.reduce((text, [from, to]) => text.replace(from, to), line);
            if (i === 2) {
                w.api.close();
                await w.daemon.stop();
                for (const name of readdirSync(data))
                    if (name.startsWith('huiquan.db')) rmSync(path.join(data, name));
            }
            ends(0, call('bash', ['-c', command]));
            if (i === 2) ends(78, daemon());
        });
    await w.restart();
    await w.voucher(campaign, 7);
    await w.balanced(campaign);
    ends(0, huiquan('ledger', 'check', '--data-dir', data), /"clean":true/);
});
