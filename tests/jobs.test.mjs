// Bulk work: files of rows as jobs. Uploads that are streamed, rows applied exactly once, stop and
// resume, failures by line, and a kill in the middle.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { idNumber, mobile, newKey, person, personName, uscc } from '../scripts/lib/client.mjs';
import { until } from '../scripts/lib/servers.mjs';
import { World, granted, refused } from '../scripts/lib/world.mjs';

let w;
before(async () => (w = await World.open()));
after(() => w?.close());

const upload = (target, body, { token = w.author.token, key = newKey(), type = 'text/csv' } = {}) =>
    w.api.request('POST', target, { token, key, body, headers: { 'content-type': type } });
const job = async (id) =>
    granted(await w.api.get(`/v1/admin/jobs/${id}`, { token: w.approver.token }));
const ended = (id, ms = 60000) =>
    until(
        'the job to end',
        async () => {
            const now = await job(id);
            return /done|failed/.test(now.state) && now;
        },
        ms,
    );
const failures = async (id, options = {}) => {
    const answer = await w.api.get(`/v1/admin/jobs/${id}/failures`, {
        token: w.author.token,
        ...options,
    });
    assert.equal(answer.status, 200, `${answer.raw}`);
    return answer.raw.toString().trim().split('\r\n');
};
const act = (id, word) => w.api.post(`/v1/admin/jobs/${id}/${word}`, {}, { token: w.author.token });
const roll = (rows) =>
    'id_number,name,mobile,grid_cell,groups\r\n' +
    rows.map((r) => r.join(',')).join('\r\n') +
    '\r\n';
const resident = (n, cell = '410108-01', groups = '') => [
    idNumber(n),
    personName(n),
    mobile(n),
    cell,
    groups,
];
const grants = async (count = 1000, over = {}) =>
    w.campaign({
        issuing: 'grant',
        budget_fen: 2500 * count,
        pools: [
            {
                name: '发放',
                value_fen: 2500,
                count,
                min_spend_fen: 0,
                pack: null,
                stackable: false,
            },
        ],
        ...over,
    });
const spool = () => {
    const dir = path.join(w.daemon.data, 'spool');
    return existsSync(dir) ? readdirSync(dir) : [];
};

describe('the roll', () => {
    test('rows become a job, and the job ends', async () => {
        const made = await upload(
            '/v1/admin/residents/import',
            roll([resident(100), resident(101, '410108-02-7', 'veteran;senior')]),
        );
        assert.equal(made.status, 202, `${made.raw}`);
        assert.match(made.json.job_id, /^job_/);
        assert.equal(made.json.kind, 'residents');
        assert.equal(made.json.rows_total, 2);
        const done = await ended(made.json.job_id);
        assert.deepEqual([done.state, done.rows_ok, done.rows_failed], ['done', 2, 0]);
        assert.deepEqual(await failures(made.json.job_id), ['line,column,code,reason']);
        await until('the file to go', () => spool().length === 0);
    });
    test('Chinese headers, a byte order mark, quotes, blank lines, LF', async () => {
        const made = await upload(
            '/v1/admin/residents/import',
            `\ufeff姓名,"身份证号",网格,群体\n"王 ""小"" 明",${idNumber(110)},410108-03,"军属、长者"\n\n李四,${idNumber(111)},,`,
            { type: 'text/csv; charset=utf-8' },
        );
        const done = await ended(granted(made, 202).job_id);
        assert.deepEqual([done.rows_total, done.rows_ok], [2, 2]);
    });
    test('what is wrong is told by line, column and code, and not by value', async () => {
        const bad = '110101199001011234';
        const made = await upload(
            '/v1/admin/residents/import',
            `id_number,name,mobile\r\n${bad},张三,12012345678\r\n${idNumber(120)},,\r\n${idNumber(121)},李四,,x\r\n${idNumber(122)},"王五\r\n${idNumber(123)},赵六,${mobile(123)}\r\n`,
        );
        const { job_id } = granted(made, 202);
        const done = await ended(job_id);
        const told = await failures(job_id);
        assert.deepEqual(
            told.slice(1).map((line) => line.split(',').slice(0, 3).join(',')),
            [
                '2,id_number,id_number_check',
                '2,mobile,mobile_shape',
                '3,name,too_short',
                '4,,bad_shape',
                '5,,bad_shape',
            ],
        );
        assert.equal(done.rows_ok, 1);
        assert.equal(done.rows_failed, 4);
        assert.ok(told.every((line) => !line.includes(bad) && !line.includes('12012345678')));
        const english = await failures(job_id, { headers: { 'accept-language': 'en' } });
        assert.match(english[1], /check digit/);
    });
    test('a dry run stores nothing', async () => {
        const campaign = await w.campaign({ eligibility: { roll: true } });
        const made = await upload('/v1/admin/residents/import?dry_run=true', roll([resident(130)]));
        const done = await ended(granted(made, 202).job_id);
        assert.deepEqual([done.dry_run, done.rows_ok], [true, 1]);
        refused(await w.claim(campaign, 130), 403, 'not_eligible');
    });
    test('the same key and file: the same job; another file: refused', async () => {
        const key = newKey(),
            file = roll([resident(140)]);
        const first = granted(await upload('/v1/admin/residents/import', file, { key }), 202);
        const again = await upload('/v1/admin/residents/import', file, { key });
        assert.equal(granted(again, 202).job_id, first.job_id);
        assert.equal(again.headers['idempotent-replayed'], 'true');
        refused(
            await upload('/v1/admin/residents/import', roll([resident(141)]), { key }),
            422,
            'idempotency_key_reused',
        );
        refused(
            await upload('/v1/admin/residents/import?dry_run=true', file, { key }),
            422,
            'idempotency_key_reused',
        );
        await ended(first.job_id);
        await until('the files to go', () => spool().length === 0);
    });
    for (const [name, file, status, code] of [
        ['nothing', '', 422, 'invalid'],
        ['no header', `${idNumber(1)},张三\n`, 422, 'invalid'],
        ['an unknown column', 'id_number,name,age\n', 422, 'invalid'],
        ['a column twice', 'id_number,name,id_number\n', 422, 'invalid'],
        ['no names', `id_number,mobile\n${idNumber(1)},${mobile(1)}\n`, 422, 'invalid'],
        ['another encoding', '\ufffd\ufffd,\ufffd', 422, 'invalid'],
    ])
        test(`a file of ${name} is refused`, async () => {
            refused(await upload('/v1/admin/residents/import', `${file}`), status, code);
            assert.deepEqual(spool(), []);
        });
    test('who may not, and what is not a file', async () => {
        const file = roll([resident(150)]);
        const target = '/v1/admin/residents/import';
        refused(await upload(target, file, { token: 'x' }), 401, 'unauthenticated');
        refused(await upload(target, file, { key: '' }), 400, 'idempotency_key_missing');
        refused(await upload(target, file, { type: 'text/csvx' }), 415, 'unsupported_media_type');
        refused(
            await upload(target, '{}', { type: 'application/json' }),
            415,
            'unsupported_media_type',
        );
        refused(await upload(`${target}?dry_run=yes`, file), 400, 'malformed');
        refused(
            await w.api.get('/v1/admin/jobs/job_00000000000000000000000000', {
                token: w.author.token,
            }),
            404,
            'not_found',
        );
        assert.deepEqual(spool(), []);
    });
    test('a header alone is a job that is done', async () => {
        const made = granted(await upload('/v1/admin/residents/import', 'id_number,name\r\n'), 202);
        assert.deepEqual([made.state, made.rows_total], ['done', 0]);
    });
});

describe('eligibility by the roll', () => {
    let all, seniors, cells;
    before(async () => {
        all = await w.campaign({ eligibility: { roll: true, groups: [], grid_cells: [] } });
        seniors = await w.campaign({ eligibility: { roll: true, groups: ['senior', 'veteran'] } });
        cells = await w.campaign({
            eligibility: { roll: true, grid_cells: ['410108-05', '410108-06-1'] },
        });
        const file = roll([
            resident(200, '410108-05', 'senior'),
            resident(201, '410108-05-3', 'student|veteran'),
            resident(202, '410108-050', 'student'),
            resident(203, '410108-06', ''),
        ]);
        await ended(granted(await upload('/v1/admin/residents/import', file), 202).job_id);
    });
    const rows = [
        ['on the roll', () => all, 200, true],
        ['without a group', () => all, 203, true],
        ['not on the roll', () => all, 299, false, '名册'],
        ['of the group', () => seniors, 200, true],
        ['of the other group', () => seniors, 201, true],
        ['of neither group', () => seniors, 202, false, '群体'],
        ['of no group', () => seniors, 203, false, '群体'],
        ['in the cell', () => cells, 200, true],
        ['in a part of the cell', () => cells, 201, true],
        ['in a cell that merely begins alike', () => cells, 202, false, '网格'],
        ['in a cell around it', () => cells, 203, false, '网格'],
    ];
    for (const [name, campaign, n, eligible, word] of rows)
        test(name, async () => {
            const told = granted(
                await w.api.get(`/v1/campaigns/${campaign().campaign_id}/eligibility`, {
                    token: await w.session(n),
                }),
            );
            assert.equal(told.eligible, eligible, JSON.stringify(told));
            const answer = await w.claim(campaign(), n);
            if (eligible) granted(answer, 201);
            else {
                assert.match(told.reasons[0].detail, new RegExp(word));
                assert.match(refused(answer, 403, 'not_eligible').detail, new RegExp(word));
            }
        });
    test('a definition says it back', async () => {
        const shown = granted(
            await w.api.get(`/v1/admin/campaigns/${cells.campaign_id}`, { token: w.author.token }),
        );
        assert.deepEqual(shown.eligibility, {
            roll: true,
            groups: [],
            grid_cells: ['410108-05', '410108-06-1'],
        });
    });
    for (const [name, eligibility] of Object.entries({
        'groups without a roll': { roll: false, groups: ['a'] },
        'cells without a roll': { roll: false, grid_cells: ['a'] },
        'no word about the roll': { groups: ['a'] },
        'an unknown member': { roll: true, age: 60 },
        'a text': 'roll',
    }))
        test(`${name} is refused`, async () => {
            const answer = await w.api.post(
                '/v1/admin/campaigns',
                { ...(await import('../scripts/lib/client.mjs')).shopping(), eligibility },
                { token: w.author.token },
            );
            assert.match(answer.json.code, /malformed|invalid/);
        });
});

describe('merchants', () => {
    test('new ones are made, known ones brought up to date, wrong ones told', async () => {
        const [a, b, c] = [uscc(900001), uscc(900002), uscc(900003)];
        const dealer = await w.merchant({ uscc: c, kind: 'car_dealer' });
        const made = await upload(
            '/v1/admin/merchants/import',
            `name,uscc,kind,groups,grid_cell,override_reason\n甲店,${a},shop,夜市;商圈,410108-01,\n乙行,${b},car_dealer,,,\n乙行二,${b},car_dealer,汽车城,410108-09,\n丙店,${c},shop,,,\n丁店,${a.slice(0, 17)}${a[17] === '1' ? '2' : '1'},shop,,,\n戊店,91350211M0000XUF46,商户,,,登记如此\n己店,123,kiosk,,,\n`,
        );
        const { job_id } = granted(made, 202);
        const done = await ended(job_id);
        assert.deepEqual([done.rows_ok, done.rows_failed], [4, 3], `${await failures(job_id)}`);
        assert.deepEqual(
            (await failures(job_id)).slice(1).map((l) => l.split(',').slice(0, 3).join(',')),
            ['5,,wrong_state', '6,uscc,uscc_check', '8,kind,unknown_word', '8,uscc,uscc_shape'],
        );
        const found = [];
        for (let next = ''; next !== null;) {
            const page = granted(
                await w.api.get(`/v1/admin/merchants?limit=200${next && `&after=${next}`}`, {
                    token: w.author.token,
                }),
            );
            found.push(...page.items);
            ({ next } = page);
        }
        const of = (code) => found.filter((m) => m.uscc === code);
        assert.deepEqual(of(a)[0].groups, ['夜市', '商圈']);
        assert.equal(of(a)[0].grid_cell, '410108-01');
        assert.equal(of(b).length, 1);
        assert.equal(of(b)[0].name, '乙行二');
        assert.equal(of(c)[0].name, dealer.name);
    });
});

describe('merchants are found by the service', () => {
    const token = () => w.author.token;
    const pageOf = async (query) =>
        granted(await w.api.get(`/v1/admin/merchants?${query}`, { token: token() }));
    const every = async (find, limit = 50) => {
        const found = [];
        let pages = 0;
        for (let after = ''; after !== null; pages++) {
            const query = `limit=${limit}&find=${encodeURIComponent(find)}${after && `&after=${after}`}`;
            const page = await pageOf(query);
            found.push(...page.items);
            assert.equal(page.has_more, page.next !== null);
            after = page.next;
        }
        return { found, pages };
    };
    before(async () => {
        const rows = Array.from(
            { length: 9000 },
            (_, i) =>
                `${i % 4000 === 3999 ? 'Night 夜市' : '店'}${i},${uscc(100000 + i)},shop,${i === 8999 ? '远郊' : ''}`,
        );
        const made = await upload(
            '/v1/admin/merchants/import',
            `name,uscc,kind,groups\n${rows.join('\n')}\n`,
        );
        assert.equal((await ended(granted(made, 202).job_id)).rows_ok, 9000);
    });
    test('by name, in any case, through as many answers as it takes', async () => {
        const { found, pages } = await every('nIGHT 夜');
        assert.deepEqual(
            found.map((m) => m.name),
            ['Night 夜市3999', 'Night 夜市7999'],
        );
        assert.ok(pages >= 3, `${pages} answers, each of which looked at some thousands`);
    });
    test('by group, code and number; page by page', async () => {
        const [far] = (await every('远郊')).found;
        assert.equal(far.name, '店8999');
        assert.deepEqual((await every(far.uscc.toLowerCase())).found, [far]);
        assert.deepEqual((await every(far.merchant_id)).found, [far]);
        assert.deepEqual((await pageOf(`find=${far.merchant_id}`)).has_more, false);
        const shops = (await every('店89', 7)).found.map((m) => m.name);
        assert.equal(new Set(shops).size, shops.length);
        assert.equal(shops.length, 111);
    });
    test('nobody of that name, nobody of that number', async () => {
        assert.deepEqual((await every('不存在')).found, []);
        assert.deepEqual((await every('mch_00000000000000000000000000')).found, []);
    });
    for (const [name, query] of [
        ['nothing', 'find='],
        ['too much', `find=${'x'.repeat(61)}`],
        ['half a character', 'find=%e5'],
        ['a control character', 'find=%00'],
    ])
        test(`${name} is malformed`, async () =>
            refused(
                await w.api.get(`/v1/admin/merchants?${query}`, { token: token() }),
                400,
                'malformed',
            ));
});

describe('grants', () => {
    const target = (campaign, query = '') =>
        `/v1/admin/campaigns/${campaign.campaign_id}/grants${query}`;
    test('a list of ID numbers, by header and without one', async () => {
        const campaign = await grants();
        for (const [file, first] of [
            [`id_number\r\n${[300, 301].map((n) => idNumber(n)).join('\r\n')}\r\n`, 300],
            [`${[302, 303].map((n) => idNumber(n).toLowerCase()).join('\n')}\n`, 302],
        ]) {
            const made = granted(await upload(target(campaign), file), 202);
            assert.equal(made.campaign_id, campaign.campaign_id);
            assert.equal((await ended(made.job_id)).rows_ok, 2);
            const mine = granted(
                await w.api.get('/v1/me/vouchers', { token: await w.session(first) }),
            );
            assert.equal(mine.items.length, 1);
            assert.match(mine.items[0].token, /^[0-9]{253}$/);
        }
        assert.equal((await w.balanced(campaign)).issued, 4);
    });
    test('who has one, who is nobody, and when nothing is left', async () => {
        const campaign = await grants(3);
        const file = [310, 310, 311, 312, 313].map((n) => idNumber(n));
        const dry = granted(await upload(target(campaign, '?dry_run=true'), file.join('\n')), 202);
        const judged = await ended(dry.job_id);
        assert.equal((await w.balanced(campaign)).issued, 0);
        assert.equal(judged.rows_ok + judged.rows_failed, 5);
        const made = granted(await upload(target(campaign), [...file, 'x'].join('\n')), 202);
        const done = await ended(made.job_id);
        assert.deepEqual([done.rows_ok, done.rows_failed], [3, 3]);
        assert.deepEqual(
            (await failures(made.job_id)).slice(1).map((l) => l.split(',').slice(0, 3).join(',')),
            ['2,,already_claimed', '5,,sold_out', '6,id_number,id_number_shape'],
        );
    });
    test('the pool must be one of the campaign', async () => {
        const campaign = await grants(),
            other = await w.campaign();
        const pool = other.pools[0].pool_id;
        refused(await upload(target(campaign, `?pool_id=${pool}`), idNumber(1)), 404, 'not_found');
        refused(await upload(target(campaign, '?pool_id=x'), idNumber(1)), 400, 'malformed');
        refused(
            await upload('/v1/admin/campaigns/cmp_00000000000000000000000000/grants', idNumber(1)),
            404,
            'not_found',
        );
        refused(await upload(target(campaign), 'name\nx\n'), 422, 'invalid');
    });
    test('a short list by JSON is a job that is done, and can be read', async () => {
        const campaign = await grants();
        const made = granted(
            await w.api.post(
                target(campaign),
                { pool_id: campaign.pools[0].pool_id, residents: [idNumber(320), idNumber(320)] },
                { token: w.author.token },
            ),
        );
        const read = await job(made.job_id);
        assert.deepEqual([read.state, read.rows_ok, read.rows_failed], ['done', 1, 1]);
        assert.match((await failures(made.job_id))[1], /^2,,already_claimed/);
    });
    test('stop, resume, and the list of jobs', async () => {
        const campaign = await grants(30000);
        const file = Array.from({ length: 20000 }, (_, i) => idNumber(400000 + i)).join('\n');
        const made = granted(await upload(target(campaign), file), 202);
        const stopped = granted(await act(made.job_id, 'stop'));
        assert.equal(stopped.state, 'stopped');
        refused(await act(made.job_id, 'stop'), 409, 'wrong_state');
        const still = await job(made.job_id);
        assert.ok(still.rows_ok < 20000);
        assert.equal((await w.balanced(campaign)).issued, still.rows_ok);
        assert.equal((await job(made.job_id)).rows_ok, still.rows_ok);
        const listed = granted(
            await w.api.get('/v1/admin/jobs?limit=1', { token: w.author.token }),
        );
        assert.equal(listed.items[0].job_id, made.job_id);
        assert.equal(listed.has_more, true);
        granted(await act(made.job_id, 'resume'));
        refused(await act(made.job_id, 'resume'), 409, 'wrong_state');
        const done = await ended(made.job_id);
        assert.deepEqual([done.state, done.rows_ok, done.rows_failed], ['done', 20000, 0]);
        assert.equal((await w.balanced(campaign)).issued, 20000);
        refused(await act(made.job_id, 'resume'), 409, 'wrong_state');
    });
    test('claims go on beside a job', async () => {
        const campaign = await grants(30000),
            rush = await w.campaign();
        const file = Array.from({ length: 10000 }, (_, i) => idNumber(500000 + i)).join('\n');
        await w.sessionsOf(600, 32);
        const made = granted(await upload(target(campaign), file), 202);
        for (let n = 600; n < 632; n++) granted(await w.claim(rush, n), 201);
        assert.equal((await ended(made.job_id)).rows_ok, 10000);
    });
});

describe('kill -9 in the middle', () => {
    test('no row is doubled, none is lost, for grants and roll alike', async () => {
        const campaign = await grants(30000);
        const count = 20000;
        const file = Array.from({ length: count }, (_, i) =>
            i % 1000 === 7 ? 'nobody' : idNumber(700000 + i),
        ).join('\n');
        const a = granted(
            await upload(`/v1/admin/campaigns/${campaign.campaign_id}/grants`, file),
            202,
        );
        const b = granted(
            await upload(
                '/v1/admin/residents/import',
                roll(Array.from({ length: 5000 }, (_, i) => resident(800000 + i))),
            ),
            202,
        );
        for (const part of [1000, 4000, 9000]) {
            await until('some rows', async () => (await job(a.job_id)).rows_ok >= part);
            w.daemon.kill('SIGKILL');
            await w.daemon.ended;
            await w.restart();
        }
        const [done, other] = [await ended(a.job_id), await ended(b.job_id)];
        assert.deepEqual([done.state, done.rows_ok, done.rows_failed], ['done', 19980, 20]);
        assert.deepEqual([other.state, other.rows_ok], ['done', 5000]);
        assert.equal((await w.balanced(campaign)).issued, 19980);
        assert.equal((await failures(a.job_id)).length, 21);
        await until('the files to go', () => spool().length === 0);
    });
    test('an upload that was cut leaves nothing', async () => {
        const net = await import('node:net');
        const socket = net.connect(w.daemon.port, '127.0.0.1');
        await new Promise((done) => socket.once('connect', done));
        socket.write(
            `POST /v1/admin/residents/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${w.author.token}\r\nIdempotency-Key: ${newKey()}\r\nContent-Type: text/csv\r\nContent-Length: 100000\r\n\r\nid_number,name\r\n`,
        );
        await until('the file to come', () => spool().length === 1);
        socket.destroy();
        await until('the file to go', () => spool().length === 0);
    });
    test('the spool holds no name and no number in the clear', async () => {
        const campaign = await grants(30000);
        const file = Array.from({ length: 15000 }, (_, i) => idNumber(900000 + i)).join('\n');
        const made = granted(
            await upload(`/v1/admin/campaigns/${campaign.campaign_id}/grants`, file),
            202,
        );
        granted(await act(made.job_id, 'stop'));
        const [name] = spool();
        const bytes = readFileSync(path.join(w.daemon.data, 'spool', name));
        assert.ok(!bytes.includes(idNumber(900000)));
        await w.restart();
        assert.equal((await job(made.job_id)).state, 'stopped');
        granted(await act(made.job_id, 'resume'));
        assert.equal((await ended(made.job_id)).rows_ok, 15000);
    });
});
