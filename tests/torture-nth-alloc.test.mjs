// The quick part of scripts/torture nth-alloc.
import assert from 'node:assert';
import test from 'node:test';
import { run } from './torture/nth-alloc.mjs';

test('nth-alloc: n up to 200, then each 17th', async () => {
    const { ok, figures, faults } = await run({ seed: 20260619, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
