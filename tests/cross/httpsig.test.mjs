// Our verifier and signer against npm http-message-signatures, in both directions.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';

import { createSigner, createVerifier, httpbis } from 'http-message-signatures';

import {
    callTool, describeFor, digestOf, ed25519FromSeed, fieldsFrom, hex,
} from './httpsig_tool.mjs';

const keyid = 'trm_06F0000000000000000000000A';
const created = 1700000000;
const tillKey = ed25519FromSeed(Buffer.alloc(32, 1));
const serviceKey = ed25519FromSeed(Buffer.alloc(32, 2));
const otherKey = ed25519FromSeed(Buffer.alloc(32, 3));
const secret = Buffer.from('a secret of thirty-two bytes or so');

const least = ['@method', '@path', '@query'];
const withBody = [...least, 'content-digest', 'idempotency-key'];

// method, URL, body, more fields, components
const requests = {
    'POST with body and key': ['POST', 'https://pos.example/v1/redemptions', '{"a":1}',
        { 'Idempotency-Key': 'key-000001' }, withBody],
    'components the other way round': ['POST', 'https://pos.example/v1/redemptions', '{"a":1}',
        { 'Idempotency-Key': 'key-000001' }, [...withBody].reverse()],
    'GET without query': ['GET', 'https://pos.example/v1/terminals/me/journal', '', {}, least],
    'GET with an empty query': ['GET', 'https://pos.example/v1/terminals/me/journal?', '', {},
        least],
    'GET with a query': ['GET', 'https://pos.example/v1/terminals/me/journal?after=a%2Fb&x=%E6',
        '', {}, least],
    'escapes in the path': ['GET', 'https://pos.example/v1/a%2fb/%E6%83%A0;p=1,2/~x', '', {},
        least],
    'all derived components': ['POST', 'https://POS.Example:443/v1/redemptions?b=1', '{}',
        { 'Idempotency-Key': 'key-000001' },
        [...withBody, '@authority', '@scheme', '@target-uri', '@request-target']],
    'another port': ['GET', 'https://pos.example:8443/v1', '', {}, [...least, '@authority']],
    'plain http': ['GET', 'http://pos.example:80/v1', '', {},
        [...least, '@authority', '@target-uri', '@scheme']],
    'more fields': ['POST', 'https://pos.example/v1/verifications', '{"token":"1"}',
        { 'Content-Type': 'application/json', Accept: ['a/b', ' c/d '], 'X-Empty': '' },
        [...least, 'content-digest', 'content-type', 'accept', 'x-empty']],
    'body above ASCII': ['POST', 'https://pos.example/v1/verifications', '{"姓":"张"}', {},
        [...least, 'content-digest']],
};

const nonces = ['n', 'a"b\\c d', 'x'.repeat(128)];
const orders = [
    ['created', 'nonce', 'keyid', 'alg', 'tag'],
    ['tag', 'alg', 'keyid', 'nonce', 'expires', 'created'],
];

const signers = {
    ed25519: createSigner(tillKey.privateKey, 'ed25519', keyid),
    'hmac-sha256': createSigner(secret, 'hmac-sha256', keyid),
};
const keyWords = {
    ed25519: ['public', hex(tillKey.raw)],
    'hmac-sha256': ['secret', hex(secret)],
};

function messageOf([method, url, body, fields]) {
    const headers = { Host: new URL(url).host, ...fields };
    if (body !== '') headers['Content-Digest'] = digestOf(body);
    return { method, url, headers };
}

// What a server's codec would hand to the verifier.
function wordsOf(message, body) {
    const { pathname, search, protocol } = new URL(message.url);
    const host = message.url.split('/')[2]; // as sent, where URL would lower its case
    const hasQuery = message.url.includes('?');
    const fields = Object.entries(message.headers)
        .flatMap(([name, value]) => [value].flat().map((one) => ['field', `${name}:${one}`]));
    return [
        ['method', message.method], ['scheme', protocol.slice(0, -1)], ['authority', host],
        ['target', `${pathname}${hasQuery ? search || '?' : ''}`], ['path', pathname],
        ['query', hasQuery ? search.slice(1) : undefined], ['body', hex(Buffer.from(body))],
        ...fields,
    ];
}

function signByNode(request, alg, { nonce = 'n', params = orders[0], tag = 'huiquan-pos' } = {}) {
    return httpbis.signMessage({
        key: signers[alg], name: 'sig1', fields: request[4], params,
        paramValues: {
            created: new Date(created * 1000), expires: new Date((created + 60) * 1000), nonce, tag,
        },
    }, messageOf(request));
}

function verifyByTool(message, body, alg, now = created) {
    const words = [...wordsOf(message, body), keyWords[alg], ['now', now]];
    return callTool('verify', describeFor(words)).trimEnd();
}

for (const [name, request] of Object.entries(requests)) {
    for (const alg of Object.keys(signers)) {
        test(`signed outside, ${alg}: ${name}`, async () => {
            const signed = await signByNode(request, alg);
            assert.equal(verifyByTool(signed, request[2], alg), `fine ${keyid} n`);
        });
    }
}

for (const nonce of nonces) {
    for (const params of orders) {
        test(`signed outside: nonce of ${nonce.length}, ${params[0]} first`, async () => {
            const request = requests['POST with body and key'];
            const signed = await signByNode(request, 'ed25519', { nonce, params });
            assert.equal(verifyByTool(signed, request[2], 'ed25519'), `fine ${keyid} ${nonce}`);
        });
    }
}

const spoiled = {
    'another method': [(m) => { m.method = 'PUT'; }, 'signature_wrong'],
    'another path': [(m) => { m.url += 'x'; }, 'signature_wrong'],
    'a query added': [(m) => { m.url += '?x'; }, 'signature_wrong'],
    'another key of idempotency': [(m) => { m.headers['Idempotency-Key'] = 'key-000002'; },
        'signature_wrong'],
    'another body': [() => {}, 'digest_mismatch', '{"a":2}'],
    'another body and its digest': [(m) => { m.headers['Content-Digest'] = digestOf('{"a":2}'); },
        'signature_wrong', '{"a":2}'],
    'key of idempotency taken away': [(m) => { delete m.headers['Idempotency-Key']; },
        'component_absent'],
    'Signature taken away': [(m) => { delete m.headers.Signature; }, 'signature_missing'],
    'Signature-Input taken away': [(m) => { delete m.headers['Signature-Input']; },
        'input_missing'],
    'nonce changed': [(m) => {
        m.headers['Signature-Input'] = m.headers['Signature-Input'].replace('nonce="n"',
            'nonce="m"');
    }, 'signature_wrong'],
    'created changed': [(m) => {
        m.headers['Signature-Input'] = m.headers['Signature-Input'].replace(String(created),
            String(created + 1));
    }, 'signature_wrong'],
};

for (const [name, [spoil, reason, body = '{"a":1}']] of Object.entries(spoiled)) {
    for (const alg of Object.keys(signers)) {
        test(`signed outside, ${alg}, then spoiled: ${name}`, async () => {
            const signed = await signByNode(requests['POST with body and key'], alg);
            spoil(signed);
            assert.equal(verifyByTool(signed, body, alg), `refused ${reason}`);
        });
    }
}

test('signed outside: window, tag and another key', async () => {
    const request = requests['POST with body and key'];
    const signed = await signByNode(request, 'ed25519');
    const judge = (now) => verifyByTool(signed, request[2], 'ed25519', now);
    assert.equal(judge(created + 300), `fine ${keyid} n`);
    assert.equal(judge(created + 301), 'refused created_too_early');
    assert.equal(judge(created - 300), `fine ${keyid} n`);
    assert.equal(judge(created - 301), 'refused created_too_late');
    const tagged = await signByNode(request, 'ed25519', { tag: 'huiquan-receipt' });
    assert.equal(verifyByTool(tagged, request[2], 'ed25519'), 'refused tag_wrong');
    assert.equal(verifyByTool(signed, request[2], 'hmac-sha256'), 'refused alg_differs');
    const words = [...wordsOf(signed, request[2]), ['public', hex(otherKey.raw)], ['now', created]];
    assert.equal(callTool('verify', describeFor(words)), 'refused signature_wrong\n');
});

function verifierOf(key, alg, seen = {}) {
    return {
        keyLookup: async (params) => {
            Object.assign(seen, params);
            return { id: params.keyid, algs: [alg], verify: createVerifier(key, alg) };
        },
    };
}

// True or false; an exception of the other side is a refusal as well.
async function holdsByNode(config, message) {
    try {
        return await httpbis.verifyMessage(config, message) === true;
    } catch {
        return false;
    }
}

for (const [name, request] of Object.entries(requests)) {
    for (const alg of Object.keys(signers)) {
        test(`signed by us, ${alg}: ${name}`, async () => {
            const message = messageOf([...request.slice(0, 3), {}]);
            const key = request[3]['Idempotency-Key'];
            if (key !== undefined) message.headers['Idempotency-Key'] = key;
            const words = wordsOf({ ...message, headers: {} }, request[2]);
            if (key !== undefined) words.push(['field', `Idempotency-Key: ${key}`]);
            const own = alg === 'ed25519' ? ['seed', hex(tillKey.seed)] : keyWords[alg];
            const fields = fieldsFrom(callTool('sign', describeFor([
                ...words, own, ['keyid', keyid], ['nonce', 'n"1'], ['created', created],
            ])));
            assert.equal(fields['Content-Digest'], message.headers['Content-Digest']);
            Object.assign(message.headers, fields);
            const seen = {};
            const verifier = verifierOf(alg === 'ed25519' ? tillKey.publicKey : secret, alg, seen);
            assert.equal(await holdsByNode(verifier, message), true);
            assert.equal(seen.nonce, 'n"1');
            assert.equal(seen.tag, 'huiquan-pos');
            assert.equal(await holdsByNode(verifier, { ...message, method: 'PUT' }), false);
        });
    }
}

function answerByTool(status, body, nonce) {
    const headers = fieldsFrom(callTool('answer', describeFor([
        ['status', status], ['body', hex(Buffer.from(body))], ['nonce', nonce],
        ['keyid', '0a1b2c3d'], ['seed', hex(serviceKey.seed)], ['created', created],
    ])));
    return { status, headers };
}

for (const [status, body] of [[201, '{"redemption_id":"red_1"}'], [409, '{"code":"惠"}'], [204, '']]) {
    test(`answer ${status} signed by us`, async () => {
        const answer = answerByTool(status, body, 'n-1');
        const seen = {};
        const verifier = {
            ...verifierOf(serviceKey.publicKey, 'ed25519', seen),
            requiredFields: ['@status', 'content-digest'],
            requiredParams: ['created', 'keyid', 'alg', 'nonce', 'tag'],
        };
        assert.equal(answer.headers['Content-Digest'], digestOf(body));
        assert.equal(await holdsByNode(verifier, answer), true);
        assert.equal(seen.keyid, '0a1b2c3d');
        assert.equal(seen.nonce, 'n-1');
        assert.equal(seen.tag, 'huiquan-receipt');
        assert.equal(seen.created.getTime(), created * 1000);
        assert.equal(await holdsByNode(verifier, { ...answer, status: 200 }), false);
        const moved = structuredClone(answer);
        moved.headers['Signature-Input'] = moved.headers['Signature-Input'].replace('n-1', 'n-2');
        assert.equal(await holdsByNode(verifier, moved), false);
        const digested = structuredClone(answer);
        digested.headers['Content-Digest'] = digestOf(`${body} `);
        assert.equal(await holdsByNode(verifier, digested), false);
        const byOther = verifierOf(otherKey.publicKey, 'ed25519');
        assert.equal(await holdsByNode(byOther, answer), false);
    });
}
