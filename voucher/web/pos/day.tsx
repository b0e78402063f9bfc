// The day's list, and what can be done about a line of it: undo, refund, reprint.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Redemption } from '../shared/api';
import { serverNow } from '../shared/clock';
import { yuan } from '../shared/words';
import { fenOf } from './check';
import { isSale, linesOf, saveCsv, totalLines, totalsOf } from './journal';
import { type Op, type OpKind, isAsked, send } from './outbox';
import { Lines, paperOf, stateOf } from './paper';
import { Act, Field, Notice, type Said, print } from './parts';
import { play } from './sound';
import { clockOf, dateOf } from './when';
import { type Word, t } from './words';

const UNDO_MS = 86400000;
const doneWords: Record<Exclude<OpKind, 'redeem' | 'refund'>, Word> = {
    reverse: 'undone',
    capture: 'captured_now',
    release: 'released_now',
};

function saidOf(op: Op, before_fen: number): Said {
    if (op.state === 'refused')
        return { look: 'bad', title: op.problem?.title ?? '', text: op.problem?.detail };
    if (op.state !== 'done') return soon();
    if (op.kind === 'refund') {
        const given_fen = (op.result?.refunded_value_fen ?? 0) - before_fen;
        return { look: 'good', title: t('refund_done', yuan(given_fen)) };
    }
    return { look: 'good', title: t(doneWords[op.kind as 'reverse']) };
}

const soon = (): Said => ({ look: 'soon', title: t('op_waiting') });
const unkept = (): Said => ({ look: 'bad', title: t('not_kept') });

/** Not twice: a refund without an answer is being asked for already, by its own key. */
async function ask(
    kind: Exclude<OpKind, 'redeem'>,
    r: { redemption_id?: string; out_request_no?: string; about: string; value_fen?: number },
    body: object,
    amount_fen: number,
): Promise<Said> {
    const path =
        kind === 'reverse'
            ? `/v1/redemptions/by-request/${r.out_request_no}/reverse`
            : `/v1/redemptions/${r.redemption_id}/${kind}`;
    if (await isAsked(path)) return soon();
    const op = await send({ kind, path, body, about: r.about, amount_fen }).catch(() => null);
    const said = op ? saidOf(op, r.value_fen ?? 0) : unkept();
    play(said.look);
    return said;
}

function Refund(props: { line?: Redemption; onDone: (said: Said) => void }) {
    const r = props.line;
    const left_fen = (r?.order?.amount_fen ?? 0) - (r?.refunded_amount_fen ?? 0);
    const sum = useSignal(r ? yuan(left_fen) : '');
    const why = useSignal(t('refund_default'));
    const id = useSignal('');
    const isBusy = useSignal(false);
    const amount_fen = fenOf(sum.value);
    const go = async () => {
        if (isBusy.value || !amount_fen) return;
        isBusy.value = true;
        const target = {
            redemption_id: r?.redemption_id ?? id.value.normalize('NFKC').trim(),
            about: r?.order?.order_no ?? id.value,
            value_fen: r?.refunded_value_fen ?? 0,
        };
        const body = { amount_fen, reason: why.value.trim() || t('refund_default') };
        props.onDone(await ask('refund', target, body, amount_fen));
        isBusy.value = false;
    };
    return (
        <form
            class="grid"
            noValidate
            onSubmit={(e) => {
                e.preventDefault();
                void go();
            }}
        >
            {!r && (
                <Field
                    label={t('number')}
                    value={id.value}
                    name="redemption_id"
                    hint={t('refund_other_hint')}
                    onInput={(value) => (id.value = value)}
                />
            )}
            <Field
                label={t('refund_sum')}
                value={sum.value}
                name="refund_sum"
                inputMode="decimal"
                slip={sum.value && !amount_fen ? t('sum_wrong') : undefined}
                onInput={(value) => (sum.value = value)}
            />
            <Field
                label={t('refund_why')}
                value={why.value}
                name="refund_why"
                onInput={(value) => (why.value = value)}
            />
            <p class="acts">
                <button class="button" name="refund" aria-disabled={isBusy.value}>
                    {t('refund')}
                </button>
            </p>
        </form>
    );
}

function Chosen(props: { line: Redemption; onDone: (said: Said) => void; onClose: () => void }) {
    const r = props.line;
    const isSure = useSignal(false);
    const about = { ...r, about: r.order?.order_no ?? '' };
    const amount_fen = r.order?.amount_fen ?? 0;
    const isYoung = serverNow() - Date.parse(r.redeemed_at ?? '') < UNDO_MS;
    const isTaken = r.state === 'captured' || r.state === 'held';
    const isUndoable = isTaken && isYoung && !r.refunded_amount_fen;
    const act = (kind: 'reverse' | 'capture' | 'release') => async () => {
        const body = kind === 'reverse' ? { reason: 'cashier' } : {};
        props.onDone(await ask(kind, about, body, amount_fen));
    };
    return (
        <section class="card stack" aria-label={about.about} data-chosen>
            <h2>
                {t('order')} {about.about}
            </h2>
            <Lines
                lines={[
                    ['number', r.redemption_id ?? ''],
                    ['state', t(stateOf(r))],
                ]}
            />
            <p class="acts">
                <Act word={t('reprint')} name="reprint" onAct={() => print(paperOf(r, true))} />
                {r.state === 'held' && <Act word={t('capture')} onAct={act('capture')} />}
                {r.state === 'held' && <Act word={t('release')} onAct={act('release')} />}
                {isUndoable && !isSure.value && (
                    <Act word={t('undo')} name="undo" onAct={() => (isSure.value = true)} />
                )}
                {isUndoable && isSure.value && (
                    <Act
                        word={t('undo_really')}
                        name="undo-really"
                        look="danger"
                        onAct={act('reverse')}
                    />
                )}
                <Act word={t('close')} name="close" onAct={props.onClose} />
            </p>
            {r.state === 'captured' && <Refund line={r} onDone={props.onDone} />}
        </section>
    );
}

function Rows(props: { lines: Redemption[]; onChoose: (line: Redemption) => void }) {
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label={t('day')}>
            <table>
                <thead>
                    <tr>
                        {(['time', 'order', 'amount', 'value', 'payable', 'state'] as const).map(
                            (word) => (
                                <th key={word} scope="col">
                                    {t(word)}
                                </th>
                            ),
                        )}
                        <td />
                    </tr>
                </thead>
                <tbody>
                    {props.lines.map((r) => (
                        <tr key={r.redemption_id} data-line={r.out_request_no}>
                            <td>{clockOf(Date.parse(r.redeemed_at ?? '')).slice(0, 5)}</td>
                            <th scope="row">{r.order!.order_no}</th>
                            <td class="sum-cell">{yuan(r.order!.amount_fen)}</td>
                            <td class="sum-cell">{yuan(r.value_fen ?? 0)}</td>
                            <td class="sum-cell">{yuan(r.payable_fen ?? 0)}</td>
                            <td>
                                <span class={`state ${r.state === 'captured' ? 'good' : ''}`}>
                                    {t(stateOf(r))}
                                </span>
                            </td>
                            <td>
                                <button
                                    type="button"
                                    class="button plain"
                                    onClick={() => props.onChoose(r)}
                                >
                                    {t('choose')}
                                    <span class="hidden"> {r.order!.order_no}</span>
                                </button>
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Day() {
    const date = useSignal(dateOf(serverNow()));
    const lines = useSignal<Redemption[] | null>(null);
    const chosen = useSignal<string | null>(null);
    const said = useSignal<Said | null>(null);
    const load = async () => {
        const asked = date.value;
        const found = await linesOf(asked);
        if (asked !== date.value) return;
        if (found) lines.value = found.filter(isSale).reverse();
        else said.value = { look: 'soon', title: t('load_lost') };
    };
    useEffect(() => void load(), [date.value]);
    const onDone = (what: Said) => {
        said.value = what;
        chosen.value = null;
        void load();
    };
    const line = lines.value?.find((r) => r.out_request_no === chosen.value);
    return (
        <>
            <h1>{t('day')}</h1>
            <Notice said={said.value} />
            <div class="acts">
                <Field
                    label={t('date')}
                    value={date.value}
                    name="date"
                    type="date"
                    onInput={(value) => value && (date.value = value)}
                />
                <Act word={t('refresh')} onAct={load} />
                <Act
                    word={t('csv')}
                    name="csv"
                    onAct={() => saveCsv(date.value, [...(lines.value ?? [])].reverse())}
                />
            </div>
            {line && (
                <Chosen
                    key={line.out_request_no}
                    line={line}
                    onDone={onDone}
                    onClose={() => (chosen.value = null)}
                />
            )}
            {lines.value?.length === 0 && <p class="soft">{t('none')}</p>}
            {lines.value && lines.value.length > 0 && (
                <>
                    <section class="card totals" aria-label={t('total')}>
                        <Lines lines={totalLines(totalsOf(lines.value))} />
                    </section>
                    <Rows
                        lines={lines.value}
                        onChoose={(r) => {
                            said.value = null;
                            chosen.value = r.out_request_no;
                        }}
                    />
                </>
            )}
            <details class="card">
                <summary>{t('refund_other')}</summary>
                <Refund onDone={onDone} />
            </details>
        </>
    );
}
