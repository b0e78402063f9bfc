// The fast part of scripts/torture privacy.
import assert from 'node:assert/strict';
import test from 'node:test';
import { run } from './torture/privacy.mjs';

test('privacy: quick', async () => {
    const { ok, faults } = await run({ seed: 20261123, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok);
});
