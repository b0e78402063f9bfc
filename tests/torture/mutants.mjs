// tests/torture/mutants.mjs: planted bugs, one at a time, against the very tests of scripts/test
//
// Procedure: the build build/torture carries every bug of the table below, each of which is there
// only while HUIQUAN_TORTURE_MUTANT names it. With none named all these tests pass; then each bug is
// named in turn and the tests that should see it are run.
// Must show: without a bug every test green; with one, each of its tests fails; and that the table
// and the bugs planted in the sources are the same. --only NAME runs one, --show says how each was
// seen.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const build = process.env.HUIQUAN_TORTURE_DIR ?? join(root, 'build/torture');
const TEST_MS_MAX = 120_000;

/** The bug, what it is, and the tests that should see it. */
export const mutants = [
    ['answer-before-seal', 'a batch is answered, its commit comes later', 'ledger_crash clerk'],
    ['eio-ignored', 'the clerk answers although the seal failed', 'clerk_faults'],
    ['eio-is-known', 'a failed commit counts as one that stored nothing', 'ledger_faults'],
    ['stale-campaign', 'workers go on with what they knew before a pause', 'clerk_faults'],
    ['clock-goes-back', 'time follows a clock that is put back', 'clerk_faults'],
    ['redis-trusted', 'numbers that the script cannot have written count', 'limiter_lies'],
    ['pool-count', 'vouchers beyond the count of the pool', 'rule_claim'],
    ['budget', 'vouchers beyond the money', 'rule_claim'],
    ['person-limit', 'one claim more than a person may have', 'rule_claim book_claim'],
    ['claim-key-forgotten', 'a claim sent again is a new one', 'book_claim'],
    ['key-forgotten', 'an operation sent again is a new one', 'book_campaign book_undo'],
    ['key-reused', 'a key answers for other content', 'book_campaign'],
    ['redeemed-twice', 'a redeemed voucher is taken again', 'rule_redeem'],
    ['expiry-by-one', 'a voucher lives a second longer', 'rule_redeem'],
    ['case-folded', 'a category in other letters is the same', 'rule_redeem'],
    ['vin-used-again', 'a car is subsidised twice', 'book_till'],
    ['reversed-lives', 'a reversed number redeems after all', 'book_undo'],
    ['refund-above-rest', 'more is refunded than was paid', 'car_rate'],
    ['fen-rounded-up', 'a share of a price is rounded up', 'car_rate'],
    ['swept-again', 'what expired goes back to its pool again', 'book_claim'],
    ['approver-is-author', 'who wrote a campaign approves it', 'rule_lifecycle'],
    ['totp-again', 'a one-time code opens twice', 'book_login'],
    ['leeway', 'an assertion holds a minute longer', 'crypto_jwt'],
    ['signature-window', 'a signed request of yesterday holds', 'httpsig_check'],
    ['chain-skips-row', 'the hash chain passes over entries', 'audit journal'],
    ['two-framings', 'Content-Length beside Transfer-Encoding', 'http_parse'],
].map(([name, what, tests]) => ({ name, what, tests: tests.split(' ') }));

function sourcesBelow(dir) {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
        const path = join(dir, entry.name);
        if (entry.isDirectory()) return entry.name === 'web' ? [] : sourcesBelow(path);
        return entry.name.endsWith('.c') ? [path] : [];
    });
}

/** The names of the bugs that the sources carry, sorted. */
export function planted() {
    const files = ['voucher', 'crypto', 'storage'].flatMap((dir) => sourcesBelow(join(root, dir)));
    const calls = files.flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(/torture_mutant\("([a-z-]+)"\)/g),
    ]);
    return [...new Set(calls.map((call) => call[1]))].sort();
}

/** Null when the test passed, else how it failed. */
async function runTest(test, mutant) {
    const cwd = mkdtempSync(join(tmpdir(), 'huiquan-mutant-'));
    const env = { ...process.env, TMPDIR: cwd };
    if (mutant) env.HUIQUAN_TORTURE_MUTANT = mutant;
    const child = spawn(join(build, `test_${test}`), [], {
        cwd,
        env,
        timeout: TEST_MS_MAX,
        killSignal: 'SIGKILL',
    });
    let text = '';
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (piece) => (text += piece));
    const [status, signal] = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (...end) => resolve(end));
    });
    rmSync(cwd, { recursive: true, force: true });
    if (status === 0) return null;
    const said = /row "[^"]*"|must\([^\n]*|: error: [^\n]*|\[  ERROR   \][^\n]*/.exec(text)?.[0];
    return `test_${test}: ${said ?? `ended by ${signal ?? status}`}`;
}

async function runAll(jobs) {
    const results = new Map();
    const queue = [...jobs];
    const worker = async () => {
        for (let job = queue.shift(); job; job = queue.shift()) results.set(job, await job.run());
    };
    await Promise.all([worker(), worker()]);
    return jobs.map((job) => results.get(job));
}

export async function run({ only, show }) {
    const faults = [];
    const inTable = mutants.map(({ name }) => name).sort();
    if (inTable.join() !== planted().join()) {
        faults.push(`planted are ${planted().join()}, in the table ${inTable.join()}`);
    }
    mkdirSync(tmpdir(), { recursive: true });
    const chosen = mutants.filter(({ name }) => !only || name === only);
    const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))].sort();
    for (const test of tests) {
        if (!existsSync(join(build, `test_${test}`))) faults.push(`${build} has no test_${test}`);
    }
    if (faults.length > 0) return { ok: false, figures: {}, faults };

    const sound = await runAll(tests.map((test) => ({ run: () => runTest(test) })));
    sound.filter((failure) => failure !== null).forEach((f) => faults.push(`without a bug ${f}`));
    const pairs = chosen.flatMap((m) => m.tests.map((test) => ({ ...m, test })));
    const seen = await runAll(pairs.map((p) => ({ run: () => runTest(p.test, p.name) })));
    pairs.forEach(({ name, what, test }, i) => {
        if (seen[i] === null) faults.push(`${name} (${what}) passes test_${test}`);
        else if (show) console.log(`  ${name} (${what}): ${seen[i]}`);
    });
    const escaped = new Set(pairs.filter((_, i) => seen[i] === null).map(({ name }) => name));
    const caught = chosen.length - escaped.size;
    const figures = {
        planted: chosen.length,
        caught,
        'tests that pass without a bug': tests.length,
    };
    return { ok: faults.length === 0, figures, faults };
}
