// The resident's page in a real Chromium: with script and without, in both languages and schemes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { freePort } from '../scripts/lib/servers.mjs';
import { World, assertion, at, exchange, person } from '../scripts/lib/world.mjs';
import { Browser, axeFaults } from './web/browser.mjs';

const pool = (over = {}) => ({
    name: '满100减25',
    value_fen: 2500,
    count: 1000,
    min_spend_fen: 10000,
    pack: null,
    stackable: false,
    ...over,
});

// What the daemon calls out to: text messages are kept, everybody is who he says.
async function startSide() {
    const side = { codes: new Map() };
    const port = await freePort();
    side.server = http.createServer((request, response) => {
        let text = '';
        request.on('data', (part) => (text += part));
        request.on('end', () => {
            const body = JSON.parse(text);
            if (body.type === 'otp') side.codes.set(body.mobile, body.code);
            response.setHeader('content-type', 'application/json');
            response.end(JSON.stringify({ match: true }));
        });
    });
    await new Promise((done) => side.server.listen(port, '127.0.0.1', done));
    side.url = `http://127.0.0.1:${port}/side`;
    side.close = () => {
        side.server.closeAllConnections();
        side.server.close();
    };
    return side;
}

// A proxy that ends TLS, as cities run one.
async function startProxy(to, dir) {
    const file = path.join(dir, 'proxy.key');
    const wish = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file, '-subj', '/CN=localhost'];
    const made = spawnSync('openssl', ['req', '-x509', ...wish], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const key = readFileSync(file);
    const server = https.createServer({ key, cert: made.stdout }, (request, response) => {
        const headers = {
            ...request.headers,
            'x-forwarded-proto': 'https',
            'x-forwarded-for': '203.0.113.8',
            'x-forwarded-host': request.headers.host,
        };
        const { method, url: path } = request;
        const onward = http.request(
            { host: '127.0.0.1', port: to, method, path, headers },
            (answer) => {
                response.writeHead(answer.statusCode, answer.headers);
                answer.pipe(response);
            },
        );
        onward.on('error', () => response.destroy());
        request.pipe(onward);
    });
    const port = await freePort();
    await new Promise((done) => server.listen(port, '127.0.0.1', done));
    return {
        base: `https://localhost:${port}`,
        close: () => {
            server.closeAllConnections();
            server.close();
        },
    };
}

test('the resident page', { timeout: 240000 }, async (t) => {
    const side = await startSide();
    t.after(() => side.close());
    const world = await World.open({
        settings: {
            sms_webhook_url: side.url,
            identity_check_url: side.url,
            otp_interval_s: 1,
            trusted_proxies: '127.0.0.0/8',
        },
    });
    const browser = await Browser.open();
    t.after(async () => {
        await browser.close();
        await world.close();
    });
    const { base } = world.daemon;
    const soon = await world.campaign({
        name: '夜经济消费券',
        claim_window: { from: at(3700), to: at(86400) },
        daily_hours: [{ from: '18:00', to: '02:00' }],
    });
    const open = await world.campaign({
        name: '端午餐饮券',
        assurance: 'otp',
        pools: [
            pool(),
            pool({ name: '满200减50', value_fen: 5000, min_spend_fen: 20000, count: 1 }),
        ],
    });
    const rotating = await world.campaign({ name: '动态码券', presentation: 'rotating' });
    const till = await world.till();
    const handOver = (n) => `${base}/#assertion=${assertion(world.issuer, person(n))}`;
    const text = (page) => page.$eval('#main', (e) => e.innerText);
    const untilText = (page, what) =>
        page.waitForFunction((w) => document.body.innerText.includes(w), { timeout: 15000 }, what);
    const ticket = (campaign, name) =>
        `xpath///main[@data-live]//article[@id='${campaign.campaign_id}']//li[.//b[text()='${name}']]//button`;
    const clean = (page) => assert.deepEqual(page.complaints, []);

    await t.test('every file is compressed, tagged and kept; the policy is strict', async () => {
        const front = await world.api.get('/');
        const policy = front.headers['content-security-policy'];
        assert.match(policy, /^default-src 'none'; script-src 'self'; /);
        assert.doesNotMatch(policy, /unsafe/);
        assert.match(
            (await world.api.get('/pos')).headers['content-security-policy'],
            /script-src 'self' 'wasm-unsafe-eval'/,
        );
        assert.doesNotMatch(
            (await world.api.get('/admin')).headers['content-security-policy'],
            /unsafe/,
        );
        const html = front.raw.toString();
        assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
        let bytes = gzipSync(front.raw).length;
        const files = [...new Set(html.match(/\/assets\/[\w.-]+/g))];
        assert.ok(files.length >= 3);
        for (const file of files) {
            const asked = (headers) => world.api.get(file, { headers });
            const plain = await asked({}),
                gzip = await asked({ 'accept-encoding': 'gzip, br;q=0' });
            const brotli = await asked({ 'accept-encoding': 'gzip, deflate, br' });
            assert.equal(plain.status, 200);
            assert.equal(plain.headers['content-encoding'], undefined);
            assert.equal(gzip.headers['content-encoding'], 'gzip');
            assert.equal(brotli.headers['content-encoding'], 'br');
            assert.deepEqual(gunzipSync(gzip.raw), plain.raw);
            assert.deepEqual(brotliDecompressSync(brotli.raw), plain.raw);
            assert.match(plain.headers['cache-control'], /max-age=31536000, immutable/);
            assert.equal(plain.headers.vary, 'Accept-Encoding');
            assert.notEqual(plain.headers.etag, gzip.headers.etag);
            const again = await asked({
                'accept-encoding': 'gzip',
                'if-none-match': gzip.headers.etag,
            });
            assert.deepEqual([again.status, again.raw.length], [304, 0]);
            const other = await asked({ 'if-none-match': '"another"' });
            assert.equal(other.status, 200);
            bytes += gzip.raw.length;
        }
        assert.ok(bytes <= 25000, `${bytes} bytes gzipped, all in`);
        const head = await exchange(
            world.daemon.port,
            `HEAD ${files[0]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        );
        assert.match(head.text, /^HTTP\/1.1 200 [\s\S]*Content-Length: [1-9]\d*[\s\S]*\r\n\r\n$/);
        assert.equal((await world.api.get('/assets/none.js')).status, 404);
        assert.equal((await world.api.get('/assets/%2e%2e')).status, 400);
    });

    await t.test('names from outside are text, never markup', async () => {
        const odd = await world.campaign({ name: '<img src=x onerror=alert(1)>"\'&' });
        const html = (await world.api.get('/')).raw.toString();
        assert.match(html, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/);
        assert.doesNotMatch(html, /<img/);
        await world.act(odd, 'close');
    });

    await t.test(
        'signed in by the city’s app: claimed by one tap, seen among my vouchers',
        async () => {
            const page = await browser.page();
            await page.goto(handOver(1));
            await page.waitForSelector('.who');
            assert.doesNotMatch(page.url(), /assertion/);
            assert.match(await page.$eval('.who', (e) => e.textContent), /^.\*$/);
            await untilText(page, '您符合领取条件');
            await untilText(page, '您符合条件，开始后即可领取');
            assert.match(
                await page.$eval(`#${soon.campaign_id} .countdown b`, (e) => e.textContent),
                /^01:0\d:\d\d$/,
            );
            const button = await page.waitForSelector(ticket(open, '满100减25'));
            await button.click({ count: 3 }); // impatience
            await untilText(page, '领取成功');
            await page.goto(`${base}/vouchers`);
            await page.waitForSelector('a.button[href^="#vch_"]');
            assert.equal((await page.$$('.ticket')).length, 1, 'three taps are one claim');
            clean(page);
            await page.shut();
        },
    );

    await t.test('a voucher before the till flips to used, with time and shop', async () => {
        const page = await browser.page();
        await page.goto(handOver(1));
        await page.waitForSelector('.who');
        await page.goto(`${base}/vouchers`);
        await (await page.waitForSelector('a.button[href^="#vch_"]')).click();
        await page.waitForSelector('.picture img');
        const id = await page.evaluate(() => location.hash.slice(1));
        assert.equal(
            await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
            'rgb(255, 255, 255)',
        );
        assert.deepEqual(await axeFaults(page), []);
        const mine = await world.api.get(`/v1/vouchers/${id}`, { token: await world.session(1) });
        const used = await till.redeem(mine.json, { amount_fen: 12000 });
        assert.equal(used.status, 201, `${used.raw}`);
        await untilText(page, '已使用');
        await untilText(page, `${till.merchant.name} · 一号机`);
        await untilText(page, '抵扣 25 元');
        assert.deepEqual(await axeFaults(page), []);
        clean(page);
        await page.shut();
    });

    await t.test('refusals say what to do next, in the reader’s language', async () => {
        const taker = await world.claim(open, 90, { pool: open.pools[1] });
        const page = await browser.page();
        await page.goto(handOver(2));
        await page.waitForSelector(ticket(open, '满100减25'));
        assert.equal(taker.status, 201);
        await page.waitForFunction(
            (id) =>
                document.getElementById(id).innerText.includes('已领完') ||
                document.getElementById(id).querySelectorAll('button').length === 2,
            {},
            open.campaign_id,
        );
        const last = await page.$(ticket(open, '满200减50'));
        if (last) {
            await last.click();
            await untilText(page, '请关注其他券池或下一期活动');
        }
        await untilText(page, '已领完');
        await world.act(open, 'pause');
        await page.$(ticket(open, '满100减25')).then((b) => b?.click());
        await untilText(page, '暂停');
        await world.act(open, 'resume');
        const english = await browser.page({ lang: 'en' });
        await english.goto(`${base}/?refused=rate_limited&wait=12`);
        await untilText(english, 'Try again in 12 s');
        await english.goto(`${base}/?refused=sold_out`);
        await untilText(english, 'Look at other pools or the next issue.');
        await english.goto(`${base}/?refused=%3Cb%3E&wait=1`);
        assert.equal(await english.$('.notice'), null);
        for (const p of [page, english]) {
            p.complaints = p.complaints.filter((c) => !/status of 4\d\d/.test(c));
            clean(p);
            await p.shut();
        }
    });

    await t.test('a lost answer is asked for again under the same key', async () => {
        const page = await browser.page();
        await page.goto(handOver(3));
        await page.waitForSelector(ticket(open, '满100减25'));
        const keys = [];
        await page.setRequestInterception(true);
        page.on('request', async (request) => {
            const isClaim = request.url().endsWith('/claims');
            if (isClaim) keys.push(request.headers()['idempotency-key']);
            if (!isClaim || keys.length > 2) return request.continue();
            // The service gets it, the answer is lost on the way.
            await world.api.request('POST', new URL(request.url()).pathname, {
                body: request.postData(),
                key: keys[0],
                token: await world.session(3),
            });
            return request.abort('connectionreset');
        });
        await (await page.$(ticket(open, '满100减25'))).click();
        await untilText(page, '领取成功');
        assert.equal(keys.length, 3);
        assert.equal(new Set(keys).size, 1);
        const mine = await world.api.get('/v1/me/vouchers', { token: await world.session(3) });
        assert.equal(mine.json.items.length, 1);
        await page.shut();
    });

    await t.test('by mobile and code; faults stand beside their fields', async () => {
        const who = person(4);
        const page = await browser.page();
        await page.goto(`${base}/sign-in`);
        await page.waitForSelector('.choice');
        const [mobile, code, name, id] = ['#mobile', '#code', '#name', '#id_number'];
        await page.type(
            mobile,
            [...who.mobile].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join(''),
        );
        await page.click('.field button');
        await untilText(page, '验证码已发送');
        await page.type(code, side.codes.get(who.mobile));
        await page.type(name, who.name);
        await page.type(id, who.id_number.slice(0, 17) + (who.id_number[17] === '1' ? '2' : '1'));
        await page.click('form.card > .button');
        await page.waitForSelector('#id_number-wrong');
        assert.equal(await page.$eval(id, (e) => e.getAttribute('aria-invalid')), 'true');
        assert.deepEqual(await axeFaults(page), []);
        await page.$eval(id, (e) => (e.value = ''));
        await page.type(id, who.id_number);
        await page.click('form.card > .button');
        await page.waitForSelector('.who');
        await (await page.waitForSelector(ticket(open, '满100减25'))).click();
        await untilText(page, '领取成功');
        assert.match(await text(page), /不符合领取条件/, 'a campaign that asks for more says so');
        // The session is over: this browser is asked for the code alone, whoever else for all.
        const other = person(14);
        for (const [mobile, known] of [
            [other.mobile, false],
            [who.mobile, true],
        ]) {
            await page.deleteCookie({ name: 'huiquan' });
            await page.goto(`${base}/sign-in`);
            await untilText(page, '实名信息已留存');
            assert.equal(await page.$('#name'), null);
            assert.deepEqual(await axeFaults(page), []);
            await page.type('#mobile', mobile);
            await page.click('.field button');
            await untilText(page, '验证码已发送');
            await page.type('#code', side.codes.get(mobile));
            await page.click('form.card > .button');
            await page.waitForSelector(known ? '.who' : '#name-wrong');
        }
        await Promise.all([
            page.waitForNavigation(),
            page.click('form[action="/sign-out"] button'),
        ]);
        assert.deepEqual(await page.cookies(), [], 'signed out, nothing is kept');
        await page.shut();
    });

    await t.test(
        'without script: sign in, claim, step back and claim again, see the QR',
        async () => {
            const who = person(5);
            const page = await browser.page({ script: false });
            await page.goto(`${base}/sign-in`);
            await page.type('#mobile', who.mobile);
            await Promise.all([page.waitForNavigation(), page.click('button[formaction]')]);
            assert.equal(await page.$eval('#mobile', (e) => e.value), who.mobile);
            assert.deepEqual(
                await page.$$eval('nav a[lang], nav a[href*="view"]', (all) =>
                    all.map((a) => new URL(a.href).pathname),
                ),
                ['/sign-in', '/sign-in'],
                'another language is found at a place that can be read',
            );
            await page.type('#code', side.codes.get(who.mobile));
            await page.type('#name', who.name);
            await page.type('#id_number', who.id_number);
            await Promise.all([page.waitForNavigation(), page.click('form.card > .button')]);
            assert.equal(page.url(), `${base}/`);
            await page.waitForSelector('.who');
            const claim = async () => {
                const button = await page.waitForSelector(
                    ticket(open, '满100减25').replace('[@data-live]', ''),
                );
                await Promise.all([page.waitForNavigation(), button.click()]);
            };
            await claim();
            assert.match(page.url(), /\/vouchers\?new=clm_/);
            assert.match(await text(page), /领取成功[\s\S]*端午餐饮券/);
            await page.click('summary');
            const picture = await page.waitForSelector('img[src$="qr.svg"]');
            await page
                .waitForFunction((e) => e.complete && e.naturalWidth > 0, {}, picture)
                .catch(() => undefined); // without script nothing can be asked of the page
            await page.goBack();
            await claim();
            assert.match(page.url(), /\/vouchers\?new=clm_|refused=already_claimed/);
            const mine = await world.api.get('/v1/me/vouchers', { token: await world.session(5) });
            assert.equal(mine.json.items.length, 1);
            await page.goto(`${base}/`);
            await Promise.all([
                page.waitForNavigation(),
                page.click('form[action="/sign-out"] button'),
            ]);
            assert.equal(await page.$('.who'), null);
            clean(page);
            await page.shut();
        },
    );

    await t.test('a form or a cookie from elsewhere has no effect', async () => {
        const session = await world.session(6);
        const form = `pool=${open.pools[0].pool_id}&key=elsewhere0001`;
        const headers = {
            'content-type': 'application/x-www-form-urlencoded',
            cookie: `huiquan=${session}`,
        };
        const target = `/campaigns/${open.campaign_id}/claim`;
        const sent = (more) =>
            world.api.request('POST', target, { body: form, headers: { ...headers, ...more } });
        const ours = `http://127.0.0.1:${world.daemon.port}`;
        for (const more of [
            {},
            { 'sec-fetch-site': 'cross-site' },
            { 'sec-fetch-site': 'same-site' },
            { 'sec-fetch-site': 'none' },
            { origin: 'https://evil.example' },
            { origin: 'null' },
            { origin: `${ours}.evil.example` },
            { 'sec-fetch-site': 'cross-site', origin: ours },
        ]) {
            const answer = await sent(more);
            assert.match(answer.headers.location ?? '', /refused=forbidden/, JSON.stringify(more));
        }
        const json = await world.api.post(
            `/v1/campaigns/${open.campaign_id}/claims`,
            { pool_id: open.pools[0].pool_id },
            { headers: { cookie: `huiquan=${session}` } },
        );
        assert.equal(json.json.code, 'forbidden');
        const forced = await world.api.request('POST', '/v1/sessions', {
            body: { assertion: assertion(world.issuer, person(7)), cookie: true },
            headers: { 'sec-fetch-site': 'cross-site' },
        });
        assert.deepEqual([forced.status, forced.headers['set-cookie']], [403, undefined]);
        const good = await sent({ origin: ours });
        assert.match(good.headers.location, /^\/vouchers\?new=clm_/);
        const again = await sent({ 'sec-fetch-site': 'same-origin' });
        assert.equal(again.headers.location, good.headers.location, 'the same key, the same claim');
        const bare = await world.api.request('POST', target, { body: form, headers: {} });
        assert.equal(bare.headers.location, '/sign-in');
        const broken = await world.api.request('POST', target, {
            body: 'pool=%zz&key=1',
            headers: { ...headers, origin: ours },
        });
        assert.match(broken.headers.location, /refused=malformed/);
    });

    await t.test(
        'over https the session is a __Host- cookie, and no other name serves',
        async () => {
            const proxy = await startProxy(world.daemon.port, world.dir);
            t.after(() => proxy.close());
            const page = await browser.page();
            await page.goto(`${proxy.base}/#assertion=${assertion(world.issuer, person(13))}`);
            await page.waitForSelector('.who');
            const [session] = (await page.cookies()).filter((c) => c.name.includes('huiquan'));
            assert.deepEqual(
                [session.name, session.secure, session.httpOnly, session.sameSite, session.path],
                ['__Host-huiquan', true, true, 'Strict', '/'],
            );
            assert.equal(await page.evaluate(() => document.cookie), '');
            await (await page.waitForSelector(ticket(open, '满100减25'))).click();
            await untilText(page, '领取成功');
            clean(page);
            await page.shut();
            const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
            const mine = (cookie, more = forwarded) =>
                world.api.get('/v1/me/vouchers', { headers: { ...more, cookie } });
            const held = await world.session(13);
            assert.equal((await mine(`__Host-huiquan=${held}`)).status, 200);
            assert.equal(
                (await mine(`huiquan=${held}`)).status,
                401,
                'a plain cookie could be planted',
            );
            assert.equal((await mine(`x=1; huiquan=${held}`, {})).status, 200);
            assert.equal((await mine(`__Host-huiquan=${held}`, {})).status, 401);
            assert.equal((await mine(`xhuiquan=${held}`, {})).status, 401);
            assert.equal((await mine(`huiquan=${held.slice(0, -1)}`, {})).status, 401);
            const front = await world.api.get('/', { headers: forwarded });
            assert.match(front.headers['strict-transport-security'], /max-age=\d{8}/);
            assert.equal(
                (await world.api.get('/')).headers['strict-transport-security'],
                undefined,
            );
        },
    );

    await t.test('axe-core finds nothing: every view, language, scheme, and 长辈版', async () => {
        const rotatingClaim = await world.claim(rotating, 8);
        const voucher = rotatingClaim.json.vouchers[0].voucher_id;
        for (const [lang, dark, view] of [
            ['zh-CN', false, 'usual'],
            ['en', true, 'usual'],
            ['zh-CN', true, 'elder'],
            ['en', false, 'elder'],
        ]) {
            const page = await browser.page({ lang, dark });
            for (const path of ['/', '/sign-in']) {
                await page.goto(`${base}${path}?view=${view}`, { waitUntil: 'load' });
                await page.waitForSelector(path === '/' ? '.campaign' : '.choice');
                assert.deepEqual(await axeFaults(page), [], `${path} ${lang} ${dark} ${view}`);
            }
            await page.goto(handOver(8));
            await page.waitForSelector('.who');
            await page.waitForSelector('.standing');
            assert.deepEqual(await axeFaults(page), [], `front ${lang} ${dark} ${view}`);
            await page.goto(`${base}/vouchers`);
            await page.waitForSelector('.ticket a.button');
            assert.deepEqual(await axeFaults(page), [], `wallet ${lang} ${dark} ${view}`);
            await page.goto(`${base}/vouchers#${voucher}`);
            await page.waitForSelector('.picture img');
            assert.deepEqual(await axeFaults(page), [], `shown ${lang} ${dark} ${view}`);
            clean(page);
            await page.shut();
        }
    });

    await t.test('a rotating code is renewed; on a stale screen it is gone', async () => {
        const page = await browser.page();
        // Two minutes may pass at a word.
        await page.evaluateOnNewDocument(() => {
            const now = Date.now;
            globalThis.skip_ms = 0;
            Date.now = () => now() + globalThis.skip_ms;
        });
        await page.goto(handOver(10));
        await (await page.waitForSelector(ticket(rotating, '满100减25'))).click();
        await untilText(page, '领取成功');
        await page.goto(`${base}/vouchers`);
        await (await page.waitForSelector('a.button[href^="#vch_"]')).click();
        const first = await page
            .waitForSelector('.picture img')
            .then((e) => e.evaluate((i) => i.src));
        await untilText(page, '截图无效');
        await page.evaluate(() => (globalThis.skip_ms = 30000));
        await page.waitForFunction(
            (src) => document.querySelector('.picture img')?.src !== src,
            { timeout: 10000 },
            first,
        );
        await page.setOfflineMode(true);
        await page.evaluate(() => (globalThis.skip_ms = 120000));
        await untilText(page, '二维码已过期');
        assert.equal(await page.$('.picture img'), null);
        await page.setOfflineMode(false);
        await page.waitForSelector('.picture img');
        // What the daemon draws is 259 digits: the till takes them, and refuses the bare 253.
        const mine = await world.api.get('/v1/me/vouchers', { token: await world.session(10) });
        const bare = await till.redeem(mine.json.items[0], { amount_fen: 12000 });
        assert.notEqual(bare.status, 201);
        await page.shut();
    });

    await t.test(
        'staff beside an elder: a slip is printed, and nothing is left behind',
        async () => {
            const who = person(11);
            const page = await browser.page({ width: 1000 });
            await page.goto(`${base}/sign-in`);
            await page.waitForSelector('main[data-live]');
            await page.type('#mobile', who.mobile);
            await page.click('.field button');
            await untilText(page, '验证码已发送');
            await page.type('#code', side.codes.get(who.mobile));
            await page.type('#name', who.name);
            await page.type('#id_number', who.id_number);
            await page.click('.choice input');
            await page.click('form.card > .button');
            await untilText(page, '协助办理中');
            await (await page.waitForSelector(ticket(open, '满100减25'))).click();
            await untilText(page, '领取成功');
            await page.goto(`${base}/vouchers`);
            await page.waitForSelector('main[data-live] .assist');
            assert.deepEqual(await axeFaults(page), []);
            await page.emulateMediaType('print');
            const printed = await page.evaluate(() =>
                [...document.querySelectorAll('h1, .bar, .ticket, .slip')]
                    .filter((e) => e.getClientRects().length > 0)
                    .map((e) => e.className || e.tagName),
            );
            assert.deepEqual(printed, ['slip']);
            assert.match(
                await page.$eval('.slip', (e) => e.innerText),
                /端午餐饮券[\s\S]*(\d{3} ){5}\d{3}/,
            );
            await page.emulateMediaType('screen');
            const done = await page.$$('.assist button');
            await Promise.all([page.waitForNavigation(), done.at(-1).click()]);
            assert.equal(await page.$('.who'), null);
            assert.equal(await page.evaluate(() => sessionStorage.length), 0);
            await page.goto(`${base}/vouchers`);
            assert.match(page.url(), /\/sign-in$/);
            await page.shut();
        },
    );

    await t.test('where a voucher is taken, by name', async () => {
        const inside = await world.merchant({ name: '在内商店', groups: ['夜市'] });
        await world.merchant({ name: '在外商店', groups: ['日市'] });
        const grouped = await world.campaign({
            name: '夜市券',
            merchants: { mode: 'groups', groups: ['夜市'] },
        });
        const listed = await world.campaign({
            name: '名单券',
            merchants: { mode: 'list', ids: [inside.merchant_id] },
        });
        for (const campaign of [grouped, listed]) {
            const path = `/v1/campaigns/${campaign.campaign_id}/merchants`;
            const answer = await world.api.get(`${path}?limit=1`);
            assert.deepEqual(
                answer.json.items.map((m) => m.name),
                ['在内商店'],
            );
        }
        assert.equal(
            (await world.api.get(`/v1/campaigns/${open.campaign_id}x/merchants`)).status,
            404,
        );
        await world.claim(grouped, 12);
        const page = await browser.page();
        await page.goto(handOver(12));
        await page.waitForSelector('.who');
        await page.goto(`${base}/vouchers`);
        await (await page.waitForSelector('a.button[href^="#vch_"]')).click();
        await (await page.waitForSelector('.places summary')).click();
        await untilText(page, '在内商店');
        assert.doesNotMatch(await text(page), /在外商店/);
        clean(page);
        await page.shut();
        for (const campaign of [grouped, listed]) await world.act(campaign, 'close');
    });

    await t.test('keyboard alone; no sideways scrolling at 200 % on a small phone', async () => {
        const page = await browser.page();
        await page.goto(handOver(9));
        await page.waitForSelector(ticket(open, '满100减25'));
        const isOn = () => page.evaluate(() => document.activeElement?.innerText ?? '');
        for (let i = 0; i < 40 && !/^领取/.test(await isOn()); i++)
            await page.keyboard.press('Tab');
        for (let i = 0; i < 3 && !/满100减25/.test(await isOn()); i++)
            await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await untilText(page, '领取成功');
        assert.match(await isOn(), /领取成功/, 'the result has the focus');
        for (const [width, view] of [
            [320, 'usual'],
            [195, 'usual'],
            [320, 'elder'],
            [390, 'elder-30'],
        ]) {
            await page.setViewport({ width, height: 700 });
            for (const path of ['/', '/vouchers', '/sign-in']) {
                await page.goto(`${base}${path}?view=${view}`);
                await page.waitForSelector('.ticket, .choice');
                const wide = await page.evaluate(() =>
                    [...document.querySelectorAll('#app *')]
                        .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5)
                        .map((e) => `${e.tagName}.${e.className}`),
                );
                assert.deepEqual(wide, [], `${path} at ${width} ${view}`);
            }
        }
        for (const path of ['/', '/vouchers', '/sign-in']) {
            await page.setViewport({ width: 390, height: 844 });
            await page.goto(`${base}${path}?view=elder`);
            await page.waitForSelector('main[data-live]');
            const small = await page.evaluate(() => {
                const targets = 'a, button, input:not([type=checkbox])';
                const shown = [...document.querySelectorAll(targets)].filter(
                    (e) => e.offsetParent && !e.closest('.foot, .skip'),
                );
                const low = shown.filter((e) => e.getBoundingClientRect().height < 60);
                const texts = [...document.querySelectorAll('#main *')].filter(
                    (e) => e.offsetParent && e.textContent.trim(),
                );
                const fine = texts.filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18);
                return [...low, ...fine].map((e) => e.outerHTML.slice(0, 80));
            });
            assert.deepEqual(small, [], `长辈版 ${path}: targets of 60 px, text of 18 px`);
        }
        await page.shut();
    });

    // HUIQUAN_SCREENSHOTS=voucher/web/screenshots makes README's pictures anew.
    const shots = process.env.HUIQUAN_SCREENSHOTS;
    await t.test('screenshots', { skip: !shots && 'only on request' }, async () => {
        const page = await browser.page({ height: 640 });
        const take = (name) => page.screenshot({ path: path.join(shots, `resident-${name}.png`) });
        await page.goto(handOver(20));
        await page.waitForSelector('.standing');
        await (await page.waitForSelector(ticket(open, '满100减25'))).click();
        await untilText(page, '领取成功');
        await take('front');
        await page.goto(`${base}/vouchers`);
        await (await page.waitForSelector('a.button[href^="#vch_"]')).click();
        await page.waitForSelector('.picture img');
        await take('voucher');
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
        await page.goto(`${base}/?view=elder`);
        await page.waitForSelector('main[data-live]');
        await take('elder');
        await page.shut();
    });
});
