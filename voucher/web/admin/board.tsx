// The live board of one campaign: what goes out each second, what is left, how long it will last,
// who was refused and why.
import type { Campaign, Ledger } from '../shared/api';
import { showTime } from '../shared/words';
import { Chart } from './chart';
import { type Live, lastMinute, rateOf, useLive } from './live';
import { grouped, money } from './money';
import { Meter, Table, percentOf } from './parts';
import { type Word, t } from './words';

const marks = [95, 80, 50];

function Alert(props: { ledger: Ledger }) {
    const { funded_fen, available_fen } = props.ledger;
    const burn = funded_fen > 0 ? (100 * (funded_fen - available_fen)) / funded_fen : 0;
    const mark = marks.find((m) => burn >= m);
    if (!mark) return null;
    return (
        <p class={mark === 50 ? 'notice' : 'notice bad'} role="status" data-alert={mark}>
            <strong>{t('alert', mark)}</strong> {t('alert_left', money(available_fen))}
        </p>
    );
}

/** When the last one goes at the pace of the last minute. */
function exhaustion(campaign: Campaign, live: Live): string {
    const { ledger } = live;
    if (!ledger) return '–';
    const count = ledger.pools.reduce((s, p) => s + p.count, 0);
    if (ledger.issued >= count) return t('all_gone');
    const rate = rateOf(live.points);
    if (campaign.state !== 'running' || rate <= 0) return t('not_foreseen');
    const left_s = (count - ledger.issued) / rate;
    const at = new Date(Date.now() + left_s * 1000 + 8 * 3600000).toISOString().slice(0, 19);
    if (at.slice(0, 10) > campaign.claim_window.to.slice(0, 10)) return t('lasts_window');
    const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
    return at.startsWith(today) ? at.slice(11, 16) : showTime(`${at}+08:00`);
}

function Figures(props: { campaign: Campaign; live: Live }) {
    const { live } = props;
    const { ledger } = live;
    const count = ledger ? ledger.pools.reduce((s, p) => s + p.count, 0) : 0;
    const last = live.points[live.points.length - 1];
    const limiter = live.limiter || (live.isStream ? '' : 'unknown');
    const rows: [string, string, string][] = [
        [
            'claims_per_s',
            String(last?.claims_per_s ?? 0),
            t('per_minute', grouped(lastMinute(live.points))),
        ],
        ['issued', ledger ? grouped(ledger.issued) : '–', percentOf(ledger?.issued ?? 0, count)],
        ['remaining', ledger ? grouped(count - ledger.issued) : '–', `/ ${grouped(count)}`],
        [
            'redeemed',
            ledger ? grouped(ledger.redeemed) : '–',
            ledger ? money(ledger.redeemed_fen) : '',
        ],
        ['exhaustion', exhaustion(props.campaign, live), t('at_this_pace')],
        [
            'limiter',
            t(`limiter_${limiter || 'unknown'}` as Word),
            live.isStream ? t('streaming') : t('polling'),
        ],
    ];
    return (
        <dl class="figures">
            {rows.map(([name, value, under]) => (
                <div class="card" key={name} data-figure={name}>
                    <dt>{t(name as Word)}</dt>
                    <dd class={/[^\d,:–]/.test(value) ? 'long' : ''}>{value}</dd>
                    <dd class="soft">{under}</dd>
                </div>
            ))}
        </dl>
    );
}

function Remaining(props: { campaign: Campaign; ledger: Ledger }) {
    const nameOf = (id: string) => props.campaign.pools.find((p) => p.pool_id === id)?.name ?? id;
    return (
        <section class="card">
            <h2>{t('by_pool')}</h2>
            <Table
                label={t('by_pool')}
                heads={[
                    t('pool_name'),
                    '',
                    [t('issued'), 'n'],
                    [t('remaining'), 'n'],
                    [t('redeemed'), 'n'],
                ]}
            >
                {props.ledger.pools.map((p) => (
                    <tr key={p.pool_id}>
                        <th scope="row">{nameOf(p.pool_id)}</th>
                        <td>
                            <Meter
                                part={p.issued}
                                whole={p.count}
                                label={t('claimed_of', nameOf(p.pool_id))}
                            />
                        </td>
                        <td class="n">{grouped(p.issued)}</td>
                        <td class="n">{grouped(p.count - p.issued)}</td>
                        <td class="n">{grouped(p.redeemed)}</td>
                    </tr>
                ))}
            </Table>
        </section>
    );
}

const accounts = ['available', 'live', 'held', 'redeemed', 'settled', 'returned'] as const;

/** The equation that always holds, recomputed here. */
function Books(props: { ledger: Ledger }) {
    const l = props.ledger;
    const sum = accounts.reduce((s, name) => s + l[`${name}_fen`], 0);
    const holds = sum === l.funded_fen;
    return (
        <section class="card">
            <h2>
                {t('books')}{' '}
                <span class={`state ${holds ? 'good' : 'bad'}`}>
                    {holds ? t('balanced') : t('unbalanced')}
                </span>
            </h2>
            <Table label={t('books')} heads={[t('account'), [t('sum'), 'n'], [t('share'), 'n']]}>
                {accounts.map((name) => (
                    <tr key={name} data-account={name}>
                        <th scope="row">{t(`acc_${name}`)}</th>
                        <td class="n">{money(l[`${name}_fen`])}</td>
                        <td class="n">{percentOf(l[`${name}_fen`], l.funded_fen)}</td>
                    </tr>
                ))}
                <tr class="total" data-account="funded">
                    <th scope="row">{t('acc_funded')}</th>
                    <td class="n">{money(l.funded_fen)}</td>
                    <td class="n">{percentOf(l.funded_fen, l.funded_fen)}</td>
                </tr>
            </Table>
        </section>
    );
}

function Refusals(props: { live: Live }) {
    const rows = Object.entries(props.live.refusals).sort((a, b) => b[1] - a[1]);
    if (!props.live.isStream && rows.length === 0) return null;
    const most = rows[0]?.[1] ?? 1;
    return (
        <section class="card">
            <h2>{t('refusals')}</h2>
            <p class="soft">{t('refusals_note')}</p>
            {rows.length === 0 ? (
                <p class="soft">{t('no_refusals')}</p>
            ) : (
                <Table label={t('refusals')} heads={[t('why'), '', [t('how_many'), 'n']]}>
                    {rows.map(([code, n]) => (
                        <tr key={code}>
                            <th scope="row">
                                <a href={`/errors/${code}`} target="_blank" rel="noreferrer">
                                    {code}
                                </a>
                            </th>
                            <td>
                                <Meter part={n} whole={most * 1.3} label={code} />
                            </td>
                            <td class="n">{grouped(n)}</td>
                        </tr>
                    ))}
                </Table>
            )}
        </section>
    );
}

export function Board(props: { campaign: Campaign }) {
    const live = useLive(props.campaign.campaign_id);
    const { ledger, points } = live;
    const times = points.map((p) => p.at_s);
    return (
        <div class="board">
            {ledger && <Alert ledger={ledger} />}
            <Figures campaign={props.campaign} live={live} />
            <div class="charts">
                <Chart
                    label={t('chart_rate')}
                    times={times}
                    series={[
                        {
                            label: t('claims_per_s'),
                            look: 'accent',
                            values: points.map((p) => p.claims_per_s),
                        },
                        {
                            label: t('redemptions_per_s'),
                            look: 'good',
                            values: points.map((p) => p.redemptions_per_s),
                        },
                    ]}
                />
                <Chart
                    label={t('chart_sum')}
                    times={times}
                    series={[
                        { label: t('issued'), look: 'accent', values: points.map((p) => p.issued) },
                        {
                            label: t('redeemed'),
                            look: 'good',
                            values: points.map((p) => p.redeemed),
                        },
                    ]}
                />
            </div>
            <div class="charts">
                {ledger && <Remaining campaign={props.campaign} ledger={ledger} />}
                {ledger && <Books ledger={ledger} />}
            </div>
            <Refusals live={live} />
        </div>
    );
}
