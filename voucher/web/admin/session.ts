// Who works here, and how the page asks in their name. By name, password and code the session is a
// cookie that no script can read; an API token, if somebody has only that, stays in memory.
import { signal } from '@preact/signals';
import type { Problem } from '../shared/api';
import { type Answer, type Ask, ask, askUntilCertain, newKey } from '../shared/http';

export type Role = 'budget' | 'operations' | 'approver' | 'auditor';

export interface Me {
    login: string | null;
    admin: { name: string; roles: Role[] };
    expires_at: string | null;
}

/** undefined: not yet asked; null: nobody. */
export const me = signal<Me | null | undefined>(undefined);
let token = '';

export const hasRole = (role: Role) => me.value?.admin.roles.includes(role) ?? false;
export const authorization = (): Record<string, string> =>
    token ? { Authorization: `Bearer ${token}` } : {};

const withMe = (how: Ask): Ask => ({ ...how, headers: { ...how.headers, ...authorization() } });

/** Whoever is no longer known signs in again; what was typed elsewhere stays where it is. */
function seen<T>(answer: Answer<T>): Answer<T> {
    if (answer.kind === 'refused' && answer.status === 401 && me.value) {
        token = '';
        me.value = null;
    }
    return answer;
}

export const get = async <T>(path: string) => seen(await ask<T>('GET', path, withMe({})));

/** One intent, one key: an answer lost on the way is asked for again. */
export const post = async <T>(path: string, body: unknown = {}, key = newKey()) =>
    seen(await askUntilCertain<T>('POST', path, { ...withMe({ body }), key }));

export interface Page<T> {
    items: T[];
    next: string | null;
    has_more: boolean;
}

export async function getAll<T>(path: string, most = 1000): Promise<Answer<T[]>> {
    const items: T[] = [];
    let after = '';
    for (;;) {
        const page = await get<Page<T>>(`${path}?limit=100${after && `&after=${after}`}`);
        if (page.kind !== 'done') return page;
        items.push(...page.data.items);
        if (!page.data.has_more || !page.data.next || items.length >= most) break;
        after = page.data.next;
    }
    return { kind: 'done', status: 200, data: items };
}

const lost = { kind: 'lost' } as const;

async function answerOf<T>(response: Response): Promise<Answer<T>> {
    const text = await response.text();
    const data: unknown = text === '' ? null : JSON.parse(text);
    if (response.ok) return { kind: 'done', status: response.status, data: data as T };
    return seen({ kind: 'refused', status: response.status, problem: data as Problem, wait_s: 0 });
}

const plain = () => ({ 'Accept-Language': document.documentElement.lang, ...authorization() });

/** An object with the tag that a change of it must name. */
export async function getTagged<T>(path: string): Promise<{ answer: Answer<T>; tag: string }> {
    try {
        const response = await fetch(path, { headers: plain() });
        return { answer: await answerOf<T>(response), tag: response.headers.get('ETag') ?? '' };
    } catch {
        return { answer: lost, tag: '' };
    }
}

export async function put<T>(path: string, body: unknown, tag: string): Promise<Answer<T>> {
    return seen(await ask<T>('PUT', path, withMe({ body, headers: { 'If-Match': tag } })));
}

/** A file of rows goes as it is; the browser streams it. */
export async function upload<T>(path: string, file: Blob, key: string): Promise<Answer<T>> {
    try {
        const headers = { ...plain(), 'Content-Type': 'text/csv', 'Idempotency-Key': key };
        return await answerOf<T>(await fetch(path, { method: 'POST', headers, body: file }));
    } catch {
        return lost;
    }
}

export async function save(path: string, name: string): Promise<boolean> {
    try {
        const response = await fetch(path, { headers: plain() });
        if (response.ok) saveBlob(await response.blob(), name);
        return response.ok;
    } catch {
        return false;
    }
}

export function saveBlob(blob: Blob, name: string): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// --- Signing in and out --------------------------------------------------------------------------
const mePath = '/v1/admin/sessions/me';

const askMe = () => ask<Me>('GET', mePath, withMe({}));

// Only that somebody signed in here, so that nobody is asked about who never did.
const mark = 'huiquan-admin';
function remember(isIn: boolean): void {
    try {
        if (isIn) localStorage.setItem(mark, '1');
        else localStorage.removeItem(mark);
    } catch {
        // Then a reload asks for the password again.
    }
}
function remembers(): boolean {
    try {
        return localStorage.getItem(mark) !== null;
    } catch {
        return false;
    }
}

export async function startSession(): Promise<void> {
    const answer = remembers() ? await askMe() : null;
    me.value = answer?.kind === 'done' ? answer.data : null;
    if (answer?.kind === 'refused') remember(false);
}

export async function signInByToken(value: string): Promise<Answer<Me>> {
    token = value.trim();
    const answer = await askMe();
    if (answer.kind === 'done') me.value = answer.data;
    else token = '';
    return answer;
}

export async function signIn(body: Record<string, string>): Promise<Answer<Me>> {
    const path = body['code'] ? '/v1/admin/enrollments' : '/v1/admin/sessions';
    const answer = await ask<Me>('POST', path, { body, key: newKey() });
    if (answer.kind === 'done') {
        remember(true);
        me.value = answer.data;
    }
    return answer;
}

export async function signOut(): Promise<void> {
    if (!token) await post('/v1/admin/sessions/end');
    token = '';
    remember(false);
    me.value = null;
    location.hash = '';
}
