// What the programs are linked with, what the running daemon has given up, and the house that the
// systemd unit builds around it.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { buildDir, root, startDaemon } from '../scripts/lib/servers.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'hq-hard-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const say = (command, ...words) => {
    const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
};
const isSanitized =
    say('nm', '-D', path.join(buildDir, 'huiquand')).match(/__(asan|tsan)_init/) !== null;

for (const program of ['huiquand', 'huiquan']) {
    test(`${program} is linked for the worst day`, { skip: isSanitized }, () => {
        const file = path.join(buildDir, program);
        const head = say('readelf', '-hlWd', file);
        assert.match(head, /Type:\s+DYN \(Position-Independent Executable file\)/);
        assert.match(head, /GNU_RELRO/);
        assert.match(head, /FLAGS_1\).*NOW PIE/);
        assert.match(head, /GNU_STACK.*RW /);
        assert.doesNotMatch(head, /GNU_STACK.*RWE/);
        assert.doesNotMatch(head, /RUNPATH|RPATH/);
        const symbols = say('nm', '-D', file);
        for (const name of ['__stack_chk_fail', '__snprintf_chk', '__memcpy_chk|__read_chk'])
            assert.match(symbols, new RegExp(name));
        if (process.arch === 'x64') assert.match(say('readelf', '-n', file), /SHSTK/);
    });
}

test('the running daemon has given up what serving does not need', async (t) => {
    const daemon = await startDaemon(path.join(dir, 'a'));
    t.after(() => daemon.stop());
    const { pid } = daemon;
    const sandbox = /"sandbox":"(on|off)"/.exec(readFileSync(daemon.log, 'utf8'))?.[1];
    assert.ok(sandbox);
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    assert.match(limits, /Max core file size\s+0\s+0/);
    const tasks = readdirSync(`/proc/${pid}/task`);
    assert.ok(tasks.length >= 4);
    for (const task of tasks) {
        const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
        const name = /^Name:\s+(.*)$/m.exec(status)[1];
        assert.match(status, /^NoNewPrivs:\s+1$/m, name);
        if (!isSanitized && sandbox !== 'off') assert.match(status, /^Seccomp:\s+2$/m, name);
    }
    await daemon.kill('SIGSEGV');
    assert.deepEqual(
        readdirSync(daemon.data).filter((name) => /core/.test(name)),
        [],
    );
});

test('sandbox = off leaves the system calls alone', async (t) => {
    const daemon = await startDaemon(path.join(dir, 'b'), { settings: { sandbox: 'off' } });
    t.after(() => daemon.stop());
    assert.match(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'), /^Seccomp:\s+0$/m);
});

const isRoot = process.getuid() === 0;
test('run_as: root becomes somebody else', { skip: !isRoot && 'only root can' }, async (t) => {
    // Above it nothing may be closed to others, as TMPDIR may be.
    const place = mkdtempSync('/var/tmp/hq-hard-');
    t.after(() => rmSync(place, { recursive: true, force: true }));
    const uid = Number(say('id', '-u', 'nobody'));
    chownSync(place, uid, uid);
    const daemon = await startDaemon(place, { settings: { run_as: 'nobody' } });
    t.after(() => daemon.stop());
    const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
    assert.match(status, new RegExp(`^Uid:(\\s+${uid}){4}$`, 'm'));
    assert.match(status, /^CapEff:\s+0+$/m);
});

test('run_as: nobody of that name', async () => {
    const daemon = path.join(buildDir, 'huiquand');
    const { status, stderr } = spawnSync(
        daemon,
        ['--data-dir', path.join(dir, 'd'), '--run-as', 'no-such-user-here'],
        { encoding: 'utf8' },
    );
    assert.equal(status, 1);
    assert.match(stderr, /run_as: there is no such user/);
});

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
test('the systemd unit', { skip: !hasAnalyze && 'no systemd-analyze here' }, () => {
    const unit = path.join(root, 'scripts/huiquand.service');
    const told = say('systemd-analyze', 'security', '--offline=yes', '--no-pager', unit);
    const level = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(told)[1]);
    assert.ok(level <= 2, told);
});
