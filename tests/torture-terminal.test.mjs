// The row "terminal" of scripts/torture, its quick part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/terminal.mjs';

test('no signed request of a till has a second effect, no spoilt one any', async () => {
    const { ok, figures, faults } = await run({ seed: 5, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok && figures['requests sent'] > 2000, JSON.stringify(figures));
});
