// tests/torture/lib/cast.mjs: everybody who may call the service, the objects that are his and
// those that are another's, and a sound request for each operation of voucher/openapi.yaml.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import {
    Api,
    assertion,
    enrollProof,
    idNumber,
    mobile,
    newIssuer,
    newKey,
    person,
    personName,
    shopping,
    uscc,
} from '../../../scripts/lib/client.mjs';
import { createAdmin, until } from '../../../scripts/lib/servers.mjs';
import { World } from '../../../scripts/lib/world.mjs';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
export function totp(otpauth, step = 0) {
    const secret = new URL(otpauth).searchParams.get('secret');
    const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + step));
    const mac = createHmac('sha1', key).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}
export const password = 'correct horse battery';
export const ok = (answer, status = 200) => {
    if (answer.status !== status) throw new Error(`${answer.status} ${answer.raw}`);
    return answer.json;
};

// A small web site of the city's: takes one-time codes, says yes to every name.
async function startCity() {
    const codes = new Map();
    const server = http.createServer((req, res) => {
        let body = '';
        req.on('data', (part) => (body += part));
        req.on('end', () => {
            const asked = JSON.parse(body);
            if (req.url === '/sms') codes.set(asked.mobile, asked.code);
            res.setHeader('content-type', 'application/json');
            res.end(JSON.stringify({ match: true }));
        });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return { codes, server, url: `http://127.0.0.1:${server.address().port}` };
}

export const roles = [
    'nobody',
    'a made-up token',
    'resident',
    'another resident',
    'till',
    'till of the same merchant',
    'till of another merchant',
    'operations',
    'budget',
    'approver',
    'auditor',
];
const admins = ['operations', 'budget', 'approver', 'auditor'];
export const kindOf = (role) =>
    role.startsWith('till')
        ? 'terminal'
        : admins.includes(role)
          ? 'admin'
          : role.match(/resident/)
            ? 'resident'
            : 'anyone';

export class Cast {
    static async open({ settings = {}, redis = false, places = 1000 } = {}) {
        const c = new Cast();
        c.city = await startCity();
        c.w = await World.open({
            redis,
            settings: {
                sms_webhook_url: `${c.city.url}/sms`,
                identity_check_url: `${c.city.url}/identity`,
                login_tries: 5,
                login_lock_s: 60,
                otp_interval_s: 0,
                ...settings,
            },
        });
        c.n = 1000;
        c.control = new Api('http://control', { socketPath: c.w.daemon.control });
        c.admins = {};
        for (const role of admins) c.admins[role] = await createAdmin(c.w.daemon, role, [role]);
        c.residents = { resident: await c.w.session(1), 'another resident': await c.w.session(2) };
        const till = await c.w.till();
        c.tills = {
            till,
            'till of the same merchant': await c.w.secondTill(till),
            'till of another merchant': await c.w.till(),
        };
        const wide = { limits: { claims_per_s: 20000, per_resident_per_min: 6000 } };
        const pool = { ...shopping().pools[0], count: places };
        c.running = await c.w.campaign({
            per_person_limit: 20,
            assurance: 'otp',
            pools: [pool],
            ...wide,
        });
        c.hidden = await c.w.draft();
        c.granting = await c.w.campaign({ issuing: 'grant', per_person_limit: 20 });
        const who = { assertion: assertion(c.w.issuer, person(1)) };
        const seen = await c.w.api.request('POST', '/v1/sessions', { body: who });
        c.someone = ok(seen, 201).resident.resident_id;
        return c;
    }
    async close() {
        this.control?.close();
        await this.w?.close();
        this.city?.server.closeAllConnections();
        this.city?.server.close();
    }
    next() {
        return this.n++;
    }
    async voucher(role) {
        const answer = await this.w.api.post(
            `/v1/campaigns/${this.running.campaign_id}/claims`,
            { pool_id: this.running.pools[0].pool_id },
            { token: this.residents[role] ?? (await this.w.session(this.next())) },
        );
        return ok(answer, 201).vouchers[0];
    }
    async ownVoucher(role) {
        this.kept ??= {};
        return (this.kept[role] ??= await this.voucher(role));
    }
    async redemption(role, mode) {
        const voucher = await this.voucher();
        return ok(await this.tills[role].redeem(voucher, { mode, amount_fen: 12000 }), 201);
    }
    // An administrator's session as a browser keeps it.
    async pageAdmin(roleNames) {
        const login = `p${newKey().slice(0, 12)}`;
        const made = ok(
            await this.control.request('POST', '/v1/admin/admins', {
                body: { name: '页面', roles: roleNames, login },
            }),
            201,
        );
        const answer = await this.w.api.request('POST', '/v1/admin/enrollments', {
            body: {
                login,
                code: made.enrollment_code,
                password,
                totp: totp(made.otpauth, -1),
            },
        });
        ok(answer, 201);
        return { ...made, login, cookie: answer.headers['set-cookie'][0].split(';')[0] };
    }
    async pageResident(n) {
        const answer = await this.w.api.request('POST', '/v1/sessions', {
            body: { assertion: assertion(this.w.issuer, person(n)), cookie: true },
            headers: { 'sec-fetch-site': 'same-origin' },
        });
        ok(answer, 201);
        return answer.headers['set-cookie'].map((line) => line.split(';')[0]).join('; ');
    }
    submitted(over) {
        return this.w.draft(over).then(async (draft) => {
            ok(await this.w.act(draft, 'submit'));
            return draft;
        });
    }
    async change() {
        const current_fen = (await this.w.ledger(this.running)).funded_fen;
        const made = await this.w.act(this.running, 'budget-changes', this.w.author, {
            current_fen,
            target_fen: current_fen + 2500,
            reason: '追加',
        });
        return ok(made, 201).budget_change_id;
    }
    async job() {
        const made = await this.w.api.post('/v1/admin/residents/import', this.roll(), {
            token: this.w.author.token,
            headers: { 'content-type': 'text/csv' },
        });
        const id = ok(made, 202).job_id;
        await until('the job to end', async () => {
            const now = await this.w.api.get(`/v1/admin/jobs/${id}`, {
                token: this.w.author.token,
            });
            return now.json.state === 'done';
        });
        return id;
    }
    roll() {
        const n = this.next();
        return `id_number,name,mobile,grid_cell,groups\r\n${idNumber(n)},${personName(n)},${mobile(n)},,\r\n`;
    }
    // As this role; a till signs, an administrator and a resident bear a token.
    async ask(role, method, path, { body, key, headers = {} } = {}) {
        const till = this.tills[role];
        if (till && !path.startsWith('/?')) {
            return till.request(method, path, { key, body, headers });
        }
        const token =
            role === 'a made-up token'
                ? `hqt_${'A'.repeat(43)}`
                : (this.residents[role] ?? this.admins[role]?.token);
        return this.w.api.request(method, path, { token, key, body, headers });
    }
}

/* Whose each object is; where nothing is said, "own" is there for all who may ask, "other" for none. */
const ofMerchant = {
    own: ['till', 'till of the same merchant'],
    other: ['till of another merchant'],
};
const ofSender = { own: ['till'], other: ['till of another merchant'] };
const ofPerson = { own: ['resident'], other: ['another resident'] };
const missing = (prefix) => `${prefix}_${'0'.repeat(20)}7ACCES`;
const shapeless = 'no-such-thing';
// An id of another kind under this prefix: the same 16 bytes name nothing here.
const dressed = (prefix, id) => `${prefix}_${id.split('_')[1]}`;
const acts = (make, prefix, other) => ({
    own: make,
    other,
    missing: () => missing(prefix),
    shapeless: () => shapeless,
});
const pending = (c) => c.submitted().then((d) => d.campaign_id);
const paused = async (c) => {
    const made = await c.w.campaign();
    ok(await c.w.act(made, 'pause'));
    return made.campaign_id;
};
const redress = (prefix) => (c) => dressed(prefix, c.tills.till.id);
const campaignOf = (make) => acts(make, 'cmp', redress('cmp'));
const held = (role) => (c) => c.redemption(role, 'hold').then((r) => r.redemption_id);
const captured = (role) => (c) => c.redemption(role, 'capture').then((r) => r.redemption_id);
const requestNo = (role) => (c) => c.redemption(role, 'capture').then((r) => r.out_request_no);
const ofTill = (make) => acts(make('till'), 'red', make('till of another merchant'));
const ofResident = acts(
    (c) => c.ownVoucher('resident').then((v) => v.voucher_id),
    'vch',
    (c) => c.ownVoucher('another resident').then((v) => v.voucher_id),
);
const byRequest = {
    own: requestNo('till'),
    other: requestNo('till of another merchant'),
    missing: () => newKey(),
};
const visible = acts(
    (c) => c.running.campaign_id,
    'cmp',
    (c) => c.hidden.campaign_id,
);
const file = { missing: () => 'none.js' };
const terminalOf = async (c) => (await c.w.till()).id;
const jobs = acts((c) => c.job(), 'job', redress('job'));
const changes = acts((c) => c.change(), 'bgc', redress('bgc'));
const merchants = acts((c) => c.tills.till.merchant.merchant_id, 'mch', redress('mch'));
const csv = { 'content-type': 'text/csv' };
const form = (fields) => ({
    body: new URLSearchParams(fields).toString(),
    headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
    },
});

/* By operationId: what {…} may name, and a sound body. An operation with a body or a hole that is
 * missing here is a fault of the row: no route escapes. */
export const operations = {
    getCampaign: { objects: visible },
    listCampaignMerchants: { objects: visible },
    getError: { objects: { own: () => 'sold_out', missing: () => 'no_such_code' } },
    getPosFile: { objects: file },
    getAdminFile: { objects: file },
    getAsset: { objects: file },
    claimByForm: {
        objects: visible,
        body: (c) => form({ pool: c.running.pools[0].pool_id, key: newKey() }),
    },
    signInByForm: {
        body: async (c) => {
            const n = c.next();
            ok(await c.w.api.request('POST', '/v1/otp', { body: { mobile: mobile(n) } }));
            const { name, id_number } = person(n);
            return form({ mobile: mobile(n), code: c.city.codes.get(mobile(n)), name, id_number });
        },
    },
    sendCodeByForm: { body: (c) => form({ mobile: mobile(c.next()) }) },
    signOutByForm: { body: () => form({}) },
    createSession: {
        body: (c) => ({ body: { assertion: assertion(c.w.issuer, person(c.next())) } }),
    },
    sendOtp: { body: (c) => ({ body: { mobile: mobile(c.next()) } }) },
    claim: { objects: visible, body: (c) => ({ body: { pool_id: c.running.pools[0].pool_id } }) },
    getEligibility: { objects: visible },
    getVoucher: { objects: ofResident, owners: ofPerson },
    getVoucherQr: { objects: ofResident, owners: ofPerson },
    getVoucherJws: { objects: ofResident, owners: ofPerson },
    enrollTerminal: {
        body: async (c) => {
            const { privateKey, publicKey } = generateKeyPairSync('ed25519');
            const made = await c.w.api.post(
                `/v1/admin/merchants/${c.tills.till.merchant.merchant_id}/terminals`,
                { outlet: '二号机', limits: {} },
                { token: c.w.author.token },
            );
            const { enrollment_code } = ok(made, 201);
            const proof = enrollProof(enrollment_code, privateKey.export({ format: 'jwk' }));
            const public_key_jwk = publicKey.export({ format: 'jwk' });
            return { body: { enrollment_code, public_key_jwk, proof } };
        },
    },
    verifyVoucher: { body: async (c) => ({ body: { token: (await c.voucher()).token } }) },
    redeem: {
        body: async (c) => ({
            body: {
                out_request_no: newKey(),
                token: (await c.voucher()).token,
                mode: 'capture',
                order: { order_no: newKey(), amount_fen: 12000 },
            },
        }),
    },
    captureRedemption: { objects: ofTill(held), owners: ofMerchant, body: () => ({ body: {} }) },
    releaseRedemption: { objects: ofTill(held), owners: ofMerchant, body: () => ({ body: {} }) },
    refundRedemption: {
        objects: ofTill(captured),
        owners: ofMerchant,
        body: () => ({ body: { amount_fen: 100, reason: '退' } }),
    },
    getByRequest: { objects: byRequest, owners: ofSender },
    reverseByRequest: {
        objects: byRequest,
        owners: ofSender,
        body: () => ({ body: { reason: '未达' } }),
    },
    adminCreateCampaign: { body: () => ({ body: shopping() }) },
    adminGetCampaign: { objects: campaignOf((c) => c.hidden.campaign_id) },
    adminChangeCampaign: {
        objects: campaignOf((c) => c.w.draft().then((d) => d.campaign_id)),
        body: () => ({ body: shopping(), headers: { 'if-match': '*' } }),
    },
    adminSubmitCampaign: {
        objects: campaignOf((c) => c.w.draft().then((d) => d.campaign_id)),
        body: () => ({ body: {} }),
    },
    adminApproveCampaign: { objects: campaignOf(pending), body: () => ({ body: {} }) },
    adminRejectCampaign: { objects: campaignOf(pending), body: () => ({ body: {} }) },
    adminPauseCampaign: {
        objects: campaignOf((c) => c.w.campaign().then((d) => d.campaign_id)),
        body: () => ({ body: {} }),
    },
    adminResumeCampaign: { objects: campaignOf(paused), body: () => ({ body: {} }) },
    adminCloseCampaign: { objects: campaignOf(paused), body: () => ({ body: {} }) },
    adminGetLedger: { objects: campaignOf((c) => c.running.campaign_id) },
    adminGetStats: { objects: campaignOf((c) => c.running.campaign_id) },
    adminListBudgetChanges: { objects: campaignOf((c) => c.running.campaign_id) },
    adminProposeBudget: {
        objects: campaignOf((c) => c.running.campaign_id),
        body: async (c) => {
            const current_fen = (await c.w.ledger(c.running)).funded_fen;
            return { body: { current_fen, target_fen: current_fen + 2500, reason: '追加' } };
        },
    },
    adminGrant: {
        objects: campaignOf((c) => c.granting.campaign_id),
        body: (c) => ({
            body: { pool_id: c.granting.pools[0].pool_id, residents: [c.someone] },
        }),
    },
    adminGetBudgetChange: { objects: changes },
    adminApproveBudget: { objects: changes, body: () => ({ body: {} }) },
    adminRejectBudget: { objects: changes, body: () => ({ body: {} }) },
    adminCreateMerchant: {
        body: (c) => ({ body: { name: '商户', uscc: uscc(c.next()), kind: 'shop', groups: [] } }),
    },
    adminListTerminals: { objects: merchants },
    adminCreateTerminal: {
        objects: merchants,
        body: () => ({ body: { outlet: '三号机', limits: {} } }),
    },
    adminRevokeTerminal: {
        objects: acts(terminalOf, 'trm', (c) => dressed('trm', c.running.campaign_id)),
        body: () => ({ body: {} }),
    },
    adminVoidVoucher: {
        objects: acts((c) => c.voucher().then((v) => v.voucher_id), 'vch', redress('vch')),
        body: () => ({ body: { reason: '作废' } }),
    },
    adminImportResidents: { body: (c) => ({ body: c.roll(), headers: csv }) },
    adminImportMerchants: {
        body: (c) => ({ body: `name,uscc,kind\r\n商户,${uscc(c.next())},shop\r\n`, headers: csv }),
    },
    adminGetJob: { objects: jobs },
    adminStopJob: { objects: jobs, body: () => ({ body: {} }) },
    adminResumeJob: { objects: jobs, body: () => ({ body: {} }) },
    adminGetJobFailures: { objects: jobs },
    adminSignIn: {
        body: async (c) => {
            const made = await c.pageAdmin(['auditor']);
            return { body: { login: made.login, password, totp: totp(made.otpauth) } };
        },
    },
    adminEnrol: {
        body: async (c) => {
            const login = `e${newKey().slice(0, 12)}`;
            const body = { name: '启用', roles: ['auditor'], login };
            const made = ok(await c.control.request('POST', '/v1/admin/admins', { body }), 201);
            return {
                body: { login, code: made.enrollment_code, password, totp: totp(made.otpauth) },
            };
        },
    },
    adminChangePassword: {
        body: () => ({ body: { password, new_password: `${password} 2`, totp: '000000' } }),
    },
    adminSignOut: { body: () => ({}) },
    adminUnmask: {
        objects: acts((c) => c.someone, 'res', redress('res')),
        body: () => ({ body: { reason: '司法协助 2026-118' } }),
    },
    /* By the control socket alone; at the public door there is no such route. */
    controlCreateAdmin: { body: () => ({ body: { name: '冒', roles: ['approver'] } }) },
    controlResetLogin: { body: () => ({ body: { login: 'x' } }) },
};
