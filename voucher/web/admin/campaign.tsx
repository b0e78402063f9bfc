// One campaign: its board, its rules, its budget, its grants.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Campaign, Pool } from '../shared/api';
import { categoriesOf, showTime } from '../shared/words';
import { Board } from './board';
import { Budget } from './budget';
import { State, Verbs, stateWord } from './campaigns';
import { Grants } from './jobs';
import { grouped, inWords, money, typed } from './money';
import { Notice, type Said, Table, useAsked } from './parts';
import { get, hasRole } from './session';
import { type Word, t } from './words';

const tabs = ['board', 'rules', 'budget', 'grants'] as const;

function packOf(pool: Pool): string {
    if (!pool.pack)
        return pool.min_spend_fen ? t('spend_at_least', typed(pool.min_spend_fen)) : '–';
    return pool.pack.map((p) => `${money(p.value_fen)} × ${p.count ?? 1}`).join(' + ');
}

function Pools(props: { campaign: Campaign }) {
    const isCar = props.campaign.kind === 'car';
    return (
        <Table
            label={t('part_pools')}
            heads={[
                t('pool_name'),
                [t('face_yuan'), 'n'],
                [t('count'), 'n'],
                [t('sum'), 'n'],
                isCar ? t('energy') : t('min_spend'),
            ]}
        >
            {props.campaign.pools.map((pool) => (
                <tr key={pool.pool_id}>
                    <th scope="row">
                        {pool.name}
                        <small class="code">{pool.pool_id}</small>
                    </th>
                    <td class="n">{money(pool.value_fen)}</td>
                    <td class="n">{grouped(pool.count)}</td>
                    <td class="n">{money(pool.value_fen * pool.count)}</td>
                    <td>{isCar ? (pool.energy ? t(pool.energy) : '–') : packOf(pool)}</td>
                </tr>
            ))}
        </Table>
    );
}

function Rate(props: { campaign: Campaign }) {
    const rate = props.campaign.car?.rate;
    if (!rate) return null;
    if (rate.type === 'percent_capped') {
        const share = (s: { bp: number; cap_fen: number } | undefined) =>
            s ? t('percent_of', typed(s.bp), money(s.cap_fen)) : '–';
        return (
            <p>
                {t('fuel')} {share(rate.fuel)} · {t('nev')} {share(rate.nev)}
            </p>
        );
    }
    return (
        <Table
            label={t('fixed_bands')}
            heads={[t('price_from'), t('price_to'), [t('fuel'), 'n'], [t('nev'), 'n']]}
        >
            {(rate.bands ?? []).map((b) => (
                <tr key={b.from_fen}>
                    <th scope="row">{money(b.from_fen)}</th>
                    <td>{b.to_fen ? `< ${money(b.to_fen)}` : '∞'}</td>
                    <td class="n">{money(b.fuel_fen)}</td>
                    <td class="n">{money(b.nev_fen)}</td>
                </tr>
            ))}
        </Table>
    );
}

function Facts(props: { rows: [string, ComponentChildren][] }) {
    return (
        <dl class="facts">
            {props.rows.map(([name, value]) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

function Rules(props: { campaign: Campaign }) {
    const c = props.campaign;
    const span = (w: { from: string; to: string }) => `${showTime(w.from)} – ${showTime(w.to)}`;
    const rows: [string, ComponentChildren][] = [
        [t('kind'), `${t(c.kind)} · ${t(c.issuing)}`],
        [t('budget'), `${money(c.budget_fen)}（${inWords(c.budget_fen)}）`],
        [t('claim_window'), span(c.claim_window)],
        [t('validity'), c.use_window ? span(c.use_window) : t('days_valid', c.valid_days ?? 0)],
        [t('per_person'), String(c.per_person_limit)],
        [
            t('merchants'),
            `${t(`merchants_${c.merchants.mode}` as Word)} ${(c.merchants.groups ?? c.merchants.ids ?? []).join(' ')}`,
        ],
        [t('allow'), categoriesOf(c.categories.allow ?? []) || '–'],
        [t('deny'), categoriesOf(c.categories.deny ?? []) || '–'],
        [t('daily_hours'), c.daily_hours.map((h) => `${h.from}–${h.to}`).join(' ') || t('always')],
        [t('refund_policy'), t(`refund_${c.refund_policy}`)],
        [t('presentation'), t(c.presentation)],
        [t('assurance'), t(`assurance_${c.assurance}`)],
        [t('rule_version'), String(c.rule_version)],
    ];
    return (
        <section class="card">
            <div class="top">
                <h2>{t('rules')}</h2>
                {hasRole('operations') && c.state !== 'closed' && (
                    <a class="button plain" href={`#/campaigns/${c.campaign_id}/change`}>
                        {c.state === 'draft' ? t('change_draft') : t('next_version')}
                    </a>
                )}
            </div>
            <Facts rows={rows} />
            <Rate campaign={c} />
            <Pools campaign={c} />
        </section>
    );
}

export function CampaignView(props: { id: string; tab: string }) {
    const path = `/v1/admin/campaigns/${props.id}`;
    const { data: c, said, again } = useAsked(() => get<Campaign>(path), path, 4000);
    const [done, setDone] = useState<Said | null>(null);
    if (!c) return <Notice said={said} />;
    const begun = ['running', 'paused', 'closed'].includes(c.state);
    const tab = tabs.find((x) => x === props.tab) ?? (begun ? 'board' : 'rules');
    return (
        <>
            <p class="crumb">
                <a href="#/campaigns">{t('campaigns')}</a> / № {c.number}
            </p>
            <div class="top">
                <h1>
                    {c.name} <State state={c.state} />
                </h1>
                <p class="acts">
                    <Verbs
                        campaign={c}
                        onDone={(what) => {
                            setDone(what);
                            void again();
                        }}
                    />
                </p>
            </div>
            {c.pending && (
                <p class="notice">
                    {t('pending_version', c.pending.rule_version, stateWord(c.pending.state))}
                </p>
            )}
            <Notice said={done ?? said} />
            <nav class="tabs" aria-label={c.name}>
                {tabs.map((x) => (
                    <a
                        key={x}
                        href={`#/campaigns/${props.id}/${x}`}
                        aria-current={x === tab ? 'page' : undefined}
                    >
                        {t(x)}
                    </a>
                ))}
            </nav>
            {tab === 'board' && <Board campaign={c} />}
            {tab === 'rules' && <Rules campaign={c} />}
            {tab === 'budget' && <Budget campaign={c} onChanged={again} />}
            {tab === 'grants' && <Grants campaign={c} />}
        </>
    );
}
