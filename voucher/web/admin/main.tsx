// The administrators' page: one shell, views by what stands behind the #.
import '../shared/base.css';
import './admin.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isEnglish } from '../shared/words';
import { CampaignView } from './campaign';
import { Campaigns } from './campaigns';
import { Inbox, loadInbox, waiting } from './inbox';
import { Jobs } from './jobs';
import { Journal } from './journal';
import { MerchantView, Merchants } from './merchants';
import { Act } from './parts';
import { me, signOut, startSession } from './session';
import { Reports } from './reports';
import { Account, SignIn } from './sign-in';
import { Change, Wizard } from './wizard';
import { t } from './words';

const place = 'huiquan-lang';
const lang = signal('zh-CN');

function setLang(next: string): void {
    lang.value = next;
    document.documentElement.lang = next;
    document.title = `${t('brand')} · ${t('admin')}`;
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

function Routed() {
    const [, what = '', id = '', tab = ''] = route.value.split('/');
    if (what === 'campaigns' && id === 'new') return <Wizard />;
    if (what === 'campaigns' && tab === 'change') return <Change id={id} key={id} />;
    if (what === 'campaigns' && id) return <CampaignView id={id} tab={tab} key={id} />;
    if (what === 'inbox') return <Inbox />;
    if (what === 'merchants' && id) return <MerchantView id={id} key={id} />;
    if (what === 'merchants') return <Merchants />;
    if (what === 'jobs') return <Jobs />;
    if (what === 'reports') return <Reports />;
    if (what === 'account') return <Account />;
    if (what === 'journal') return <Journal />;
    return <Campaigns />;
}

const views = ['campaigns', 'inbox', 'merchants', 'jobs', 'reports', 'journal'] as const;

function Bar() {
    const here = route.value.split('/')[1] || 'campaigns';
    const who = me.value;
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
            <a class="brand" href="#/campaigns">
                <span class="seal" aria-hidden="true">
                    惠
                </span>
                <span>
                    <b>{t('brand')}</b>
                    <small>{t('admin')}</small>
                </span>
            </a>
            {who && (
                <nav aria-label={t('views')}>
                    {views.map((view) => (
                        <a
                            key={view}
                            href={`#/${view}`}
                            aria-current={here === view ? 'page' : undefined}
                        >
                            {view === 'merchants' ? t('merchants_view') : t(view)}
                            {view === 'inbox' && waiting.value > 0 && (
                                <span class="count">
                                    {waiting.value}
                                    <span class="hidden"> {t('waiting')}</span>
                                </span>
                            )}
                        </a>
                    ))}
                </nav>
            )}
            <div class="acts">
                {who && (
                    <a class="button quiet" href="#/account">
                        {who.admin.name}
                    </a>
                )}
                {who && <Act word={t('sign_out')} look="quiet" onAct={signOut} />}
                <button type="button" class="button quiet" lang={other} onClick={turn}>
                    {other === 'en' ? 'English' : '中文'}
                </button>
            </div>
        </header>
    );
}

function App() {
    const main = useRef<HTMLElement>(null);
    const who = me.value;
    const isIn = Boolean(who);
    useEffect(() => {
        // A new view begins at its top, and a screen reader begins there too.
        main.current?.focus({ preventScroll: true });
        scrollTo(0, 0);
    }, [route.value.split('/').slice(0, 3).join('/')]);
    useEffect(() => {
        if (!isIn) return undefined;
        void loadInbox();
        const timer = setInterval(() => !document.hidden && void loadInbox(), 15000);
        return () => clearInterval(timer);
    }, [isIn]);
    return (
        <div class="wide" key={lang.value}>
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
            <main id="main" tabIndex={-1} ref={main}>
                {who === undefined ? null : who ? <Routed /> : <SignIn />}
            </main>
            <footer class="foot">
                <span>{t('foot')}</span>
                <a href="/docs">API</a>
            </footer>
        </div>
    );
}

render(<App />, document.getElementById('app')!);
void startSession();
