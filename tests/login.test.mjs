// Administrators at the page: enrolment, password and TOTP, cookie, guard against other sites,
// lockout that outlives a restart, new password, sign-out.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Api, newKey } from '../scripts/lib/client.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

let w, control;
const settings = { login_tries: 3, login_lock_s: 60 };
before(async () => {
    w = await World.open({ settings });
    control = new Api('http://control', { socketPath: w.daemon.control });
});
after(async () => {
    control?.close();
    await w?.close();
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function totp(otpauth, { step = 0, now = Date.now() } = {}) {
    const secret = new URL(otpauth).searchParams.get('secret');
    const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(now / 30000) + step));
    const mac = createHmac('sha1', key).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}
const good = 'correct horse battery';
const make = async (login, roles = ['operations', 'approver']) =>
    granted(
        await control.request('POST', '/v1/admin/admins', {
            body: { name: '张管理', roles, login },
        }),
        201,
    );
const post = (path, body, headers) => w.api.request('POST', path, { body, headers });
const enrol = (made, over = {}) =>
    post('/v1/admin/enrollments', {
        login: made.login,
        code: made.enrollment_code,
        password: good,
        totp: totp(made.otpauth, { step: -1 }),
        ...over,
    });
const signIn = (made, over = {}) =>
    post('/v1/admin/sessions', {
        login: made.login,
        password: good,
        totp: totp(made.otpauth),
        ...over,
    });
const cookieOf = (answer) => {
    const [line] = answer.headers['set-cookie'];
    assert.match(
        line,
        /^huiquan_admin=hqt_[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    return line.split(';')[0];
};
const own = () => ({ 'sec-fetch-site': 'same-origin' });

describe('enrolment and sign-in', () => {
    let made, cookie;
    test('a login is made with the administrator; its code and secret are shown once', async () => {
        made = await make('zhang');
        assert.match(made.token, /^hqt_/);
        assert.match(made.enrollment_code, /^hqt_/);
        assert.match(
            made.otpauth,
            /^otpauth:\/\/totp\/Huiquan:zhang\?secret=[A-Z2-7]{32}&issuer=Huiquan$/,
        );
    });
    test('one login, one administrator', async () =>
        refused(
            await control.request('POST', '/v1/admin/admins', {
                body: { name: '另', roles: ['auditor'], login: 'zhang' },
            }),
            422,
            'invalid',
        ));
    test('no password yet: no sign-in', async () =>
        refused(await signIn(made), 401, 'unauthenticated'));
    for (const [name, over, status] of [
        ['another code', { code: 'hqt_' + 'A'.repeat(43) }, 401],
        ['no code at all', { code: 'x' }, 401],
        ['a short password', { password: 'short' }, 422],
        ['one that many have', { password: 'password1234' }, 422],
        ['the same letter', { password: 'a'.repeat(128) }, 422],
        ['the keyboard from left to right', { password: 'qwertyuiop123' }, 422],
        ['our own name', { password: 'Huiquan2026!!' }, 422],
    ])
        test(`${name}: ${status}`, async () => {
            const one = await make(`n-${newKey().slice(0, 8)}`);
            assert.equal((await enrol(one, over)).status, status);
        });
    test('the code and the digits make a session', async () => {
        const answer = await enrol(made);
        granted(answer, 201);
        cookie = cookieOf(answer);
        assert.deepEqual(answer.json.admin.roles, ['operations', 'approver']);
        assert.equal(answer.json.login, 'zhang');
    });
    test('the code is good once', async () =>
        refused(
            await enrol(made, { totp: totp(made.otpauth, { step: 1 }) }),
            401,
            'unauthenticated',
        ));
    test('password and digits make another session', async () => {
        const answer = await signIn(made);
        granted(answer, 201);
        assert.notEqual(cookieOf(answer), cookie);
    });
    test('the same digits are good once', async () =>
        refused(await signIn(made), 401, 'unauthenticated'));
    test('the cookie opens what a token opens', async () => {
        const me = granted(await w.api.get('/v1/admin/sessions/me', { headers: { cookie } }));
        assert.equal(me.login, 'zhang');
        granted(await w.api.get('/v1/admin/campaigns', { headers: { cookie } }));
        granted(
            await w.api.get('/v1/admin/campaigns', { headers: { cookie: `a=b; ${cookie}; c=d` } }),
        );
    });
    test('changes need our own page, and the role', async () => {
        const body = { name: '商户', uscc: '91350100M000100Y43', kind: 'shop' };
        const change = (headers) =>
            w.api.post('/v1/admin/merchants', body, { headers: { cookie, ...headers } });
        refused(await change({}), 403, 'forbidden');
        refused(await change({ 'sec-fetch-site': 'cross-site' }), 403, 'forbidden');
        refused(await change({ 'sec-fetch-site': 'same-site' }), 403, 'forbidden');
        refused(await change({ origin: 'https://evil.example' }), 403, 'forbidden');
        refused(await change({ origin: 'null' }), 403, 'forbidden');
        granted(await change({ origin: w.daemon.base }), 201);
        refused(
            await w.api.post(
                '/v1/admin/campaigns/cmp_00000000000000000000000000/budget-changes',
                { current_fen: 1, target_fen: 2, reason: 'x' },
                { headers: { cookie, ...own() } },
            ),
            403,
            'forbidden',
        );
    });
    test('a cookie that is none', async () => {
        for (const value of ['', 'x', cookie.split('=')[1].slice(0, -1), made.token])
            refused(
                await w.api.get('/v1/admin/campaigns', {
                    headers: { cookie: `huiquan_admin=${value}` },
                }),
                401,
                'unauthenticated',
            );
        refused(
            await w.api.get('/v1/admin/campaigns', {
                headers: { cookie: `__Host-${cookie}` },
            }),
            401,
            'unauthenticated',
        );
    });
    test('sign-out ends this session on the server', async () => {
        const answer = await w.api.request('POST', '/v1/admin/sessions/end', {
            headers: { cookie, ...own() },
        });
        granted(answer);
        assert.match(answer.headers['set-cookie'][0], /^huiquan_admin=; Max-Age=0;/);
        refused(
            await w.api.get('/v1/admin/sessions/me', { headers: { cookie } }),
            401,
            'unauthenticated',
        );
    });
    test('by https the cookie is __Host- and Secure; by http from elsewhere there is none', async () => {
        const other = await World.open({
            settings: { ...settings, trusted_proxies: '127.0.0.0/8' },
        });
        const socket = new Api('http://control', { socketPath: other.daemon.control });
        try {
            const one = granted(
                await socket.request('POST', '/v1/admin/admins', {
                    body: { name: '李', roles: ['auditor'], login: 'li' },
                }),
                201,
            );
            const answer = await other.api.request('POST', '/v1/admin/enrollments', {
                body: {
                    login: 'li',
                    code: one.enrollment_code,
                    password: good,
                    totp: totp(one.otpauth),
                },
                headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' },
            });
            granted(answer, 201);
            assert.match(answer.headers['set-cookie'][0], /^__Host-huiquan_admin=.*; Secure$/);
        } finally {
            socket.close();
            await other.close();
        }
    });
});

describe('guessing', () => {
    test('an unknown login answers as a wrong password does', async () => {
        const made = await make('known');
        granted(await enrol(made), 201);
        const [a, b] = [
            await signIn(made, { password: 'wrong wrong wrong' }),
            await signIn(made, { login: 'unknown' }),
        ];
        refused(a, 401, 'unauthenticated');
        refused(b, 401, 'unauthenticated');
        assert.equal(a.json.detail, b.json.detail);
    });
    test('three wrong tries lock the login, also after a restart', async () => {
        const made = await make('locked');
        granted(await enrol(made), 201);
        refused(await signIn(made, { password: 'wrong wrong wrong' }), 401, 'unauthenticated');
        refused(await signIn(made, { totp: '000000' }), 401, 'unauthenticated');
        refused(await signIn(made, { password: 'x' }), 401, 'unauthenticated');
        const locked = await signIn(made);
        refused(locked, 429, 'rate_limited');
        assert.ok(Number(locked.headers['retry-after']) <= 60);
        control.close();
        await w.restart();
        control = new Api('http://control', { socketPath: w.daemon.control });
        refused(await signIn(made), 429, 'rate_limited');
    });
    test('fifty guesses at once: three are counted, the rest is locked out', async () => {
        const made = await make('crowd');
        granted(await enrol(made), 201);
        const answers = await Promise.all(
            Array.from({ length: 20 }, () => signIn(made, { password: 'wrong wrong wrong' })),
        );
        assert.ok(answers.filter((a) => a.status === 401).length <= 3);
        assert.ok(answers.every((a) => [401, 429, 503].includes(a.status)));
    });
    test('a reset begins anew: old password and sessions are gone', async () => {
        const made = await make('reset');
        const cookie = cookieOf(await enrol(made));
        const fresh = granted(
            await control.request('POST', '/v1/admin/logins/reset', { body: { login: 'reset' } }),
            201,
        );
        refused(
            await w.api.get('/v1/admin/sessions/me', { headers: { cookie } }),
            401,
            'unauthenticated',
        );
        refused(await signIn(made), 401, 'unauthenticated');
        granted(await enrol(fresh), 201);
        refused(
            await control.request('POST', '/v1/admin/logins/reset', { body: { login: 'nobody' } }),
            404,
            'not_found',
        );
    });
    for (const [name, over] of Object.entries({
        'letters for digits': { totp: 'abcdef' },
        'five digits': { totp: '12345' },
        'no password': { password: '' },
        'a login in capitals': { login: 'Zhang' },
        'a number': { login: 7 },
        'an unknown member': { remember: true },
    }))
        test(`${name} is refused`, async () =>
            assert.match(
                (
                    await signIn(
                        { login: 'zhang', otpauth: 'otpauth://totp/x?secret=' + 'A'.repeat(32) },
                        over,
                    )
                ).json.code,
                /malformed|invalid/,
            ));
});

describe('a new password', () => {
    test('ends all other sessions, and the old password', async () => {
        const made = await make('change');
        const first = cookieOf(await enrol(made));
        const second = cookieOf(await signIn(made));
        const change = (body, cookie) =>
            post('/v1/admin/sessions/password', body, { cookie, ...own() });
        const digits = totp(made.otpauth, { step: 1 });
        refused(
            await change(
                { password: 'wrong wrong wrong', new_password: 'another good one', totp: digits },
                second,
            ),
            401,
            'unauthenticated',
        );
        refused(
            await change({ password: good, new_password: 'short', totp: digits }, second),
            422,
            'invalid',
        );
        const weak = { password: good, new_password: 'change-change', totp: digits };
        const { errors } = refused(await change(weak, second), 422, 'invalid');
        assert.deepEqual(
            errors.map(({ pointer, code }) => [pointer, code]),
            [['/new_password', 'guessable']],
        );
        granted(
            await change(
                { password: good, new_password: 'another good one', totp: digits },
                second,
            ),
        );
        granted(await w.api.get('/v1/admin/sessions/me', { headers: { cookie: second } }));
        refused(
            await w.api.get('/v1/admin/sessions/me', { headers: { cookie: first } }),
            401,
            'unauthenticated',
        );
    });
    test('no password, code or secret in the log', async () => {
        const { readFileSync } = await import('node:fs');
        const log = readFileSync(w.daemon.log, 'utf8');
        assert.ok(!log.includes(good) && !log.includes('hqt_') && !log.includes('secret='));
    });
});
