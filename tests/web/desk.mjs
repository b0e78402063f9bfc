// An administrator's desk for tests: the page of one person, and what one does there.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { axeFaults } from './browser.mjs';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
export function totp(otpauth, step = 0) {
    const secret = new URL(otpauth).searchParams.get('secret');
    const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + step));
    const mac = createHmac('sha1', key).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}
export const password = 'correct horse battery';

// A desk: one person's page, and what one does there.
export class Desk {
    constructor(page, base) {
        Object.assign(this, { page, base });
    }
    async go(hash, selector) {
        await this.page.evaluate((to) => (location.hash = to), hash);
        return this.page.waitForSelector(selector);
    }
    button(word) {
        const path = `::-p-xpath(//main//*[self::button or self::a][starts-with(translate(normalize-space(.), '＋ ', ''), '${word.replaceAll(' ', '')}')])`;
        return this.page.waitForSelector(path);
    }
    async press(word) {
        await (await this.button(word)).click();
    }
    async fill(selector, value) {
        const field = await this.page.waitForSelector(selector);
        await field.evaluate((e) => {
            e.value = '';
            e.dispatchEvent(new Event('input', { bubbles: true }));
        });
        await field.type(value);
        assert.equal(await field.evaluate((e) => e.value), value, selector);
    }
    async says(what) {
        const isThere = (w) => document.body.innerText.includes(w);
        await this.page.waitForFunction(isThere, {}, what).catch(async () => {
            assert.fail(`not said: ${what}\n${await this.page.$eval('main', (e) => e.innerText)}`);
        });
    }
    at(pointer) {
        return `[data-pointer="${pointer}"]`;
    }
    async clean() {
        assert.deepEqual(await axeFaults(this.page), [], await this.page.url());
    }
}

export async function signIn(browser, made, base, options = {}) {
    const page = await browser.page({ width: 1280, height: 900, ...options });
    page.setDefaultTimeout(8000);
    // Three people sit at three desks: each page believes that it is looked at.
    const session = await page.createCDPSession();
    await session.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    // navigator.language is the machine's.
    await page.evaluateOnNewDocument(
        (lang) => localStorage.setItem('huiquan-lang', lang),
        options.lang ?? 'zh-CN',
    );
    const desk = new Desk(page, base);
    await page.goto(`${base}/admin`);
    await page.waitForSelector('.sign-in');
    return Object.assign(desk, { made });
}

// The first time with the code that the operator handed out: it is a sign-in, too.
export async function enrol(desk) {
    const { page, made } = desk;
    await page.click('.ways button:nth-child(2)');
    await desk.fill('input[name=login]', made.login);
    await desk.fill('input[name=code]', made.enrollment_code);
    await desk.fill('input[name=password]', password);
    await desk.fill('input[name=totp]', totp(made.otpauth, -1));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.bar nav');
}
