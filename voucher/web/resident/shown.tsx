// One voucher before the till's camera: black on white whatever the scheme, the screen kept awake,
// its state looked up every two seconds until it flips.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { OwnVoucher, Place, PlaceList } from '../shared/api';
import { now_ms, serverNow } from '../shared/clock';
import { ask } from '../shared/http';
import { showLeft, showTime, yuan } from '../shared/words';
import { Use } from './wallet';
import { t } from './words';

const STEP_MS = 30000; // of the rotating code (RFC 6238); one step either way is taken
const STALE_MS = 60000;

export const grouped = (digits: string) => digits.replace(/(.{3})(?=.)/g, '$1 ');

function keepAwake(): () => void {
    let lock: WakeLockSentinel | undefined;
    navigator.wakeLock?.request('screen').then(
        (held) => (lock = held),
        () => undefined,
    );
    return () => void lock?.release();
}

function Picture(props: { voucher: OwnVoucher }) {
    const { voucher_id, presentation } = props.voucher;
    const rotates = presentation === 'rotating';
    const step = rotates ? Math.floor(serverNow() / STEP_MS) : 0;
    const drawn_ms = useSignal(serverNow());
    const url = useSignal('');
    const tries = useSignal(0);
    useEffect(() => {
        let over = false;
        const retry = setInterval(() => {
            if (rotates && serverNow() - drawn_ms.value > STEP_MS + 3000) tries.value++;
        }, 3000);
        void (async () => {
            try {
                const answer = await fetch(`/v1/vouchers/${voucher_id}/qr.svg`);
                if (!answer.ok || over) return;
                const picture = URL.createObjectURL(
                    new Blob([await answer.text()], { type: 'image/svg+xml' }),
                );
                if (url.value) URL.revokeObjectURL(url.value);
                url.value = picture;
                drawn_ms.value = serverNow();
            } catch {
                // The old picture stays until it is stale.
            }
        })();
        return () => {
            over = true;
            clearInterval(retry);
        };
    }, [voucher_id, step, tries.value]);
    const isStale = rotates && now_ms.value - drawn_ms.value > STALE_MS;
    const next_s = Math.ceil(((step + 1) * STEP_MS - serverNow()) / 1000);
    return (
        <figure class="picture">
            {url.value && !isStale && (
                <img src={url.value} alt={t('qr')} width="320" height="320" />
            )}
            {isStale && (
                <div class="stale" role="alert">
                    <b>{t('stale')}</b>
                    <p>{t('stale_next')}</p>
                </div>
            )}
            {rotates && !isStale && (
                <figcaption>
                    <meter min={0} max={30} value={next_s} aria-hidden="true" />
                    <span aria-hidden="true">{t('rotates', next_s)}</span>
                    <span class="hidden">{t('rotates', 30)}</span>
                </figcaption>
            )}
        </figure>
    );
}

/** Where it is taken, by name, a page at a time. */
function Places(props: { campaign_id: string }) {
    const places = useSignal<Place[]>([]);
    const next = useSignal<string | null>('');
    async function more() {
        const after = next.value ? `&after=${next.value}` : '';
        const path = `/v1/campaigns/${props.campaign_id}/merchants?limit=50${after}`;
        const answer = await ask<PlaceList>('GET', path);
        if (answer.kind !== 'done') return;
        places.value = [...places.value, ...answer.data.items];
        next.value = answer.data.has_more ? answer.data.next : null;
    }
    return (
        <details class="places" onToggle={() => next.value === '' && void more()}>
            <summary>{t('places')}</summary>
            <ul>
                {places.value.map((place) => (
                    <li key={place.merchant_id}>{place.name}</li>
                ))}
            </ul>
            {next.value === null && places.value.length === 0 && <p>{t('places_none')}</p>}
            {next.value && (
                <button class="button plain" onClick={() => void more()}>
                    {t('places_more')}
                </button>
            )}
        </details>
    );
}

export function Shown(props: {
    voucher: OwnVoucher;
    where: string;
    onChange: (voucher: OwnVoucher) => void;
}) {
    const v = props.voucher;
    const isLive = v.state === 'live' || v.state === 'held';
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), [v.state]);
    useEffect(keepAwake, []);
    useEffect(() => {
        document.body.classList.add('showing');
        return () => document.body.classList.remove('showing');
    }, []);
    useEffect(() => {
        if (!isLive) return undefined;
        const timer = setInterval(async () => {
            if (document.hidden) return;
            const answer = await ask<OwnVoucher>('GET', `/v1/vouchers/${v.voucher_id}`);
            if (answer.kind === 'done') props.onChange(answer.data);
        }, 2000);
        return () => clearInterval(timer);
    }, [v.voucher_id, isLive]);
    return (
        <article class={`shown ${v.state}`}>
            <h1 ref={heading} tabIndex={-1}>
                {v.campaign_name}
            </h1>
            <p class="amount">
                <b>¥{yuan(v.value_fen)}</b>{' '}
                <span>
                    {v.kind === 'car'
                        ? t('car_face')
                        : v.min_spend_fen > 0
                          ? t('above', yuan(v.min_spend_fen))
                          : t('any_sum')}
                </span>
            </p>
            {v.state === 'live' && <Picture voucher={v} />}
            {v.state !== 'live' && <p class="verdict">{t(v.state)}</p>}
            <Use voucher={v} />
            {isLive && (
                <>
                    <p class="code">
                        <span>{t('code')}</span> <b class="digits">{grouped(v.short_code)}</b>
                        <small>{t('code_hint')}</small>
                    </p>
                    <dl class="facts">
                        <dt>{t('valid_to')}</dt>
                        <dd>
                            {showTime(v.valid_to)} ·{' '}
                            {showLeft(Date.parse(v.valid_to) - now_ms.value)}
                        </dd>
                        <dt>{t('where')}</dt>
                        <dd>
                            {props.where}
                            <Places campaign_id={v.campaign_id} />
                        </dd>
                    </dl>
                </>
            )}
            <a class="button plain" href="#main">
                {t('close')}
            </a>
        </article>
    );
}
