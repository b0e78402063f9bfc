// The fast part of scripts/torture sim: two thousand seeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/sim.mjs';

test('two thousand simulated cities', { timeout: 240000 }, async () => {
    const { ok, figures, faults } = await run({ seed: 1, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok && figures.seeds === 2000, JSON.stringify(figures));
});
