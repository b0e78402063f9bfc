// scripts/demo: a campaign that a reader can check, with the service's own answer beside each step.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {
    Api,
    Till,
    assertion,
    at,
    enroll,
    newIssuer,
    newKey,
    person,
    run,
    session,
    shopping,
    uscc,
    vin,
} from './client.mjs';
import {
    buildDir,
    createAdmin,
    freePort,
    root,
    startDaemon,
    startRedis,
    until,
} from './servers.mjs';

const options = { serve: false, port: undefined, state: undefined };
for (let i = 2; i < process.argv.length; i++) {
    const word = process.argv[i];
    if (word === '--serve') options.serve = true;
    else if (word === '--port') options.port = Number(process.argv[++i]);
    else if (word === '--state') options.state = path.resolve(process.argv[++i]);
    else {
        console.error(`demo: unknown option ${word}; known: --serve --port N --state DIR`);
        process.exit(2);
    }
}
const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-demo-'));
const file = (name) => JSON.parse(readFileSync(path.join(root, 'scripts/data', name), 'utf8'));
let step = 0,
    wrong = 0,
    stopping = false;
const say = (text) => console.log(text);
const title = (text) => say(`\n${String(++step).padStart(2)}. ${text}`);
const yuan = (fen) => `${(fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })} 元`;
function expect(what, answer, status, code) {
    const right = answer.status === status && (code === undefined || answer.json?.code === code);
    if (!right) wrong++;
    const shown = answer.json?.code
        ? ` ${answer.json.code}: ${answer.json.title}。${answer.json.detail}`
        : '';
    say(`    ${right ? '✓' : '✗ 不符 UNEXPECTED'} ${what} → HTTP ${answer.status}${shown}`);
    if (!right) say(`      ${answer.raw}`);
    return answer;
}
function check(what, holds) {
    if (!holds) wrong++;
    say(`    ${holds ? '✓' : '✗ 不符 UNEXPECTED'} ${what}`);
}

// The city's SMS gateway and name/ID/mobile check, as a stand-in that prints.
function standIn() {
    const server = http.createServer((req, res) => {
        let body = '';
        req.on('data', (part) => {
            body += part;
        });
        req.on('end', () => {
            let asked = {};
            try {
                asked = JSON.parse(body);
            } catch {
                /* answered all the same */
            }
            if (req.url === '/sms') world.code = asked.code;
            if (req.url === '/sms')
                say(
                    `    [短信 SMS] ${String(asked.mobile).slice(0, 3)}****${String(asked.mobile).slice(-4)}: ${asked.code}`,
                );
            res.writeHead(200, { 'content-type': 'application/json' });
            res.end(req.url === '/identity' ? '{"match":true}' : '{}');
        });
    });
    return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

function drawQr(svg) {
    const size = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]);
    const dark = new Set([...svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x},${y}`));
    for (let y = 2; y < size - 2; y += 2) {
        let line = '    ';
        for (let x = 2; x < size - 2; x++) {
            const top = dark.has(`${x},${y}`),
                bottom = dark.has(`${x},${y + 1}`);
            line += top ? (bottom ? ' ' : '▄') : bottom ? '▀' : '█';
        }
        say(line);
    }
    return size - 8;
}

// The paragraph of the contract about tokens, spelled out: anyone can do this with the JWKS alone.
function verifyOffline(jwks, digits) {
    const parts = [];
    for (let i = 0; i < 14; i++)
        parts.push(
            BigInt(digits.slice(17 * i, 17 * i + 17))
                .toString(16)
                .padStart(14, '0'),
        );
    parts.push(BigInt(digits.slice(238, 253)).toString(16).padStart(12, '0'));
    const token = Buffer.from(parts.join(''), 'hex'),
        claims = token.subarray(0, 40);
    const kid = claims.subarray(4, 8).toString('hex');
    const jwk = jwks.keys.find((key) => key.kid === kid);
    if (!jwk) return { valid: false };
    const held = createHash('sha256')
        .update(Buffer.from(jwk.x, 'base64url'))
        .digest('hex')
        .startsWith(kid);
    const valid =
        held &&
        verify(
            null,
            Buffer.concat([Buffer.from('huiquan-voucher-v1\0'), claims]),
            createPublicKey({ key: jwk, format: 'jwk' }),
            token.subarray(40),
        );
    return {
        valid,
        kid,
        campaign_number: claims.readUInt32BE(24),
        value_fen: claims.readUInt32BE(28),
        expires: new Date(claims.readUInt32BE(36) * 1000).toISOString(),
    };
}

const world = { admins: [], terminals: [], campaigns: {}, vouchers: new Map() };

async function setUp() {
    world.side = await standIn();
    const side = `http://127.0.0.1:${world.side.address().port}`;
    world.issuer = newIssuer('https://app.huiji.example');
    world.redis = await startRedis(dir);
    world.daemon = await startDaemon(dir, {
        port: options.port,
        metricsPort: await freePort(),
        redis: world.redis.socket,
        issuers: world.issuer.config,
        settings: {
            trusted_proxies: '127.0.0.0/8, ::1/128',
            sms_webhook_url: `${side}/sms`,
            identity_check_url: `${side}/identity`,
        },
    });
    world.api = new Api(world.daemon.base, { connections: 64 });
    title('两位管理员 Two administrators (huiquan admin create)');
    for (const name of ['王编制', '李审批'])
        world.admins.push(
            await createAdmin(world.daemon, name, ['budget', 'operations', 'approver']),
        );
    check(
        `${world.admins.map((a) => a.name).join('、')} · budget, operations, approver`,
        world.admins.length === 2,
    );
    title('二十家车商、一家商场 Twenty car dealers with valid USCC, one mall');
    const [author] = world.admins;
    world.dealers = [];
    for (let i = 0; i < 20; i++) {
        const made = await world.api.post(
            '/v1/admin/merchants',
            {
                name: `惠济第${i + 1}汽车销售有限公司`,
                uscc: uscc(1000 + i),
                kind: 'car_dealer',
                groups: ['惠济汽车城'],
            },
            { token: author.token },
        );
        if (made.status !== 201) throw new Error(`${made.raw}`);
        world.dealers.push(made.json);
    }
    world.mall = (
        await world.api.post(
            '/v1/admin/merchants',
            { name: '惠济万达商场', uscc: uscc(2000), kind: 'shop', groups: ['夜经济'] },
            { token: author.token },
        )
    ).json;
    check(
        `${world.dealers[0].uscc} … ${world.dealers[19].uscc}, ${world.mall.uscc}`,
        world.dealers.length === 20,
    );
    for (const [merchant, kind] of [
        [world.dealers[0], 'car_dealer'],
        [world.dealers[1], 'car_dealer'],
        [world.mall, 'shop'],
    ]) {
        world.terminals.push({
            ...(await enroll(world.api, author, merchant.merchant_id, `${merchant.name} 1号机`)),
            kind,
        });
    }
    check(
        `${world.terminals.length} 台终端以私钥持有证明注册 terminals enrolled with proof of possession`,
        world.terminals.every((t) => t.terminal_id),
    );
    [world.dealerTill, world.otherTill, world.mallTill] = world.terminals.map(
        (t) => new Till(world.api, t),
    );
}

async function campaigns() {
    const { api } = world,
        [author, approver] = world.admins,
        token = author.token;
    const windows = {
        claim_window: { from: at(-3600), to: at(7 * 86400) },
        use_window: { from: at(-3600), to: at(30 * 86400) },
    };
    title('奖励券包活动 The reward campaign: a pack of 2000 + 2000 + 1000');
    const reward = await run(
        api,
        author,
        approver,
        shopping({
            name: '购车奖励消费券',
            issuing: 'reward',
            budget_fen: 1820000000,
            ...windows,
            pools: [
                {
                    name: '奖励 5000',
                    value_fen: 500000,
                    count: 3640,
                    min_spend_fen: 0,
                    pack: [
                        { value_fen: 200000, min_spend_fen: 200100, count: 2 },
                        { value_fen: 100000, min_spend_fen: 100100, count: 1 },
                    ],
                    stackable: false,
                },
            ],
        }),
    );
    check(`${reward.name} · ${reward.state}`, reward.state === 'running');
    title('管城区 2022 购车券表 Guancheng 2022: six pools, 3,640 vouchers, 20,000,000 yuan');
    const data = file('guancheng-2022.json');
    const definition = {
        name: data.name,
        kind: 'car',
        budget_fen: data.budget_fen,
        timezone: 'Asia/Shanghai',
        issuing: 'rush',
        ...windows,
        valid_days: null,
        per_person_limit: 1,
        pools: data.pools.map((pool) => ({
            min_spend_fen: 0,
            pack: null,
            stackable: false,
            ...pool,
        })),
        merchants: { mode: 'list', ids: world.dealers.map((m) => m.merchant_id) },
        categories: { allow: [], deny: [] },
        daily_hours: [],
        refund_policy: 'restore',
        presentation: 'static',
        limits: { claims_per_s: 20000, per_resident_per_min: 6 },
        reward: { campaign_id: reward.campaign_id, pool_id: reward.pools[0].pool_id },
        car: {
            payout: 'pos_deduct',
            rate: data.rate,
            invoice_window: { from: at(-30 * 86400), to: at(30 * 86400) },
            plate_window: null,
            evidence_due_hours: 72,
        },
    };
    for (const pool of data.pools)
        say(
            `      ${pool.name.padEnd(8)} ${String(pool.count).padStart(5)} × ${yuan(pool.value_fen)}`,
        );
    const sum = data.pools.reduce((s, p) => s + p.count * p.value_fen, 0);
    check(
        `合计 ${data.pools.reduce((s, p) => s + p.count, 0)} 张 ${yuan(sum)} = 预算 budget`,
        sum === data.budget_fen,
    );
    const made = expect(
        '编制 create',
        await api.post('/v1/admin/campaigns', definition, { token }),
        201,
    );
    const id = made.json.campaign_id;
    expect('提交 submit', await api.post(`/v1/admin/campaigns/${id}/submit`, {}, { token }), 200);
    expect(
        '编制人自己审批 the author approves',
        await api.post(`/v1/admin/campaigns/${id}/approve`, {}, { token }),
        403,
        'needs_second_person',
    );
    world.car = expect(
        '第二人审批 a second person approves',
        await api.post(`/v1/admin/campaigns/${id}/approve`, {}, { token: approver.token }),
        200,
    ).json;
    title('端午餐饮券 2023 Catering 2023: 25 off from 100, one per person');
    const food = file('catering-2023.json');
    world.food = await run(
        api,
        author,
        approver,
        shopping({
            name: food.name,
            budget_fen: food.budget_fen,
            ...windows,
            pools: food.pools.map((p) => ({ pack: null, stackable: false, ...p })),
            categories: food.categories,
        }),
    );
    check(`${world.food.name} · ${world.food.state}`, world.food.state === 'running');
    title('一百万张的抢券活动 A rush of 1,000,000 vouchers, one per person');
    world.rush = await run(
        api,
        author,
        approver,
        shopping({
            name: '十点抢券',
            budget_fen: 1000000 * 500,
            ...windows,
            pools: [
                {
                    name: '5 元券',
                    value_fen: 500,
                    count: 1000000,
                    min_spend_fen: 1000,
                    pack: null,
                    stackable: true,
                },
            ],
            limits: { claims_per_s: 1000000, per_resident_per_min: 6 },
        }),
    );
    check(`${world.rush.name} · ${world.rush.pools[0].count} 张`, world.rush.state === 'running');
    world.campaigns = {
        car: world.car.campaign_id,
        shopping: world.food.campaign_id,
        rush: world.rush.campaign_id,
    };
}

const poolOf = (campaign, name) => campaign.pools.find((p) => p.name === name).pool_id;
async function claim(campaign, pool, n) {
    const who = person(n),
        token = await session(world.api, world.issuer, who),
        key = newKey();
    const answer = await world.api.post(
        `/v1/campaigns/${campaign.campaign_id}/claims`,
        { pool_id: pool },
        { token, key },
    );
    if (answer.status === 201) world.vouchers.set(key, { campaign, pool, token, raw: answer.raw });
    return { who, token, answer };
}
const invoice = (n, amount_fen) => ({
    number: String(25232000000000000000n + BigInt(n)),
    date: at(-86400).slice(0, 10),
    amount_fen,
});

async function cars() {
    const { api, car, dealerTill, otherTill } = world;
    title('领取购车券 A resident claims a car voucher');
    const nev = poolOf(car, '新能源 6000');
    const first = await claim(car, nev, 700001);
    expect(`${first.who.name[0]}* 领取 claims`, first.answer, 201);
    const voucher = first.answer.json.vouchers[0];
    expect(
        '再领一次 claims again',
        await api.post(
            `/v1/campaigns/${car.campaign_id}/claims`,
            { pool_id: nev },
            { token: first.token },
        ),
        409,
        'already_claimed',
    );
    title('二维码 The QR that the till scans (253 digits, level M)');
    const qr = await api.get(`/v1/vouchers/${voucher.voucher_id}/qr.svg`, { token: first.token });
    const modules = drawQr(qr.raw.toString());
    check(`${modules} × ${modules} 模块 modules`, modules === 41);
    title('离线验证 Offline verification with the JWKS alone');
    const jwks = (await api.get('/.well-known/jwks.json')).json;
    const jwksFile = path.join(dir, 'jwks.json');
    writeFileSync(jwksFile, JSON.stringify(jwks));
    const seen = verifyOffline(jwks, voucher.token);
    check(
        `签名有效 signature holds · kid ${seen.kid} · ${yuan(seen.value_fen)} · ${seen.expires}`,
        seen.valid && seen.value_fen === 600000,
    );
    const cli = spawnSync(
        path.join(buildDir, 'huiquan'),
        ['token', 'verify', '--jwks', jwksFile, voucher.token],
        { encoding: 'utf8' },
    );
    check(`huiquan token verify → exit ${cli.status}`, cli.status === 0);
    const last = Number(voucher.token[60]);
    check(
        '改动一位即失效 one digit changed: refused',
        !verifyOffline(
            jwks,
            voucher.token.slice(0, 60) + ((last + 1) % 10) + voucher.token.slice(61),
        ).valid,
    );
    title('核销：材料有误时一次说全 Redemption: all faults of the evidence at once');
    const evidence = {
        invoice: invoice(1, 16880000),
        vin: vin(1),
        plate: '豫AD12345',
        buyer_name: first.who.name,
        buyer_id_number: first.who.id_number,
        energy: 'nev',
    };
    const bad = await dealerTill.redeem(voucher, {
        amount_fen: 16880000,
        evidence: {
            ...evidence,
            vin: 'LSVAU033872132789',
            plate: '豫A1234I',
            invoice: { ...evidence.invoice, number: '1234567' },
        },
    });
    expect('VIN、号牌、发票号都错 VIN, plate and invoice wrong', bad, 422, 'evidence_invalid');
    for (const error of bad.json.errors ?? [])
        say(`        ${error.pointer}: ${error.code} ${error.detail}`);
    title(
        '核销：发票、车架号真实校验 Redemption with a real invoice and VIN, and the reward it earns',
    );
    const order = {
        amount_fen: 16880000,
        no: 'DB-0001',
        order_no: 'SO-0001',
        evidence,
        key: 'demo-redeem-0001',
    };
    const done = expect(
        `车价 ${yuan(16880000)}，新能源 15–25 万档`,
        await dealerTill.redeem(voucher, order),
        201,
    );
    check(
        `补贴 ${yuan(done.json.value_fen)}，应付 payable ${yuan(done.json.payable_fen)}`,
        done.json.value_fen === 600000 && done.json.payable_fen === 16280000,
    );
    check(
        `奖励券包 reward pack: ${done.json.reward?.vouchers.map((v) => yuan(v.value_fen)).join(' + ')}`,
        done.json.reward?.vouchers.length === 3,
    );
    const replay = await dealerTill.redeem(voucher, order);
    check(
        `同一请求重发，字节相同 the same request again: same bytes, Idempotent-Replayed: ${replay.headers['idempotent-replayed']}`,
        replay.raw.equals(done.raw),
    );
    expect(
        '另一终端再核销 another till tries',
        await otherTill.redeem(voucher, { ...order, no: 'X-1', key: undefined, order_no: 'SO-9' }),
        409,
        'already_redeemed',
    );
    title('冲正 Reversal: the till got no answer');
    const second = await claim(car, poolOf(car, '燃油 3000'), 700002);
    const other = second.answer.json.vouchers[0];
    const fuel = {
        invoice: invoice(2, 9980000),
        vin: vin(2),
        plate: '豫A12345',
        buyer_name: second.who.name,
        buyer_id_number: second.who.id_number,
        energy: 'fuel',
    };
    expect(
        '核销 redeem',
        await dealerTill.redeem(other, {
            amount_fen: 9980000,
            no: 'DB-0002',
            order_no: 'SO-0002',
            evidence: fuel,
        }),
        201,
    );
    expect(
        '冲正 reverse',
        await dealerTill.post('/v1/redemptions/by-request/DB-0002/reverse', {
            reason: '终端未收到应答',
        }),
        200,
    );
    expect(
        '原请求迟到 the original arrives late',
        await dealerTill.redeem(other, {
            amount_fen: 9980000,
            no: 'DB-0002',
            order_no: 'SO-0002',
            evidence: fuel,
        }),
        409,
        'request_reversed',
    );
    expect(
        '换新号核销 redeemed under a new number',
        await dealerTill.redeem(other, {
            amount_fen: 9980000,
            no: 'DB-0003',
            order_no: 'SO-0003',
            evidence: fuel,
        }),
        201,
    );
    const third = await claim(car, poolOf(car, '燃油 3000'), 700003);
    expect(
        '同一车架号再补贴 the same VIN again',
        await dealerTill.redeem(third.answer.json.vouchers[0], {
            amount_fen: 9980000,
            evidence: {
                ...fuel,
                invoice: invoice(3, 9980000),
                plate: '豫A54321',
                buyer_name: third.who.name,
                buyer_id_number: third.who.id_number,
            },
        }),
        409,
        'vin_already_used',
    );
}

async function shoppers() {
    const { api, food, mallTill } = world;
    title('短信验证码登录 Signing in by one-time code (weaker: this campaign refuses it)');
    const guest = person(800001);
    expect(
        '发送 send',
        await api.request('POST', '/v1/otp', { body: { mobile: guest.mobile } }),
        200,
    );
    expect(
        '立即再发 again at once',
        await api.request('POST', '/v1/otp', { body: { mobile: guest.mobile } }),
        429,
        'rate_limited',
    );
    const weak = expect(
        '凭码登录 sign in',
        await api.request('POST', '/v1/sessions', { body: { ...guest, code: world.code } }),
        201,
    );
    say(`      assurance: ${weak.json?.assurance}`);
    expect(
        "本活动要求实名应用登录 this campaign wants the city's app",
        await api.post(
            `/v1/campaigns/${food.campaign_id}/claims`,
            { pool_id: food.pools[0].pool_id },
            { token: weak.json?.session },
        ),
        403,
        'not_eligible',
    );
    title('餐饮券 Catering vouchers');
    const one = await claim(food, food.pools[0].pool_id, 700010),
        voucher = one.answer.json.vouchers[0];
    expect('领取 claim', one.answer, 201);
    expect(
        '99.99 元 below the minimum',
        await mallTill.redeem(voucher, { amount_fen: 9999, category: 'catering' }),
        422,
        'below_min_spend',
    );
    expect(
        '买烟 tobacco',
        await mallTill.redeem(voucher, { amount_fen: 12000, category: 'tobacco' }),
        422,
        'category_not_allowed',
    );
    const used = expect(
        '120 元餐饮 a meal',
        await mallTill.redeem(voucher, { amount_fen: 12000, category: 'catering' }),
        201,
    );
    check(`应付 payable ${yuan(used.json.payable_fen)}`, used.json.payable_fen === 9500);
    expect(
        '整单退货 refunded wholly',
        await mallTill.post(`/v1/redemptions/${used.json.redemption_id}/refund`, {
            amount_fen: 12000,
            reason: '退餐',
        }),
        200,
    );
    check(
        '券复活 the voucher lives again',
        (await api.get(`/v1/vouchers/${voucher.voucher_id}`, { token: one.token })).json.state ===
            'live',
    );
    title('券池恰好领完 A pool of 30 runs out at exactly 30, with 60 residents at once');
    const small = await run(
        api,
        ...world.admins,
        shopping({
            name: '限量三十',
            budget_fen: 30 * 1000,
            pools: [
                {
                    name: '10 元',
                    value_fen: 1000,
                    count: 30,
                    min_spend_fen: 2000,
                    pack: null,
                    stackable: false,
                },
            ],
        }),
    );
    const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) => claim(small, small.pools[0].pool_id, 710000 + i)),
    );
    const won = answers.filter(({ answer }) => answer.status === 201).length,
        out = answers.filter(({ answer }) => answer.json?.code === 'sold_out').length;
    check(`领到 won ${won}, 领完 sold_out ${out}`, won === 30 && out === 30);
}

async function breakThings() {
    const { api, food } = world,
        pool = food.pools[0].pool_id;
    title('杀掉 Redis，领取照常 Redis killed: claims go on');
    await world.redis.kill('SIGKILL');
    const ready = await until('degraded', async () => {
        const r = await api.get('/readyz');
        return r.json?.status === 'degraded' && r;
    });
    expect('/readyz', ready, 200);
    for (let i = 0; i < 3; i++)
        expect('领取 claim', (await claim(food, pool, 720000 + i)).answer, 201);
    world.redis = await startRedis(dir);
    title(
        'kill -9 服务，已应答的一张不丢 The daemon killed with -9: every acknowledged claim is still there',
    );
    const before = world.vouchers.size,
        load = Promise.allSettled(
            Array.from({ length: 40 }, (_, i) => claim(food, pool, 730000 + i)),
        );
    await until('some answers', () => world.vouchers.size >= before + 8);
    await world.daemon.kill('SIGKILL');
    await load;
    world.daemon = await world.daemon.start();
    let same = 0;
    for (const [key, kept] of world.vouchers) {
        const again = await api
            .post(
                `/v1/campaigns/${kept.campaign.campaign_id}/claims`,
                { pool_id: kept.pool },
                { token: kept.token, key },
            )
            .catch(() => undefined);
        const answer = again?.status === 429 ? undefined : again;
        same += answer === undefined ? 1 : answer.raw.equals(kept.raw) ? 1 : 0;
    }
    check(
        `${world.vouchers.size} 个已应答的领取（其中 ${world.vouchers.size - before} 个在被杀前一刻）逐一重放，字节相同 replayed byte for byte`,
        same === world.vouchers.size,
    );
}

async function ledger() {
    title('账平 The ledger equation');
    for (const campaign of [world.car, world.food, world.rush]) {
        const l = (
            await world.api.get(`/v1/admin/campaigns/${campaign.campaign_id}/ledger`, {
                token: world.admins[0].token,
            })
        ).json;
        const sum =
            l.available_fen +
            l.live_fen +
            l.held_fen +
            l.redeemed_fen +
            l.settled_fen +
            l.returned_fen;
        say(`      ${campaign.name}`);
        check(
            `拨入 funded ${yuan(l.funded_fen)} = 可用 ${yuan(l.available_fen)} + 在券 ${yuan(l.live_fen)} + 预占 ${yuan(l.held_fen)} + 已核销 ${yuan(l.redeemed_fen)} + 已清算 ${yuan(l.settled_fen)} + 已退回 ${yuan(l.returned_fen)}`,
            sum === l.funded_fen,
        );
    }
    const audit = spawnSync(
        path.join(buildDir, 'huiquan'),
        ['ledger', 'check', '--data-dir', world.daemon.data],
        { encoding: 'utf8' },
    );
    check(
        `huiquan ledger check（余额、逐券、逐账三种算法 balances, vouchers, journal）→ exit ${audit.status}`,
        audit.status === 0,
    );
}

function writeState() {
    if (!options.state) return;
    mkdirSync(options.state, { recursive: true });
    const state = {
        base_url: world.daemon.base,
        metrics_url: `http://127.0.0.1:${world.daemon.metricsPort}/metrics`,
        data_dir: world.daemon.data,
        redis_socket: world.redis.socket,
        pids: { huiquand: world.daemon.pid, redis: world.redis.pid },
        admins: world.admins,
        issuer: {
            iss: world.issuer.iss,
            kid: world.issuer.kid,
            private_jwk: world.issuer.private_jwk,
        },
        terminals: world.terminals,
        campaigns: world.campaigns,
    };
    const target = path.join(options.state, 'demo.json');
    writeFileSync(`${target}.new`, JSON.stringify(state, null, 1), { mode: 0o600 });
    renameSync(`${target}.new`, target);
}

async function tearDown() {
    stopping = true;
    world.api?.close();
    await world.daemon?.stop();
    await world.redis?.stop();
    world.side?.closeAllConnections?.();
    world.side?.close();
    rmSync(dir, { recursive: true, force: true });
}

// The three pages, and what to type first.
async function firstSteps(base) {
    const me = person(900001);
    const link = `${base}/#assertion=${assertion(world.issuer, me, { ttl: 43200 })}`;
    say(`\n居民页 residents: ${base}/`);
    say(`  如同从城市应用进入 as the city's app opens it (12 h):\n  ${link}`);
    say(`  或用手机号 or by mobile: ${me.mobile} · ${me.name} · ${me.id_number}`);
    say(
        '  （验证码打印在这里 the code is printed here; 两个演示活动要求应用登录 ask for the app）',
    );
    say(`收银页 tills: ${base}/pos`);
    const kinds = { shop: '商户 a shop', car_dealer: '车商 a car dealer' };
    for (const [kind, word] of Object.entries(kinds)) {
        const { merchant_id } = world.terminals.find((t) => t.kind === kind);
        const made = await world.api.post(
            `/v1/admin/merchants/${merchant_id}/terminals`,
            { outlet: '2号机', limits: {} },
            { token: world.admins[0].token },
        );
        say(`  注册成${word} enrols this browser (24 h, once):`);
        say(`  ${base}/pos#enroll=${made.json.enrollment_code}`);
    }
    say('  然后输入居民页“出示二维码”下的券号 then type the number under a resident’s QR code');
    say(`管理页 administrators: ${base}/admin`);
    for (const { name, token } of world.admins) say(`  API 令牌 API token, ${name}: ${token}`);
}

// As a supervisor would: what dies is started again at once, and demo.json names the new process.
async function supervise(name, restart) {
    while (!stopping) {
        await world[name].ended;
        if (stopping) return;
        try {
            world[name] = await restart();
            writeState();
        } catch (error) {
            say(`${name}: ${error.message}`);
            await new Promise((done) => setTimeout(done, 200));
        }
    }
}

let leave;
const asked = new Promise((done) => {
    leave = done;
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => leave());
let status = 1;
try {
    say('惠券 Huiquan · 端午购车与消费券演示 the Dragon Boat campaign, played end to end');
    await setUp();
    await campaigns();
    await cars();
    await shoppers();
    await breakThings();
    await ledger();
    say(
        wrong === 0
            ? `\n全部 ${step} 步符合预期 All ${step} steps as expected.`
            : `\n${wrong} 处不符 ${wrong} answers were not as expected.`,
    );
    status = wrong === 0 ? 0 : 1;
    if (options.serve && status === 0) {
        writeState();
        say(
            `\n服务地址 serving at ${world.daemon.base} (pid ${world.daemon.pid}); SIGINT or SIGTERM ends it.`,
        );
        await firstSteps(world.daemon.base);
        void supervise('daemon', () => world.daemon.start());
        void supervise('redis', () => startRedis(dir));
        await asked;
    }
} catch (error) {
    console.error(error);
    status = 1;
} finally {
    await tearDown();
}
process.exit(status);
