// The till's page: a bar that always says how things stand, and three views by what is behind the #.
import '../shared/base.css';
import './pos.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { now_ms, touchClock } from '../shared/clock';
import { isEnglish } from '../shared/words';
import { Counter, take } from './counter';
import { Day } from './day';
import { Enrol } from './enrol';
import { queue, startOutbox } from './outbox';
import { Notice, onPaper } from './parts';
import { sale } from './sale';
import { listenForScanner } from './scanner';
import { ShiftView, startShifts } from './shift';
import { identity, isOnline, skew_ms, synced_ms } from './signed';
import { shutOut, startBeat, startTerminal } from './terminal';
import { clockOf } from './when';
import { t } from './words';

const place = 'huiquan-lang';
const lang = signal('zh-CN');

function setLang(next: string): void {
    lang.value = next;
    document.documentElement.lang = next;
    document.title = `${t('brand')} · ${t('till')}`;
}
try {
    setLang(localStorage.getItem(place) ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en'));
} catch {
    setLang('zh-CN');
}

const route = signal(location.hash);
addEventListener('hashchange', () => {
    route.value = location.hash;
});

const views = [
    ['sell', '#/'],
    ['day', '#/day'],
    ['shift', '#/shift'],
] as const;
const here = () => views.find(([, hash]) => hash === route.value)?.[0] ?? 'sell';

// --- The status line -----------------------------------------------------------------------------
const SKEW_MAX_S = 30;

function Skew() {
    const s = Math.round(skew_ms.value / 1000);
    if (Math.abs(s) < 3) return <span class="state">{t('clock_good')}</span>;
    const word = s > 0 ? t('clock_fast', s) : t('clock_slow', -s);
    return <span class={`state ${Math.abs(s) > SKEW_MAX_S ? 'soon' : ''}`}>{word}</span>;
}

function Status() {
    const me = identity.value;
    const isUp = isOnline.value;
    const waiting = queue.value.length;
    if (!me) return null;
    return (
        <section class="status" aria-label={t('status')}>
            <span class={`state ${isUp ? 'good' : 'bad'}`} role="status" data-net={String(isUp)}>
                {isUp ? t('online') : t('offline')}
            </span>
            <span class={`state ${waiting > 0 ? 'soon' : ''}`} data-queue={waiting}>
                {t('queue', waiting)}
            </span>
            <span class="state">
                {synced_ms.value ? t('synced', clockOf(synced_ms.value)) : t('not_synced')}
            </span>
            <Skew />
            <span class="where">
                {me.merchant_name} <b>{me.outlet}</b>
            </span>
            <span class="digits">{clockOf(now_ms.value).slice(0, 5)}</span>
        </section>
    );
}

function Bar() {
    const other = isEnglish() ? 'zh-CN' : 'en';
    const turn = () => {
        setLang(other);
        try {
            localStorage.setItem(place, other);
        } catch {
            // Remembered for this visit only.
        }
    };
    return (
        <header class="bar">
            <span class="brand">
                <span class="seal" aria-hidden="true">
                    惠
                </span>
                <span>
                    <b>{t('brand')}</b>
                    <small>{t('till')}</small>
                </span>
            </span>
            {identity.value && (
                <nav aria-label={t('views')}>
                    {views.map(([view, hash]) => (
                        <a
                            key={view}
                            href={hash}
                            aria-current={here() === view ? 'page' : undefined}
                        >
                            {t(view)}
                        </a>
                    ))}
                </nav>
            )}
            <button type="button" class="link" lang={other} onClick={turn}>
                {other === 'en' ? 'English' : '中文'}
            </button>
        </header>
    );
}

function Routed() {
    if (identity.value === undefined) return null;
    if (identity.value === null) return <Enrol />;
    if (here() === 'day') return <Day />;
    if (here() === 'shift') return <ShiftView />;
    return <Counter />;
}

/** A scanner works in every view; what it reads is looked at on the counter. */
function scanned(text: string): void {
    if (!identity.value || sale.value?.phase === 'sending') return;
    if (here() !== 'sell') {
        history.replaceState(null, '', '#/');
        route.value = '#/';
    }
    take(text);
}

function App() {
    const main = useRef<HTMLElement>(null);
    const isEnrolled = Boolean(identity.value);
    const out = shutOut.value;
    useEffect(() => {
        main.current?.focus({ preventScroll: true });
        scrollTo(0, 0);
    }, [here(), isEnrolled, sale.value === null]);
    useEffect(() => (isEnrolled ? listenForScanner(scanned) : undefined), [isEnrolled]);
    return (
        <div class="till" key={lang.value}>
            <a
                class="skip"
                href="#main"
                onClick={(e) => {
                    e.preventDefault();
                    main.current?.focus();
                }}
            >
                {t('skip')}
            </a>
            <Bar />
            <Status />
            <main id="main" tabIndex={-1} ref={main}>
                {out && <Notice said={{ look: 'bad', title: t('shut_out'), text: out.detail }} />}
                {isEnrolled && !isOnline.value && (
                    <p class="notice" role="status">
                        {t('offline_next')}
                    </p>
                )}
                <Routed />
            </main>
            <footer class="foot">
                <span>{t('foot')}</span>
                <a href="/docs">API</a>
            </footer>
        </div>
    );
}

const Paper = () => <div class="paper">{onPaper.value}</div>;

function install(): void {
    const manifest = document.createElement('link');
    manifest.rel = 'manifest';
    manifest.href = '/pos/till.webmanifest';
    document.head.append(manifest);
    navigator.serviceWorker?.register('/pos/sw.js', { scope: '/pos' }).catch(() => undefined);
}

async function start(): Promise<void> {
    install();
    await startTerminal();
    // A code for a till that has its own already: it goes out of sight.
    if (identity.value && location.hash.startsWith('#enroll='))
        history.replaceState(null, '', '/pos');
    await startShifts();
    await startOutbox();
    startBeat();
    touchClock();
}

render(
    <>
        <App />
        <Paper />
    </>,
    document.getElementById('app')!,
);
void start();
