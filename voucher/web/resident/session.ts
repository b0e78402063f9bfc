// Who is signed in: the daemon wrote it into the page. The session itself is in a cookie that no
// script can read.
import type { Problem, Session } from '../shared/api';
import { ask } from '../shared/http';

export const isSignedIn = () => document.documentElement.dataset.session !== '';
export const maskedName = () => document.querySelector('.who')?.textContent ?? '';

/** The city's app hands its assertion over behind the #, which no server and no log sees. */
export async function signInByFragment(): Promise<Problem | 'lost' | null> {
    const found = /[#&]assertion=([\w.-]+)/.exec(location.hash);
    if (!found) return null;
    history.replaceState(null, '', location.pathname + location.search);
    const answer = await ask<Session>('POST', '/v1/sessions', {
        body: { assertion: found[1], cookie: true },
    });
    if (answer.kind === 'refused') return answer.problem;
    if (answer.kind === 'lost') return 'lost';
    location.replace(location.pathname === '/sign-in' ? '/' : location.pathname);
    return new Promise(() => undefined); // the page is on its way
}

export function signOut(): void {
    sessionStorage.clear();
    const form = document.createElement('form');
    form.method = 'post';
    form.action = '/sign-out';
    document.body.append(form);
    form.submit();
}
