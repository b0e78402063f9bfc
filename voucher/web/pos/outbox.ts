// The outbox: what this till has asked for and does not yet know the outcome of. An operation is
// written here, on the disk, before it is sent; it leaves `sending` and `unknown` only by a word
// that the service signed. A redemption without an answer is asked for again under the same key
// while the cashier waits; then its fate is looked up, and if the service does not know it, it is
// reversed, so that it cannot happen behind anybody's back. All of it survives a reload. Several
// tabs may be open: the disk is what they share, and who works on an operation holds its lock.
import { computed, signal } from '@preact/signals';
import type { Problem, Redemption } from '../shared/api';
import { serverNow } from '../shared/clock';
import { newKey, pause } from '../shared/http';
import { all, clear, drop, put } from './db';
import { type Told, call, identity, isOnline } from './signed';

export type OpKind = 'redeem' | 'reverse' | 'refund' | 'capture' | 'release';
export type OpState = 'sending' | 'unknown' | 'done' | 'refused' | 'reversed';

export interface Op {
    no: string; // a redemption's out_request_no; of another kind the number of its own
    kind: OpKind;
    path: string;
    key: string;
    body: string; // emptied as soon as it will not be sent again: it may name a buyer
    at_ms: number;
    state: OpState;
    reverse_key: string;
    about: string; // what the cashier calls it: the order
    amount_fen: number;
    result?: Redemption;
    problem?: Problem;
}

const KEEP_MS = 8 * 86400000;
const RETRIES = 2;

export const ops = signal<Op[]>([]);
export const isOpen = (op: Op) => op.state === 'sending' || op.state === 'unknown';
export const queue = computed(() => ops.value.filter(isOpen));
/** Told to the page when something is settled that nobody waited for any more. */
export const settledLate = signal<Op | null>(null);

const inOrder = (list: Op[]) => list.sort((a, b) => a.at_ms - b.at_ms);
function show(op: Op): Op {
    ops.value = inOrder([...ops.value.filter((other) => other.no !== op.no), op]);
    return op;
}
/* What cannot be written is not sent; what became of it is shown even on a full disk. */
const begin = (op: Op) => put('ops', op).then(() => show(op));
const write = (op: Op) => put('ops', show(op)).catch(() => undefined);

const opOf = (no: string) => ops.value.find((op) => op.no === no);
const lockOf = (no: string) => `huiquan-op-${no}`;

/** What other tabs asked for, and what became of it. */
async function refresh(): Promise<void> {
    const found = await all<Op>('ops').catch(() => []);
    const known = new Map(ops.value.map((op) => [op.no, op]));
    for (const op of found) {
        const mine = known.get(op.no);
        if (mine && !isOpen(mine)) continue; // which a full disk may not know
        known.set(op.no, op);
        if (mine?.state === 'unknown' && !isOpen(op)) settledLate.value = op;
    }
    ops.value = inOrder([...known.values()]);
}

/** Done, refused for certain, or not known. A refusal that nobody signed ends a first attempt only:
 *  after one that was lost it says nothing about what that one did. */
function verdictOf(told: Told<Redemption>, isFirst: boolean): OpState {
    if (told.kind === 'lost') return 'unknown';
    if (told.kind === 'done') return 'done';
    const { problem, status, proved } = told;
    if (proved && problem.code === 'request_reversed') return 'reversed';
    if (problem.code === 'request_in_progress' || problem.op_state === 'unknown') return 'unknown';
    if (proved)
        return status >= 500 || status === 429 ? (isFirst ? 'refused' : 'unknown') : 'refused';
    return isFirst && status < 500 ? 'refused' : 'unknown';
}

const settledBy = (op: Op, state: OpState, told: Told<Redemption>): Op => ({
    ...op,
    state,
    body: isOpen({ ...op, state }) ? op.body : '',
    ...(told.kind === 'done' && { result: told.data }),
    ...(told.kind === 'refused' && { problem: told.problem }),
});

export interface Order {
    kind: OpKind;
    path: string;
    body: object;
    about: string;
    amount_fen: number;
    no?: string;
}

/** Whether the same thing has been asked for and is not settled: then it is not asked for anew. */
export async function isAsked(path: string): Promise<boolean> {
    await refresh();
    wake();
    return queue.value.some((op) => op.path === path);
}

/** Sends, and again under the same key, while the cashier waits. */
export async function send(order: Order): Promise<Op> {
    const no = order.no ?? newKey();
    // Whatever else looks after the outbox keeps its hands off while this goes on.
    return navigator.locks.request(lockOf(no), async () => {
        let op = await begin({
            no,
            kind: order.kind,
            path: order.path,
            key: newKey(),
            reverse_key: newKey(),
            body: JSON.stringify(order.body),
            at_ms: serverNow(),
            state: 'sending',
            about: order.about,
            amount_fen: order.amount_fen,
        });
        for (let tries = 0; tries <= RETRIES; tries++) {
            if (tries > 0) await pause(400 * 2 ** tries);
            const { path, key, body } = op;
            const told = await call<Redemption>('POST', path, { body, key, timeout_ms: 6000 });
            const state = verdictOf(told, tries === 0);
            // Refused after a lost attempt: that attempt may still arrive. It is reversed too.
            const isDoubtful = state === 'refused' && tries > 0 && op.kind === 'redeem';
            op = settledBy(op, isDoubtful ? 'unknown' : state, told);
            if (isDoubtful || state !== 'unknown') break;
        }
        if (op.kind === 'redeem') op = { ...op, body: '' };
        await write(op);
        if (isOpen(op)) wake();
        return op;
    });
}

// --- What nobody waits for any more --------------------------------------------------------------
/** What became of a redemption; if the service knows nothing of it, it never shall. */
async function settleRedemption(op: Op): Promise<Op> {
    const byRequest = `/v1/redemptions/by-request/${op.no}`;
    const asked = await call<Redemption>('GET', byRequest);
    if (asked.kind === 'done') {
        const isReversed = asked.data.state === 'reversed';
        return settledBy(op, isReversed ? (op.problem ? 'refused' : 'reversed') : 'done', asked);
    }
    if (asked.kind === 'lost' || !asked.proved || asked.status !== 404) return op;
    const told = await call<Redemption>('POST', `${byRequest}/reverse`, {
        body: JSON.stringify({ reason: 'no answer' }),
        key: op.reverse_key,
    });
    if (told.kind !== 'done') return op;
    return settledBy(op, op.problem ? 'refused' : 'reversed', told);
}

/** The rest may be asked for again for ever: the same key answers the same. */
async function settleOther(op: Op): Promise<Op> {
    const { path, key, body } = op;
    const told = await call<Redemption>('POST', path, { body, key });
    return settledBy(op, verdictOf(told, false), told);
}

async function settle(op: Op): Promise<void> {
    await navigator.locks.request(lockOf(op.no), { ifAvailable: true }, async (lock) => {
        if (!lock) return;
        await refresh();
        let now = opOf(op.no);
        if (!now || !isOpen(now)) return;
        // A reload found it half done: nobody sends it any more.
        if (now.kind === 'redeem' && now.state === 'sending') {
            now = { ...now, state: 'unknown', body: '' };
            await write(now);
        }
        const next = now.kind === 'redeem' ? await settleRedemption(now) : await settleOther(now);
        if (next === now) return;
        await write(next);
        if (!isOpen(next)) settledLate.value = next;
    });
}

let isAwake = false;

async function work(): Promise<void> {
    for (let wait_ms = 1000; queue.value.length > 0; wait_ms = Math.min(wait_ms * 2, 8000)) {
        await refresh();
        for (const op of queue.value) await settle(op);
        if (queue.value.length === 0) break;
        // The network's return ends the wait.
        await Promise.race([
            pause(wait_ms),
            new Promise((done) => addEventListener('online', done, { once: true })),
        ]);
        if (isOnline.value) wait_ms = 1000;
    }
}

export function wake(): void {
    if (isAwake || !identity.value) return;
    isAwake = true;
    void work()
        .catch(() => undefined)
        .finally(() => {
            isAwake = false;
        });
}

/** With the identity goes what was asked in its name: nobody else may settle it. */
export async function emptyOutbox(): Promise<void> {
    await clear('ops');
    ops.value = [];
}

/** What a reload found half done goes on; what is long settled is forgotten. */
export async function startOutbox(): Promise<void> {
    const found = await all<Op>('ops');
    const old = (op: Op) => !isOpen(op) && op.at_ms < serverNow() - KEEP_MS;
    for (const op of found.filter(old)) await drop('ops', op.no);
    ops.value = inOrder(found.filter((op) => !old(op)));
    wake();
}
