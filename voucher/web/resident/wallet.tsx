// My vouchers: state, face, where usable, time left; one of them shown to a till at full brightness.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { OwnVoucher, PublicCampaign } from '../shared/api';
import { now_ms, setServerTime, touchClock } from '../shared/clock';
import { ask, askAll } from '../shared/http';
import { categoriesOf, showLeft, showTime, yuan } from '../shared/words';
import { AssistBar, isAssisting } from './assist';
import { Face } from './face';
import { Notice } from './notice';
import { maskedName } from './session';
import { Shown, grouped } from './shown';
import { t } from './words';

const vouchers = signal<OwnVoucher[] | null>(null);
const campaigns = signal<Record<string, PublicCampaign>>({});
const failed = signal(false);
const shown = signal(location.hash.slice(1));
const fresh = new URLSearchParams(location.search).get('new');
const looks = { live: 'good', held: 'soon', redeemed: 'past', expired: 'past', void: 'past' };

async function load() {
    const answer = await askAll<OwnVoucher>('/v1/me/vouchers');
    if (answer.kind === 'refused' && answer.status === 401) return location.replace('/sign-in');
    failed.value = answer.kind !== 'done';
    if (answer.kind !== 'done') return;
    vouchers.value = answer.data.reverse();
    await Promise.all([...new Set(answer.data.map((v) => v.campaign_id))].map(loadCampaign));
}

async function loadCampaign(id: string) {
    if (campaigns.value[id]) return;
    const began = Date.now();
    const answer = await ask<PublicCampaign>('GET', `/v1/campaigns/${id}`);
    if (answer.kind !== 'done') return;
    setServerTime(answer.data.server_time, Date.now() - began);
    touchClock();
    campaigns.value = { ...campaigns.value, [id]: answer.data };
}

function replace(voucher: OwnVoucher) {
    vouchers.value = (vouchers.value ?? []).map((v) =>
        v.voucher_id === voucher.voucher_id ? voucher : v,
    );
}

export function whereOf(campaign: PublicCampaign | undefined): string {
    if (!campaign) return '';
    const { merchants, categories, daily_hours } = campaign;
    const out =
        campaign.kind === 'car'
            ? [t('where_car')]
            : merchants.mode === 'groups'
              ? [t('where_groups', merchants.groups.join('、'))]
              : [t(merchants.mode === 'list' ? 'where_list' : 'where_all')];
    if (daily_hours.length > 0) {
        out.push(t('hours', daily_hours.map((h) => `${h.from}–${h.to}`).join('、')));
    }
    if (categories.allow.length > 0) out.push(t('only', categoriesOf(categories.allow)));
    if (categories.deny.length > 0) out.push(t('not_for', categoriesOf(categories.deny)));
    return out.join(' · ');
}

export function Use(props: { voucher: OwnVoucher }) {
    const { use, state } = props.voucher;
    if (!use || state !== 'redeemed') return null;
    const shop = use.outlet
        ? t('used_where', use.merchant_name ?? '', use.outlet)
        : (use.merchant_name ?? '');
    return (
        <p class="use">
            <b>{t('used_at', showTime(use.redeemed_at))}</b>
            <span>{shop}</span>
            <span>{t('used_off', yuan(use.value_fen))}</span>
        </p>
    );
}

function Ticket(props: { voucher: OwnVoucher }) {
    const v = props.voucher;
    const isLive = v.state === 'live';
    const left_ms = Date.parse(v.valid_to) - now_ms.value;
    const early = Date.parse(v.valid_from) > now_ms.value;
    return (
        <li class={`ticket ${looks[v.state]}`}>
            <Face kind={v.kind} value_fen={v.value_fen} min_spend_fen={v.min_spend_fen} />
            <div class="stub">
                <p>
                    <b>{v.campaign_name}</b>
                    <span class="left">{v.pool_name}</span>
                </p>
                {!isLive && <p class={`state ${looks[v.state]}`}>{t(v.state)}</p>}
                <p class="wide left">
                    <span>
                        {early
                            ? t('not_yet', showTime(v.valid_from))
                            : `${t('valid_to')} ${showTime(v.valid_to)}`}
                        {isLive && !early && left_ms < 30 * 86400000 && ` · ${showLeft(left_ms)}`}
                    </span>
                    {isLive && <span>{whereOf(campaigns.value[v.campaign_id])}</span>}
                </p>
                <Use voucher={v} />
                {isLive && (
                    <a class="button" href={`#${v.voucher_id}`}>
                        {t('show')}
                        <span class="hidden"> {v.pool_name}</span>
                    </a>
                )}
            </div>
        </li>
    );
}

function Slip() {
    const live = (vouchers.value ?? []).filter((v) => v.state === 'live');
    return (
        <section class="slip" aria-hidden="true">
            <h2>{t('slip')}</h2>
            <p>
                {t('mask', maskedName())} ·{' '}
                {t('slip_at', new Date(now_ms.value).toLocaleString(document.documentElement.lang))}
            </p>
            {live.map((v) => (
                <div class="slip-voucher" key={v.voucher_id}>
                    {v.presentation === 'static' && (
                        <img
                            alt=""
                            width="180"
                            height="180"
                            src={`/v1/vouchers/${v.voucher_id}/qr.svg`}
                        />
                    )}
                    <div>
                        <Face
                            kind={v.kind}
                            value_fen={v.value_fen}
                            min_spend_fen={v.min_spend_fen}
                        />
                        <p>
                            {v.campaign_name} · {v.pool_name}
                        </p>
                        <p>
                            {t('valid_to')} {showTime(v.valid_to)}
                        </p>
                        <p>{whereOf(campaigns.value[v.campaign_id])}</p>
                        {v.presentation === 'static' ? (
                            <p>
                                {t('code')} <b class="digits">{grouped(v.short_code)}</b>
                            </p>
                        ) : (
                            <p>{t('slip_rotating')}</p>
                        )}
                    </div>
                </div>
            ))}
            <p>{t('slip_hint')}</p>
        </section>
    );
}

function watch(): () => void {
    const onHash = () => (shown.value = location.hash.slice(1));
    addEventListener('hashchange', onHash);
    const timer = setInterval(() => {
        const waits = vouchers.value?.some((v) => v.state === 'live' || v.state === 'held');
        if (!document.hidden && waits && !shown.value) void load();
    }, 15000);
    const onSight = () => !document.hidden && void load();
    document.addEventListener('visibilitychange', onSight);
    return () => {
        removeEventListener('hashchange', onHash);
        document.removeEventListener('visibilitychange', onSight);
        clearInterval(timer);
    };
}

export function Wallet(props: { notice: preact.ComponentChildren }) {
    useEffect(watch, []);
    const all = vouchers.value ?? [];
    const voucher = all.find((v) => v.voucher_id === shown.value);
    if (voucher) {
        return (
            <Shown
                voucher={voucher}
                where={whereOf(campaigns.value[voucher.campaign_id])}
                onChange={replace}
            />
        );
    }
    const usable = all.filter((v) => v.state === 'live' || v.state === 'held');
    const past = all.filter((v) => !usable.includes(v));
    return (
        <>
            {props.notice}
            <AssistBar />
            {fresh && <Notice look="good" title={t('claimed')} text={t('claimed_next')} />}
            <h1>{t('mine')}</h1>
            {failed.value && <p class="notice">{t('offline')}</p>}
            {all.length === 0 && (
                <p class="empty">
                    {t('no_vouchers')} <a href="/">{t('to_front')}</a>
                </p>
            )}
            <ul class="tickets">
                {usable.map((v) => (
                    <Ticket key={v.voucher_id} voucher={v} />
                ))}
            </ul>
            {past.length > 0 && (
                <>
                    <h2>{t('used_ones')}</h2>
                    <ul class="tickets">
                        {past.map((v) => (
                            <Ticket key={v.voucher_id} voucher={v} />
                        ))}
                    </ul>
                </>
            )}
            {isAssisting() && <Slip />}
        </>
    );
}

export async function startWallet(): Promise<boolean> {
    await load();
    return vouchers.value !== null;
}
