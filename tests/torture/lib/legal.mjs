// tests/torture/lib/legal.mjs: what one voucher may go through. Requests that were under way at once
// may have been judged in any order; their answers are legal when some order of a sequential
// voucher gives every one of them.

const dead = { void: 'voucher_void', redeemed: 'already_redeemed', held: 'voucher_held' };

/** One step of the sequential voucher: [answer, next state]. State: {v, expired, red: {no: state}} */
const steps = {
    redeem(s, { no, mode }) {
        if (s.red[no] === 'reversed') return ['request_reversed', s];
        if (dead[s.v]) return [dead[s.v], s];
        if (s.expired) return ['voucher_expired', s];
        const held = mode === 'hold';
        return [
            'ok',
            {
                ...s,
                v: held ? 'held' : 'redeemed',
                red: { ...s.red, [no]: held ? 'held' : 'captured' },
            },
        ];
    },
    void(s) {
        if (s.v !== 'live' || s.expired) return ['wrong_state', s];
        return ['ok', { ...s, v: 'void' }];
    },
    reverse(s, { no }) {
        const was = s.red[no];
        if (was === 'refunded') return ['wrong_state', s];
        const next = { ...s, red: { ...s.red, [no]: 'reversed' } };
        if (was === 'held' || was === 'captured') next.v = 'live';
        return ['ok', next];
    },
    capture(s, { no }) {
        if (s.red[no] === 'reversed') return ['request_reversed', s];
        if (s.red[no] !== 'held') return ['wrong_state', s];
        return ['ok', { ...s, v: 'redeemed', red: { ...s.red, [no]: 'captured' } }];
    },
    release(s, { no }) {
        if (s.red[no] === 'reversed') return ['request_reversed', s];
        if (s.red[no] !== 'held') return ['wrong_state', s];
        return ['ok', { ...s, v: 'live', red: { ...s.red, [no]: 'released' } }];
    },
    refund(s, { no }) {
        if (s.red[no] !== 'captured') return ['wrong_state', s];
        const v = s.expired ? 'void' : 'live';
        return ['ok', { ...s, v, red: { ...s.red, [no]: 'refunded' } }];
    },
    expire(s) {
        return [undefined, { ...s, expired: true }];
    },
};
// Which refusal names a redemption that is no longer what it was is not at stake here.
const same = (told, expected) =>
    expected === undefined ||
    told === expected ||
    (told === 'wrong_state' && expected === 'request_reversed') ||
    (told === 'request_reversed' && expected === 'wrong_state');

export const fresh = { v: 'live', expired: false, red: {} };

/** Every state in which these requests with these answers may have left the voucher. */
export function outcomes(states, asked) {
    const found = new Map();
    const visit = (state, rest) => {
        if (rest.length === 0) {
            found.set(JSON.stringify(state), state);
            return;
        }
        rest.forEach((one, i) => {
            const [expected, next] = steps[one.kind](state, one);
            if (same(one.told, expected)) visit(next, [...rest.slice(0, i), ...rest.slice(i + 1)]);
        });
    };
    for (const state of states) visit(state, asked);
    return [...found.values()];
}

/** As GET shows it. */
export const shown = (s) => (s.v === 'live' && s.expired ? 'expired' : s.v);
