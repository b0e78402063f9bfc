// Campaigns: a countdown on the service's clock, eligibility in advance, one tap, then a result.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Claim, Eligibility, PublicCampaign, PublicPool } from '../shared/api';
import { now_ms, serverNow, setServerTime, touchClock } from '../shared/clock';
import { ask, askAll, askUntilCertain, newKey } from '../shared/http';
import { showSpan, showTime, yuan } from '../shared/words';
import { Face } from './face';
import { Notice } from './notice';
import { isSignedIn } from './session';
import { t } from './words';

type Outcome =
    | { kind: 'busy' }
    | { kind: 'won'; claim: Claim }
    | { kind: 'no'; title: string; detail: string; code: string; until_ms: number }
    | { kind: 'lost' };

const campaigns = signal<PublicCampaign[] | null>(null);
const failed = signal(false);
const eligibility = signal<Record<string, Eligibility>>({});
const outcomes = signal<Record<string, Outcome>>({});
const ranks = { running: 0, approved: 1, paused: 2, closed: 3 };

/** As the clock has it: a campaign opens without anybody asking. */
function stateOf(campaign: PublicCampaign, at_ms: number): keyof typeof ranks {
    const { state, claim_window } = campaign;
    if (state === 'approved' && at_ms >= Date.parse(claim_window.from)) return 'running';
    if (state === 'running' && at_ms >= Date.parse(claim_window.to)) return 'closed';
    return state;
}

async function load() {
    const began = Date.now();
    const answer = await askAll<PublicCampaign>('/v1/campaigns');
    failed.value = answer.kind !== 'done';
    if (answer.kind !== 'done') return;
    const first = answer.data[0];
    if (first) setServerTime(first.server_time, Date.now() - began);
    touchClock();
    const at_ms = serverNow();
    campaigns.value = answer.data
        .reverse()
        .sort((a, b) => ranks[stateOf(a, at_ms)] - ranks[stateOf(b, at_ms)])
        .slice(0, 30);
    if (isSignedIn()) await loadEligibility();
}

async function loadEligibility() {
    for (const campaign of campaigns.value ?? []) {
        if (campaign.state === 'closed' || campaign.issuing !== 'rush') continue;
        const path = `/v1/campaigns/${campaign.campaign_id}/eligibility`;
        const answer = await ask<Eligibility>('GET', path);
        if (answer.kind !== 'done') return;
        eligibility.value = { ...eligibility.value, [campaign.campaign_id]: answer.data };
    }
}

const setOutcome = (pool: string, outcome: Outcome) => {
    outcomes.value = { ...outcomes.value, [pool]: outcome };
};

/** The key lives until the claim is known to be made: a reload or a second tap is the same claim. */
function keyOf(pool: string): string {
    const place = `claim:${pool}`;
    const key = sessionStorage.getItem(place) ?? newKey();
    sessionStorage.setItem(place, key);
    return key;
}

async function claim(campaign: PublicCampaign, pool: PublicPool) {
    const id = pool.pool_id;
    if (outcomes.value[id]?.kind === 'busy') return;
    setOutcome(id, { kind: 'busy' });
    const path = `/v1/campaigns/${campaign.campaign_id}/claims`;
    const answer = await askUntilCertain<Claim>('POST', path, {
        body: { pool_id: id },
        key: keyOf(id),
    });
    if (answer.kind === 'lost') return setOutcome(id, { kind: 'lost' });
    if (answer.kind === 'refused') {
        if (answer.status === 401) return location.assign('/sign-in');
        const { title, detail, code } = answer.problem;
        const until_ms = answer.wait_s > 0 ? serverNow() + answer.wait_s * 1000 : 0;
        touchClock();
        return setOutcome(id, { kind: 'no', title, detail: detail ?? '', code, until_ms });
    }
    sessionStorage.removeItem(`claim:${id}`);
    setOutcome(id, { kind: 'won', claim: answer.data });
    await load();
}

function Result(props: { outcome: Outcome | undefined }) {
    const { outcome } = props;
    if (!outcome || outcome.kind === 'busy') return null;
    if (outcome.kind === 'won') {
        return (
            <Notice look="good" title={t('claimed')} text={t('claimed_next')}>
                {' '}
                <a href="/vouchers">{t('see_vouchers')}</a>
            </Notice>
        );
    }
    if (outcome.kind === 'lost') {
        return <Notice look="soon" title={t('lost')} text={t('lost_next')} />;
    }
    return <Notice look="bad" title={outcome.title} text={outcome.detail} />;
}

const finalRefusals = ['already_claimed', 'sold_out', 'not_eligible', 'campaign_closed'];

function ClaimButton(props: { campaign: PublicCampaign; pool: PublicPool }) {
    const { campaign, pool } = props;
    const outcome = outcomes.value[pool.pool_id];
    if (!isSignedIn()) {
        return (
            <a class="button" href="/sign-in">
                {t('sign_in_first')}
            </a>
        );
    }
    if (outcome?.kind === 'won') return null;
    if (outcome?.kind === 'no' && finalRefusals.includes(outcome.code)) return null;
    const wait_s = outcome?.kind === 'no' ? Math.ceil((outcome.until_ms - now_ms.value) / 1000) : 0;
    const isBusy = outcome?.kind === 'busy';
    const isIdle = isBusy || wait_s > 0;
    const word = isBusy
        ? t('claiming')
        : wait_s > 0
          ? t('wait_s', wait_s)
          : outcome
            ? t('again')
            : t('claim');
    return (
        <button
            class="button"
            aria-disabled={isIdle}
            aria-busy={isBusy}
            onClick={() => !isIdle && void claim(campaign, pool)}
        >
            {word}
            <span class="hidden"> {pool.name}</span>
        </button>
    );
}

function Pool(props: { campaign: PublicCampaign; pool: PublicPool; isOpen: boolean }) {
    const { campaign, pool } = props;
    const isLeft = pool.remaining > 0;
    const pieces = pool.pack?.map((p) => `¥${yuan(p.value_fen)} × ${p.count ?? 1}`).join(' + ');
    return (
        <li class="ticket">
            <Face
                kind={campaign.kind}
                value_fen={pool.value_fen}
                min_spend_fen={pool.min_spend_fen}
            />
            <div class="stub">
                <p>
                    <b>{pool.name}</b>
                    {pieces && <span class="left">{t('pack', pieces)}</span>}
                    <span class="left">
                        {isLeft ? t('left', pool.remaining, pool.count) : t('gone')}
                    </span>
                </p>
                {props.isOpen && isLeft && <ClaimButton campaign={campaign} pool={pool} />}
            </div>
            <Result outcome={outcomes.value[pool.pool_id]} />
        </li>
    );
}

function Standing(props: { campaign: PublicCampaign; isOpen: boolean }) {
    const told = eligibility.value[props.campaign.campaign_id];
    if (!told) return null;
    const reasons = told.reasons.filter((r) => r.code !== 'campaign_not_open');
    if (reasons[0]?.code === 'already_claimed') {
        return (
            <p class="standing good">
                ✓ {t('had')} <a href="/vouchers">{t('see_vouchers')}</a>
            </p>
        );
    }
    if (reasons[0]?.code === 'sold_out') return null;
    if (told.eligible || reasons.length === 0) {
        return (
            <p class="standing good">✓ {t(told.eligible ? 'eligible' : 'eligible_at_opening')}</p>
        );
    }
    return (
        <ul class="standing">
            {reasons.map((r) => (
                <li key={r.code}>
                    <b>{r.title}</b> {r.detail}
                </li>
            ))}
        </ul>
    );
}

function Countdown(props: { campaign: PublicCampaign; state: string }) {
    const { claim_window } = props.campaign;
    const target = props.state === 'approved' ? claim_window.from : claim_window.to;
    const left_ms = Date.parse(target) - now_ms.value;
    const isLast = props.state === 'running' && left_ms < 3600000;
    if (props.state !== 'approved' && !isLast) return null;
    return (
        <p class="countdown" role="timer">
            {t(props.state === 'approved' ? 'opens_in' : 'ends_in')}{' '}
            <b class="digits">{showSpan(left_ms)}</b>
        </p>
    );
}

function Span(props: { word: string; window: { from: string; to: string } }) {
    const { from, to } = props.window;
    return (
        <span>
            {props.word} <time dateTime={from}>{showTime(from)}</time>–
            <time dateTime={to}>{showTime(to)}</time>
        </span>
    );
}

const looks = { running: 'good', approved: 'soon', paused: 'soon', closed: 'past' };

function Campaign(props: { campaign: PublicCampaign }) {
    const { campaign } = props;
    const state = stateOf(campaign, now_ms.value);
    const isRush = campaign.issuing === 'rush';
    const isOpen = state === 'running' && isRush;
    const { claim_window, use_window } = campaign;
    return (
        <article class={`campaign ${looks[state]}`} id={campaign.campaign_id}>
            <header>
                <h2>{campaign.name}</h2>
                <p class={`state ${looks[state]}`}>
                    {state === 'running' && !isRush ? t('granted') : t(state)}
                </p>
            </header>
            <Countdown campaign={campaign} state={state} />
            <p class="when">
                <Span word={t('claim_window')} window={claim_window} />
                {use_window ? (
                    <Span word={t('use_window')} window={use_window} />
                ) : (
                    <span>{t('use_days', campaign.valid_days ?? 0)}</span>
                )}
            </p>
            <Standing campaign={campaign} isOpen={isOpen} />
            <ul class="tickets">
                {campaign.pools.map((pool) => (
                    <Pool key={pool.pool_id} campaign={campaign} pool={pool} isOpen={isOpen} />
                ))}
            </ul>
        </article>
    );
}

export function Front(props: { notice: preact.ComponentChildren }) {
    useEffect(() => {
        // Everybody would ask at the same second otherwise.
        const timer = setInterval(
            () => {
                if (!document.hidden) void load();
            },
            15000 + Math.random() * 5000,
        );
        return () => clearInterval(timer);
    }, []);
    return (
        <>
            {props.notice}
            <h1>{t('front')}</h1>
            {failed.value && <p class="notice">{t('offline')}</p>}
            {campaigns.value?.length === 0 && <p class="empty">{t('none')}</p>}
            {campaigns.value?.map((c) => (
                <Campaign key={c.campaign_id} campaign={c} />
            ))}
        </>
    );
}

/** The daemon's page stays until there is something newer to show. */
export async function startFront(): Promise<boolean> {
    await load();
    return campaigns.value !== null;
}
