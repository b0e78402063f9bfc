// What this till did, as the service has it: the day's list, its totals, its report.
import type { Redemption, RedemptionList } from '../shared/api';
import { yuan } from '../shared/words';
import { stateOf } from './paper';
import { call, identity } from './signed';
import { clockOf, dateOf, dayBegins, utc } from './when';
import { type Word, t } from './words';

const DAY_MS = 86400000;

/** Every line from an instant on (until another); null when the service did not answer. */
export async function linesFrom(from_ms: number, to_ms = Infinity): Promise<Redemption[] | null> {
    const out: Redemption[] = [];
    let query = `from=${utc(from_ms)}`;
    for (;;) {
        const path = `/v1/terminals/me/journal?limit=200&${query}`;
        const told = await call<RedemptionList>('GET', path);
        if (told.kind !== 'done') return null;
        const { items, next, has_more } = told.data;
        out.push(...items.filter((r) => atOf(r) >= from_ms && atOf(r) < to_ms));
        if (!has_more || !next || items.some((r) => atOf(r) >= to_ms)) return out;
        query = `after=${next}`;
    }
}

export const linesOf = (date: string) => linesFrom(dayBegins(date), dayBegins(date) + DAY_MS);
/* A request reversed before it was known has no order, and counts for nothing. */
export const isSale = (r: Redemption) => r.order !== undefined;
const atOf = (r: Redemption) => Date.parse(r.redeemed_at ?? '') || 0;

export interface Totals {
    count: number;
    amount_fen: number;
    value_fen: number;
    payable_fen: number;
    reversed: number;
    refund_fen: number;
    refund_value_fen: number;
}

export function totalsOf(lines: Redemption[]): Totals {
    const sum: Totals = {
        count: 0,
        amount_fen: 0,
        value_fen: 0,
        payable_fen: 0,
        reversed: 0,
        refund_fen: 0,
        refund_value_fen: 0,
    };
    for (const r of lines.filter(isSale)) {
        if (r.state === 'reversed') sum.reversed++;
        if (r.state !== 'captured' && r.state !== 'refunded') continue;
        sum.count++;
        sum.amount_fen += r.order!.amount_fen;
        sum.value_fen += r.value_fen ?? 0;
        sum.payable_fen += r.payable_fen ?? 0;
        sum.refund_fen += r.refunded_amount_fen ?? 0;
        sum.refund_value_fen += r.refunded_value_fen ?? 0;
    }
    return sum;
}

export const totalLines = (sum: Totals): [Word, string][] => [
    ['redeemed', String(sum.count)],
    ['amount', `¥${yuan(sum.amount_fen)}`],
    ['value', `¥${yuan(sum.value_fen)}`],
    ['payable', `¥${yuan(sum.payable_fen)}`],
    ['undone_count', String(sum.reversed)],
    ['refund_amount', `¥${yuan(sum.refund_fen)}`],
    ['refund_value', `¥${yuan(sum.refund_value_fen)}`],
];

// --- The report ----------------------------------------------------------------------------------
const heads: Word[] = [
    'time',
    'order',
    'amount',
    'value',
    'payable',
    'state',
    'refund_amount',
    'refund_value',
    'number',
    'request_no',
];

/* A tab keeps Excel from taking long digits for a number, or a text for a formula. */
const cell = (text: string) => `"${/^[-=+@\d]/.test(text) ? '\t' : ''}${text.replace(/"/g, '""')}"`;
const money = (fen: number | undefined) => ((fen ?? 0) / 100).toFixed(2);

/** UTF-8 with a byte order mark, CRLF: a double click opens it right in Excel. */
export function csvOf(date: string, lines: Redemption[]): string {
    const sales = lines.filter(isSale);
    const sum = totalsOf(sales);
    const me = identity.value;
    const rows = sales.map((r) => [
        cell(clockOf(atOf(r)).replace(/^/, `${dateOf(atOf(r))} `)),
        cell(r.order!.order_no),
        money(r.order!.amount_fen),
        money(r.value_fen),
        money(r.payable_fen),
        cell(t(stateOf(r))),
        money(r.refunded_amount_fen),
        money(r.refunded_value_fen),
        cell(r.redemption_id ?? ''),
        cell(r.out_request_no),
    ]);
    const total = [
        cell(t('total')),
        cell(String(sum.count)),
        money(sum.amount_fen),
        money(sum.value_fen),
        money(sum.payable_fen),
        '',
        money(sum.refund_fen),
        money(sum.refund_value_fen),
        '',
        '',
    ];
    const title = [cell(date), cell(me?.merchant_name ?? ''), cell(me?.outlet ?? '')];
    const table = [title, heads.map((word) => cell(t(word))), ...rows, total];
    return `\ufeff${table.map((row) => row.join(',')).join('\r\n')}\r\n`;
}

export function saveCsv(date: string, lines: Redemption[]): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csvOf(date, lines)], { type: 'text/csv' }));
    link.download = `huiquan-${date}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
