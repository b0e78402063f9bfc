// The witness of the journal: pushed by HTTP, written again after its path was away, and what a
// start refuses. What is broken in the journal is the row "rot" of scripts/torture.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { buildDir, until } from '../scripts/lib/servers.mjs';
import { World } from '../scripts/lib/world.mjs';
import { readCheckpoint } from './cross/witness.mjs';

let w, dir, seen, place, server, jwks;
const pushed = [];
const refused = []; /* when */
let answers = 204;

before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-witness-'));
    place = path.join(dir, 'elsewhere');
    seen = path.join(place, 'seen');
    mkdirSync(place);
    server = createServer((request, response) => {
        let body = '';
        request.on('data', (bytes) => (body += bytes));
        request.on('end', () => {
            if (answers === 204) pushed.push(JSON.parse(body).checkpoint);
            else refused.push(performance.now());
            response.writeHead(answers).end();
        });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const witness_url = `http://127.0.0.1:${server.address().port}/checkpoints`;
    w = await World.open({
        settings: { workers: 1, witness: seen, witness_ms: 20, witness_url },
    });
    jwks = (await w.api.get('/.well-known/jwks.json')).json;
});
after(async () => {
    await w?.close();
    server?.close();
    rmSync(dir, { recursive: true, force: true });
});

const head = () => existsSync(seen) && readCheckpoint(readFileSync(seen, 'utf8'), jwks);
const grows = async (act) => {
    const { size } = head() || { size: 0 };
    await act();
    await until('a checkpoint', () => head()?.size > size);
};

test('each checkpoint is pushed as it is written', async () => {
    await grows(() => w.merchant());
    await until('the push', () => pushed.includes(readFileSync(seen, 'utf8')));
    for (const note of pushed) assert.ok(readCheckpoint(note, jwks));
});

test('what is not taken is pushed again', async () => {
    answers = 500;
    await grows(() => w.merchant());
    const count = pushed.length;
    // At the pace of witness_ms (20), however fast it is refused.
    await until('ten refusals', () => refused.length >= 10);
    assert.ok(refused[9] - refused[0] > (9 * 20) / 2, `${refused[9] - refused[0]} ms for nine`);
    answers = 204;
    await until(
        'the push',
        () => pushed.length > count && pushed.at(-1) === readFileSync(seen, 'utf8'),
    );
});

test('a second path that is away stops nobody, and catches up', async () => {
    const { size } = head();
    renameSync(place, `${place}.away`);
    await w.merchant();
    await until('the log', () =>
        /"event":"witness"|"witness"/.test(readFileSync(w.daemon.log, 'utf8')),
    );
    renameSync(`${place}.away`, place);
    await until('a checkpoint', () => head()?.size > size);
});

test('an orderly stop witnesses and pushes all', async () => {
    await w.merchant();
    await w.restart();
    assert.ok(pushed.length > 0);
    const args = ['journal', 'verify', '--json', '--data-dir', w.daemon.data, '--witness', seen];
    writeFileSync(path.join(dir, 'jwks.json'), JSON.stringify(jwks));
    const run = (jwksFile) =>
        spawnSync(path.join(buildDir, 'huiquan'), [...args, '--jwks', jwksFile], {
            encoding: 'utf8',
        });
    const good = run(path.join(dir, 'jwks.json'));
    assert.equal(good.status, 0, good.stdout + good.stderr);
    writeFileSync(path.join(dir, 'none.json'), '{"keys":[]}');
    assert.equal(run(path.join(dir, 'none.json')).status, 2);
    assert.equal(run(path.join(dir, 'missing.json')).status, 7);
});

for (const [name, settings, says] of [
    ['a path that is not there', { witness: '/nowhere/seen' }, 'witness: cannot be written'],
    ['a checkpoint that nobody signed', { witness: 'FORGED' }, 'signed by one of the keys'],
    ['a checkpoint of another database', { witness: 'OTHER' }, 'signed by one of the keys'],
])
    test(`the start refuses ${name}`, () => {
        const data = mkdtempSync(path.join(dir, 'data-'));
        const forged = path.join(dir, 'forged');
        writeFileSync(forged, 'huiquan\n0\n\n\n');
        const file = { FORGED: forged, OTHER: seen }[settings.witness] ?? settings.witness;
        const ended = spawnSync(
            path.join(buildDir, 'huiquand'),
            ['--listen', '127.0.0.1:0', '--data_dir', data, '--witness', file],
            { encoding: 'utf8', timeout: 15000 },
        );
        assert.equal(ended.status, 1, ended.stderr);
        assert.ok(ended.stderr.includes(says), ended.stderr);
    });
