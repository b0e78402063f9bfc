// tests/torture/lib/access_attacks.mjs: what somebody who has an account would try next.
import { createServer } from 'node:http';
import path from 'node:path';
import { Api, newKey, shopping } from '../../../scripts/lib/client.mjs';
import { startDaemon } from '../../../scripts/lib/servers.mjs';
import { ok, operations, password, totp } from './cast.mjs';
import { readRoutes } from './access_table.mjs';

// Members of other objects, of the rows in the ledger, and of JavaScript.
const members =
    'id state status roles role admin active merchant_id terminal_id resident_id campaign_id voucher_id redemption_id value_fen payable_fen funded_fen available_fen issued redeemed approved approver author submitter rule_version number assurance verified limit created_at __proto__ constructor'.split(
        ' ',
    );
const places = (body) =>
    Object.entries(body).flatMap(([key, value]) =>
        value && typeof value === 'object'
            ? [[key], ...places(value).map((rest) => [key, ...rest])]
            : [],
    );
// JSON text, since an object would swallow __proto__ and cannot say a member twice.
function planted(body, place, member) {
    const mark = '"planted mark":0';
    const copy = JSON.parse(JSON.stringify(body));
    let at = copy;
    for (const step of place) at = at[step];
    if (Array.isArray(at) || at === null) return undefined;
    if (member in at && Object.hasOwn(at, member)) return undefined;
    at['planted mark'] = 0;
    return JSON.stringify(copy).replace(mark, `${JSON.stringify(member)}:987654321`);
}

// A campaign may be sent back as it was read: what the service alone decides is passed over.
const campaignRoutes = /^admin(Create|Change)Campaign$/;
const echoed = ['state', 'campaign_id', 'funded_fen', 'rule_version', 'number', 'created_at'];

/** No request may set what it does not name. */
export async function massAssignment(cast, figures, faults) {
    let tried = 0;
    const owner = { resident: 'resident', terminal: 'till', admin: 'operations', anyone: 'nobody' };
    for (const route of readRoutes(faults)) {
        const known = operations[route.id];
        if (!known?.body || route.kind === 'control') continue;
        const { body, headers } = await known.body(cast);
        if (typeof body !== 'object') continue; // forms and files of rows have columns of their own
        const named = known.objects && (await known.objects.missing(cast));
        const target = route.route.replace(/\{\w+\}/, named);
        for (const place of [[], ...places(body)]) {
            for (const member of members) {
                const text = planted(body, place, member);
                if (!text) continue;
                const answer = await cast.ask(owner[route.kind], route.method, target, {
                    body: text,
                    headers,
                    key: newKey(),
                });
                tried++;
                if (place[0] === 'public_key_jwk') continue; // RFC 7517: ignored
                if (campaignRoutes.test(route.id) && echoed.includes(member)) {
                    const told = answer.json?.[member];
                    if (told === 987654321) faults.push(`${route.id} believed ${member}`);
                    continue;
                }
                if (answer.status !== 400)
                    faults.push(`${route.id} took ${place.join('/')}/${member}: ${answer.status}`);
            }
        }
    }
    figures['members planted'] = tried;
}

/** What changes by a cookie must come from our own page. */
export async function forgery(cast, figures, faults) {
    const page = await cast.pageAdmin(['operations', 'budget', 'approver', 'auditor']);
    const cookies = { admin: page.cookie, resident: await cast.pageResident(1) };
    const base = new URL(cast.w.daemon.base);
    const foreign = {
        'no word of where': {},
        'cross-site': { 'sec-fetch-site': 'cross-site' },
        'same-site': { 'sec-fetch-site': 'same-site' },
        'typed in': { 'sec-fetch-site': 'none' },
        'another origin': { origin: 'https://evil.example' },
        'no origin': { origin: 'null' },
        'another port': { origin: `http://${base.hostname}:1` },
        'another scheme': { origin: `https://${base.host}` },
        'our name in front': { origin: `http://${base.host}.evil.example` },
        'both, one of them ours': { origin: base.origin, 'sec-fetch-site': 'cross-site' },
        'only a referer': { referer: `${base.origin}/admin` },
    };
    let tried = 0;
    const size = async () => {
        const answer = await cast.w.api.get('/v1/admin/checkpoints', {
            token: cast.w.author.token,
        });
        return /"seq":\d+/.exec(answer.raw)?.[0];
    };
    for (const route of readRoutes(faults)) {
        if (route.method === 'GET' || !cookies[route.kind] || route.id === 'adminSignOut') continue;
        const known = operations[route.id];
        const named = known.objects && (await known.objects.own(cast));
        const sound = await known.body(cast);
        const before = await size();
        for (const [name, headers] of Object.entries(foreign)) {
            const sent = { ...sound.headers, cookie: cookies[route.kind] };
            delete sent['sec-fetch-site'];
            const answer = await cast.w.api.request(
                route.method,
                route.route.replace(/\{\w+\}/, named),
                {
                    body: sound.body,
                    key: route.isPage ? undefined : newKey(),
                    headers: { ...sent, ...headers },
                },
            );
            tried++;
            const refused = route.isPage
                ? answer.status === 303 || answer.status === 403
                : answer.status === 403;
            if (!refused)
                faults.push(`${route.id} by cookie, ${name}: ${answer.status} ${answer.raw}`);
        }
        if ((await size()) !== before) faults.push(`${route.id} by a foreign page left an entry`);
    }
    figures['changes by a foreign page'] = tried;
}

/** Whoever wrote it, in whole or in part, is not who approves it. */
export async function secondPerson(cast, figures, faults) {
    const { w } = cast;
    const [a, b] = [w.author, w.approver];
    let tried = 0;
    const refuses = async (name, answer, code = 'needs_second_person') => {
        tried++;
        const got = await answer;
        if (got.json?.code !== code) faults.push(`${name}: ${got.status} ${got.raw}`);
    };
    const etag = async (d) =>
        (await w.api.get(`/v1/admin/campaigns/${d.campaign_id}`, { token: a.token })).headers.etag;
    const put = async (d, who, over) =>
        w.api.put(`/v1/admin/campaigns/${d.campaign_id}`, shopping(over), {
            token: who.token,
            headers: { 'if-match': await etag(d) },
        });
    const mine = await w.draft();
    await refuses('a draft', w.act(mine, 'approve', b), 'wrong_state');
    ok(await w.act(mine, 'submit', a));
    await refuses('by its author', w.act(mine, 'approve', a));
    const theirs = await w.draft();
    ok(await w.act(theirs, 'submit', b));
    await refuses('by its submitter', w.act(theirs, 'approve', b));
    await refuses('by its author, submitted by another', w.act(theirs, 'approve', a));
    // The second person changes it himself and lets the first submit.
    const turned = await w.draft();
    ok(await put(turned, b, { budget_fen: 9999999 }));
    ok(await w.act(turned, 'submit', a));
    await refuses('by whoever changed it last', w.act(turned, 'approve', b));
    await refuses('by whoever wrote it first', w.act(turned, 'approve', a));
    // What was submitted is changed before the approval.
    const swapped = await w.draft();
    ok(await w.act(swapped, 'submit', a));
    const seen = await etag(swapped);
    await put(swapped, a, { budget_fen: 9999998 });
    tried++;
    const stale = await w.api.post(
        `/v1/admin/campaigns/${swapped.campaign_id}/approve`,
        {},
        { token: b.token, headers: { 'if-match': seen } },
    );
    if (stale.status === 200 && (await etag(swapped)) !== seen) {
        const now = await w.api.get(`/v1/admin/campaigns/${swapped.campaign_id}`, {
            token: a.token,
        });
        if (now.json.budget_fen !== shopping().budget_fen)
            faults.push(`what was changed after reading was approved: ${stale.raw}`);
    }
    await secondPersonLater(cast, { refuses, put });
    figures['approvals without a second person'] = tried;
}

// A new rule version of a running campaign, and budgets.
async function secondPersonLater(cast, { refuses, put }) {
    const { w } = cast;
    const [a, b] = [w.author, w.approver];
    const running = await w.campaign();
    ok(await put(running, b, { name: '第二版' }));
    ok(await w.act(running, 'submit', a));
    await refuses('a new version by its writer', w.act(running, 'approve', b));
    await refuses('a new version by its submitter', w.act(running, 'approve', a));
    const current_fen = (await w.ledger(running)).funded_fen;
    for (const target_fen of [current_fen + 2500, current_fen - 2500]) {
        const proposal = { current_fen, target_fen, reason: '调整' };
        const made = ok(await w.act(running, 'budget-changes', a, proposal), 201);
        const judge = (who, key = newKey()) =>
            w.api.post(
                `/v1/admin/budget-changes/${made.budget_change_id}/approve`,
                {},
                { token: who.token, key },
            );
        await refuses(`a budget of ${target_fen} by its author`, judge(a));
        const many = await Promise.all(Array.from({ length: 16 }, () => judge(a)));
        for (const one of many) await refuses('the same sixteen times at once', one);
    }
    if ((await w.ledger(running)).funded_fen !== current_fen)
        await refuses('a budget', { status: 0, raw: 'moved' });
}

/** Digits are good once, guesses end in a lock, and honest people still get in. */
export async function signIn(cast, { quick, rng }, figures, faults) {
    const { api } = cast.w;
    const one = await cast.pageAdmin(['auditor']);
    const post = (body) => api.request('POST', '/v1/admin/sessions', { body });
    const body = { login: one.login, password, totp: totp(one.otpauth) };
    const together = await Promise.all(Array.from({ length: 4 }, () => post(body)));
    const entered = together.filter((a) => a.status === 201).length;
    if (entered !== 1) faults.push(`the same digits let in ${entered}, not one`);
    const victim = await cast.pageAdmin(['auditor']);
    const count = quick ? 40 : 2000;
    const told = {};
    let slowest = 0;
    const flood = Array.from({ length: 16 }, async (_, lane) => {
        for (let i = lane; i < count; i += 16) {
            const digits = String(rng.below(1000000)).padStart(6, '0');
            const answer = await post({
                login: victim.login,
                password: `guess ${rng.below(1e9)}`,
                totp: digits,
            });
            const name = `${answer.status} ${answer.json?.code ?? ''}`;
            told[name] = (told[name] ?? 0) + 1;
            if (answer.status === 201) faults.push('a guess got in');
        }
    });
    const honest = (async () => {
        for (let i = 0; i < (quick ? 10 : 100); i++) {
            const from = process.hrtime.bigint();
            const answer = await api.get(`/v1/campaigns/${cast.running.campaign_id}`);
            slowest = Math.max(slowest, Number((process.hrtime.bigint() - from) / 1000000n));
            if (answer.status !== 200) faults.push(`amid the flood: ${answer.status}`);
        }
    })();
    await Promise.all([...flood, honest]);
    const locked = await post({ login: victim.login, password, totp: totp(victim.otpauth) });
    if (locked.status === 201) faults.push('after the flood the right password still opened');
    const other = await cast.pageAdmin(['auditor']);
    const free = await post({ login: other.login, password, totp: totp(other.otpauth) });
    if (free.status !== 201)
        faults.push(`another login after the flood: ${free.status} ${free.raw}`);
    Object.assign(figures, {
        'sign-ins with the same digits': together.length,
        'guesses in the flood': count,
        'answered by': JSON.stringify(told),
        'slowest read amid it, ms': slowest,
    });
}

/** Settings of URLs: nothing arrives where a webhook has no business. */
export async function ownCalls(cast, { quick }, figures, faults) {
    const arrived = [];
    const trap = createServer((req, res) => {
        arrived.push(req.url);
        if (req.url.startsWith('/moved'))
            res.writeHead(307, { location: `http://127.0.0.1:${port}/inner` });
        res.end('{}');
    });
    await new Promise((done) => trap.listen(0, '0.0.0.0', done));
    const { port } = trap.address();
    const targets = {
        'this network': `http://0.0.0.0:${port}/x`,
        'link-local': 'http://169.254.10.10/x',
        metadata: 'http://169.254.169.254/latest/meta-data/x',
        'metadata of another cloud': 'http://100.100.100.200/latest/meta-data/x',
        'metadata by IPv6': 'http://[fd00:ec2::254]/x',
        'mapped metadata': 'http://[::ffff:169.254.169.254]/x',
        'mapped nobody': `http://[::ffff:0.0.0.0]:${port}/x`,
        'NAT64 of loopback': `http://[64:ff9b::7f00:1]:${port}/x`,
        '6to4 of loopback': `http://[2002:7f00:1::]:${port}/x`,
        'compatible loopback': `http://[::127.0.0.1]:${port}/x`,
        'a name for loopback': `http://localhost.localdomain:${port}/x`,
        'a name with a dot at its end': `http://localhost.:${port}/x`,
        'a nought as a host': `http://0:${port}/x`,
        'a short nought': `http://0x0:${port}/x`,
        redirect: `http://127.0.0.1:${port}/moved`,
        'another scheme': 'gopher://127.0.0.1/x',
        'a file': 'file:///etc/passwd',
    };
    let tried = 0;
    for (const [name, url] of Object.entries(targets)
        .slice(0, quick ? 4 : undefined)
        .concat(quick ? [['redirect', targets.redirect]] : [])) {
        const dir = path.join(cast.w.dir, `url-${tried++}`);
        const settings = { sms_webhook_url: url, webhook_timeout_ms: 1500 };
        const daemon = await startDaemon(dir, { settings }).catch((error) => error);
        if (daemon instanceof Error) {
            if (!/sms_webhook_url/.test(daemon.message)) faults.push(`${name}: ${daemon.message}`);
            continue; // refused at the start
        }
        const api = new Api(daemon.base);
        const from = Date.now();
        const answer = await api.request('POST', '/v1/otp', { body: { mobile: '13812345678' } });
        if (answer.status !== 503) faults.push(`${name}: ${answer.status} ${answer.raw}`);
        if (Date.now() - from > 1400) faults.push(`${name}: tried until its time was over`);
        if (/passwd|root|\/x|inner/.test(answer.raw))
            faults.push(`${name}: tells what it saw: ${answer.raw}`);
        api.close();
        await daemon.stop();
    }
    for (const url of arrived) if (url !== '/moved') faults.push(`${url} was called`);
    trap.closeAllConnections();
    trap.close();
    figures['URLs that lead astray'] = tried;
}
