// A real Chromium for the tests of the pages: one process, pages that report whatever a console, a
// policy or a request had to complain about, and axe-core.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const executable = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
].find((file) => existsSync(file));

export class Browser {
    static async open({ args = [] } = {}) {
        const b = new Browser();
        b.profile = mkdtempSync(path.join(os.tmpdir(), 'huiquan-browser-'));
        b.chromium = await puppeteer.launch({
            executablePath: executable,
            userDataDir: b.profile,
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--disable-dev-shm-usage',
                '--ignore-certificate-errors',
                '--force-prefers-reduced-motion',
                ...args,
            ],
        });
        return b;
    }
    async close() {
        await this.chromium.close();
        rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
    }
    // A page with cookies of its own. page.complaints holds what went wrong in it.
    async page({ lang = 'zh-CN', script = true, width = 390, height = 844, dark = false } = {}) {
        const context = await this.chromium.createBrowserContext();
        const page = await context.newPage();
        page.complaints = [];
        const note = (what) => page.complaints.push(what);
        page.on('console', (m) => ['error', 'warn'].includes(m.type()) && note(m.text()));
        page.on('pageerror', (error) => note(String(error)));
        await page.setViewport({ width, height });
        await page.setJavaScriptEnabled(script);
        await page.setExtraHTTPHeaders({ 'accept-language': lang });
        await page.emulateMediaFeatures([
            { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' },
        ]);
        if (script) {
            await page.evaluateOnNewDocument(() => {
                addEventListener('securitypolicyviolation', (e) =>
                    console.error(`CSP ${e.violatedDirective} ${e.blockedURI}`),
                );
            });
        }
        page.shut = () => context.close();
        return page;
    }
}

// What axe-core finds; [] is what is wanted. Runs beside the page's own policy.
export async function axeFaults(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, {
            resultTypes: ['violations'],
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        });
        return violations.map(
            (v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`,
        );
    });
    return found;
}
