// Staff claim for somebody who stands beside them: that person is signed in, a slip is printed, and
// nothing is left behind.
import { isSignedIn, signOut } from './session';
import { t } from './words';

const PLACE = 'assisting';
const IDLE_MS = 5 * 60 * 1000;

export const isAssisting = () => sessionStorage.getItem(PLACE) === 'yes';
export const startAssisting = () => sessionStorage.setItem(PLACE, 'yes');

export function watchIdle(): void {
    if (!isAssisting() || !isSignedIn()) return;
    document.documentElement.dataset['assisting'] = '';
    let timer = setTimeout(signOut, IDLE_MS);
    for (const event of ['pointerdown', 'keydown']) {
        addEventListener(event, () => {
            clearTimeout(timer);
            timer = setTimeout(signOut, IDLE_MS);
        });
    }
}

export function AssistBar() {
    if (!isAssisting() || !isSignedIn()) return null;
    return (
        <aside class="notice assist">
            <strong>{t('assisting')}</strong>
            <span class="row">
                <a class="button plain" href="/vouchers">
                    {t('mine')}
                </a>
                {location.pathname === '/vouchers' && (
                    <button class="button plain" onClick={() => window.print()}>
                        {t('print')}
                    </button>
                )}
                <button class="button plain" onClick={signOut}>
                    {t('finish')}
                </button>
            </span>
        </aside>
    );
}
