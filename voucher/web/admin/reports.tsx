// Reports: what was issued, redeemed, sold, per period and group; as page, CSV and print. Uplift is
// against a baseline period of the same length.
import { useState } from 'preact/hooks';
import type { Campaign, Report } from '../shared/api';
import { grouped, money } from './money';
import { Act, Empty, Field, Notice, type Said, Table, saidOf, useAsked } from './parts';
import { get, getAll, save } from './session';
import { type Word, t } from './words';

type Row = Report['items'][number];

interface Wish {
    by: string;
    group: string;
    from: string;
    to: string;
    campaign: string;
    base: string;
}

const dayOf = (ms: number) => new Date(ms + 8 * 3600000).toISOString().slice(0, 10);
const addDays = (day: string, n: number) =>
    new Date(Date.parse(`${day}T00:00:00Z`) + n * 86400000).toISOString().slice(0, 10);
const daysOf = (w: Wish) => Math.round((Date.parse(w.to) - Date.parse(w.from)) / 86400000) + 1;

function pathOf(w: Wish, format = ''): string {
    const to = addDays(w.to, 1);
    const query = new URLSearchParams({ by: w.by, group: w.group, from: w.from, to });
    if (w.campaign) query.set('campaign_id', w.campaign);
    if (w.base) query.set('baseline', w.base);
    if (format) query.set('format', format);
    return `/v1/admin/reports?${query.toString()}`;
}

const percentOf = (now: number, then: number) =>
    then > 0
        ? `${now >= then ? '+' : '−'}${((100 * Math.abs(now - then)) / then).toFixed(1)} %`
        : '–';

function Wishes(props: { wish: Wish; set: (wish: Wish) => void }) {
    const { wish } = props;
    const campaigns = useAsked(() => getAll<Campaign>('/v1/admin/campaigns'), 'report-campaigns');
    const set = (change: Partial<Wish>) => props.set({ ...wish, ...change });
    const words = (kind: string, list: string[]): [string, string][] =>
        list.map((x) => [x, t(`${kind}_${x}` as Word)]);
    const names: [string, string][] = (campaigns.data ?? []).map((c) => [c.campaign_id, c.name]);
    return (
        <div class="grid">
            <Field
                label={t('report_by')}
                value={wish.by}
                name="by"
                options={words('by', ['day', 'week', 'month', 'quarter', 'campaign'])}
                onInput={(by) => set({ by })}
            />
            <Field
                label={t('report_group')}
                value={wish.group}
                name="group"
                options={words('group', [
                    'none',
                    'merchant_group',
                    'category',
                    'grid_cell',
                    'merchant',
                ])}
                onInput={(group) => set({ group })}
            />
            <Field
                label={t('campaign')}
                value={wish.campaign}
                name="campaign"
                options={[['', t('all_campaigns')], ...names]}
                onInput={(campaign) => set({ campaign })}
            />
            <Field
                label={t('from_day')}
                value={wish.from}
                name="from"
                type="date"
                onInput={(from) => set({ from })}
            />
            <Field
                label={t('to_day')}
                value={wish.to}
                name="to"
                type="date"
                onInput={(to) => set({ to })}
            />
            <Field
                label={t('base_from')}
                value={wish.base}
                name="base"
                type="date"
                hint={t('base_hint')}
                onInput={(base) => set({ base })}
            />
        </div>
    );
}

const groupOf = (row: Row) =>
    row.merchant_group ?? row.category ?? row.grid_cell ?? row.merchant ?? row.merchant_id;

const columns: [Word, (r: Row) => string][] = [
    ['claims', (r) => grouped(r.claimed)],
    ['issued_sum', (r) => money(r.issued_fen ?? 0)],
    ['redeemed_sum', (r) => money(r.redeemed_fen ?? 0)],
    ['expired_sum', (r) => money(r.expired_fen ?? 0)],
    ['returned_sum', (r) => money(r.returned_fen ?? 0)],
    ['sales', (r) => money(r.sales_fen)],
    ['leverage', (r) => (r.leverage ? t('times', r.leverage) : '–')],
];
const upliftColumn: [Word, (r: Row) => string] = [
    'uplift',
    (r) => percentOf(r.sales_fen, r.baseline_sales_fen ?? 0),
];

function totalOf(items: Row[]): Row {
    const sum = (of: (r: Row) => number | undefined) => items.reduce((s, r) => s + (of(r) ?? 0), 0);
    const redeemed_fen = sum((r) => r.redeemed_fen);
    const sales_fen = sum((r) => r.sales_fen);
    return {
        claimed: sum((r) => r.claimed),
        issued: sum((r) => r.issued),
        redeemed: sum((r) => r.redeemed),
        issued_fen: sum((r) => r.issued_fen),
        redeemed_fen,
        expired_fen: sum((r) => r.expired_fen),
        returned_fen: sum((r) => r.returned_fen),
        sales_fen,
        baseline_sales_fen: sum((r) => r.baseline_sales_fen),
        leverage:
            redeemed_fen > 0
                ? (Math.floor((100 * sales_fen) / redeemed_fen) / 100).toFixed(2)
                : null,
    };
}

function Uplift(props: { total: Row; wish: Wish }) {
    const { total, wish } = props;
    if (!wish.base) return null;
    const then = total.baseline_sales_fen ?? 0;
    return (
        <p>
            {t('base_is', wish.base, addDays(wish.base, daysOf(wish) - 1), money(then))} ·{' '}
            <b>
                {t('uplift')} <span class="digits">{percentOf(total.sales_fen, then)}</span>
            </b>
        </p>
    );
}

function Sheet(props: { report: Report; wish: Wish; names: Map<string, string> }) {
    const { items } = props.report;
    const { wish } = props;
    const shown = wish.base ? [...columns, upliftColumn] : columns;
    if (items.length === 0) return <Empty word={t('no_report')} />;
    const periodOf = (r: Row) =>
        r.campaign_id
            ? (props.names.get(r.campaign_id) ?? r.campaign_id)
            : (r.from ?? '–').slice(0, 10);
    const isGrouped = wish.group !== 'none';
    // A merchant stands in each of its groups: their sum would count it more than once.
    const hasTotal = items.length > 1 && wish.group !== 'merchant_group';
    const heads: (string | [string, 'n'])[] = [
        t('period'),
        ...(isGrouped ? [t(`group_${wish.group}` as Word)] : []),
        ...shown.map(([word]) => [t(word), 'n'] as [string, 'n']),
    ];
    return (
        <>
            {wish.group !== 'merchant_group' && <Uplift total={totalOf(items)} wish={wish} />}
            <Table label={t('reports')} heads={heads}>
                {items.map((r, i) => (
                    <tr key={i}>
                        <th scope="row">{periodOf(r)}</th>
                        {isGrouped && <td>{groupOf(r) || '–'}</td>}
                        {shown.map(([word, show]) => (
                            <td key={word} class="n">
                                {show(r)}
                            </td>
                        ))}
                    </tr>
                ))}
                {hasTotal && (
                    <tr class="total">
                        <th scope="row">{t('total')}</th>
                        {isGrouped && <td />}
                        {shown.map(([word, show]) => (
                            <td key={word} class="n">
                                {show(totalOf(items))}
                            </td>
                        ))}
                    </tr>
                )}
            </Table>
        </>
    );
}

export function Reports() {
    const today = dayOf(Date.now());
    const [wish, setWish] = useState<Wish>({
        by: 'day',
        group: 'none',
        from: `${today.slice(0, 8)}01`,
        to: today,
        campaign: '',
        base: '',
    });
    const about = JSON.stringify(wish);
    const isSound = /^\d{4}-\d\d-\d\d$/.test(wish.from) && wish.to >= wish.from;
    const asked = useAsked<Report | null>(
        async () =>
            isSound ? get<Report>(pathOf(wish)) : { kind: 'done', status: 200, data: null },
        about,
    );
    const campaigns = useAsked(() => getAll<Campaign>('/v1/admin/campaigns'), 'report-names');
    const names = new Map((campaigns.data ?? []).map((c) => [c.campaign_id, c.name]));
    const [said, setSaid] = useState<Said | null>(null);
    const csv = async () => {
        const isSaved = await save(
            pathOf(wish, 'csv'),
            `huiquan-${wish.by}-${wish.from}-${wish.to}.csv`,
        );
        setSaid(isSaved ? null : saidOf({ kind: 'lost' }));
    };
    return (
        <>
            <div class="top">
                <h1>{t('reports')}</h1>
                <p class="acts">
                    <Act word={t('csv')} look="plain" isOff={!isSound} onAct={csv} />
                    <Act word={t('print')} look="plain" onAct={() => print()} />
                </p>
            </div>
            <section class="card stack">
                <Wishes wish={wish} set={setWish} />
                <Notice said={said ?? asked.said} />
                {asked.data && <Sheet report={asked.data} wish={wish} names={names} />}
            </section>
        </>
    );
}
