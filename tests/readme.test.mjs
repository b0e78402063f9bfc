// README stays true: each of its command blocks is run, and the till in ten lines redeems.
import assert from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Api, newKey, person, session } from '../scripts/lib/client.mjs';
import { buildDir, freePort, root, until } from '../scripts/lib/servers.mjs';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const blocks = (kind) =>
    [...readme.matchAll(new RegExp('```' + kind + '\\n([\\s\\S]*?)```', 'g'))].map((m) => m[1]);
const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-readme-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

for (const line of blocks('sh').join('').trim().split('\n')) {
    // The test command runs this very file: CI is its test.
    if (line === 'scripts/test') continue;
    test(`block: ${line}`, () => {
        const command = line.replace(/^build\//, `${buildDir}/`);
        const env = { ...process.env, HUIQUAN_BUILD_DIR: buildDir };
        const run = spawnSync('bash', ['-c', command], { cwd: root, env, encoding: 'utf8' });
        assert.equal(run.status, 0, run.stdout + run.stderr);
        if (line !== 'scripts/demo') return;
        const shape = (text) =>
            text
                .trim()
                .replace(/^\s*\d+\. /, '')
                .replace(/^..?\*|\d+/g, '#');
        const printed = run.stdout.split('\n').map(shape);
        for (const shown of blocks('text')[0].trim().split('\n')) {
            assert.ok(printed.includes(shape(shown)), `the demo no longer prints: ${shown}`);
        }
    });
}

test('the till in ten lines, against scripts/demo --serve', async () => {
    const port = await freePort();
    const demo = spawn('scripts/demo', ['--serve', '--port', String(port), '--state', dir], {
        cwd: root,
        env: { ...process.env, HUIQUAN_BUILD_DIR: buildDir },
        stdio: 'ignore',
    });
    const ended = new Promise((done) => demo.once('exit', done));
    try {
        const file = path.join(dir, 'demo.json');
        await until('demo.json', () => existsSync(file), 60000);
        const state = JSON.parse(readFileSync(file, 'utf8'));
        const api = new Api(state.base_url);
        const token = await session(api, state.issuer, person(900001));
        const campaign = (await api.get(`/v1/campaigns/${state.campaigns.shopping}`)).json;
        const claim = await api.post(
            `/v1/campaigns/${campaign.campaign_id}/claims`,
            { pool_id: campaign.pools[0].pool_id },
            { token, key: newKey() },
        );
        assert.equal(claim.status, 201, claim.raw.toString());
        const script = path.join(dir, 'till.mjs');
        writeFileSync(
            script,
            `const state = ${JSON.stringify({ ...state, terminals: state.terminals.filter((t) => t.kind === 'shop') })};\n` +
                `const token = '${claim.json.vouchers[0].token}';\n${blocks('js')[0]}`,
        );
        const run = spawnSync('node', [script], { encoding: 'utf8' });
        assert.match(run.stdout, /^201 /, run.stdout + run.stderr);
        api.close();
    } finally {
        demo.kill('SIGTERM');
        assert.equal(await ended, 0);
    }
});
