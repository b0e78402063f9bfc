// tests/torture/privacy.mjs: 1,000 persons and every key as canaries through every flow; then all that the service wrote is searched for them.
//
// Unique names, ID numbers, mobiles, VINs, plates and invoices go through sign-in by assertion and by
// one-time code, forms, claims, grants, car evidence, files of rows (good and bad) and bad input of
// many kinds (log level debug, a real Redis under MONITOR). It must show: none of them, and no key,
// token or password, in logs, database, write-ahead log, spool, Redis' dump and traffic, metrics,
// journal or refusals: raw, base64 and base64url at any alignment, hex, percent-encoded, JSON-escaped,
// reversed, UTF-16. And no core file when the process is aborted. It does not look into the sealed
// blobs (that they are sealed is why nothing is found) nor into memory or swap.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { assertion, at, idNumber, newKey, vin } from '../../scripts/lib/client.mjs';
import { until } from '../../scripts/lib/servers.mjs';
import { Canaries, spellings } from './lib/canaries.mjs';
import { Cast, ok, password } from './lib/cast.mjs';
import { Random } from './lib/random.mjs';

const base = 700000;
// Four signs that no other word of ours holds.
const rare = (i) =>
    [0, 1, 2].map((k) => String.fromCharCode(0x7a00 + ((i >> (k * 5)) & 31) * 8 + k)).join('');
function persons(count) {
    return Array.from({ length: count }, (_, i) => ({
        i,
        name: `欧${rare(i + 17)}`,
        id_number: idNumber(base + i * 7),
        mobile: `1${3 + (i % 7)}${String(271828182 + i * 90017)
            .padStart(9, '0')
            .slice(-9)}`,
        vin: vin(300000 + i),
        plate: `豫AD${String(20000 + i)}`,
        invoice: String(25412000000031415926n + BigInt(i) * 101n),
    }));
}

function keysOf(cast, canaries) {
    const dirs = [path.join(cast.w.daemon.data, 'keys'), cast.w.daemon.data];
    let files = 0;
    for (const dir of dirs) {
        for (const file of readdirSync(dir)) {
            if (!/\.key$/.test(file)) continue;
            files++;
            const hex = readFileSync(path.join(dir, file), 'utf8').trim();
            canaries.add(`key file ${file}`, hex);
            canaries.add(`key file ${file}, bytes`, Buffer.from(hex, 'hex'));
        }
    }
    return files;
}

function* filesBelow(dir) {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
        const file = path.join(dir, entry.name);
        if (entry.isDirectory()) yield* filesBelow(file);
        else if (entry.isFile()) yield file;
    }
}

class Flows {
    constructor(cast, rng) {
        Object.assign(this, { cast, rng, refusals: [], spool: [], counts: {} });
    }
    api() {
        return this.cast.w.api;
    }
    async did(name, promise) {
        const answer = await promise;
        this.counts[name] = (this.counts[name] ?? 0) + 1;
        if (answer.status >= 400) {
            this.refusals.push(
                Buffer.from(JSON.stringify(answer.headers)),
                this.withoutEcho(answer),
            );
        }
        return answer;
    }
    // Two things are told back to whoever sent them, and to nobody else: a form that he may correct
    // (never kept by a cache), and the pointer to a member that he made up (RFC 6901).
    withoutEcho({ headers, raw }) {
        const text = raw.toString();
        if (/html/.test(headers['content-type'])) {
            if (headers['cache-control'] !== 'no-store') this.refusals.push(raw);
            return Buffer.from(text.replace(/ value="[^"]*"/g, ''));
        }
        return Buffer.from(text.replace(/"pointer":"[^"]*","code":"unknown_member"/g, ''));
    }
    spooled() {
        const dir = path.join(this.cast.w.daemon.data, 'spool');
        try {
            for (const file of readdirSync(dir)) {
                this.spool.push([`spool/${file}`, readFileSync(path.join(dir, file))]);
            }
        } catch (error) {
            if (error.code !== 'ENOENT') throw error; // a job that is done takes its file along
        }
    }
    async signIn(p) {
        const post = (target, body) => this.api().request('POST', target, { body });
        if (p.i % 3 === 1) {
            await this.did('one-time codes', post('/v1/otp', { mobile: p.mobile }));
            const code = this.cast.city.codes.get(p.mobile);
            const { name, id_number, mobile } = p;
            return this.did(
                'sign-ins by code',
                post('/v1/sessions', { mobile, code, name, id_number }),
            );
        }
        const { name, id_number, mobile } = p;
        const jwt = assertion(this.cast.w.issuer, { name, id_number, mobile });
        return this.did('sign-ins by assertion', post('/v1/sessions', { assertion: jwt }));
    }
    // What is wrong with it is told; what it held is not.
    async bad(p) {
        const { cast } = this;
        const admin = cast.w.author.token;
        const cases = [
            ['POST', '/v1/otp', { body: { mobile: p.mobile + '0' } }],
            ['POST', '/v1/otp', { body: { mobile: p.mobile, [p.id_number]: p.name } }],
            [
                'POST',
                '/v1/sessions',
                {
                    body: {
                        mobile: p.mobile,
                        code: '000000',
                        name: p.name,
                        id_number: p.id_number,
                    },
                },
            ],
            [
                'POST',
                '/v1/sessions',
                {
                    body: {
                        mobile: p.mobile,
                        code: p.id_number,
                        name: p.name,
                        id_number: p.id_number,
                    },
                },
            ],
            [
                'POST',
                '/v1/sessions',
                { body: { assertion: assertion(cast.w.issuer, p, { ttl: -900 }) } },
            ],
            [
                'POST',
                '/v1/sessions',
                {
                    body: {
                        assertion: assertion(cast.w.issuer, {
                            ...p,
                            id_number: p.id_number.slice(0, 17) + 'A',
                        }),
                    },
                },
            ],
            [
                'POST',
                '/v1/sessions',
                { body: `{"assertion": "${p.name}", "assertion": "${p.id_number}"}` },
            ],
            ['POST', '/v1/sessions', { body: `{"name": "${p.name}", "id_number": ${p.id_number}` }],
            ['GET', `/v1/vouchers/${p.id_number}`, { token: p.session }],
            [
                'GET',
                `/v1/me/vouchers?after=${p.id_number}&q=${encodeURIComponent(p.name)}`,
                { token: p.session },
            ],
            [
                'GET',
                `/v1/nothing/${p.mobile}`,
                {
                    headers: {
                        'user-agent': p.id_number,
                        referer: `/${p.mobile}`,
                        cookie: `x=${p.id_number}`,
                    },
                },
            ],
            ['GET', '/v1/me/vouchers', { token: p.id_number }],
            ['GET', '/v1/me/vouchers', { token: `${p.session}${p.mobile}` }],
            [
                'POST',
                `/v1/campaigns/${cast.running.campaign_id}/claims`,
                { token: p.session, key: newKey(), body: { pool_id: p.id_number } },
            ],
            [
                'POST',
                `/v1/campaigns/${cast.running.campaign_id}/claims`,
                { token: p.session, key: `${p.id_number} ${p.mobile}`, body: {} },
            ],
            [
                'POST',
                `/v1/admin/campaigns/${cast.granting.campaign_id}/grants`,
                {
                    token: admin,
                    key: newKey(),
                    body: { pool_id: cast.granting.pools[0].pool_id, residents: [p.id_number] },
                },
            ],
            [
                'POST',
                `/v1/admin/residents/${p.id_number}/unmask`,
                { token: cast.admins.auditor.token, key: newKey(), body: { reason: '投诉核查' } },
            ],
            [
                'POST',
                '/sign-in',
                {
                    body: new URLSearchParams({
                        mobile: p.mobile,
                        code: '1',
                        name: p.name,
                        id_number: p.id_number,
                    }).toString(),
                    headers: { 'content-type': 'application/x-www-form-urlencoded' },
                },
            ],
        ];
        const picked = this.rng.shuffled(cases).slice(0, 6);
        for (const [method, target, options] of picked)
            await this.did('bad requests', this.api().request(method, target, options));
    }
    async claim(p, campaign) {
        const body = { pool_id: campaign.pools[0].pool_id };
        const target = `/v1/campaigns/${campaign.campaign_id}/claims`;
        return this.did('claims', this.api().post(target, body, { token: p.session }));
    }
    async buy(p) {
        const made = await this.claim(p, this.car);
        const evidence = {
            invoice: { number: p.invoice, date: at(-86400).slice(0, 10), amount_fen: 12000000 },
            vin: p.vin,
            plate: p.plate,
            buyer_name: p.name,
            buyer_id_number: p.id_number,
            energy: 'nev',
        };
        const redeem = (over) =>
            this.dealer.redeem(ok(made, 201).vouchers[0], {
                amount_fen: 12000000,
                evidence: { ...evidence, ...over },
            });
        await this.did('bad evidence', redeem({ vin: p.vin.slice(0, 16) + 'I' }));
        await this.did('bad evidence', redeem({ buyer_id_number: idNumber(base - 1 - p.i) }));
        ok(await this.did('car redemptions', redeem({})), 201);
        await this.did('bad evidence', redeem({}));
    }
    async files(list) {
        const upload = async (target, rows) => {
            const made = await this.did(
                'files of rows',
                this.api().post(
                    target,
                    `id_number,name,mobile,grid_cell,groups\r\n${rows.join('\r\n')}\r\n`,
                    { token: this.cast.w.author.token, headers: { 'content-type': 'text/csv' } },
                ),
            );
            this.spooled();
            const id = ok(made, 202).job_id;
            const token = this.cast.w.author.token;
            await until(
                'the job to end',
                async () =>
                    /done|failed/.test(
                        (await this.api().get(`/v1/admin/jobs/${id}`, { token })).json.state,
                    ),
                60000,
            );
            this.refusals.push(
                (await this.api().get(`/v1/admin/jobs/${id}/failures`, { token })).raw,
            );
        };
        await upload(
            '/v1/admin/residents/import',
            list.map((p) => [p.id_number, p.name, p.mobile, '410108-01', ''].join(',')),
        );
        await upload(
            '/v1/admin/residents/import',
            list.map((p) =>
                [
                    p.id_number.slice(0, 17) + 'A',
                    p.name,
                    `${p.mobile}9`,
                    p.id_number,
                    `"${p.name}`,
                ].join(','),
            ),
        );
        await upload(
            '/v1/admin/residents/import',
            list.map((p) => [p.name, p.id_number, p.name, p.mobile, p.mobile].join(',')),
        );
        const { campaign_id, pools } = this.cast.granting;
        await upload(
            `/v1/admin/campaigns/${campaign_id}/grants?pool_id=${pools[0].pool_id}`,
            list.map((p) => [p.id_number, p.name, p.mobile, '', ''].join(',')),
        ).catch(() => {});
    }
}

async function everybody(flows, list) {
    const { cast } = flows;
    flows.dealer = await cast.w.till({ kind: 'car_dealer' });
    const bands = [{ from_fen: 5000000, to_fen: null, fuel_fen: 300000, nev_fen: 400000 }];
    flows.car = await cast.w.campaign({
        kind: 'car',
        assurance: 'otp',
        budget_fen: 400000 * 2000,
        pools: [
            {
                name: '购车券',
                value_fen: 400000,
                count: 2000,
                min_spend_fen: 0,
                pack: null,
                stackable: false,
            },
        ],
        categories: { allow: [], deny: [] },
        car: {
            payout: 'pos_deduct',
            rate: { type: 'fixed_bands', bands },
            invoice_window: { from: at(-30 * 86400), to: at(30 * 86400) },
            plate_window: null,
            evidence_due_hours: 72,
        },
    });
    const queue = [...list];
    const lane = async () => {
        for (let p = queue.shift(); p; p = queue.shift()) {
            p.session = ok(await flows.signIn(p), 201).session;
            await flows.claim(p, cast.running);
            await flows.bad(p);
            if (p.i % 2 === 0) await flows.buy(p);
        }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    await flows.files(list);
}

// Everything that Redis was told, as it was told.
function listenTo(socket) {
    const parts = [];
    const c = net.createConnection(socket);
    c.on('data', (part) => parts.push(part)).on('error', () => {});
    c.write('MONITOR\r\n');
    return { text: () => Buffer.concat(parts), end: () => c.destroy() };
}

function search(canaries, sinks, figures, faults) {
    let bytes = 0,
        hits = 0;
    for (const [name, content] of sinks) {
        bytes += content.length;
        for (const hit of canaries.find(content)) {
            hits++;
            const around = content
                .subarray(Math.max(0, hit.at - 60), hit.at + 40)
                .toString('latin1')
                .replace(/[^ -~]/g, '.');
            if (hits <= 20) faults.push(`${name}: ${hit.name} at ${hit.at}: ${around}`);
        }
    }
    Object.assign(figures, {
        canaries: canaries.words,
        'spellings searched': canaries.patterns,
        sinks: sinks.length,
        'bytes searched': bytes,
        hits,
    });
}

// The search itself must be able to find.
function provesItself(list, faults) {
    const one = new Canaries();
    one.add('name', list[0].name);
    one.add('number', list[0].id_number);
    const text = Buffer.from(`${list[0].name}|${list[0].id_number}`);
    const planted = [text, ...spellings(list[0].name), ...spellings(list[0].id_number)];
    for (const shift of [0, 1, 2])
        planted.push(
            Buffer.from(Buffer.concat([Buffer.alloc(shift, 120), text]).toString('base64')),
        );
    for (const bytes of planted)
        if (
            one.find(Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('yyyyyyyyyyy')]))
                .length === 0
        )
            faults.push(`the search is blind to ${bytes.toString('hex')}`);
}

// Aborted with its working directory at hand and the shell's limit lifted: nothing is left behind.
async function core(cast, figures, faults) {
    const { daemon } = cast.w;
    const limits = readFileSync(`/proc/${daemon.pid}/limits`, 'utf8');
    if (!/Max core file size\s+0\s+0/.test(limits))
        faults.push(`core files are allowed: ${limits}`);
    const left = path.join(cast.w.dir, 'core-try');
    mkdirSync(left, { mode: 0o777 });
    const config = daemon.config;
    await daemon.stop();
    const script =
        'ulimit -c unlimited 2>/dev/null; cd "$1"; "$2" --config "$3" & p=$!; n=0; until grep -q "core file size  *0  *0 " /proc/$p/limits || [ $n -gt 100 ]; do n=$((n+1)); read -t 0.05 x <> <(:) || :; done; stat -c %a:%u /proc/$p/mem; kill -ABRT $p; wait $p; echo $?';
    const done = spawnSync(
        'bash',
        [
            '-c',
            script,
            'sh',
            left,
            path.join(process.env.HUIQUAN_BUILD_DIR ?? 'build', 'huiquand'),
            config,
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const told = done.stdout.trim().split('\n');
    if (!/^1(34|43)$/.test(told.at(-1))) faults.push(`the abort ended otherwise: ${done.stdout}`);
    const cores = readdirSync(left);
    if (cores.length > 0) faults.push(`left behind: ${cores}`);
    figures['core files after an abort'] = cores.length;
    figures['core pattern here'] = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
}

export async function run({ seed, quick }) {
    const figures = {},
        faults = [];
    const list = persons(quick ? 60 : 1000);
    provesItself(list, faults);
    const cast = await Cast.open({
        settings: { log_level: 'debug', redis_timeout_ms: 200 },
        redis: true,
        places: 3000,
    });
    try {
        const canaries = new Canaries();
        const monitor = listenTo(cast.w.redis.socket);
        const flows = new Flows(cast, new Random(seed));
        await everybody(flows, list);
        for (const p of list)
            for (const what of [
                'name',
                'id_number',
                'mobile',
                'vin',
                'plate',
                'invoice',
                'session',
            ])
                canaries.add(`${what} of person ${p.i}`, p[what]);
        const page = await cast.pageAdmin(['auditor']);
        const secret = new URL(page.otpauth).searchParams.get('secret');
        const words = {
            password,
            'TOTP secret': secret,
            'page cookie': page.cookie.split('=')[1],
            'enrolment code': page.enrollment_code,
        };
        for (const [name, word] of Object.entries(words)) canaries.add(name, word);
        for (const who of [cast.w.author, cast.w.approver, ...Object.values(cast.admins)])
            canaries.add('API token', who.token);
        const weak = await cast.w.terminal(cast.tills.till.merchant, { alg: 'hmac-sha256' });
        canaries.add('secret of a weak till', Buffer.from(weak.secret, 'base64url'));
        figures['key files'] = keysOf(cast, canaries);
        if (figures['key files'] < 3) faults.push('the keys were not found to search for');
        const { token } = cast.w.author;
        const sinks = [['metrics', (await flows.api().get('/metrics')).raw]];
        for (let after = ''; after !== null;) {
            const answer = await flows
                .api()
                .get(`/v1/admin/journal?limit=200${after && `&after=${after}`}`, { token });
            sinks.push(['journal', answer.raw]);
            after = answer.json.next;
        }
        sinks.push(...flows.spool);
        figures['spool files seen'] = flows.spool.length;
        if (flows.spool.length === 0) faults.push('no spool file was seen');
        for (const answer of flows.refusals) sinks.push(['a refusal', answer]);
        const redis = (...words) =>
            execFileSync('redis-cli', ['-s', cast.w.redis.socket, ...words]);
        redis('config', 'set', 'rdbcompression', 'no');
        redis('save');
        sinks.push(['MONITOR', monitor.text()]);
        figures['bytes told to Redis'] = monitor.text().length;
        monitor.end();
        for (const file of filesBelow(cast.w.dir))
            if (!/\.key$/.test(file))
                sinks.push([path.relative(cast.w.dir, file), readFileSync(file)]);
        figures['files'] = sinks
            .filter(([name]) => /huiquan\.db|wal|\.log|rdb|spool/.test(name))
            .map(([name, b]) => `${name} ${b.length}`)
            .join(', ');
        search(canaries, sinks, figures, faults);
        await core(cast, figures, faults);
        for (const file of filesBelow(cast.w.daemon.data))
            if (statSync(file).isFile() && !/\.key$/.test(file))
                for (const hit of canaries.find(readFileSync(file)).slice(0, 3))
                    faults.push(`after the stop, ${file}: ${hit.name}`);
        Object.assign(figures, flows.counts, { refusals: flows.refusals.length });
    } finally {
        await cast.close();
    }
    return { ok: faults.length === 0, figures, faults };
}
