// The fast part of scripts/torture thief.
import assert from 'node:assert/strict';
import test from 'node:test';
import { run } from './torture/thief.mjs';

test('thief: quick', async () => {
    const { ok, faults } = await run({ seed: 20261123, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok);
});
