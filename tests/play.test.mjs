// A campaign played through the three pages by three browsers at once: two administrators at
// /admin, a till at /pos, residents at /, from the wizard to the reports. No call of the API beside
// the pages, but the operator's, who makes the first administrators, and the city's assertion.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { Api } from '../scripts/lib/client.mjs';
import { buildDir } from '../scripts/lib/servers.mjs';
import { World, assertion, granted, person } from '../scripts/lib/world.mjs';
import { Browser } from './web/browser.mjs';
import { Desk, enrol, signIn } from './web/desk.mjs';

const name = '春季消费券';
const digitsOnly = (text) => text.replace(/\D/g, '');

// What any of the three says; the main element, unless it is somewhere else.
async function says(page, what, selector = 'main') {
    const isThere = (w, s) => document.querySelector(s)?.innerText.includes(w);
    await page.waitForFunction(isThere, { timeout: 15000 }, what, selector).catch(async () => {
        assert.fail(`not said: ${what}\n${await page.$eval(selector, (e) => e.innerText)}`);
    });
}

test('a campaign, from the wizard to the reports', { timeout: 200000 }, async (t) => {
    const world = await World.open({});
    const { base } = world.daemon;
    const control = new Api('http://control', { socketPath: world.daemon.control });
    const [town, shop, street] = await Promise.all([
        Browser.open(),
        Browser.open(),
        Browser.open(),
    ]);
    t.after(async () => {
        control.close();
        await Promise.all([town.close(), shop.close(), street.close()]);
        await world.close();
    });
    const make = async (login, who, roles) =>
        granted(
            await control.request('POST', '/v1/admin/admins', {
                body: { login, name: who, roles },
            }),
            201,
        );
    const author = await signIn(town, await make('wang', '王编制', ['budget', 'operations']), base);
    const judge = await signIn(town, await make('li', '李审批', ['approver', 'auditor']), base);
    const counter = await shop.page({ width: 1080, height: 780 });
    const focus = await counter.createCDPSession();
    await focus.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    // navigator.language is the machine's.
    await counter.evaluateOnNewDocument(() => {
        if (location.protocol !== 'about:') localStorage.setItem('huiquan-lang', 'zh-CN');
    });
    const till = new Desk(counter, base);
    const phones = new Map();
    const phone = async (n) => {
        const page = await street.page();
        await page.goto(`${base}/#assertion=${assertion(world.issuer, person(n))}`);
        await page.waitForSelector('.who');
        phones.set(n, page);
        return page;
    };
    const claimButton = async (page) =>
        page.waitForSelector(
            `xpath///main[@data-live]//article[.//*[contains(text(), '${name}')]]//li[.//b[text()='满100减20']]//button`,
        );
    const figure = (which, value) =>
        author.page
            .waitForFunction(
                (s, v) => document.querySelector(s)?.textContent === v,
                { timeout: 15000 },
                `[data-figure=${which}] dd`,
                String(value),
            )
            .catch(async () => {
                const now = await author.page.$eval('main', (e) => e.innerText);
                assert.fail(`${which} is not ${value}\n${now}`);
            });
    let id;
    let shortCode;

    await t.test('administrators sign in; a shop and its till are made', async () => {
        await enrol(author);
        await enrol(judge);
        await author.go('#/merchants', 'details');
        await author.page.click('details summary');
        await author.fill(author.at('/name'), '醉美夜市');
        await author.fill(author.at('/uscc'), '91350100M000100Y43');
        await author.press('登记');
        await author.press('醉美夜市');
        await author.fill('input[name=outlet]', '七号机');
        await author.press('登记终端');
        await author.page.waitForSelector('.slip svg path');
        const code = await author.page.$eval('[data-code]', (e) => e.textContent.trim());
        await counter.goto(`${base}/pos#enroll=${code}`);
        await says(counter, '已读到注册码');
        await counter.keyboard.press('Enter');
        await says(counter, '请扫描顾客的券码');
        await says(counter, '醉美夜市 七号机', '.status');
    });

    await t.test('one writes the campaign, another approves it', async () => {
        await author.go('#/campaigns/new', '.templates');
        await author.page.click('[data-template=henan-2025]');
        await author.fill(author.at('/name'), name);
        await author.fill(author.at('/budget_fen'), '260');
        await author.fill(author.at('/pools/0/count'), '3');
        await author.fill(author.at('/pools/1/count'), '4');
        for (const window of ['claim_window', 'use_window']) {
            await author.page.$eval(author.at(`/${window}/from`), (e) => {
                e.value = '2020-01-01T00:00';
                e.dispatchEvent(new Event('input', { bubbles: true }));
            });
        }
        await author.press('保存草稿');
        await author.says('提交审批');
        id = await author.page.evaluate(() => location.hash.split('/')[2]);
        const resident = await phone(1);
        assert.doesNotMatch(await resident.$eval('main', (e) => e.innerText), new RegExp(name));
        await author.press('提交审批');
        await author.says('已提交，等待另一人审批');
        await judge.go('#/inbox', 'article');
        await judge.press('通过');
        await judge.says('没有待办').catch(() => judge.says('暂无'));
        await author.go(`#/campaigns/${id}/board`, '.figures');
        await figure('issued', 0);
    });

    await t.test('a resident claims by one tap; the board sees it', async () => {
        const page = phones.get(1);
        await page.reload();
        await (await claimButton(page)).click();
        await says(page, '领取成功', 'body');
        await figure('issued', 1);
        await page.goto(`${base}/vouchers`);
        await (await page.waitForSelector('a.button[href^="#vch_"]')).click();
        await page.waitForSelector('.picture img');
        shortCode = digitsOnly(await page.$eval('.code .digits', (e) => e.textContent));
        assert.equal(shortCode.length, 18);
    });

    await t.test('the till looks, then redeems; the phone and the board see it', async () => {
        await till.fill('[name=code]', shortCode);
        await counter.keyboard.press('Enter');
        await says(counter, '满 100 元可用');
        await till.fill(till.at('/order/amount_fen'), '128');
        await counter.keyboard.press('Enter');
        await says(counter, '核销成功');
        await says(phones.get(1), '已使用', 'body');
        await says(phones.get(1), '醉美夜市 · 七号机', 'body');
        await figure('redeemed', 1);
    });

    await t.test('undone at the till: the voucher is good again, and used again', async () => {
        await counter.click('[name=next]');
        await counter.evaluate(() => (location.hash = '#/day'));
        await (await counter.waitForSelector('tbody tr:first-child button')).click();
        await (await counter.waitForSelector('[name=undo]')).click();
        await (await counter.waitForSelector('[name=undo-really]')).click();
        await says(counter, '已撤销');
        await figure('redeemed', 0);
        const page = phones.get(1);
        await page.goto(`${base}/vouchers`);
        await page.waitForSelector('a.button[href^="#vch_"]');
        await counter.evaluate(() => (location.hash = '#/'));
        await till.fill('[name=code]', shortCode);
        await counter.keyboard.press('Enter');
        await till.fill(till.at('/order/amount_fen'), '100');
        await counter.keyboard.press('Enter');
        await says(counter, '核销成功');
        await figure('redeemed', 1);
    });

    await t.test('the pool runs out; paused by one click', async () => {
        for (const n of [2, 3]) {
            const page = await phone(n);
            await (await claimButton(page)).click();
            await says(page, '领取成功', 'body');
        }
        await figure('issued', 3);
        const late = await phone(4);
        await says(late, '已领完', 'body');
        await author.go('#/campaigns', 'table');
        await author.press('暂停领取');
        await author.says('已暂停，即刻生效');
        await late.reload();
        await says(late, '暂停', 'body');
    });

    await t.test('reports and the journal say what happened', async () => {
        await judge.go('#/reports', 'td');
        const report = await judge.page.$eval('main table', (e) => e.innerText);
        assert.match(
            report,
            /\t3\t¥60\t¥20\t¥0\t¥0\t¥100\t5\.00 倍/,
            'the sale that was undone counts no more',
        );
        await judge.go('#/journal', 'table');
        await judge.press('开始核验');
        await judge.says('链条完整');
        const words = ['ledger', 'check', '--data-dir', world.daemon.data];
        const told = spawnSync(path.join(buildDir, 'huiquan'), words, { encoding: 'utf8' });
        assert.equal(told.status, 0, told.stdout);
        const books = granted(
            await world.api.get(`/v1/admin/campaigns/${id}/ledger`, { token: world.author.token }),
        );
        assert.deepEqual([books.issued, books.redeemed_fen, books.funded_fen], [3, 2000, 26000]);
    });

    await t.test('nothing had anything to complain about', () => {
        for (const page of [author.page, judge.page, counter, ...phones.values()])
            assert.deepEqual(page.complaints, []);
    });
});
