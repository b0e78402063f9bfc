// The quick part of scripts/torture eio.
import assert from 'node:assert';
import test from 'node:test';
import { run } from './torture/eio.mjs';

test('a disk that answers EIO: no verdict, and it heals by key', async () => {
    const { ok, figures, faults } = await run({ seed: 20260619, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
