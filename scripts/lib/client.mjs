// A small client of the public contract, by node's own modules alone: residents, tills (RFC 9421),
// administrators; and real-looking people, companies, cars. Used by the demo and by the tests.
import {
    createHash,
    createHmac,
    createPrivateKey,
    generateKeyPairSync,
    randomBytes,
    sign,
} from 'node:crypto';
import http from 'node:http';

export const b64u = (bytes) => Buffer.from(bytes).toString('base64url');
export const newKey = () => randomBytes(12).toString('hex');

// --- Numbers with right check digits (GB 11643, GB 32100, GB 16735) ------------------------------
const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
export function idNumber(n, region = '410108') {
    const day = new Date(Date.UTC(1960, 0, 1) + (n % 16000) * 86400000);
    const date = day.toISOString().slice(0, 10).replaceAll('-', '');
    const head = region + date + String(Math.floor(n / 16000) % 1000).padStart(3, '0');
    const sum = [...head].reduce((s, c, i) => s + Number(c) * idWeights[i], 0);
    return head + '10X98765432'[sum % 11];
}

const usccAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
export function uscc(n) {
    let tail = '';
    for (let rest = n; tail.length < 7; rest = Math.floor(rest / 31))
        tail = usccAlphabet[rest % 31] + tail;
    const head = '91410108MA' + tail;
    let weight = 1,
        sum = 0;
    for (const c of head) {
        sum += usccAlphabet.indexOf(c) * weight;
        weight = (weight * 3) % 31;
    }
    return head + usccAlphabet[(31 - (sum % 31)) % 31];
}

const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const vinValue = (c) =>
    c >= '0' && c <= '9'
        ? Number(c)
        : {
              A: 1,
              B: 2,
              C: 3,
              D: 4,
              E: 5,
              F: 6,
              G: 7,
              H: 8,
              J: 1,
              K: 2,
              L: 3,
              M: 4,
              N: 5,
              P: 7,
              R: 9,
              S: 2,
              T: 3,
              U: 4,
              V: 5,
              W: 6,
              X: 7,
              Y: 8,
              Z: 9,
          }[c];
export function vin(n) {
    const chars = [...('LHB0A1BC0RK' + String(n).padStart(6, '0'))];
    const sum = chars.reduce((s, c, i) => s + vinValue(c) * vinWeights[i], 0);
    chars[8] = sum % 11 === 10 ? 'X' : String(sum % 11);
    return chars.join('');
}
export const mobile = (n) => '138' + String(10000000 + (n % 89999999)).padStart(8, '0');
const surnames = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗',
    given = '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英';
export const personName = (n) =>
    surnames[n % surnames.length] +
    given[(n * 7) % given.length] +
    given[(n * 13 + 5) % given.length];
export const person = (n) => ({ name: personName(n), id_number: idNumber(n), mobile: mobile(n) });

// --- The city's app: an issuer of assertions -----------------------------------------------------
export function newIssuer(iss = 'https://city.example') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const kid = 'city-1';
    return {
        iss,
        kid,
        private_jwk: { ...privateKey.export({ format: 'jwk' }), kid, alg: 'Ed25519' },
        config: [
            {
                iss,
                jwks: {
                    keys: [
                        { ...publicKey.export({ format: 'jwk' }), kid, alg: 'Ed25519', use: 'sig' },
                    ],
                },
            },
        ],
    };
}
export function assertion(
    issuer,
    who,
    { now = Date.now() / 1000, ttl = 600, header = {}, claims = {} } = {},
) {
    const head = { alg: 'Ed25519', kid: issuer.kid, typ: 'JWT', ...header };
    const body = {
        iss: issuer.iss,
        aud: 'huiquan',
        iat: Math.floor(now),
        exp: Math.floor(now + ttl),
        ...who,
        ...claims,
    };
    const input = b64u(JSON.stringify(head)) + '.' + b64u(JSON.stringify(body));
    return (
        input +
        '.' +
        b64u(
            sign(
                null,
                Buffer.from(input),
                createPrivateKey({ key: issuer.private_jwk, format: 'jwk' }),
            ),
        )
    );
}

// --- HTTP ----------------------------------------------------------------------------------------
export class Api {
    constructor(base, { connections = 32, socketPath } = {}) {
        this.url = new URL(base);
        this.socketPath = socketPath;
        this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    }
    close() {
        this.agent.destroy();
    }
    request(method, path, { token, key, body, headers = {}, timeout = 20000 } = {}) {
        const bytes =
            body === undefined
                ? undefined
                : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
        const all = { ...headers };
        if (bytes) {
            all['content-type'] ??= 'application/json';
            all['content-length'] = bytes.length;
        } else if (method !== 'GET' && method !== 'HEAD') all['content-length'] = 0;
        if (token) all.authorization = `Bearer ${token}`;
        if (key) all['idempotency-key'] = key;
        return new Promise((resolve, reject) => {
            const target = this.socketPath
                ? { socketPath: this.socketPath }
                : { host: this.url.hostname, port: this.url.port };
            const req = http.request(
                { ...target, method, path, headers: all, agent: this.agent, timeout },
                (res) => {
                    const parts = [];
                    res.on('data', (part) => parts.push(part));
                    res.on('error', reject);
                    res.on('end', () => {
                        const raw = Buffer.concat(parts);
                        let json;
                        if (/json/.test(res.headers['content-type'] ?? '')) {
                            try {
                                json = JSON.parse(raw);
                            } catch {
                                json = undefined;
                            }
                        }
                        resolve({ status: res.statusCode, headers: res.headers, raw, json });
                    });
                },
            );
            req.on('timeout', () => req.destroy(new Error('timeout')));
            req.on('error', reject);
            req.end(bytes);
        });
    }
    get(path, options) {
        return this.request('GET', path, options);
    }
    post(path, body, options = {}) {
        return this.request('POST', path, { key: newKey(), ...options, body });
    }
    put(path, body, options = {}) {
        return this.request('PUT', path, { ...options, body });
    }
}

// --- A till: RFC 9421, label sig1, tag huiquan-pos -----------------------------------------------
export class Till {
    constructor(api, { terminal_id, private_jwk, secret }) {
        this.api = api;
        this.id = terminal_id;
        this.secret = secret && Buffer.from(secret, 'base64url');
        this.privateKey = private_jwk && createPrivateKey({ key: private_jwk, format: 'jwk' });
    }
    signed(
        method,
        path,
        { key, body, created = Math.floor(Date.now() / 1000), nonce = newKey(), headers = {} } = {},
    ) {
        const bytes =
            body === undefined
                ? undefined
                : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
        const [pathname, query] = path.split('?');
        const lines = [
            ['"@method"', method],
            ['"@path"', pathname],
            ['"@query"', '?' + (query ?? '')],
        ];
        const out = { ...headers };
        if (bytes?.length) {
            out['content-digest'] =
                `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
            lines.push(['"content-digest"', out['content-digest']]);
        }
        if (key) {
            out['idempotency-key'] = key;
            lines.push(['"idempotency-key"', key]);
        }
        const alg = this.privateKey ? 'ed25519' : 'hmac-sha256';
        const params = `(${lines.map(([name]) => name).join(' ')});created=${created};nonce="${nonce}";keyid="${this.id}";alg="${alg}";tag="huiquan-pos"`;
        const base =
            lines.map(([name, value]) => `${name}: ${value}`).join('\n') +
            `\n"@signature-params": ${params}`;
        const signature = this.privateKey
            ? sign(null, Buffer.from(base), this.privateKey)
            : createHmac('sha256', this.secret).update(base).digest();
        out['signature-input'] = `sig1=${params}`;
        out.signature = `sig1=:${signature.toString('base64')}:`;
        return { headers: out, body: bytes && bytes.toString('utf8') };
    }
    request(method, path, options = {}) {
        const { headers, body } = this.signed(method, path, options);
        return this.api.request(method, path, { headers, body });
    }
    get(path, options) {
        return this.request('GET', path, options);
    }
    post(path, body, options = {}) {
        return this.request('POST', path, { key: newKey(), ...options, body });
    }
    redeem(
        voucher,
        {
            no = newKey(),
            mode = 'capture',
            order_no = newKey(),
            amount_fen,
            category,
            evidence,
            key,
            short,
        } = {},
    ) {
        const body = {
            out_request_no: no,
            ...(short ? { short_code: voucher.short_code } : { token: voucher.token }),
            mode,
            order: { order_no, amount_fen, ...(category && { category }) },
            ...(evidence && { evidence }),
        };
        return this.post('/v1/redemptions', body, key ? { key } : {});
    }
}

export function enrollProof(code, privateJwk) {
    const message = Buffer.concat([Buffer.from('huiquan-enroll-v1\0'), Buffer.from(code)]);
    return b64u(sign(null, message, createPrivateKey({ key: privateJwk, format: 'jwk' })));
}
export async function enroll(api, admin, merchantId, outlet, { alg = 'ed25519' } = {}) {
    const made = await api.post(
        `/v1/admin/merchants/${merchantId}/terminals`,
        { outlet, limits: {} },
        { token: admin.token },
    );
    if (made.status !== 201) throw new Error(`terminal: ${made.raw}`);
    const code = made.json.enrollment_code;
    if (alg !== 'ed25519') {
        const done = await api.post('/v1/terminals/enroll', { enrollment_code: code, alg });
        return {
            terminal_id: done.json.terminal_id,
            merchant_id: merchantId,
            secret: done.json.secret,
        };
    }
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const private_jwk = privateKey.export({ format: 'jwk' });
    const done = await api.post('/v1/terminals/enroll', {
        enrollment_code: code,
        public_key_jwk: publicKey.export({ format: 'jwk' }),
        proof: enrollProof(code, private_jwk),
    });
    if (done.status !== 201) throw new Error(`enroll: ${done.raw}`);
    return { terminal_id: done.json.terminal_id, merchant_id: merchantId, private_jwk };
}
export async function session(api, issuer, who, headers = {}) {
    const made = await api.request('POST', '/v1/sessions', {
        body: { assertion: assertion(issuer, who) },
        headers,
    });
    if (made.status !== 201) throw new Error(`session: ${made.status} ${made.raw}`);
    return made.json.session;
}

// --- Time and campaigns --------------------------------------------------------------------------
export const at = (seconds) =>
    new Date(Math.floor(Date.now() / 1000 + seconds + 8 * 3600) * 1000).toISOString().slice(0, 19) +
    '+08:00';
export const shopping = (over = {}) => ({
    name: '购物消费券',
    kind: 'shopping',
    budget_fen: 10000000,
    timezone: 'Asia/Shanghai',
    issuing: 'rush',
    claim_window: { from: at(-60), to: at(86400) },
    use_window: { from: at(-60), to: at(30 * 86400) },
    valid_days: null,
    per_person_limit: 1,
    pools: [
        {
            name: '满100减25',
            value_fen: 2500,
            count: 1000,
            min_spend_fen: 10000,
            pack: null,
            stackable: false,
        },
    ],
    merchants: { mode: 'all' },
    categories: { allow: [], deny: ['tobacco'] },
    daily_hours: [],
    refund_policy: 'restore',
    presentation: 'static',
    limits: { claims_per_s: 20000, per_resident_per_min: 6 },
    ...over,
});
export async function run(api, author, approver, definition) {
    const made = await api.post('/v1/admin/campaigns', definition, { token: author.token });
    if (made.status !== 201) throw new Error(`campaign: ${made.status} ${made.raw}`);
    const id = made.json.campaign_id;
    const submitted = await api.post(
        `/v1/admin/campaigns/${id}/submit`,
        {},
        { token: author.token },
    );
    if (submitted.status !== 200) throw new Error(`submit: ${submitted.raw}`);
    const approved = await api.post(
        `/v1/admin/campaigns/${id}/approve`,
        {},
        { token: approver.token },
    );
    if (approved.status !== 200) throw new Error(`approve: ${approved.raw}`);
    return approved.json;
}
