// The fast part of scripts/torture redis: some of the faults of the door's Redis.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/redis.mjs';

test('faults of the Redis behind the door', { timeout: 120000 }, async () => {
    const { ok, figures, faults } = await run({ seed: 11, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
