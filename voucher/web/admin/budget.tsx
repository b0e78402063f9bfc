// A budget is changed by two people: one proposes before → after, in figures and in words; another
// one finds it in the inbox.
import { useMemo, useState } from 'preact/hooks';
import type { BudgetChange, Campaign, Ledger } from '../shared/api';
import { newKey } from '../shared/http';
import { showTime } from '../shared/words';
import { fenOf, inWords, money, typed } from './money';
import {
    Act,
    Empty,
    type Fault,
    Faults,
    Field,
    Notice,
    type Said,
    Table,
    faultsOf,
    saidOf,
    useAsked,
} from './parts';
import { get, getAll, hasRole, post } from './session';
import { t } from './words';

/** Before → after, so that a slipped zero is seen: in figures, in words, and the difference. */
export function BeforeAfter(props: { current_fen: number; target_fen: number }) {
    const { current_fen, target_fen } = props;
    const more = target_fen - current_fen;
    const percent =
        current_fen > 0
            ? ` (${more < 0 ? '−' : '+'}${((100 * Math.abs(more)) / current_fen).toFixed(1)} %)`
            : '';
    return (
        <div class="change">
            <p>
                <span class="soft">{t('before')}</span>
                <b class="digits">{money(current_fen)}</b>
                <span>{inWords(current_fen)}</span>
            </p>
            <p class="arrow" aria-hidden="true">
                →
            </p>
            <p>
                <span class="soft">{t('after')}</span>
                <b class="digits">{money(target_fen)}</b>
                <span>{inWords(target_fen)}</span>
            </p>
            <p class="difference">
                <span class="soft">{more < 0 ? t('less') : t('more')}</span>
                <b class="digits">
                    {money(Math.abs(more))}
                    {percent}
                </b>
                <span>{inWords(Math.abs(more))}</span>
            </p>
        </div>
    );
}

function Propose(props: { campaign: Campaign; ledger: Ledger; onDone: (said: Said) => void }) {
    const { ledger } = props;
    const [target, setTarget] = useState('');
    const [reason, setReason] = useState('');
    const [faults, setFaults] = useState<Fault[]>([]);
    const [said, setSaid] = useState<Said | null>(null);
    const target_fen = fenOf(target);
    const key = useMemo(newKey, [target, reason, ledger.funded_fen]);
    const send = async () => {
        const found: Fault[] = [];
        const issued_fen = ledger.funded_fen - ledger.available_fen;
        if (target_fen === null) found.push({ pointer: '/target_fen', detail: t('need_money') });
        else if (target_fen < issued_fen)
            found.push({ pointer: '/target_fen', detail: t('below_issued', money(issued_fen)) });
        if (!reason.trim()) found.push({ pointer: '/reason', detail: t('need') });
        setFaults(found);
        if (found.length > 0) return;
        const body = { current_fen: ledger.funded_fen, target_fen, reason: reason.trim() };
        const answer = await post<BudgetChange>(
            `/v1/admin/campaigns/${props.campaign.campaign_id}/budget-changes`,
            body,
            key,
        );
        setFaults(faultsOf(answer));
        setSaid(saidOf(answer));
        if (answer.kind !== 'done') return;
        setTarget('');
        setReason('');
        props.onDone({ look: 'good', title: t('proposed'), text: t('proposed_next') });
    };
    return (
        <Faults.Provider value={faults}>
            <form
                noValidate
                class="stack"
                onSubmit={(e) => {
                    e.preventDefault();
                    void send();
                }}
            >
                <div class="grid">
                    <Field
                        label={t('target_yuan')}
                        value={target}
                        pointer="/target_fen"
                        inputMode="decimal"
                        hint={t('now_is', typed(ledger.funded_fen))}
                        onInput={setTarget}
                    />
                    <Field
                        label={t('reason')}
                        value={reason}
                        pointer="/reason"
                        onInput={setReason}
                    />
                </div>
                {target_fen !== null && (
                    <BeforeAfter current_fen={ledger.funded_fen} target_fen={target_fen} />
                )}
                <Notice said={said} />
                <p class="acts">
                    <button class="button">{t('propose')}</button>
                </p>
            </form>
        </Faults.Provider>
    );
}

export const changeLook = { pending: 'soon', approved: 'good', rejected: 'bad' };

export function Budget(props: { campaign: Campaign; onChanged: () => Promise<void> }) {
    const path = `/v1/admin/campaigns/${props.campaign.campaign_id}`;
    const ledger = useAsked(() => get<Ledger>(`${path}/ledger`), path, 5000);
    const list = useAsked(() => getAll<BudgetChange>(`${path}/budget-changes`), path, 5000);
    const [done, setDone] = useState<Said | null>(null);
    const onDone = (said: Said) => {
        setDone(said);
        void ledger.again();
        void list.again();
        void props.onChanged();
    };
    const l = ledger.data;
    const items = [...(list.data ?? [])].reverse();
    return (
        <section class="card stack">
            <h2>{t('budget_change')}</h2>
            <Notice said={done ?? ledger.said ?? list.said} />
            {l &&
                hasRole('budget') &&
                props.campaign.state !== 'draft' &&
                props.campaign.state !== 'submitted' && (
                    <Propose campaign={props.campaign} ledger={l} onDone={onDone} />
                )}
            {list.data && items.length === 0 && <Empty word={t('no_changes')} />}
            {items.length > 0 && (
                <Table
                    label={t('budget_changes')}
                    heads={[
                        t('at'),
                        [t('before'), 'n'],
                        [t('after'), 'n'],
                        t('reason'),
                        t('state'),
                    ]}
                >
                    {items.map((b) => (
                        <tr key={b.budget_change_id}>
                            <td>{showTime(b.created_at)}</td>
                            <td class="n">{money(b.current_fen)}</td>
                            <td class="n">{money(b.target_fen)}</td>
                            <td>{b.reason}</td>
                            <td>
                                <span class={`state ${changeLook[b.state]}`}>
                                    {t(`change_${b.state}`)}
                                </span>
                            </td>
                        </tr>
                    ))}
                </Table>
            )}
        </section>
    );
}

/** One proposal before its judge. */
export function Judge(props: {
    change: BudgetChange;
    mine: boolean;
    name: string;
    onDone: (said: Said) => void;
}) {
    const { change } = props;
    const act = async (verb: 'approve' | 'reject') => {
        const answer = await post(`/v1/admin/budget-changes/${change.budget_change_id}/${verb}`);
        props.onDone(saidOf(answer) ?? { look: 'good', title: t(`did_${verb}`), text: props.name });
    };
    return (
        <article class="card stack">
            <h2>
                {t('budget_change')} ·{' '}
                <a href={`#/campaigns/${change.campaign_id}/budget`}>{props.name}</a>
            </h2>
            <p class="soft">
                {showTime(change.created_at)} · {change.reason}
            </p>
            <BeforeAfter current_fen={change.current_fen} target_fen={change.target_fen} />
            {props.mine && <p class="soft">{t('mine')}</p>}
            {hasRole('budget') && !props.mine && (
                <p class="acts">
                    <Act word={t('do_approve')} about={props.name} onAct={() => act('approve')} />
                    <Act
                        word={t('do_reject')}
                        about={props.name}
                        look="plain"
                        onAct={() => act('reject')}
                    />
                </p>
            )}
        </article>
    );
}
