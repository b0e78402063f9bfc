// Shifts: who stands at the till, from when to when, and what came together. The figures are the
// service's; what this browser keeps is the opening and the closed shifts.
import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { now_ms, serverNow } from '../shared/clock';
import { yuan } from '../shared/words';
import { all, clear, forget, keep, kept, put } from './db';
import { type Totals, linesFrom, totalLines, totalsOf } from './journal';
import { emptyOutbox, ops, queue } from './outbox';
import { Lines, totalsPaper } from './paper';
import { Act, Field, Notice, type Said, print } from './parts';
import { identity } from './signed';
import { leave, shutOut } from './terminal';
import { clockOf, dateOf, shortly } from './when';
import { type Word, t } from './words';

interface Shift {
    opened_at: number;
    cashier: string;
    closed_at?: number;
    totals?: Totals;
}

const current = signal<Shift | null>(null);

export async function startShifts(): Promise<void> {
    current.value = (await kept<Shift>('shift')) ?? null;
}

async function openShift(cashier: string): Promise<void> {
    if (current.value) return;
    current.value = { opened_at: serverNow(), cashier };
    await keep('shift', current.value);
}
/** The first voucher of a day opens a shift: nobody stands in the way of a customer. */
export const shiftForSale = () => openShift('');

/** A refund of a sale from before the shift is in no line of it: this till remembers its own. */
function withOldRefunds(sum: Totals, shift: Shift, numbers: Set<string | undefined>): Totals {
    const old = ops.value.filter(
        (op) =>
            op.kind === 'refund' &&
            op.state === 'done' &&
            op.at_ms >= shift.opened_at &&
            !numbers.has(op.result?.redemption_id),
    );
    return {
        ...sum,
        refund_fen: sum.refund_fen + old.reduce((fen, op) => fen + op.amount_fen, 0),
    };
}

async function totalsOfShift(shift: Shift): Promise<Totals | null> {
    // The instant is cut to whole seconds on its way, and the service's clock is its own.
    const lines = await linesFrom(Math.floor(shift.opened_at / 1000) * 1000 - 1000);
    if (!lines) return null;
    return withOldRefunds(totalsOf(lines), shift, new Set(lines.map((r) => r.redemption_id)));
}

const stamp = (ms: number) => `${dateOf(ms)} ${clockOf(ms).slice(0, 5)}`;

function paperLines(shift: Shift, sum: Totals): [Word, string][] {
    const until = stamp(shift.closed_at ?? serverNow());
    return [
        ['time', `${stamp(shift.opened_at)} – ${until}`],
        ['cashier', shift.cashier || '–'],
        ...totalLines(sum),
    ];
}

function Open(props: { onDone: () => void }) {
    const cashier = useSignal('');
    return (
        <form
            class="card stack"
            noValidate
            onSubmit={(e) => {
                e.preventDefault();
                void openShift(cashier.value.trim()).then(props.onDone);
            }}
        >
            <p class="soft">{t('shift_none')}</p>
            <Field
                label={t('cashier')}
                value={cashier.value}
                name="cashier"
                onInput={(value) => (cashier.value = value)}
            />
            <button class="button" name="open-shift">
                {t('shift_open')}
            </button>
        </form>
    );
}

function Running(props: { shift: Shift; onDone: (said: Said) => void }) {
    const { shift } = props;
    const sum = useSignal<Totals | null>(null);
    const load = async () => {
        sum.value = (await totalsOfShift(shift)) ?? sum.value;
    };
    useEffect(() => void load(), [shift.opened_at]);
    const close = async () => {
        if (queue.value.length > 0)
            return props.onDone({ look: 'soon', title: t('shift_queue', queue.value.length) });
        const totals = await totalsOfShift(shift);
        if (!totals) return props.onDone({ look: 'soon', title: t('load_lost') });
        const closed = { ...shift, closed_at: serverNow(), totals };
        await put('shifts', closed);
        await forget('shift');
        current.value = null;
        return props.onDone({ look: 'good', title: t('shift_closed') });
    };
    return (
        <section class="card stack totals">
            <h2>
                {t(
                    'shift_since',
                    shortly(new Date(shift.opened_at).toISOString(), now_ms.value),
                    shift.cashier,
                )}
            </h2>
            {sum.value && <Lines lines={totalLines(sum.value)} />}
            <p class="acts">
                <Act word={t('shift_close')} look="go" name="close-shift" onAct={close} />
                <Act word={t('refresh')} onAct={load} />
                {sum.value && (
                    <Act
                        word={t('print')}
                        onAct={() => print(totalsPaper(paperLines(shift, sum.value!)))}
                    />
                )}
            </p>
        </section>
    );
}

function Past(props: { shifts: Shift[] }) {
    if (props.shifts.length === 0) return null;
    return (
        <section class="stack">
            <h2>{t('past_shifts')}</h2>
            <ul class="stack">
                {props.shifts.map((shift) => (
                    <li class="card past" key={shift.opened_at}>
                        <span>
                            {stamp(shift.opened_at)} – {clockOf(shift.closed_at!).slice(0, 5)}{' '}
                            {shift.cashier}
                        </span>
                        <b>
                            {t('redeemed')} {shift.totals!.count} · {t('value')} ¥
                            {yuan(shift.totals!.value_fen)}
                        </b>
                        <Act
                            word={t('print')}
                            about={stamp(shift.opened_at)}
                            onAct={() => print(totalsPaper(paperLines(shift, shift.totals!)))}
                        />
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Machine(props: { onDone: (said: Said) => void }) {
    const isSure = useSignal(false);
    const me = identity.value!;
    // A till that the service has shut out can settle nothing any more.
    const go = async () => {
        const open = queue.value.length;
        if (open > 0 && !shutOut.value)
            return props.onDone({ look: 'soon', title: t('leave_queue', open) });
        await emptyOutbox();
        await clear('shifts');
        await forget('shift');
        current.value = null;
        return leave();
    };
    return (
        <details class="card">
            <summary>{t('machine')}</summary>
            <p class="digits">{me.terminal_id}</p>
            <p class="soft">{t('leave_next')}</p>
            <p class="acts">
                {isSure.value ? (
                    <Act word={t('leave_really')} look="danger" name="leave-really" onAct={go} />
                ) : (
                    <Act word={t('leave')} name="leave" onAct={() => (isSure.value = true)} />
                )}
            </p>
        </details>
    );
}

export function ShiftView() {
    const past = useSignal<Shift[]>([]);
    const said = useSignal<Said | null>(null);
    const load = async () => {
        past.value = (await all<Shift>('shifts')).reverse().slice(0, 14);
    };
    useEffect(() => void load(), []);
    const onDone = (what: Said | null) => {
        said.value = what;
        void load();
    };
    return (
        <>
            <h1>{t('shift')}</h1>
            <Notice said={said.value} />
            {current.value ? (
                <Running shift={current.value} onDone={onDone} />
            ) : (
                <Open onDone={() => onDone(null)} />
            )}
            <Past shifts={past.value} />
            <Machine onDone={onDone} />
        </>
    );
}
