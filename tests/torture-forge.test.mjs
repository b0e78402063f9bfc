// The row "forge" of scripts/torture, its quick part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/forge.mjs';

test('no forged credential is believed, no honest one refused', async () => {
    const { ok, figures, faults } = await run({ seed: 5, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok && figures.forged >= 20000, JSON.stringify(figures));
});
