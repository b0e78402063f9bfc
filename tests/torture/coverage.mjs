// tests/torture/coverage.mjs: lines and branches that the tests run, by room
//
// Procedure: all C is compiled by clang with source coverage into build/coverage
// (-DHUIQUAN_COVERAGE=ON). The counters live in files mapped by each process, so that a daemon
// under seccomp, one that is killed and a child that leaves by _exit count like any other. Then run,
// as scripts/test runs them: each cmocka program; the rows nth-io, nth-alloc, power, sim and forge
// in their quick form; and each transcript in node that needs neither a browser nor a build of its
// own.
// --quick: the C alone. --only A,B: tests whose name contains A or B. --show FILE,…: the lines and
// branches of those files that did not run (any part of a path). --keep: counts of the last run are
// added to, so that a list can be asked for again (with --only none, nothing runs).
//
// Must show: rules, ledger, token, auth and codec each at least 95 % of lines and 90 % of branches,
// all rooms together at least 85 % of lines; every test passes.
//
// A branch is one outcome of one condition, as clang counts: each operand of && and || has two.
// "raw" is what llvm-cov says, over every file of voucher/, crypto/ and storage/. "adjusted" leaves
// out conditions within must(…) and must_have_memory(…), whose other outcome ends the process: a
// test that sees it has found a bug. Nothing else is left out: failed allocations and disks are
// faults that the rows nth-io and nth-alloc bring about, so they count. Lines are never adjusted.
import { spawnSync } from 'node:child_process';
import {
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    existsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const build = join(root, 'build/coverage');
const profiles = join(build, 'profiles');
const merged = join(build, 'coverage.profdata');

// The first line that fits names the room. A word ends at a folder or at a prefix of a file's name.
const rooms = [
    ['rules', ['voucher/rules/', 'voucher/verdict', 'voucher/decimal']],
    ['ledger', ['storage/sqlite/']],
    ['token', ['crypto/']],
    ['auth', ['voucher/auth', 'voucher/cookie', 'voucher/admin_cookie', 'voucher/keymark']],
    ['auth', ['voucher/httpsig/httpsig', 'voucher/httpsig/base', 'voucher/httpsig/sign']],
    ['auth', ['voucher/httpsig/reason', 'voucher/api/session', 'voucher/api/sign_in']],
    ['auth', ['voucher/api/login', 'voucher/person']],
    ['codec', ['voucher/http/parse', 'voucher/http/chunk', 'voucher/http/framing']],
    ['codec', ['voucher/http/field', 'voucher/http/target', 'voucher/http/byte']],
    [
        'codec',
        ['voucher/json', 'voucher/httpsig/', 'voucher/form', 'voucher/utf8', 'voucher/wire/'],
    ],
    ['codec', ['voucher/bulk/csv', 'voucher/id.', 'voucher/civil', 'voucher/cidr']],
    ['http edge', ['voucher/http/', 'voucher/forwarded', 'voucher/streams', 'voucher/upload']],
    ['limiter', ['storage/']],
    ['books', ['voucher/book/', 'voucher/clerk', 'voucher/desk', 'voucher/board']],
    ['api', ['voucher/api/', 'voucher/call', 'voucher/page', 'voucher/route', 'voucher/receipt']],
    ['bulk', ['voucher/bulk/']],
    ['cli', ['voucher/cli/']],
    ['daemon', ['voucher/']],
];
const held = new Set(['rules', 'ledger', 'token', 'auth', 'codec']);

// Transcripts that judge something else than this build, or its speed.
const left_out = new Set([
    'bench.test.mjs',
    'gates.test.mjs',
    'hardened.test.mjs',
    'readme.test.mjs',
]);
const c_rows = ['nth-io', 'nth-alloc', 'power', 'sim', 'forge'];

const roomOf = (path) =>
    rooms.find(([, words]) => words.some((word) => path.startsWith(word)))?.[0];
const per_cent = ({ hit, all }) => (all === 0 ? 100 : Math.floor((hit * 1000) / all) / 10);

function mustRun(command, args, options = {}) {
    const done = spawnSync(command, args, {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 2 ** 30,
        ...options,
    });
    if (done.error) throw done.error;
    if (done.status !== 0) throw new Error(`${command} ${args[0]}: ${done.stderr}${done.stdout}`);
    return done.stdout;
}

function buildAll() {
    const options = ['-DHUIQUAN_COVERAGE=ON', '-DCMAKE_C_COMPILER=clang-14'];
    const tools = [['-G', 'Ninja'], ['-DCMAKE_C_COMPILER_LAUNCHER=ccache']];
    if (!existsSync(join(build, 'CMakeCache.txt'))) {
        if (spawnSync('ninja', ['--version']).status === 0) options.push(...tools[0]);
        if (spawnSync('ccache', ['--version']).status === 0) options.push(...tools[1]);
    }
    mustRun('cmake', ['-S', root, '-B', build, ...options]);
    mustRun('cmake', ['--build', build, '--parallel']);
}

// Added up after each test: process ids come again, and a profile of the same name would be lost.
function mergeProfiles() {
    const files = readdirSync(profiles).map((name) => join(profiles, name));
    if (files.length === 0) return;
    const before = existsSync(merged) ? [merged] : [];
    // A file whose process ended before its header was whole holds nothing.
    const args = [
        'merge',
        '-sparse',
        '-failure-mode=all',
        ...before,
        ...files,
        '-o',
        `${merged}.new`,
    ];
    const done = spawnSync('llvm-profdata-14', args, { encoding: 'utf8' });
    if (done.status === 0) renameSync(`${merged}.new`, merged);
    for (const file of files) rmSync(file);
}

function tests({ quick, only }) {
    const wanted = (name) =>
        only === undefined || `${only}`.split(',').some((word) => name.includes(word));
    const list = readdirSync(build)
        .filter((name) => /^test_[a-z0-9_]+$/.test(name))
        .map((name) => ({ name, command: join(build, name), args: [] }));
    for (const name of c_rows) {
        const args = ['--seed', '20261124', '--quick'];
        list.push({ name: `torture_${name}`, command: join(build, `torture_${name}`), args });
    }
    for (const folder of quick ? [] : ['tests', 'tests/cross']) {
        for (const name of readdirSync(join(root, folder)).filter((file) =>
            /\.test\.mjs$/.test(file),
        )) {
            const text = readFileSync(join(root, folder, name), 'utf8');
            const row = /^torture-(.*)\.test\.mjs$/.exec(name)?.[1];
            const rowText = row ? readFileSync(join(root, `tests/torture/${row}.mjs`), 'utf8') : '';
            if (left_out.has(name) || /web\/browser\.mjs/.test(text)) continue;
            if (/build\/torture/.test(rowText) || c_rows.includes(row)) continue;
            const args = ['--test', '--test-reporter=tap', join(root, folder, name)];
            list.push({ name, command: process.execPath, args });
        }
    }
    return list.filter(({ name }) => wanted(name));
}

function runTests(options) {
    const faults = [];
    const env = { ...process.env, HUIQUAN_BUILD_DIR: build };
    env.LLVM_PROFILE_FILE = join(profiles, '%p%c.profraw');
    const all = tests(options);
    for (const [index, { name, command, args }] of all.entries()) {
        const cwd = mkdtempSync(join(tmpdir(), 'huiquan-coverage-'));
        const inside = { ...env, TMPDIR: cwd };
        const done = spawnSync(command, args, {
            cwd: command === process.execPath ? root : cwd,
            env: inside,
            encoding: 'utf8',
            timeout: 600_000,
            maxBuffer: 2 ** 28,
        });
        if (done.status !== 0) {
            const failed = (done.stdout ?? '')
                .split('\n')
                .filter((line) => /not ok|FAILED/.test(line));
            faults.push(`${name}: ${done.signal ?? done.status}: ${failed.slice(0, 4).join('; ')}`);
        }
        console.log(`  ${index + 1}/${all.length} ${name}${done.status === 0 ? '' : ' FAILED'}`);
        rmSync(cwd, { recursive: true, force: true });
        mergeProfiles();
    }
    return { faults, count: all.length };
}

// The stretches "must(" … ")" of a file, as [from, to) of line * 1000 + column, from 1.
function mustsOf(text) {
    const stretches = [];
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    let line = 0;
    const place = (at) => {
        while (line + 1 < starts.length && starts[line + 1] <= at) line++;
        return (line + 1) * 1000 + (at - starts[line]) + 1;
    };
    for (const { index, 0: word } of text.matchAll(/\bmust(_have_memory)?\(/g)) {
        let depth = 1;
        let at = index + word.length;
        for (; depth > 0 && at < text.length; at++) {
            if (text[at] === "'") at += text[at + 1] === '\\' ? 3 : 2;
            else if (text[at] === '(') depth++;
            else if (text[at] === ')') depth--;
        }
        line = 0;
        stretches.push([place(index), place(at)]);
    }
    return stretches;
}

// Instances of one place (an inline function in several files) are one branch: their counts add up.
function branchesOf(file, text) {
    const musts = mustsOf(text);
    const isMust = (at) => musts.some(([from, to]) => at >= from && at < to);
    const found = new Map();
    const add = (key, at, [yes, no]) => {
        const old = found.get(key) ?? {
            line: Math.floor(at / 1000),
            column: at % 1000,
            yes: 0,
            no: 0,
        };
        found.set(key, { ...old, yes: old.yes + yes, no: old.no + no, isMust: isMust(at) });
    };
    for (const branch of file.branches)
        add(branch.slice(0, 4).join(), branch[0] * 1000 + branch[1], branch.slice(4));
    for (const { source_region: from, branches } of file.expansions) {
        for (const branch of branches) {
            const key = [...from.slice(0, 2), ...branch.slice(0, 4)].join();
            add(key, from[0] * 1000 + from[1], branch.slice(4));
        }
    }
    return [...found.values()];
}

function linesNotRun(file) {
    const missed = [];
    const { segments } = file;
    for (let i = 0; i + 1 < segments.length; i++) {
        const [line, , count, has_count, , is_gap] = segments[i];
        if (!has_count || is_gap || count > 0) continue;
        const last = segments[i + 1][0] - (segments[i + 1][1] === 1 ? 1 : 0);
        for (let n = line; n <= last; n++) if (missed.at(-1) !== n) missed.push(n);
    }
    return [...new Set(missed)];
}

function show(path, file, text, branches) {
    const source = text.split('\n');
    console.log(`  ${path}`);
    for (const line of linesNotRun(file))
        console.log(`    ${line}: not run: ${source[line - 1].trim()}`);
    for (const { line, column, yes, no, isMust } of branches) {
        if (isMust || (yes > 0 && no > 0)) continue;
        const never = yes + no === 0 ? 'never asked' : yes === 0 ? 'never true' : 'never false';
        console.log(
            `    ${line}:${column}: ${never}: ${source[line - 1].slice(column - 1).trim()}`,
        );
    }
}

const fresh = () => ({
    lines: { hit: 0, all: 0 },
    raw: { hit: 0, all: 0 },
    adjusted: { hit: 0, all: 0 },
});

function measure(shown) {
    const objects = [join(build, 'coverage_whole'), '-object', join(build, 'huiquan')];
    const args = ['export', '-format=text', `-instr-profile=${merged}`, ...objects];
    const { files } = JSON.parse(mustRun('llvm-cov-14', args)).data[0];
    const sums = new Map([...rooms.map(([room]) => [room, fresh()]), ['all', fresh()]]);
    for (const file of files) {
        const path = relative(root, file.filename);
        const room = roomOf(path);
        if (room === undefined) continue;
        const text = readFileSync(file.filename, 'utf8');
        const branches = branchesOf(file, text);
        for (const sum of [sums.get(room), sums.get('all')]) {
            sum.lines.hit += file.summary.lines.covered;
            sum.lines.all += file.summary.lines.count;
            sum.raw.hit += file.summary.branches.covered;
            sum.raw.all += file.summary.branches.count;
            for (const { yes, no, isMust } of branches) {
                if (isMust) continue;
                sum.adjusted.hit += (yes > 0) + (no > 0);
                sum.adjusted.all += 2;
            }
        }
        if (shown.some((word) => path.includes(word))) show(path, file, text, branches);
    }
    return sums;
}

export async function run({ quick, only, keep, show: shown }) {
    buildAll();
    rmSync(profiles, { recursive: true, force: true });
    if (!keep) rmSync(merged, { force: true });
    mkdirSync(profiles, { recursive: true });
    const { faults, count } = runTests({ quick, only });
    const figures = { 'test programs': count };
    for (const [room, { lines, raw, adjusted }] of measure(shown ? `${shown}`.split(',') : [])) {
        figures[room] =
            `lines ${per_cent(lines)} % of ${lines.all}, branches ${per_cent(adjusted)} % of ` +
            `${adjusted.all} (raw ${per_cent(raw)} % of ${raw.all})`;
        if (held.has(room) && per_cent(lines) < 95) faults.push(`${room}: lines below 95 %`);
        if (held.has(room) && per_cent(adjusted) < 90) faults.push(`${room}: branches below 90 %`);
        if (room === 'all' && per_cent(lines) < 85) faults.push('all: lines below 85 %');
    }
    return { ok: faults.length === 0, figures, faults };
}
