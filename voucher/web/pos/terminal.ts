// Who this till is: enrolled once with a key made here, known by the service ever after.
import { signal } from '@preact/signals';
import type { Problem, Terminal, TerminalMe } from '../shared/api';
import { ask, newKey } from '../shared/http';
import { base64url, utf8 } from './bytes';
import { forget, keep, kept } from './db';
import { type Identity, call, identity, isOnline } from './signed';

/** Why the service will not have this till (revoked, for one); null while it does. */
export const shutOut = signal<Problem | null>(null);

export const canSign = () =>
    isSecureContext && crypto.subtle !== undefined && typeof indexedDB !== 'undefined';

export async function startTerminal(): Promise<void> {
    identity.value = canSign() ? ((await kept<Identity>('identity')) ?? null) : null;
}

// An answer that is lost is asked for again with the same key pair and the same Idempotency-Key:
// the code is good once, and may have been used by us already.
interface Enrolment {
    code: string;
    key: string;
    pair: CryptoKeyPair;
}

async function enrolmentOf(code: string): Promise<Enrolment> {
    const begun = await kept<Enrolment>('enrolment');
    if (begun?.code === code) return begun;
    const pair = (await crypto.subtle.generateKey('Ed25519', false, [
        'sign',
        'verify',
    ])) as CryptoKeyPair;
    const fresh = { code, key: newKey(), pair };
    await keep('enrolment', fresh);
    return fresh;
}

export async function enrol(code: string): Promise<Problem | 'lost' | 'old' | null> {
    let begun: Enrolment;
    try {
        begun = await enrolmentOf(code);
    } catch {
        return 'old'; // a browser without Ed25519
    }
    const { pair, key } = begun;
    const { kty, crv, x } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const message = utf8(`huiquan-enroll-v1\0${code}`);
    const proof = await crypto.subtle.sign('Ed25519', pair.privateKey, message);
    const body = {
        enrollment_code: code,
        public_key_jwk: { kty, crv, x },
        proof: base64url(proof),
    };
    const answer = await ask<Terminal>('POST', '/v1/terminals/enroll', { body, key });
    if (answer.kind === 'lost') return 'lost';
    if (answer.kind === 'refused') return answer.problem;
    const { terminal_id, merchant_id, outlet } = answer.data;
    const me: Identity = {
        terminal_id,
        merchant_id,
        outlet,
        merchant_name: '',
        merchant_kind: 'shop',
        private_key: pair.privateKey,
    };
    await keep('identity', me);
    await forget('enrolment');
    identity.value = me;
    await beat();
    // A till's tables must outlive the browser's spring cleaning.
    void navigator.storage?.persist?.();
    return null;
}

/** This browser forgets that it was a till; the service is told by an administrator. */
export async function leave(): Promise<void> {
    await forget('identity');
    identity.value = null;
}

/** Is the service there, who are we, what time is it? */
export async function beat(): Promise<void> {
    const me = identity.value;
    if (!me) return;
    const told = await call<TerminalMe>('GET', '/v1/terminals/me', { timeout_ms: 5000 });
    const isOut = told.kind === 'refused' && told.status === 401;
    shutOut.value = isOut ? told.problem : null;
    if (told.kind !== 'done') return;
    const { merchant_name, merchant_kind, outlet } = told.data;
    if (me.merchant_name === merchant_name && me.outlet === outlet) return;
    identity.value = { ...me, merchant_name, merchant_kind, outlet };
    await keep('identity', identity.value);
}

const BEAT_MS = 10000;

export function startBeat(): void {
    const soon = () => void beat();
    setInterval(() => !document.hidden && soon(), BEAT_MS);
    addEventListener('online', soon);
    addEventListener('offline', () => {
        isOnline.value = false;
    });
    document.addEventListener('visibilitychange', () => !document.hidden && soon());
    soon();
}
