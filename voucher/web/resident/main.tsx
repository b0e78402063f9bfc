// The daemon's page already shows and works; here it learns to count down, to claim without a
// reload, and to follow a voucher. Whatever fails, the page that is there stays.
import '../shared/base.css';
import './resident.css';
import { render } from 'preact';
import type { Problem } from '../shared/api';
import { setServerTime } from '../shared/clock';
import { AssistBar, watchIdle } from './assist';
import { Front, startFront } from './front';
import { Notice } from './notice';
import { signInByFragment } from './session';
import { SignIn } from './sign-in';
import { Wallet, startWallet } from './wallet';
import { t } from './words';

const main = document.getElementById('main')!;
const app = document.getElementById('app')!;

function said(problem: Problem | 'lost' | null): preact.ComponentChildren {
    if (problem === 'lost') return <Notice look="soon" title={t('lost')} />;
    if (problem) return <Notice look="bad" title={problem.title} text={problem.detail ?? ''} />;
    // What the daemon had to say about a form stays on the page.
    const notice = main.querySelector('.notice');
    if (!notice) return null;
    const title = notice.querySelector('strong')?.textContent ?? '';
    const text = notice.querySelector('span')?.textContent ?? '';
    return notice.classList.contains('bad') ? (
        <Notice look="bad" title={title} text={text} />
    ) : null;
}

/** From here on the page is this script's. */
const show = (page: preact.VNode) => {
    render(page, main);
    main.dataset['live'] = '';
};

async function start() {
    setServerTime(Number(app.dataset['now']));
    watchIdle();
    const problem = await signInByFragment();
    const notice = said(problem);
    if (location.pathname === '/sign-in') {
        show(<SignIn notice={notice} known={main.querySelector('#known')?.textContent ?? ''} />);
    } else if (location.pathname === '/vouchers') {
        if (await startWallet()) show(<Wallet notice={notice} />);
    } else if (await startFront()) {
        show(
            <Front
                notice={
                    <>
                        {notice}
                        <AssistBar />
                    </>
                }
            />,
        );
    }
}

// The city's app may come back to a page that is open already.
addEventListener('hashchange', () => location.hash.includes('assertion=') && location.reload());
void start();
