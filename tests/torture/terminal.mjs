// tests/torture/terminal.mjs: signed requests of tills, sent again, spoilt in each byte, covered otherwise, or by a lost key
//
// A till's redemption, signed by RFC 9421, at a real daemon. Replayed after 0.1, 299 and 301 s (the
// time of signing lies so far back that the border falls into the row) and after a restart; every
// byte of the request changed in every bit, before and after the honest one; components left out,
// in every order, doubled; parameters and labels likewise; the key lost and revoked; a key used
// where it has no right. It must show that no voucher is spent twice and no spoilt request has an
// effect. --quick changes one bit of each byte, drawn from the seed.
import { createHmac } from 'node:crypto';
import { Till, newKey } from '../../scripts/lib/client.mjs';
import { until } from '../../scripts/lib/servers.mjs';
import { World, answersIn, exchange } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';
import { asBytes, signedRequest, wholeAnswers } from './lib/signed.mjs';

const url = '/v1/redemptions';
const clock = () => Math.floor(Date.now() / 1000);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

class Row {
    constructor(w, random) {
        Object.assign(this, { w, random, faults: [], next: 1000 });
        this.figures = {
            'requests sent': 0,
            'refused as they must': 0,
            'replays answered alike': 0,
            'vouchers spent once': 0,
            'second effects': 0,
        };
    }
    fault(text) {
        this.faults.push(text);
    }
    async voucher() {
        return this.w.voucher(this.shop, this.next++);
    }
    body(token, over = {}) {
        const order = { order_no: newKey(), amount_fen: 20000 };
        return { out_request_no: newKey(), token, mode: 'capture', order, ...over };
    }
    // Sends bytes as they are; the answers that came, and whether the peer closed.
    async raw(bytes, enough = wholeAnswers(1)) {
        this.figures['requests sent']++;
        const { text } = await exchange(this.w.daemon.port, bytes, { enough, ms: 15000 });
        return answersIn(text);
    }
    // Refused, and so without effect; which refusal is the contract's.
    refused(name, answers, statuses) {
        const seen = answers.map(({ status }) => status);
        if (seen.length === 1 && statuses.includes(seen[0])) this.figures['refused as they must']++;
        else this.fault(`${name}: ${seen} for ${statuses}: ${answers[0]?.body}`);
    }
    alike(name, answers, first) {
        const [answer] = answers;
        const isReplay = answer?.headers['idempotent-replayed'] === 'true';
        if (answer?.status === 201 && isReplay && answer.body === first.body)
            this.figures['replays answered alike']++;
        else this.fault(`${name}: ${answer?.status} ${answer?.body}`);
    }
    // The voucher was spent by that many redemptions: by the books, not by answers.
    async spent(name, voucher, want) {
        const answer = await this.till.request('POST', '/v1/verifications', {
            body: { token: voucher.token },
        });
        const isSpent = answer.json?.code === 'already_redeemed';
        if (isSpent !== (want === 1)) this.fault(`${name}: ${answer.raw}`);
        else if (want === 1) this.figures['vouchers spent once']++;
    }
    async redeemedInAll(want) {
        const { redeemed } = await this.w.balanced(this.shop);
        if (redeemed !== want) {
            this.figures['second effects'] += Math.abs(redeemed - want);
            this.fault(`${redeemed} redeemed, ${want} answered`);
        }
    }
}

// Signed when the border was that far ahead; sent at once, then again as time goes by.
async function replays(row) {
    const t = clock();
    const made = [];
    for (const [name, created] of [
        ['0.1 s', t],
        ['299 s', t - 296],
        ['301 s', t - 298],
        ['301 s, from the future', t + 299],
    ]) {
        const voucher = await row.voucher();
        const bytes = asBytes(signedRequest(row.till, url, row.body(voucher.token), { created }));
        const [first] = await row.raw(bytes);
        if (first?.status !== 201) row.fault(`signed ${name} ago: ${first?.status} ${first?.body}`);
        made.push({ name, created, voucher, bytes, first });
    }
    await wait(100);
    for (const one of made) row.alike(`${one.name}, at once`, await row.raw(one.bytes), one.first);
    while (clock() < t + 3) await wait(50);
    row.alike('at 299 s', await row.raw(made[1].bytes), made[1].first);
    while (clock() < t + 4) await wait(50);
    row.refused('at 301 s and later', await row.raw(made[2].bytes), [401]);
    for (const [name, created] of [
        ['signed 301 s ago, never seen', clock() - 301],
        ['signed an hour ago', clock() - 3600],
        ['signed in 1970', 0],
        ['signed 310 s ahead', clock() + 310],
    ]) {
        const voucher = await row.voucher();
        const late = signedRequest(row.till, url, row.body(voucher.token), { created });
        row.refused(name, await row.raw(asBytes(late)), [401]);
        await row.spent(name, voucher, 0);
    }
    await row.w.restart();
    row.till.api = row.w.api;
    row.alike('after a restart', await row.raw(made[0].bytes), made[0].first);
    row.refused('after a restart, too old', await row.raw(made[2].bytes), [401]);
    for (const one of made) await row.spent(one.name, one.voucher, 1);
    return made.length;
}

// The same intent in other words: another key, the same number; another nonce; both at once.
async function intents(row) {
    const voucher = await row.voucher();
    const body = row.body(voucher.token);
    const key = newKey();
    const [first] = await row.raw(asBytes(signedRequest(row.till, url, body, { key })));
    for (const [name, again] of Object.entries({
        'the same key, signed anew': signedRequest(row.till, url, body, { key }),
        'another key, the same number': signedRequest(row.till, url, body),
    }))
        row.alike(name, await row.raw(asBytes(again)), first);
    const other = { ...body, out_request_no: newKey() };
    const anew = await row.raw(asBytes(signedRequest(row.till, url, other)));
    row.refused('another number, the same voucher', anew, [409]);
    const racing = await row.voucher();
    const bytes = asBytes(signedRequest(row.till, url, row.body(racing.token)));
    const all = await Promise.all(Array.from({ length: 40 }, () => row.raw(bytes)));
    const fresh = all.filter(([a]) => a.status === 201 && !a.headers['idempotent-replayed']);
    const other409 = all.filter(([a]) => a.status !== 201 && a.status !== 409);
    if (fresh.length !== 1 || other409.length > 0)
        row.fault(`40 at once: ${fresh.length} first answers, ${other409.length} others`);
    await row.spent('40 at once', racing, 1);
    await row.spent('in other words', voucher, 1);
    return 2;
}

// Every byte that the signature vouches for, and every byte that it does not.
async function flips(row, bits) {
    const voucher = await row.voucher();
    const request = signedRequest(row.till, url, row.body(voucher.token));
    const honest = asBytes(request);
    const covered = request.coveredIn(honest);
    const spoil = async (when, first) => {
        for (let i = 0; i < honest.length; i += 32) {
            const batch = [];
            for (let at = i; at < Math.min(i + 32, honest.length); at++)
                for (const bit of bits())
                    batch.push(flipped(row, { honest, covered, at, bit, when, first }));
            await Promise.all(batch);
        }
    };
    await spoil('before', null);
    await row.spent('all bytes changed', voucher, 0);
    const [first] = await row.raw(honest);
    if (first?.status !== 201) row.fault(`nothing changed: ${first?.status} ${first?.body}`);
    await spoil('after', first);
    await row.spent('all bytes changed, after', voucher, 1);
    return 1;
}

// What is not covered may be passed over (the version, a Host, the case of a name): then only a
// replay may come of it.
async function flipped(row, { honest, covered, at, bit, when, first }) {
    const bytes = Buffer.from(honest);
    bytes[at] ^= 1 << bit;
    const isCovered = covered(at);
    // Before the honest one, a change that alters nothing would be the honest one.
    if (!isCovered && first === null) return;
    const { text } = await exchange(row.w.daemon.port, Buffer.concat([bytes, row.closing]), {
        ms: 20000,
    }).catch((error) => ({ text: '', error }));
    row.figures['requests sent']++;
    for (const answer of answersIn(text).filter(({ status }) => status === 201)) {
        if (!isCovered && answer.headers['idempotent-replayed'] && answer.body === first.body)
            return;
        row.figures['second effects']++;
        row.fault(`byte ${at} bit ${bit} ${when}: ${answer.status} ${answer.body}`);
    }
    row.figures['refused as they must']++;
}

async function coverage(row) {
    const names = ['@method', '@path', '@query', 'content-digest', 'idempotency-key'];
    const voucher = await row.voucher();
    const body = row.body(voucher.token);
    const ask = async (name, components, statuses) => {
        const request = signedRequest(row.till, url, body, { components });
        const answers = await row.raw(asBytes(request));
        if (statuses) row.refused(name, answers, statuses);
        return answers;
    };
    for (let set = 0; set < 31; set++)
        await ask(
            `covered ${set}`,
            names.filter((_, i) => set & (1 << i)),
            [401],
        );
    for (let i = 0; i < names.length; i++)
        for (let at = 0; at <= names.length; at++)
            await ask(`${names[i]} twice`, names.toSpliced(at, 0, names[i]), [401]);
    for (const extra of [
        'x-absent',
        '@status',
        '@request-response',
        'signature',
        '@unknown',
        '@METHOD',
        '',
    ])
        await ask(`covers ${extra}`, [...names, extra], [401]);
    await row.spent('components left out and doubled', voucher, 0);
    const orders = permutations(names);
    const [first] = await ask('', orders[0]);
    if (first?.status !== 201) row.fault(`covered: ${first?.status} ${first?.body}`);
    for (const order of orders) {
        const key = newKey();
        const request = signedRequest(row.till, url, body, { components: order, key });
        row.alike(`order ${order}`, await row.raw(asBytes(request)), first);
        // The same signature, told in another order.
        const told = signedRequest(row.till, url, body, { components: names, told: order });
        if (`${order}` !== `${names}`)
            row.refused(`told ${order}`, await row.raw(asBytes(told)), [401]);
    }
    await row.spent('in every order', voucher, 1);
    return 1;
}

const permutations = (list) =>
    list.length < 2
        ? [list]
        : list.flatMap((one, i) =>
              permutations(list.toSpliced(i, 1)).map((rest) => [one, ...rest]),
          );

// Parameters, labels and fields: absent, twice, of another kind. All of it signed by the till.
async function shapes(row) {
    const voucher = await row.voucher();
    const body = row.body(voucher.token);
    const keyid = row.till.id;
    const good = () => [
        ['created', `${clock()}`],
        ['nonce', `"${newKey()}"`],
        ['keyid', `"${keyid}"`],
        ['alg', '"ed25519"'],
        ['tag', '"huiquan-pos"'],
    ];
    const ask = async (name, over, statuses = [400, 401]) =>
        row.refused(
            name,
            await row.raw(asBytes(signedRequest(row.till, url, body, over))),
            statuses,
        );
    for (let i = 0; i < 5; i++) {
        const [name] = good()[i];
        await ask(`no ${name}`, { params: good().toSpliced(i, 1) });
        const wrong = { created: '1', nonce: '""', keyid: '"me"', alg: '"none"', tag: '"x"' }[name];
        await ask(`${name} twice`, { params: [...good(), [name, wrong]] });
        await ask(`${name} ${wrong}`, { params: good().toSpliced(i, 1, [name, wrong]) });
        await ask(`${name} a token`, { params: good().toSpliced(i, 1, [name, 'x']) });
        await ask(`${name} bare`, { params: good().toSpliced(i, 1, [name, '?1']) });
    }
    for (const expires of [`${clock() - 1}`, '0', '-1', '"x"', `${clock() + 9}.5`])
        await ask(`expires ${expires}`, { params: [...good(), ['expires', expires]] });
    for (const alg of ['rsa-pss-sha512', 'hmac-sha256', 'ecdsa-p256-sha256', 'Ed25519', ''])
        await ask(`alg ${alg}`, { params: good().toSpliced(3, 1, ['alg', `"${alg}"`]) });
    const whole = () => signedRequest(row.till, url, body);
    const spoilt = {
        'Signature twice': (r) => r.fields.push(['Signature', r.field('Signature')]),
        'Signature-Input twice': (r) =>
            r.fields.push(['Signature-Input', r.field('Signature-Input')]),
        'Content-Digest twice': (r) => r.fields.push(['Content-Digest', r.field('Content-Digest')]),
        'Idempotency-Key twice': (r) => r.fields.push(['Idempotency-Key', newKey()]),
        'another Signature in front': (r) => r.fields.unshift(['Signature', 'sig1=:AAAA:']),
        'label sig2': (r) => r.replace('sig1=', 'sig2='),
        'label sig1 twice': (r) => r.append('Signature-Input', `, ${r.field('Signature-Input')}`),
        'a signature by HMAC': (r) => {
            const mac = createHmac('sha256', row.till.id).update('x').digest('base64');
            r.set('Signature', `sig1=:${mac}:`);
        },
        'no Signature': (r) => r.remove('Signature'),
        'no Signature-Input': (r) => r.remove('Signature-Input'),
        'no Content-Digest': (r) => r.remove('Content-Digest'),
        'no Idempotency-Key': (r) => r.remove('Idempotency-Key'),
        'a digest more': (r) => r.append('Content-Digest', ', sha-512=:AAAA:'),
        'a query more': (r) => (r.target += '?x'),
        'a path longer': (r) => (r.target += '/'),
        'a path encoded': (r) => (r.target = '/v1/%72edemptions'),
        'another method': (r) => (r.method = 'PUT'),
        'another body': (r) => (r.body = r.body.replace('20000', '20001')),
        'the body in other words': (r) => (r.body = r.body.replace('{', '{ ')),
        'no body': (r) => (r.body = ''),
        'spaces within the digest': (r) => r.replace('sha-256=:', 'sha-256= :'),
    };
    for (const [name, spoil] of Object.entries(spoilt)) {
        const request = whole();
        spoil(request);
        row.refused(name, await row.raw(asBytes(request)), [400, 401, 404, 405]);
    }
    await row.spent('in every shape', voucher, 0);
    return 0;
}

async function scopes(row) {
    const { w } = row;
    const other = await w.till();
    const dealer = await w.till({ kind: 'car_dealer' });
    const voucher = await row.voucher();
    const held = await row.till.redeem(voucher, { amount_fen: 20000, mode: 'hold' });
    const id = held.json?.redemption_id;
    const no = held.json?.out_request_no;
    const wrong = async (name, answer, statuses) => {
        row.figures['requests sent']++;
        row.refused(name, [{ status: answer.status, body: `${answer.raw}` }], statuses);
    };
    for (const till of [other, dealer]) {
        for (const act of ['capture', 'release'])
            await wrong(`${act} of another's`, await till.post(`${url}/${id}/${act}`, {}), [404]);
        const refund = { amount_fen: 1, reason: 'x' };
        await wrong("refund of another's", await till.post(`${url}/${id}/refund`, refund), [404]);
        await wrong("another's request", await till.get(`${url}/by-request/${no}`), [404]);
        await wrong(
            'a voucher that is held',
            await till.redeem(voucher, { amount_fen: 20000 }),
            [409, 403],
        );
    }
    for (const path of ['/v1/admin/campaigns', '/v1/admin/journal', '/v1/me/vouchers'])
        await wrong(path, await row.till.get(path), [401, 403]);
    const admin = w.author.token;
    const bearer = { token: admin, body: row.body(voucher.token), key: newKey() };
    await wrong('an administrator at a till', await w.api.request('POST', url, bearer), [401, 403]);
    const resident = { ...bearer, token: await w.session(1), key: newKey() };
    await wrong('a resident at a till', await w.api.request('POST', url, resident), [401, 403]);
    const asOther = new Till(w.api, { terminal_id: other.id });
    asOther.privateKey = row.till.privateKey;
    await wrong(
        "one's key in another's name",
        await asOther.redeem(voucher, { amount_fen: 20000 }),
        [401],
    );
    const capture = await row.till.post(`${url}/${id}/capture`, {});
    if (capture.status !== 200) row.fault(`capture: ${capture.raw}`);
    await row.spent('after all', voucher, 1);
    return 1;
}

// The thief has the key and what the till has signed; from the revocation on neither helps.
async function stolen(row) {
    const { w } = row;
    const lost = await w.till();
    const vouchers = [await row.voucher(), await row.voucher()];
    const done = asBytes(signedRequest(lost, url, row.body(vouchers[0].token)));
    const waiting = asBytes(signedRequest(lost, url, row.body(vouchers[1].token)));
    const [first] = await row.raw(done);
    if (first?.status !== 201) row.fault(`before the theft: ${first?.body}`);
    const revoke = `/v1/admin/terminals/${lost.id}/revoke`;
    await w.api.post(revoke, {}, { token: w.author.token });
    await until(
        'refused',
        async () => (await lost.get('/v1/terminals/me/journal')).status === 401,
        5000,
    );
    const attempts = async (when) => {
        row.refused(`signed before, ${when}`, await row.raw(waiting), [401]);
        row.refused(`sent before, ${when}`, await row.raw(done), [401]);
        for (let i = 0; i < 8; i++) {
            const fresh = signedRequest(lost, url, row.body(vouchers[1].token));
            row.refused(`signed after, ${when}`, await row.raw(asBytes(fresh)), [401]);
        }
    };
    await attempts('revoked');
    await w.restart();
    row.till.api = w.api;
    await attempts('restarted');
    await row.spent('the thief', vouchers[0], 1);
    await row.spent('the thief', vouchers[1], 0);
    return 1;
}

export async function run({ seed, quick }) {
    const random = new Random(seed);
    const w = await World.open();
    const row = new Row(w, random);
    row.closing = Buffer.from('GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    const bits = quick ? () => [random.below(8)] : () => [0, 1, 2, 3, 4, 5, 6, 7];
    try {
        row.till = await w.till();
        const limits = { claims_per_s: 1000000, per_resident_per_min: 6000 };
        row.shop = await w.campaign({ limits, refund_policy: 'restore' });
        let spent = 0;
        for (const part of [replays, intents, coverage, shapes, scopes, stolen])
            spent += await part(row);
        spent += await flips(row, bits);
        await row.redeemedInAll(spent);
    } finally {
        await w.close();
    }
    return { ok: row.faults.length === 0, figures: row.figures, faults: row.faults.slice(0, 20) };
}
