// The row "backup" of scripts/torture, its quick part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/backup.mjs';

test('a copy made under load is one instant, and whatever is cut short or damaged is refused', async () => {
    const { ok, figures, faults } = await run({ seed: 5, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok && figures['damaged backups refused'] === 24);
    assert.ok(figures['replays byte-identical'] > 0);
});
