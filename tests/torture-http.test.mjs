// The row "http" of scripts/torture, its quick part: direct, without proxies and crowd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './torture/http.mjs';

test('malformed requests get one answer and no second; injected text gets nowhere', async () => {
    const { ok, figures, faults } = await run({ seed: 5, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok && figures['malformed requests, exact status and close'] >= 700);
});
