// The quick part of scripts/torture full.
import assert from 'node:assert';
import test from 'node:test';
import { run } from './torture/full.mjs';

test('a disk that fills up under load and is freed', async () => {
    const { ok, figures, faults } = await run({ seed: 20260619, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
