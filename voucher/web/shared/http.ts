// Asking the public API. An answer is a value, never an exception: done, refused (with the
// catalogue's own words), or lost (no answer: nobody knows what happened).
import type { Problem } from './api';

export type Answer<T> =
    | { kind: 'done'; status: number; data: T }
    | { kind: 'refused'; status: number; problem: Problem; wait_s: number }
    | { kind: 'lost' };

export interface Ask {
    body?: unknown;
    key?: string;
    headers?: Record<string, string>;
    timeout_ms?: number;
}

const lang = () => document.documentElement.lang || 'zh-CN';

export async function ask<T>(method: string, path: string, how: Ask = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { 'Accept-Language': lang(), ...how.headers };
    if (how.body !== undefined) headers['Content-Type'] = 'application/json';
    if (how.key) headers['Idempotency-Key'] = how.key;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), how.timeout_ms ?? 10000);
    try {
        const answer = await fetch(path, {
            method,
            headers,
            signal: stop.signal,
            ...(how.body !== undefined && { body: JSON.stringify(how.body) }),
        });
        const text = await answer.text();
        const data: unknown = text === '' ? null : JSON.parse(text);
        if (answer.ok) return { kind: 'done', status: answer.status, data: data as T };
        const wait_s = Number(answer.headers.get('Retry-After') ?? 0) || 0;
        return { kind: 'refused', status: answer.status, problem: data as Problem, wait_s };
    } catch {
        return { kind: 'lost' };
    } finally {
        clearTimeout(timer);
    }
}

/** A fresh Idempotency-Key; it lives as long as the intent does. */
export function newKey(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** The same request under the same key until an answer is certain, or patience ends. */
export async function askUntilCertain<T>(
    method: string,
    path: string,
    how: Ask & { key: string },
    tries = 4,
): Promise<Answer<T>> {
    let answer: Answer<T> = { kind: 'lost' };
    for (let i = 0; i < tries; i++) {
        if (i > 0) await pause(400 * 2 ** i + Math.random() * 300);
        answer = await ask<T>(method, path, how);
        const again =
            answer.kind === 'lost' ||
            (answer.kind === 'refused' &&
                (answer.problem.code === 'request_in_progress' ||
                    answer.problem.code === 'unavailable'));
        if (!again) break;
    }
    return answer;
}

/** Every item of a list, page after page, up to a bound. */
export async function askAll<T>(path: string, most = 400): Promise<Answer<T[]>> {
    const items: T[] = [];
    let after = '';
    for (;;) {
        const more = after && `&after=${after}`;
        const page = await ask<{ items: T[]; next: string | null; has_more: boolean }>(
            'GET',
            `${path}?limit=100${more}`,
        );
        if (page.kind !== 'done') return page;
        items.push(...page.data.items);
        if (!page.data.has_more || !page.data.next || items.length >= most) break;
        after = page.data.next;
    }
    return { kind: 'done', status: 200, data: items };
}
