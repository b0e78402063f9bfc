// The administrators' page in a real Chromium: two people sign in, a campaign goes from the wizard
// to running, its budget is changed by both, its board says what the ledger says, it is paused by
// one click; the journal's chain is checked in the browser, and a broken one is seen.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Api, idNumber } from '../scripts/lib/client.mjs';
import { World, assertion, granted, person } from '../scripts/lib/world.mjs';
import { Browser, axeFaults } from './web/browser.mjs';
import { enrol, password, signIn, totp } from './web/desk.mjs';

test("the administrators' page", { timeout: 200000 }, async (t) => {
    const world = await World.open({});
    const browser = await Browser.open();
    const control = new Api('http://control', { socketPath: world.daemon.control });
    t.after(async () => {
        control.close();
        await browser.close();
        await world.close();
    });
    const { base } = world.daemon;
    const make = async (login, name, roles) =>
        granted(
            await control.request('POST', '/v1/admin/admins', { body: { login, name, roles } }),
            201,
        );
    const everything = ['budget', 'operations', 'approver', 'auditor'];
    const author = await signIn(browser, await make('wang', '王编制', everything), base);
    const judge = await signIn(browser, await make('li', '李审批', everything), base, {
        dark: true,
        lang: 'en',
    });
    const looker = await signIn(browser, await make('zhao', '赵审计', ['auditor']), base);
    let id;

    await t.test('signing in by password and code; a wrong one says so', async () => {
        await author.clean();
        await enrol(author);
        await author.page.reload();
        await author.page.waitForSelector('.bar nav');
        await author.button('新建活动');
        await author.page.click('header .acts button'); // 退出
        await author.page.waitForSelector('.sign-in');
        await author.fill('input[name=login]', 'wang');
        await author.fill('input[name=password]', 'wrong horse battery');
        await author.fill('input[name=totp]', totp(author.made.otpauth));
        await author.page.keyboard.press('Enter');
        await author.page.waitForSelector('.notice.bad');
        await author.clean();
        await author.fill('input[name=password]', password);
        await author.page.keyboard.press('Enter');
        await author.page.waitForSelector('.bar nav');
        author.page.complaints = author.page.complaints.filter((c) => !/status of 401/.test(c));
        await enrol(judge);
        await enrol(looker);
        const cookies = await judge.page.cookies();
        assert.ok(cookies.every((c) => c.httpOnly && c.sameSite === 'Strict'));
        assert.equal(await judge.page.evaluate(() => document.cookie), '');
    });

    await t.test('the wizard: template, cost, dry run, faults beside their fields', async () => {
        await author.go('#/campaigns/new', '.templates');
        await author.clean();
        await author.page.click('[data-template=car-district]');
        await author.says('贰仟万元整');
        assert.match(await author.page.$eval('.cost', (e) => e.innerText), /100\.0 %[\s\S]*3,640/);
        await author.clean();
        await author.go('#/campaigns', 'table, .empty');
        await author.go('#/campaigns/new', '.templates');
        await author.page.click('[data-template=henan-2025]');
        await author.fill(author.at('/name'), '春季消费券');
        await author.fill(author.at('/budget_fen'), '1000');
        await author.fill(author.at('/pools/1/min_spend_fen'), '40');
        await author.press('试算检查');
        await author.says('有 2 处需要修改');
        await author.page.waitForFunction(() => document.activeElement.matches('.notice'));
        await author.clean();
        assert.equal(
            await author.page.$eval(author.at('/budget_fen'), (e) => e.ariaInvalid),
            'true',
        );
        await author.fill(author.at('/budget_fen'), '30,000');
        await author.fill(author.at('/pools/1/min_spend_fen'), '200');
        await author.fill(author.at('/pools/0/count'), '１０');
        await author.fill(author.at('/pools/1/count'), '100');
        // Claims may begin at once: yesterday is no fault.
        await author.page.$eval(author.at('/claim_window/from'), (e) => {
            e.value = '2020-01-01T00:00';
            e.dispatchEvent(new Event('input', { bubbles: true }));
        });
        await author.page.$eval(author.at('/use_window/from'), (e) => {
            e.value = '2020-01-01T00:00';
            e.dispatchEvent(new Event('input', { bubbles: true }));
        });
        // What only the service can see stands beside its field as well.
        await author.page.click('form details summary');
        await author.fill(author.at('/limits/claims_per_s'), '99999999');
        await author.press('保存草稿');
        await author.page.waitForFunction(
            (s) => document.querySelector(s)?.ariaInvalid === 'true',
            {},
            author.at('/limits/claims_per_s'),
        );
        author.page.complaints = author.page.complaints.filter((c) => !/status of 4\d\d/.test(c));
        await author.fill(author.at('/limits/claims_per_s'), '20000');
        await author.press('保存草稿');
        await author.says('提交审批');
        id = await author.page.evaluate(() => location.hash.split('/')[2]);
        assert.match(id, /^cmp_/);
        await author.clean();
    });

    await t.test('one submits, another approves, and it runs', async () => {
        await author.press('提交审批');
        await author.says('已提交，等待另一人审批');
        await author.go('#/inbox', 'article');
        await author.says('您提交的，须由另一人审批');
        assert.equal(await author.page.$('article button'), null);
        await looker.go('#/inbox', 'article');
        assert.equal(await looker.page.$('article button'), null, 'an auditor looks only');
        await judge.go('#/inbox', 'article');
        await judge.clean();
        await judge.press('Approve');
        await judge.says('Nothing waits');
        await author.go(`#/campaigns/${id}/rules`, '.facts');
        await author.says('进行中');
        const made = await world.api.get(`/v1/admin/campaigns/${id}`, {
            token: world.author.token,
        });
        assert.deepEqual(
            made.json.pools.map((p) => [p.value_fen, p.count, p.min_spend_fen]),
            [
                [2000, 10, 10000],
                [5000, 100, 20000],
            ],
        );
        assert.equal(made.json.budget_fen, 3000000);
    });

    await t.test('a budget change: figures and words, judged by somebody else', async () => {
        await author.go(`#/campaigns/${id}/budget`, author.at('/target_fen'));
        await author.fill(author.at('/target_fen'), '45000.50');
        await author.says('肆万伍仟元伍角');
        await author.says('+50.0 %');
        await author.fill(author.at('/reason'), '追加');
        await author.clean();
        await author.press('提交变更');
        await author.says('须由另一人在待办中通过');
        await judge.go('#/campaigns', 'table');
        await judge.go('#/inbox', 'article');
        await judge.says('forty-five thousand yuan and fifty fen');
        await judge.clean();
        await judge.press('Approve');
        await judge.says('Nothing waits');
        const ledger = await world.api.get(`/v1/admin/campaigns/${id}/ledger`, {
            token: world.author.token,
        });
        assert.equal(ledger.json.funded_fen, 4500050);
    });

    const figure = (desk, name) =>
        desk.page.$eval(`[data-figure=${name}] dd`, (e) => e.textContent);

    await t.test('the board says what the ledger says, and who was refused', async () => {
        const campaign = granted(
            await world.api.get(`/v1/admin/campaigns/${id}`, { token: world.author.token }),
        );
        const till = await world.till();
        await author.go(`#/campaigns/${id}/board`, '.figures');
        await author.says('实时推送');
        for (let n = 1; n <= 10; n++) await world.claim(campaign, n);
        const refused = await world.claim(campaign, 11);
        assert.equal(refused.json.code, 'sold_out');
        const voucher = await world.voucher(campaign, 12, { pool: campaign.pools[1] });
        granted(await till.redeem(voucher, { amount_fen: 25000, category: 'retail' }), 201);
        await author.says('sold_out');
        await author.page.waitForFunction(
            () =>
                document.querySelector('[data-figure=redeemed] dd').textContent === '1' &&
                document.querySelector('[data-figure=issued] dd').textContent === '11',
        );
        const ledger = granted(
            await world.api.get(`/v1/admin/campaigns/${id}/ledger`, { token: world.author.token }),
        );
        assert.equal(await figure(author, 'issued'), String(ledger.issued));
        assert.equal(await figure(author, 'remaining'), String(110 - ledger.issued));
        for (const name of [
            'available',
            'live',
            'held',
            'redeemed',
            'settled',
            'returned',
            'funded',
        ]) {
            const shown = await author.page.$eval(
                `[data-account=${name}] td`,
                (e) => e.textContent,
            );
            assert.equal(
                Math.round(Number(shown.replace(/[¥,]/g, '')) * 100),
                ledger[`${name}_fen`],
            );
        }
        await author.says('平衡');
        await author.page.waitForSelector('.u-wrap canvas');
        await author.page.click('.chart summary');
        await author.page.waitForSelector('.chart tbody td');
        await author.clean();
    });

    await t.test('paused by one click, at once', async () => {
        await author.go('#/campaigns', 'table');
        await author.press('暂停领取');
        await author.says('已暂停，即刻生效');
        const campaign = granted(
            await world.api.get(`/v1/admin/campaigns/${id}`, { token: world.author.token }),
        );
        assert.equal(campaign.state, 'paused');
        const refused = await world.claim(campaign, 13, { pool: campaign.pools[1] });
        assert.equal(refused.json.code, 'campaign_paused');
        await author.clean();
        await author.press('恢复领取');
        await author.says('已恢复');
    });

    await t.test('a merchant, a till and its slip; a file of merchants', async () => {
        await judge.go('#/merchants', 'details');
        await judge.page.click('details summary');
        await judge.fill(judge.at('/name'), '醉美夜市');
        await judge.fill(judge.at('/uscc'), '91410108MA00005X1A');
        await judge.press('Register');
        await judge.page.waitForSelector(`${judge.at('/uscc')}[aria-invalid=true]`);
        judge.page.complaints = judge.page.complaints.filter((c) => !/status of 422/.test(c));
        await judge.clean();
        await judge.fill(judge.at('/uscc'), '９１３５０１００Ｍ０００１００Ｙ４３');
        await judge.press('Register');
        await judge.press('醉美夜市');
        await judge.fill('input[name=outlet]', '一号机');
        await judge.press('Add a till');
        await judge.page.waitForSelector('.slip svg path');
        assert.match(
            await judge.page.$eval('[data-code]', (e) => e.textContent.trim()),
            /^\w{20,}$/,
        );
        await judge.clean();
        await judge.go('#/jobs', 'input[type=file]');
        await judge.page.evaluate(() => {
            const [, second] = document.querySelectorAll('input[type=file]');
            const files = new DataTransfer();
            const rows = 'name,uscc,kind\n一店,91110000101623741K,shop\n二店,1,shop\n';
            files.items.add(new File([rows], 'merchants.csv', { type: 'text/csv' }));
            second.files = files.files;
            second.dispatchEvent(new Event('change', { bubbles: true }));
        });
        await judge.page.evaluate(() => {
            const [, second] = document.querySelectorAll('.upload');
            [...second.querySelectorAll('button')].at(-1).click();
        });
        await judge.page.waitForFunction(() =>
            /Merchants[\s\S]*Done[\s\S]*2 \/ 2/.test(
                document.querySelector('[data-job]')?.innerText ?? '',
            ),
        );
        await judge.clean();
    });

    await t.test('a roll of 100,000: stopped, taken up again, its failures as a file', async () => {
        const count = 100000;
        const rows = Array.from({ length: count }, (_, i) =>
            i % 25000 === 77 ? `${idNumber(i)},,\n` : `${idNumber(300000 + i)},居民,410108-01\n`,
        ).join('');
        await author.go('#/jobs', 'input[type=file]');
        await author.page.evaluate((text) => {
            const file = document.querySelector('input[type=file]');
            const files = new DataTransfer();
            files.items.add(new File([text], 'roll.csv', { type: 'text/csv' }));
            file.files = files.files;
            file.dispatchEvent(new Event('change', { bubbles: true }));
            const make = URL.createObjectURL.bind(URL);
            URL.createObjectURL = (blob) => {
                globalThis.saved = blob;
                return make(blob);
            };
        }, `id_number,name,grid_cell\n${rows}`);
        await author.page.evaluate(() => {
            [...document.querySelector('.upload').querySelectorAll('button')].at(-1).click();
        });
        // The newest job stands first, and can be stopped while it runs.
        await author.press('停止');
        await author.says('已停止');
        await author.clean();
        await author.press('继续');
        const done = '完成';
        await author.page.waitForFunction(
            (word) => document.querySelector('[data-job]')?.innerText.includes(word),
            { timeout: 60000 },
            done,
        );
        const shown = await author.page.$eval('[data-job]', (e) => e.innerText);
        assert.match(shown.replaceAll(',', ''), /100000 \/ 100000/);
        await author.press('失败行CSV');
        await author.page.waitForFunction(() => globalThis.saved !== undefined);
        const csv = await author.page.evaluate(() => globalThis.saved.text());
        assert.equal(csv.trim().split('\r\n').length, 5, csv);
        assert.match(csv, /^\ufeff?line,column,code,reason\r\n79,name,too_short,/);
        await author.clean();
    });

    await t.test('granted to one, voided, and unmasked by role and reason', async () => {
        const granting = await world.campaign({ name: '定向券', issuing: 'grant' });
        const made = await world.api.request('POST', '/v1/sessions', {
            body: { assertion: assertion(world.issuer, person(400)) },
        });
        const { session, resident } = made.json;
        await author.go(`#/campaigns/${granting.campaign_id}/grants`, 'input[name=residents]');
        await author.fill('input[name=residents]', resident.resident_id);
        await author.press('发放给1人');
        await author.says('成功 1，失败 0');
        const mine = await world.api.get('/v1/me/vouchers', { token: session });
        await author.fill('input[name=voucher_id]', mine.json.items[0].voucher_id);
        await author.fill('input[name=void_reason]', '重复发放');
        await author.press('作废');
        await author.says('已作废');
        await author.clean();
        await author.go('#/jobs', 'input[name=resident_id]');
        await author.fill('input[name=resident_id]', resident.resident_id);
        await author.fill('input[name=unmask_reason]', '投诉核查');
        await author.press('查看');
        await author.says(person(400).id_number);
        await author.clean();
        await author.press('隐藏');
        await author.page.waitForFunction(
            (number) => !document.body.innerText.includes(number),
            {},
            person(400).id_number,
        );
    });

    await t.test('the chain is checked in the browser; reports; every view is clean', async () => {
        await looker.go('#/journal', 'table');
        await looker.press('开始核验');
        await looker.says('链条完整');
        await looker.clean();
        for (const hash of ['#/reports', '#/merchants', '#/jobs', '#/account', '#/campaigns']) {
            await looker.go(hash, 'h1');
            await looker.page.waitForNetworkIdle({ idleTime: 100, concurrency: 1 });
            await looker.clean();
            assert.equal(await looker.page.$('.button.danger'), null, `${hash}: looks only`);
        }
        await looker.go('#/reports', 'td');
        const sold = await looker.page.$eval('main table', (e) => e.innerText);
        assert.match(sold, /¥250\b/);
        for (const hash of ['#/journal', '#/reports', '#/account', `#/campaigns/${id}/board`])
            await judge.go(hash, 'h1').then(() => judge.clean());
        await judge.page.setViewport({ width: 390, height: 844 });
        await judge.clean();
        const wide = await judge.page.evaluate(
            () => document.documentElement.scrollWidth - innerWidth,
        );
        assert.ok(wide <= 0, `${wide} px too wide for a phone`);
    });

    await t.test('axe-core finds nothing: every view, language and scheme', async () => {
        const merchant = granted(
            await world.api.get('/v1/admin/merchants?limit=1', { token: world.author.token }),
        ).items[0].merchant_id;
        const views = [
            ['#/campaigns', 'table'],
            ['#/campaigns/new', '.templates'],
            [`#/campaigns/${id}/rules`, '.facts'],
            [`#/campaigns/${id}/budget`, 'h1'],
            [`#/campaigns/${id}/board`, '.figures'],
            ['#/inbox', 'h1'],
            ['#/merchants', 'table'],
            [`#/merchants/${merchant}`, 'h2'],
            ['#/jobs', 'table'],
            ['#/journal', 'table'],
            ['#/reports', 'h1'],
            ['#/account', 'h1'],
        ];
        for (const desk of [author, judge]) {
            for (const value of ['light', 'dark']) {
                await desk.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
                for (const [hash, selector] of views) {
                    await desk.go(hash, selector);
                    assert.deepEqual(await axeFaults(desk.page), [], `${hash} ${value}`);
                }
            }
        }
    });

    await t.test('a journal that was changed on its way is seen', async () => {
        const { page } = looker;
        await page.setRequestInterception(true);
        page.on('request', async (request) => {
            if (!request.url().includes('/v1/admin/journal')) return request.continue();
            const url = new URL(request.url());
            const answer = await world.api.get(url.pathname + url.search, {
                token: world.author.token,
            });
            const entry = answer.json.items[4];
            entry.entry = entry.entry.replace(/.$/, (c) => (c === '0' ? '1' : '0'));
            return request.respond({
                contentType: 'application/json',
                body: JSON.stringify(answer.json),
            });
        });
        await looker.go('#/journal', 'table');
        await looker.press('开始核验');
        await looker.says('链条断裂');
        await looker.says('№ 5');
        await looker.clean();
    });

    await t.test('by keyboard alone: to the inbox and back', async () => {
        const { page } = author;
        await author.go('#/campaigns', 'table');
        await page.evaluate(() => document.activeElement?.blur());
        const focusOn = async (word) => {
            for (let i = 0; i < 40; i++) {
                await page.keyboard.press('Tab');
                const here = await page.evaluate(() => document.activeElement?.innerText ?? '');
                if (here.startsWith(word)) return;
            }
            assert.fail(`no way to ${word} by keyboard`);
        };
        await page.evaluate(() => document.querySelector('.skip').focus());
        await focusOn('待办');
        await page.keyboard.press('Enter');
        await author.says('须由第二人审批');
        await page.evaluate(() => document.querySelector('.skip').focus());
        await focusOn('活动');
        await page.keyboard.press('Enter');
        await page.waitForSelector('tbody a');
        await focusOn('春季消费券');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.figures');
    });

    // HUIQUAN_SCREENSHOTS=voucher/web/screenshots makes README's pictures anew.
    const shots = process.env.HUIQUAN_SCREENSHOTS;
    await t.test('screenshots', { skip: !shots && 'only on request' }, async () => {
        const { page } = author;
        await page.setViewport({ width: 1080, height: 720 });
        const take = (name) => page.screenshot({ path: path.join(shots, `admin-${name}.png`) });
        const campaign = granted(
            await world.api.get(`/v1/admin/campaigns/${id}`, { token: world.author.token }),
        );
        await author.go(`#/campaigns/${id}/board`, '.figures');
        for (let n = 20; n < 80; n++) await world.claim(campaign, n, { pool: campaign.pools[1] });
        await page.waitForFunction(
            () => document.querySelector('[data-figure=issued] dd').textContent === '71',
        );
        await take('board');
        await author.go('#/campaigns/new', '.templates');
        await page.click('[data-template=car-district]');
        await author.says('贰仟万元整');
        await take('wizard');
    });

    await t.test('nothing had anything to complain about', () => {
        for (const desk of [author, judge, looker]) assert.deepEqual(desk.page.complaints, []);
    });
});
