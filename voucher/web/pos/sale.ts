// One voucher at the counter: looked at, shown, confirmed, settled. There is one sale at a time,
// and one way from each phase to the next.
import { signal } from '@preact/signals';
import type { Evidence, Problem, PublicCampaign, Redemption, Verification } from '../shared/api';
import { serverNow } from '../shared/clock';
import { ask, newKey } from '../shared/http';
import { type Op, send, settledLate } from './outbox';
import { type Told, call } from './signed';
import { play } from './sound';
import { type Claims, type Read, readOffline } from './token';
import { dateOf } from './when';

export type Phase =
    | 'looking' /* the service is asked what this is */
    | 'shown' /* it is good: now the amount */
    | 'unfit' /* it is not, and why */
    | 'unseen' /* nobody could be asked */
    | 'unkept' /* this device could not write down what it was to ask for */
    | 'sending'
    | 'waiting' /* no answer: the outbox finds out */
    | 'done'
    | 'reversed';

export interface Sale {
    phase: Phase;
    code: { token: string } | { short_code: string };
    claims: Claims | null;
    seen: Verification | null;
    campaign: PublicCampaign | null;
    order_no: string;
    amount: string; // as typed; kept when a second voucher is used on the same order
    problem?: Problem | undefined;
    no?: string;
    result?: Redemption;
    amount_fen?: number;
}

export const sale = signal<Sale | null>(null);
/** The next voucher belongs to the order before it. */
export const sameOrder = signal<{ order_no: string; amount: string } | null>(null);

const set = (change: Partial<Sale>) => {
    if (sale.value) sale.value = { ...sale.value, ...change };
};

/** Short enough to be read out, different on every till and in every second. */
const orderNo = () =>
    `${dateOf(serverNow()).replace(/-/g, '').slice(2)}-${newKey().slice(0, 8).toUpperCase()}`;

// A campaign hardly changes while a shop is open.
const campaigns = new Map<string, PublicCampaign>();
async function campaignOf(id: string): Promise<PublicCampaign | null> {
    const known = campaigns.get(id);
    if (known) return known;
    const answer = await ask<PublicCampaign>('GET', `/v1/campaigns/${id}`, { timeout_ms: 4000 });
    if (answer.kind !== 'done') return null;
    campaigns.set(id, answer.data);
    return answer.data;
}

/** The back button leaves the voucher, and never sends anything. */
function enter(fresh: Sale): void {
    if (!sale.value) history.pushState({ sale: true }, '');
    sale.value = fresh;
}

export function leaveSale(): void {
    if (!sale.value || sale.value.phase === 'sending') return;
    if ((history.state as { sale?: boolean } | null)?.sale) history.back();
    else sale.value = null;
}

addEventListener('popstate', () => {
    if (!sale.value) return;
    if (sale.value.phase === 'sending') history.pushState({ sale: true }, '');
    else sale.value = null;
});

let looks = 0;

export async function look(read: Read, again?: { order_no: string; amount: string }) {
    if (sale.value?.phase === 'sending') return;
    if (read.kind !== 'token' && read.kind !== 'short') return;
    const mine = ++looks;
    const code = read.kind === 'token' ? { token: read.digits } : { short_code: read.digits };
    enter({
        phase: 'looking',
        code,
        claims: null,
        seen: null,
        campaign: null,
        order_no: again?.order_no ?? orderNo(),
        amount: again?.amount ?? '',
    });
    const stillMine = () => looks === mine && sale.value?.phase === 'looking';
    const body = JSON.stringify(code);
    const asking = call<Verification>('POST', '/v1/verifications', { body, timeout_ms: 5000 });
    if (read.kind === 'token') {
        const claims = await readOffline(read.digits);
        if (stillMine()) set({ claims });
    }
    const told = await asking;
    if (!stillMine()) return;
    if (told.kind !== 'done') return unseen(told);
    const seen = told.data;
    const campaign = seen.voucher && (await campaignOf(seen.voucher.campaign_id));
    if (!stillMine()) return;
    set({ phase: seen.valid ? 'shown' : 'unfit', seen, campaign });
    if (!seen.valid) play('bad');
}

function unseen(told: Exclude<Told<Verification>, { kind: 'done' }>): void {
    play('soon');
    if (told.kind === 'refused') set({ phase: 'unfit', problem: told.problem });
    else set({ phase: 'unseen' });
}

export interface Wish {
    amount: string;
    amount_fen: number;
    category: string;
    evidence?: Evidence;
}

export async function confirm(wish: Wish): Promise<void> {
    const now = sale.value;
    // A second tap finds the sale sending already.
    if (!now || now.phase !== 'shown') return;
    const no = newKey();
    set({
        phase: 'sending',
        no,
        amount: wish.amount,
        amount_fen: wish.amount_fen,
        problem: undefined,
    });
    const asked = send({
        kind: 'redeem',
        path: '/v1/redemptions',
        no,
        about: now.order_no,
        amount_fen: wish.amount_fen,
        body: {
            out_request_no: no,
            ...now.code,
            mode: 'capture',
            order: {
                order_no: now.order_no,
                amount_fen: wish.amount_fen,
                ...(wish.category && { category: wish.category }),
            },
            ...(wish.evidence && { evidence: wish.evidence }),
        },
    });
    const op = await asked.catch(() => null);
    if (op) return take(op);
    set({ phase: 'unkept' });
    play('bad');
}

/** What the cashier sees of it, if he still looks at this very sale. */
function take(op: Op): void {
    if (sale.value?.no !== op.no) return;
    if (op.state === 'done') {
        set({ phase: 'done', ...(op.result && { result: op.result }) });
        play('good');
    } else if (op.state === 'refused') {
        const isTyped = (op.problem?.errors ?? []).length > 0 || mendable.has(op.problem?.code);
        set({ phase: isTyped ? 'shown' : 'unfit', problem: op.problem });
        play('bad');
    } else if (op.state === 'reversed') {
        set({ phase: 'reversed' });
        play('bad');
    } else {
        set({ phase: 'waiting' });
        play('soon');
    }
}

// What another amount, category or moment may mend: the form stays.
const mendable = new Set<string | undefined>([
    'below_min_spend',
    'category_not_allowed',
    'evidence_invalid',
    'invalid',
    'malformed',
    'rate_limited',
    'unavailable',
    'not_stackable',
    'vin_already_used',
    'invoice_already_used',
    'plate_already_used',
]);

settledLate.subscribe((op) => op && take(op));
