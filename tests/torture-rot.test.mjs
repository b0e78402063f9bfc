// The row "rot" of scripts/torture, its quick part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/rot.mjs';

test('whatever the journal lost is told, by two verifiers and by a daemon that does not start', async () => {
    const { ok, figures, faults } = await run({ seed: 5, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok && figures.journal_hurt >= 20 && figures.refused === figures.journal_hurt);
});
