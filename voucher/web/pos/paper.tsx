// What the printer gets: a slip for the customer, a shift's totals.
import type { Redemption } from '../shared/api';
import { serverNow } from '../shared/clock';
import { yuan } from '../shared/words';
import { identity } from './signed';
import { clockOf, dateOf } from './when';
import { type Word, t } from './words';

function Head(props: { title: string }) {
    const me = identity.value;
    return (
        <>
            <h2>{props.title}</h2>
            <p>
                {me?.merchant_name} · {me?.outlet}
            </p>
        </>
    );
}

export function Lines(props: { lines: [Word, string][] }) {
    return (
        <dl>
            {props.lines.map(([word, value]) => (
                <div key={word}>
                    <dt>{t(word)}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

export function stateOf(r: Redemption): Word {
    if (r.state === 'captured' && (r.refunded_amount_fen ?? 0) > 0) return 'part_refunded';
    if (r.state === 'held') return 'state_held';
    return r.state === 'reversed' ? 'state_reversed' : r.state;
}

export function paperOf(r: Redemption, isCopy: boolean) {
    const at_ms = Date.parse(r.redeemed_at ?? '');
    const lines: [Word, string][] = [
        ['time', `${dateOf(at_ms)} ${clockOf(at_ms)}`],
        ['order', r.order?.order_no ?? ''],
        ['amount', `¥${yuan(r.order?.amount_fen ?? 0)}`],
        ['value', `¥${yuan(r.value_fen ?? 0)}`],
        ['payable', `¥${yuan(r.payable_fen ?? 0)}`],
        ['state', t(stateOf(r))],
        ['number', r.redemption_id ?? ''],
    ];
    if (r.refunded_amount_fen) lines.push(['refund_amount', `¥${yuan(r.refunded_amount_fen)}`]);
    const now_ms = serverNow();
    return (
        <>
            <Head title={isCopy ? `${t('slip')} · ${t('slip_again')}` : t('slip')} />
            <Lines lines={lines} />
            <p>{t('slip_at', `${dateOf(now_ms)} ${clockOf(now_ms)}`)}</p>
        </>
    );
}

export const totalsPaper = (lines: [Word, string][]) => (
    <>
        <Head title={t('totals')} />
        <Lines lines={lines} />
    </>
);
