// Requests signed by this till's key (RFC 9421), and answers believed by the service's signature
// over status, body and our nonce. An answer that was to be signed and is not counts as lost.
import { signal } from '@preact/signals';
import type { Problem } from '../shared/api';
import { serverNow, setServerTime } from '../shared/clock';
import { newKey } from '../shared/http';
import { base64, fromBase64, sha256, utf8 } from './bytes';
import { keep, kept } from './db';

export interface Identity {
    terminal_id: string;
    merchant_id: string;
    outlet: string;
    merchant_name: string;
    merchant_kind: 'shop' | 'car_dealer';
    private_key: CryptoKey;
}

export type Told<T> =
    | { kind: 'done'; data: T }
    /* proved: the service itself says so; else it may be anybody between us. */
    | { kind: 'refused'; status: number; problem: Problem; wait_s: number; proved: boolean }
    | { kind: 'lost'; why: 'silence' | 'unproved' };

export interface Asking {
    body?: string;
    key?: string;
    timeout_ms?: number;
}

export const identity = signal<Identity | null | undefined>(undefined);
export const isOnline = signal(navigator.onLine);
export const synced_ms = signal(0);
export const skew_ms = signal(0);

// --- The service's keys --------------------------------------------------------------------------
interface Jwk {
    kid: string;
    kty: string;
    crv: string;
    x: string;
}
let keys: Jwk[] = [];
const imported = new Map<string, Promise<CryptoKey>>();

async function fetchKeys(): Promise<void> {
    try {
        const answer = await fetch('/.well-known/jwks.json');
        if (!answer.ok) return;
        keys = ((await answer.json()) as { keys: Jwk[] }).keys;
        await keep('jwks', keys);
    } catch {
        // Those that are kept go on serving.
    }
}

/** Found by kid, asked for once more when it is new; undefined when nobody knows it. */
export async function serviceKey(kid: string): Promise<CryptoKey | undefined> {
    if (keys.length === 0) keys = (await kept<Jwk[]>('jwks')) ?? [];
    if (!keys.some((k) => k.kid === kid)) await fetchKeys();
    const jwk = keys.find((k) => k.kid === kid);
    if (!jwk) return undefined;
    const { kty, crv, x } = jwk;
    if (!imported.has(x)) {
        const plain = { kty, crv, x };
        imported.set(x, crypto.subtle.importKey('jwk', plain, 'Ed25519', false, ['verify']));
    }
    return imported.get(x);
}

// --- Signing and believing -----------------------------------------------------------------------
async function signedFields(me: Identity, method: string, path: string, how: Asking) {
    const nonce = newKey();
    const [pathname, query = ''] = path.split('?');
    const lines: [string, string][] = [
        ['"@method"', method],
        ['"@path"', pathname!],
        ['"@query"', `?${query}`],
    ];
    const headers: Record<string, string> = {};
    if (how.body !== undefined) {
        headers['Content-Type'] = 'application/json';
        headers['Content-Digest'] = `sha-256=:${await sha256(how.body)}:`;
        lines.push(['"content-digest"', headers['Content-Digest']]);
    }
    if (how.key) {
        headers['Idempotency-Key'] = how.key;
        lines.push(['"idempotency-key"', how.key]);
    }
    const params =
        `(${lines.map(([name]) => name).join(' ')});created=${Math.floor(serverNow() / 1000)}` +
        `;nonce="${nonce}";keyid="${me.terminal_id}";alg="ed25519";tag="huiquan-pos"`;
    const base =
        lines.map(([name, value]) => `${name}: ${value}\n`).join('') +
        `"@signature-params": ${params}`;
    const signature = await crypto.subtle.sign('Ed25519', me.private_key, utf8(base));
    headers['Signature-Input'] = `sig1=${params}`;
    headers['Signature'] = `sig1=:${base64(signature)}:`;
    return { headers, nonce };
}

/** Whether the service itself said this, and to this very request. */
async function isProved(answer: Response, text: string, nonce: string): Promise<boolean> {
    const digest = answer.headers.get('Content-Digest') ?? '';
    const params = /^sig1=(\("@status" "content-digest"\);.*)$/.exec(
        answer.headers.get('Signature-Input') ?? '',
    )?.[1];
    const bytes = /^sig1=:([\w+/=]+):$/.exec(answer.headers.get('Signature') ?? '')?.[1];
    const param = (name: string) => new RegExp(`;${name}="([^"]*)"`).exec(params ?? '')?.[1];
    if (!params || !bytes || digest !== `sha-256=:${await sha256(text)}:`) return false;
    if (param('nonce') !== nonce || param('tag') !== 'huiquan-receipt') return false;
    const key = await serviceKey(param('keyid') ?? '');
    const base =
        `"@status": ${answer.status}\n"content-digest": ${digest}\n` +
        `"@signature-params": ${params}`;
    return !!key && crypto.subtle.verify('Ed25519', key, fromBase64(bytes), utf8(base));
}

/** What the time is, by this answer; true when we were far off until now. */
function noteClock(answer: Response, asked_ms: number): boolean {
    const said_ms = Date.parse(answer.headers.get('Date') ?? '');
    const trip_ms = Date.now() - asked_ms;
    const before_ms = skew_ms.value;
    // A slow answer says little about the time.
    if (!Number.isFinite(said_ms) || trip_ms > 3000) return false;
    setServerTime(said_ms / 1000, trip_ms);
    skew_ms.value = Date.now() - serverNow();
    return Math.abs(skew_ms.value - before_ms) > 5000;
}

async function judged(answer: Response, nonce: string): Promise<Told<unknown>> {
    const text = await answer.text();
    const proved = await isProved(answer, text, nonce);
    if (answer.ok && !proved) return { kind: 'lost', why: 'unproved' };
    const data: unknown = JSON.parse(text);
    if (answer.ok) return { kind: 'done', data };
    const wait_s = Number(answer.headers.get('Retry-After') ?? 0) || 0;
    return {
        kind: 'refused',
        status: answer.status,
        problem: data as Problem,
        wait_s,
        proved,
    };
}

async function ask(me: Identity, method: string, path: string, how: Asking) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), how.timeout_ms ?? 8000);
    const asked_ms = Date.now();
    try {
        const { headers, nonce } = await signedFields(me, method, path, how);
        headers['Accept-Language'] = document.documentElement.lang;
        const answer = await fetch(path, {
            method,
            headers,
            cache: 'no-store',
            signal: stop.signal,
            ...(how.body !== undefined && { body: how.body }),
        });
        const wasOff = noteClock(answer, asked_ms);
        return { told: await judged(answer, nonce), wasOff };
    } finally {
        clearTimeout(timer);
    }
}

export async function call<T>(method: string, path: string, how: Asking = {}): Promise<Told<T>> {
    const me = identity.value;
    if (!me) return { kind: 'lost', why: 'silence' };
    try {
        let { told, wasOff } = await ask(me, method, path, how);
        // Signed by a clock that was wrong: nothing happened, and now we know the time.
        if (told.kind === 'refused' && told.status === 401 && wasOff)
            ({ told } = await ask(me, method, path, how));
        isOnline.value = told.kind !== 'lost';
        if (told.kind === 'done') synced_ms.value = serverNow();
        return told as Told<T>;
    } catch {
        isOnline.value = false;
        return { kind: 'lost', why: 'silence' };
    }
}
