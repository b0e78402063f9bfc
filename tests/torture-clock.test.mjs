// The fast part of scripts/torture clock: an hour back, and a process that stands still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/clock.mjs';

test('a clock that is set back, a process that stands still', { timeout: 120000 }, async () => {
    const { ok, figures, faults } = await run({ seed: 3, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
