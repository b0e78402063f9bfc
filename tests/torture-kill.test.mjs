// The fast part of scripts/torture kill: ten kills under load, at named points where the build has them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/kill.mjs';

test('kills at points and at random instants', { timeout: 120000 }, async () => {
    const { ok, figures, faults } = await run({ seed: 7, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
