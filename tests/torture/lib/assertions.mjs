// tests/torture/lib/assertions.mjs: assertions whose header, claims or signature play tricks. Each
// says whether it must be believed, and whether jose, which looks at less, may believe it.
import { generateKeyPairSync } from 'node:crypto';
import { b64u } from '../../../scripts/lib/client.mjs';

const order = (1n << 252n) + 27742317777372353535851937790883648493n;

function withOrderAdded(signature) {
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
    const hex = (s + order).toString(16).padStart(64, '0');
    return Buffer.concat([signature.subarray(0, 32), Buffer.from(hex, 'hex').reverse()]);
}

// Headers that change one thing of a good one; true: may be believed.
function headers(kid, jwk) {
    const good = { alg: 'EdDSA', kid };
    const strict = { stricter: true };
    return [
        ['plain', good, { want: true }],
        ['typ JWT', { ...good, typ: 'JWT' }, { want: true }],
        ['typ application/jwt', { ...good, typ: 'application/jwt' }, { want: true }],
        ['alg Ed25519', { ...good, alg: 'Ed25519' }, { want: true }],
        ['an unknown member', { ...good, x: { jwk } }, { want: true }],
        ['alg none', { ...good, alg: 'none' }],
        ['alg nOnE', { ...good, alg: 'nOnE' }],
        ['alg HS256', { ...good, alg: 'HS256' }],
        ['alg RS256', { ...good, alg: 'RS256' }],
        ['alg ES256 on the Ed25519 key', { ...good, alg: 'ES256' }],
        ['alg of lower case', { ...good, alg: 'eddsa' }],
        ['alg absent', { kid }],
        ['alg null', { ...good, alg: null }],
        ['alg a list', { ...good, alg: ['EdDSA'] }],
        ['kid unknown', { ...good, kid: 'other' }],
        ['kid absent', { alg: 'EdDSA' }, strict],
        ['kid a path', { ...good, kid: '../../../dev/null' }],
        ['kid a query', { ...good, kid: `${kid}' OR '1'='1` }],
        ['kid a command', { ...good, kid: `${kid}; id` }],
        ['kid in another case', { ...good, kid: kid.toUpperCase() }],
        ['kid with a NUL', { ...good, kid: `${kid}\0` }],
        ['kid a list', { ...good, kid: [kid] }],
        ['kid a number', { ...good, kid: 1 }, strict],
        ['jwk of its own', { ...good, jwk }, strict],
        ['jku', { ...good, jku: 'http://127.0.0.1:1/jwks.json' }, strict],
        ['x5u', { ...good, x5u: 'http://127.0.0.1:1/x.pem' }, strict],
        ['x5c', { ...good, x5c: ['MIIB'] }, strict],
        ['zip', { ...good, zip: 'DEF' }, strict],
        ['crit of nothing', { ...good, crit: [] }],
        ['crit of the unknown', { ...good, crit: ['x'], x: 1 }],
        ['crit of exp', { ...good, crit: ['exp'], exp: 1 }],
        ['b64 true, critical', { ...good, crit: ['b64'], b64: true }, strict],
        ['b64 false, critical', { ...good, crit: ['b64'], b64: false }],
        ['b64 false', { ...good, b64: false }, strict],
        ['typ of an access token', { ...good, typ: 'at+jwt' }, strict],
        ['typ of a logout token', { ...good, typ: 'logout+jwt' }, strict],
        ['typ of a voucher', { ...good, typ: 'voucher+jwt' }, strict],
        ['typ a list', { ...good, typ: ['JWT'] }, strict],
    ];
}

function claimSets(who, clock) {
    const strict = { stricter: true };
    const without = (name) => {
        const { [name]: gone, ...rest } = who;
        return rest;
    };
    return [
        ['aud a list', { ...who, aud: ['x', 'huiquan'] }, { want: true }],
        ['just expired', { ...who, exp: clock - 30 }, { want: true }],
        ['expired', { ...who, exp: clock - 120 }],
        ['no exp', without('exp')],
        ['exp a text', { ...who, exp: `${clock + 100}` }],
        ['exp null', { ...who, exp: null }],
        ['not yet', { ...who, nbf: clock + 120 }],
        ['nbf a text', { ...who, nbf: '0' }],
        ['made in the future', { ...who, iat: clock + 120 }, strict],
        ['aud of another', { ...who, aud: 'huiquan-pos' }],
        ['aud in upper case', { ...who, aud: 'HUIQUAN' }],
        ['no aud', without('aud')],
        ['aud an empty list', { ...who, aud: [] }],
        ['iss of another', { ...who, iss: 'https://evil.example' }],
        ['iss with a slash behind', { ...who, iss: `${who.iss}/` }],
        ['no iss', without('iss')],
        ['iss a list', { ...who, iss: [who.iss] }, strict],
        ['name a number', { ...who, name: 7 }, strict],
    ];
}

function* byHand(city, who, kid, jwk, { sign, createHmac }) {
    const key = city.keys.ed;
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const good = { alg: 'EdDSA', kid };
    const input = `${b64u(JSON.stringify(good))}.${b64u(JSON.stringify(who))}`;
    const signature = sign(null, Buffer.from(input), key);
    const put = (name, bytes, over = {}) => ({
        name,
        compact: `${over.input ?? input}.${b64u(bytes)}`,
        want: false,
        ...over,
    });
    yield put('by a stranger', sign(null, Buffer.from(input), stranger));
    yield put('S + L', withOrderAdded(signature));
    yield put('zeros', Buffer.alloc(64));
    yield put('no signature', Buffer.alloc(0));
    yield put('63 bytes', signature.subarray(0, 63));
    yield put('65 bytes', Buffer.concat([signature, Buffer.alloc(1)]));
    const hs = `${b64u(JSON.stringify({ alg: 'HS256', kid }))}.${b64u(JSON.stringify(who))}`;
    for (const [name, secret] of [
        ['the raw key', Buffer.from(jwk.x, 'base64url')],
        ['the key as text', jwk.x],
        ['the JWK', JSON.stringify(jwk)],
        ['nothing', ''],
    ])
        yield put(`HMAC by ${name}`, createHmac('sha256', secret).update(hs).digest(), {
            input: hs,
        });
    const bare = `${b64u('{"alg":"none"}')}.${b64u(JSON.stringify(who))}`;
    yield put('none, no signature', Buffer.alloc(0), { input: bare });
    const doubled = `${b64u(`{"alg":"none","alg":"EdDSA","kid":"${kid}"}`)}.${b64u(JSON.stringify(who))}`;
    yield put('alg twice', sign(null, Buffer.from(doubled), key), {
        input: doubled,
        stricter: true,
    });
    const text = `{"aud":"evil",${JSON.stringify(who).slice(1)}`;
    const twice = `${b64u(JSON.stringify(good))}.${b64u(text)}`;
    yield put('aud twice', sign(null, Buffer.from(twice), key), { input: twice, stricter: true });
    const whole = `${input}.${b64u(signature)}`;
    yield { name: 'padding behind', compact: `${whole}==`, want: false, stricter: true };
    yield { name: 'a space behind', compact: `${whole} `, want: false, stricter: true };
    yield { name: 'a part more', compact: `${whole}.`, want: false };
    yield { name: 'a part less', compact: input, want: false };
    yield { name: 'JSON serialization', compact: JSON.stringify({ input }), want: false };
}

export function* hostileAssertions(city, who, clock, { sign, createHmac, kid = 'ed' }) {
    const jwk = city.jwks.keys.find((one) => one.kid === kid);
    const signed = (name, header, claims, { want = false, stricter = false } = {}) => {
        const input = `${b64u(JSON.stringify(header))}.${b64u(JSON.stringify(claims))}`;
        const signature = sign(null, Buffer.from(input), city.keys.ed);
        return { name, compact: `${input}.${b64u(signature)}`, want, stricter };
    };
    for (const [name, header, over] of headers(kid, jwk)) yield signed(name, header, who, over);
    for (const [name, claims, over] of claimSets(who, clock))
        yield signed(name, { alg: 'EdDSA', kid }, claims, over);
    yield* byHand(city, who, kid, jwk, { sign, createHmac });
}
