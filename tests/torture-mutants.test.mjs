// What of scripts/torture mutants needs no build of its own: its table names every bug that the
// sources carry, and tests that there are; an ordinary build carries none.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutants, planted } from './torture/mutants.mjs';

const root = new URL('../', import.meta.url).pathname;

test('every planted bug is in the table, and no other', () => {
    assert.deepEqual(mutants.map(({ name }) => name).sort(), planted());
    assert.ok(mutants.length >= 20);
});

test('the tests that should see a bug are there', () => {
    for (const { name, tests } of mutants) {
        assert.ok(tests.length > 0, name);
        for (const one of tests) assert.ok(existsSync(join(root, `tests/test_${one}.c`)), one);
    }
});

test('the daemon carries no planted bug', () => {
    const daemon = readFileSync(join(process.env.HUIQUAN_BUILD_DIR ?? 'build', 'huiquand'));
    const isTorture = daemon.includes('HUIQUAN_TORTURE_MUTANT');
    for (const { name } of mutants) {
        const literal = Buffer.from(`\0${name}\0`);
        if (!isTorture && name.includes('-')) assert.ok(!daemon.includes(literal), name);
    }
});
