// tests/torture/lib/injection.mjs: text that would split an answer or forge a line of a log, in
// every field that a stranger, a till or an administrator can fill.
import { readFileSync } from 'node:fs';
import { assertion, newKey, person, shopping } from '../../../scripts/lib/client.mjs';
import { answersIn, exchange } from '../../../scripts/lib/world.mjs';

const evil = [
    'a\r\nSet-Cookie: evil=1\r\n\r\n<html>evil',
    'a\nX-Evil: evil=1',
    'a\rX-Evil: evil=1',
    '"}\n{"level":"info","event":"evil"}',
    '\u2028evil\u2029\u0085',
    '\u001b[2J\u001b]0;evil\u0007',
    '\\r\\nX-Evil: evil=1',
    '%0d%0aX-Evil:%20evil=1',
    '嘊嘍X-Evil: evil=1',
    '=cmd|evil!A1',
    '<script>evil</script>',
    '\u202eevil',
];
// What a field may hold that the codec does not refuse by itself.
const inHeaders = evil.filter((text) => !/[\u0000-\u001f\u007f]/.test(text));

const fieldNames = [
    'Idempotency-Key',
    'Authorization',
    'X-Request-Id',
    'User-Agent',
    'Referer',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'Forwarded',
    'Accept-Language',
    'Accept',
    'If-Match',
    'If-None-Match',
    'Cookie',
    'Origin',
    'Signature',
    'Signature-Input',
    'Content-Digest',
    'Content-Type',
    'Last-Event-ID',
    'Range',
    'Accept-Encoding',
    'Via',
    'Traceparent',
    'Date',
];

const paths = [
    (text) => `/${text}`,
    (text) => `/v1/campaigns/${text}`,
    (text) => `/v1/campaigns?after=${text}`,
    (text) => `/v1/campaigns?limit=${text}`,
    (text) => `/v1/admin/journal?after=${text}`,
    (text) => `/v1/redemptions/by-request/${text}`,
    (text) => `/errors/${text}`,
    (text) => `/v1/vouchers/${text}/qr.svg`,
    (text) => `/v1/admin/jobs/${text}`,
];

// A body with the text in the place of one string at a time, wherever it has one.
function* spoilt(body, text) {
    const places = [];
    const walk = (value, path) => {
        if (typeof value === 'string') places.push(path);
        else if (value && typeof value === 'object')
            for (const key of Object.keys(value)) walk(value[key], [...path, key]);
    };
    walk(body, []);
    for (const place of places) {
        const copy = structuredClone(body);
        let at = copy;
        for (const key of place.slice(0, -1)) at = at[key];
        at[place.at(-1)] = text;
        yield { place: place.join('.'), body: copy };
    }
}

function bodies(w, till, campaign) {
    const admin = { token: w.author.token };
    const at = `/v1/admin/campaigns/${campaign.campaign_id}`;
    const reason = { reason: 'x' };
    return [
        ['/v1/admin/campaigns', shopping(), admin],
        [
            '/v1/admin/merchants',
            { name: 'x', uscc: '91350100M000100Y43', kind: 'shop', groups: ['x'] },
            admin,
        ],
        [
            `/v1/admin/merchants/${till.merchant.merchant_id}/terminals`,
            { outlet: 'x', limits: {} },
            admin,
        ],
        [`${at}/budget-changes`, { current_fen: 10000000, target_fen: 20000000, ...reason }, admin],
        ['/v1/admin/vouchers/vch_00000000000000000000000000/void', reason, admin],
        ['/v1/otp', { mobile: '13812345678' }, {}],
        ['/v1/sessions', { mobile: '13812345678', code: '000000', ...person(3) }, {}],
        ['/v1/sessions', { assertion: 'x' }, {}],
        [`/v1/campaigns/${campaign.campaign_id}/claims`, { pool_id: 'x' }, { resident: true }],
        ['/v1/terminals/enroll', { enrollment_code: 'x', alg: 'hmac-sha256' }, {}],
        ['/v1/verifications', { token: 'x' }, { till }],
        [
            '/v1/redemptions',
            {
                out_request_no: 'x',
                token: 'x',
                short_code: 'x',
                mode: 'capture',
                order: { order_no: 'x', amount_fen: 1, category: 'x' },
            },
            { till },
        ],
        ['/v1/redemptions/by-request/x/reverse', reason, { till }],
        [
            '/v1/redemptions/red_00000000000000000000000000/refund',
            { amount_fen: 1, ...reason },
            { till },
        ],
    ];
}

// One whole answer, whose head holds nothing of ours.
function judgeAnswer(faults, name, text) {
    const [answer, more] = answersIn(text);
    const head = text.slice(0, text.indexOf('\r\n\r\n'));
    if (!answer || more)
        faults.push(`${name}: ${answer ? 'two answers' : 'none'}: ${text.slice(0, 200)}`);
    else if (/evil|[^\t\r\n\x20-\x7e]/i.test(head)) faults.push(`${name}: head: ${head}`);
    else if (/\n[^\r\n]*\n/.test(head.replaceAll('\r\n', ''))) faults.push(`${name}: bare LF`);
    if (answer && /json/.test(answer.headers['content-type'] ?? ''))
        try {
            JSON.parse(Buffer.from(answer.body, 'latin1'));
        } catch {
            faults.push(`${name}: no JSON: ${answer.body.slice(0, 200)}`);
        }
}

export async function injections(w, till, faults) {
    const campaign = await w.campaign();
    const resident = await w.session(7);
    const count = { sent: 0, taken: 0 };
    const send = async (name, head, body = '') => {
        count.sent++;
        const bytes = `${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
        const { text } = await exchange(w.daemon.port, Buffer.from(bytes, 'utf8'));
        judgeAnswer(faults, name, text);
        if (/^HTTP\/1\.1 2/.test(text)) count.taken++;
    };
    const host = 'Host: h\r\n';
    for (const text of evil) {
        const coded = encodeURIComponent(text);
        for (const where of paths)
            await send(`path ${where(coded)}`, `GET ${where(coded)} HTTP/1.1\r\n${host}`);
        const claims = { name: text, mobile: text, sub: text };
        for (const claim of Object.keys(claims)) {
            const jwt = assertion(w.issuer, person(9), { claims: { [claim]: claims[claim] } });
            const body = JSON.stringify({ assertion: jwt });
            await send(
                `claim ${claim}`,
                `POST /v1/sessions HTTP/1.1\r\n${host}Content-Type: application/json\r\n`,
                body,
            );
        }
        for (const [where, good, by] of bodies(w, till, campaign))
            for (const { place, body } of spoilt(good, text)) {
                const json = JSON.stringify(body);
                const key = newKey();
                const signed = by.till?.signed('POST', where, { key, body: json }).headers ?? {
                    'idempotency-key': key,
                    ...(by.token && { authorization: `Bearer ${by.token}` }),
                    ...(by.resident && { authorization: `Bearer ${resident}` }),
                };
                const fields = Object.entries(signed).map(([n, v]) => `${n}: ${v}\r\n`);
                const head = `POST ${where} HTTP/1.1\r\n${host}Content-Type: application/json\r\n${fields.join('')}`;
                await send(`${where} ${place} ${JSON.stringify(text)}`, head, json);
            }
    }
    for (const text of inHeaders)
        for (const name of fieldNames)
            for (const target of ['/v1/campaigns', '/v1/admin/campaigns', '/v1/nowhere'])
                await send(
                    `${name} at ${target}`,
                    `GET ${target} HTTP/1.1\r\n${host}${name}: ${text}\r\n`,
                );
    return count;
}

// Each line is one JSON object by the daemon, with members that it knows.
export function judgeLog(file, faults) {
    const known = new Set();
    let count = 0;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
        if (line === '') continue;
        count++;
        try {
            const entry = JSON.parse(line);
            for (const name of Object.keys(entry)) known.add(name);
            if (/evil/i.test(`${entry.event}${entry.level}${Object.keys(entry)}`))
                faults.push(`log: ${line.slice(0, 300)}`);
        } catch {
            if (!/^huiquand: /.test(line)) faults.push(`log, no JSON: ${line.slice(0, 300)}`);
        }
        if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line))
            faults.push(`log, a control character: ${JSON.stringify(line).slice(0, 300)}`);
    }
    return count;
}

export function judgeMetrics(text, faults) {
    for (const line of text.split('\n'))
        if (
            !/^(# (HELP|TYPE) .*|[a-z_]+(\{[^\x00-\x1f]*\})? [0-9.e+-]+|)$/i.test(line) ||
            /evil/i.test(line)
        )
            faults.push(`metrics: ${line.slice(0, 200)}`);
}
