// The fast part of scripts/torture soak: a few faults, a few seconds apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/soak.mjs';

test('faults one after another', { timeout: 120000 }, async () => {
    const { ok, figures, faults } = await run({ seed: 5, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
