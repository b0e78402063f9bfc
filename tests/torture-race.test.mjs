// The fast part of scripts/torture race, and that its judge sees what is not legal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh, outcomes, shown } from './torture/lib/legal.mjs';
import { run } from './torture/race.mjs';

const capture = (no, told) => ({ kind: 'redeem', no, mode: 'capture', told });
const hold = (no, told) => ({ kind: 'redeem', no, mode: 'hold', told });
const act = (kind, no, told) => ({ kind, no, told });
const rows = [
    ['one wins', [capture('a', 'ok'), capture('b', 'already_redeemed')], 'redeemed'],
    ['both win', [capture('a', 'ok'), capture('b', 'ok')], null],
    ['nobody wins', [capture('a', 'already_redeemed'), capture('b', 'already_redeemed')], null],
    ['redeemed and voided', [capture('a', 'ok'), act('void', '', 'ok')], null],
    ['void first', [capture('a', 'voucher_void'), act('void', '', 'ok')], 'void'],
    ['void of a redeemed one', [capture('a', 'ok'), act('void', '', 'wrong_state')], 'redeemed'],
    [
        'reversed in between',
        [capture('a', 'ok'), act('reverse', 'a', 'ok'), capture('b', 'ok')],
        'redeemed',
    ],
    ['reversed in advance', [capture('a', 'request_reversed'), act('reverse', 'a', 'ok')], 'live'],
    ['reversed by nobody', [capture('a', 'request_reversed')], null],
    ['held, and another wins', [hold('a', 'ok'), capture('b', 'ok')], null],
    ['held', [hold('a', 'ok'), capture('b', 'voucher_held')], 'held'],
    ['expired by nobody', [capture('a', 'voucher_expired')], null],
    ['expired', [capture('a', 'voucher_expired'), act('expire')], 'expired'],
    ['won, then expired', [capture('a', 'ok'), act('expire')], 'redeemed'],
    [
        'refunded twice',
        [capture('a', 'ok'), act('refund', 'a', 'ok'), act('refund', 'a', 'ok')],
        null,
    ],
    [
        'captured and released',
        [hold('a', 'ok'), act('capture', 'a', 'ok'), act('release', 'a', 'ok')],
        null,
    ],
];
for (const [name, asked, end] of rows)
    test(`the judge: ${name}`, () => {
        const found = outcomes([fresh], asked).map(shown);
        assert.deepEqual([...new Set(found)], end === null ? [] : [end]);
    });

test('vouchers raced for', { timeout: 120000 }, async () => {
    const { ok, figures, faults } = await run({ seed: 2, quick: true });
    assert.deepEqual(faults, []);
    assert.ok(ok, JSON.stringify(figures));
});
