// The quick part of scripts/torture power.
import assert from 'node:assert';
import test from 'node:test';
import { run } from './torture/power.mjs';

test('the power is cut: a few hundred disks', async () => {
    const { ok, figures, faults } = await run({ seed: 20260619, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
