// tests/torture/lib/malformed.mjs: requests that no client sends, and the one status that each gets
// from the daemon: RFC 9112 and the contract, section "Everywhere". Behind each stands a whole second
// request, the canary, which must never be carried out: its connection is closed before.
export const canary = 'GET /v1/admin/checkpoints HTTP/1.1\r\nHost: h\r\n\r\n';

const host = 'Host: h\r\n';
const shown = (text) => JSON.stringify(text).slice(1, -1).slice(0, 60);
const control = [...Array(32).keys(), 127].map((code) => String.fromCharCode(code));
const row = (name, head, status = 400) => ({
    name: shown(name),
    bytes: Buffer.from(head, 'latin1'),
    status,
});
const get = (target, rest = host) => `GET ${target} HTTP/1.1\r\n${rest}\r\n`;
const post = (fields, body = '') =>
    `POST /v1/verifications HTTP/1.1\r\n${host}${fields}\r\n${body}`;
const chunked = (body) => post('Transfer-Encoding: chunked\r\n', body);

function* requestLines() {
    const line = (text, status) => row(`line ${text}`, `${text}\r\n${host}\r\n`, status);
    for (const c of '()<>@,;:\\"/[]?={}\0\t\x7f\x80') yield line(`G${c}T /healthz HTTP/1.1`);
    for (const method of [
        'get',
        'Get',
        'GETS',
        'FOO',
        'PATCH',
        'PROPFIND',
        'MOVE',
        'CONNECT',
        'PURGE',
    ])
        yield line(`${method} /healthz HTTP/1.1`, 501);
    yield line('CONNECT h:443 HTTP/1.1', 501);
    for (const version of ['1.2', '1.9', '2.0', '0.9', '3.0', '9.9', '0.0', '2.1'])
        yield line(`GET /healthz HTTP/${version}`, 505);
    for (const version of [
        'HTTP/1',
        'HTTP/1.',
        'HTTP/.1',
        'http/1.1',
        'Http/1.1',
        'HTTP/1.10',
        'HTTP/01.1',
        'HTTP/1.01',
        'HTTP/1,1',
        'HTTP/-1.1',
        'HTTP/+1.1',
        'HTTP/1.1.1',
        'HTTP 1.1',
        'HTTP/ 1.1',
        'HTTP/1.1 ',
        'HTTP/1.1\t',
        'HTTP/1.1 x',
        'HTTPS/1.1',
        'ICY',
        'RTSP/1.0',
        'HTTP/x.y',
        'HTTP\\1.1',
        '',
        'HTTP/1.1\0',
        'HTTP/\xb2.\xb2',
        'SIP/2.0',
    ])
        yield line(`GET /healthz ${version}`);
    for (const text of [
        'GET /healthz',
        'GET  /healthz HTTP/1.1',
        'GET /healthz  HTTP/1.1',
        ' GET /healthz HTTP/1.1',
        '\tGET /healthz HTTP/1.1',
        'GET\t/healthz HTTP/1.1',
        'GET /healthz\tHTTP/1.1',
        'GET\x0b/healthz HTTP/1.1',
        'GET\x0c/healthz HTTP/1.1',
        'GET /healthz /x HTTP/1.1',
        'GET',
        '',
        'GET ',
        'GET HTTP/1.1',
        '/healthz HTTP/1.1',
        '/healthz',
        'HTTP/1.1 200 OK',
        'GET\xa0/healthz HTTP/1.1',
        'GET /a b HTTP/1.1',
        ' ',
    ])
        yield line(`${text}`.length ? text : '\r\n');
    yield row('two empty lines in front', `\r\n\r\n${get('/healthz')}`);
    yield row('junk in front', `x\r\n${get('/healthz')}`);
    yield row('a NUL in front', `\0${get('/healthz')}`);
    yield row('a byte order mark', `\xef\xbb\xbf${get('/healthz')}`);
    for (const [name, bytes] of Object.entries(foreign))
        yield row(name, bytes, foreignStatus[name]);
}

// Other protocols at the same door.
const foreign = {
    'HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'TLS hello': '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\r\n\r\n',
    'TLS 1.3 hello': '\x16\x03\x03\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    SSH: 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    SMTP: 'EHLO h\r\nMAIL FROM:<a@b>\r\n\r\n',
    Redis: '*1\r\n$4\r\nPING\r\n\r\n',
    'Redis inline': 'FLUSHALL\r\n\r\n',
    memcached: 'get x\r\n\r\n',
    'PROXY protocol': `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${get('/healthz')}`,
    'PROXY protocol 2': '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\r\n\r\n',
    FTP: 'USER anonymous\r\n\r\n',
    RTSP: 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n',
    SIP: 'REGISTER sip:h SIP/2.0\r\n\r\n',
    zeros: `${'\0'.repeat(64)}\r\n\r\n`,
};
const foreignStatus = { 'HTTP/2 preface': 505 };

function* targets() {
    for (const c of control) yield row(`target ${c}`, get(`/v1/c${c}x`));
    for (const c of '<>"{}|\\^`') yield row(`target ${c}`, get(`/v1/c${c}x`));
    for (const c of ['\x80', '\xa0', '\xc3\xa9', '\xe5\x88\xb8', '\xff', '\xc0\xaf'])
        yield row(`target ${c}`, get(`/v1/${c}`));
    for (const target of [
        '/v1/x#',
        '/v1/x#y',
        '#',
        '/v1/x?a#b',
        '/v1/%00',
        '/v1/x%00y',
        '/v1/%',
        '/v1/%4',
        '/v1/%zz',
        '/v1/%g0',
        '/v1/%0g',
        '/v1/%u0041',
        '/..',
        '/../x',
        '/v1/..',
        '/v1/../x',
        '/v1/%2e%2e',
        '/v1/%2e%2e/x',
        '/v1/.%2e/x',
        '/v1/%2E%2E/x',
        '/v1/x/../../y',
        '/v1/x?a=%00',
        '/v1/x?%',
        'v1/x',
        'x',
        '*',
        '?',
        '?x',
        '\\v1\\x',
        './x',
        '../x',
        '*/x',
        '**',
        ':80',
        'h:80',
        'h/x',
        'http://',
        'http:///x',
        'http://u@h/x',
        'http://u:p@h/x',
        'http://h:x/x',
        'http://h:99999999/x',
        'http://h h/x',
        'http://[/x',
        'http://[::1/x',
        'http://h/x#f',
        'ftp://h/x',
        'file:///etc/passwd',
        'javascript:alert(1)',
        'gopher://h/x',
        'http:/h/x',
        'http:h/x',
        'http://other/x',
        'https://other/x',
        'http://h:81/x',
        'http://h/%00',
        'http://h/..',
    ])
        yield row(`target ${target}`, get(target));
    yield row('a target of 2049', get(`/${'a'.repeat(2048)}`), 414);
    yield row('a target of 9000', get(`/${'a'.repeat(9000)}`), 414);
    yield row('a query of 3000', get(`/v1/x?${'a'.repeat(3000)}`), 414);
    yield row('a target without end', `GET /${'a'.repeat(20000)}`, 414);
    yield row('a method without end', 'A'.repeat(20000), 501);
}

function* lineEnds() {
    const good = `GET /healthz HTTP/1.1\r\n${host}X: y\r\n\r\n`;
    const ends = [...good.matchAll(/\r\n/g)].map(({ index }) => index);
    for (const [i, at] of ends.entries())
        for (const end of ['\n', '\r', '\n\r', '\r\r\n', '\r \n', '\x85', '\x0b', '\x0c', '\0']) {
            const bytes = good.slice(0, at) + end + good.slice(at + 2);
            yield row(`line ${i + 1} ends by ${end}`, bytes);
        }
    yield row('only LF', good.replaceAll('\r\n', '\n'));
    yield row('only CR', good.replaceAll('\r\n', '\r'));
    yield row('LF in a value', get('/healthz', `${host}X: a\nY: b\r\n`));
    yield row('CR in a value', get('/healthz', `${host}X: a\rY: b\r\n`));
    yield row('LF in Host', get('/healthz', 'Host: h\nX: y\r\n'));
}

function* fields() {
    const field = (text, status) =>
        row(`field ${text}`, get('/healthz', `${host}${text}\r\n`), status);
    for (const c of [...control, ...'()<>@,;\\"/[]?={} \x80\xff']) yield field(`X${c}Y: z`);
    for (const c of control.filter((one) => one !== '\t')) yield field(`X: a${c}b`);
    for (const text of [
        ': x',
        ':',
        'X',
        'X Y',
        'X : y',
        'X\t: y',
        ' X: y',
        '\tX: y',
        'X: y\r\n z',
        'X: y\r\n\tz',
        'X:\r\n y',
        'Content-Length : 0',
        'Content-Length\t: 0',
        'Transfer-Encoding : chunked',
        'Transfer-Encoding\x0b: chunked',
        'Transfer-Encoding\0: chunked',
        '\0Transfer-Encoding: chunked',
        'X: y\r\n Transfer-Encoding: chunked',
        'Host : h',
        'Content_Length: 5',
        'Transfer_Encoding: chunked',
        'content_length: 0',
        'Authorization: a\r\nAuthorization: b',
        'Authorization: a\r\nauthorization: a',
        '(x): y',
        '"X": y',
        '{X}: y',
        'X\xa0: y',
        '=: y',
        '\xef\xbb\xbfX: y',
    ])
        yield field(text);
    yield row('a fold behind the request line', `GET /healthz HTTP/1.1\r\n ${host}\r\n`);
    yield row('a fold in Host', get('/healthz', 'Host:\r\n h\r\n'));
    yield row('a fold in Content-Length', post('Content-Length:\r\n 0\r\n'));
    yield row(
        'a fold in Transfer-Encoding',
        post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'),
    );
    yield field(Array.from({ length: 64 }, (_, i) => `X${i}: y`).join('\r\n'), 431);
    yield field(`X: ${'y'.repeat(8192)}`, 431);
    yield field(`${'X'.repeat(8192)}: y`, 431);
    yield row(
        'a field without end',
        `GET /healthz HTTP/1.1\r\n${host}X: ${'y'.repeat(20000)}`,
        431,
    );
    yield row('fields without end', `GET /healthz HTTP/1.1\r\n${`A: b\r\n`.repeat(4000)}`, 431);
}

function* hosts() {
    const named = (text) => row(`host ${text}`, get('/healthz', text));
    yield named('');
    for (const two of [
        'Host: h\r\nHost: h\r\n',
        'Host: h\r\nHost: i\r\n',
        'Host: h\r\nhost: h\r\n',
        'Host: h\r\nHOST:\r\n',
    ])
        yield named(two);
    for (const value of [
        'h h',
        'h,i',
        'u@h',
        'u:p@h',
        'h/x',
        'h?x',
        'h#x',
        'h\\x',
        'http://h',
        'h:x',
        'h:-1',
        'h:8o',
        'h:80:80',
        '[::1',
        '::1]',
        '[h]',
        '[::1]x',
        '[',
        ']',
        '[]',
        'h<',
        '"h"',
        'h;x',
        'h%',
        'h%zz',
        'h\x80',
        "h'",
        'h|i',
        'h^',
        'h`',
        '{h}',
        'h\t',
        '@',
    ].filter((one) => !allowedHosts.has(one)))
        yield named(`Host: ${value}\r\n`);
    yield row('absolute, Host of another', get('http://h/healthz', 'Host: i\r\n'));
    yield row('absolute, no Host', get('http://h/healthz', ''));
    yield row('absolute, two Hosts', get('http://h/healthz', 'Host: h\r\nHost: h\r\n'));
}
// sub-delims of a reg-name (RFC 3986, 3.2.2), and white space around a value.
const allowedHosts = new Set(['h,i', 'h;x', "h'", 'h\t']);

function* lengths() {
    for (const value of [
        '',
        '+5',
        '-5',
        '-0',
        '5 5',
        '5,5',
        '5, 5',
        '5;',
        '5.0',
        '5e0',
        '0x5',
        '0b101',
        '0o5',
        '5_0',
        "5'",
        '"5"',
        '5h',
        'h',
        '\xb2',
        '\xd9\xa3',
        '5\0',
        '\x0b5',
        '5\x0c',
        '1'.repeat(19),
        '1'.repeat(40),
        '9223372036854775808',
        '18446744073709551616',
        '18446744073709551621',
        '4294967296 ,0',
        'NaN',
        'Infinity',
        'chunked',
        '5,',
        ',5',
        '5\t5',
        '(5)',
    ])
        yield row(`length ${value}`, post(`Content-Length: ${value}\r\n`, 'hello'));
    for (const two of [
        ['5', '5'],
        ['5', '6'],
        ['0', '5'],
        ['5', '0'],
        ['5', ''],
        ['5', 'x'],
        ['05', '5'],
    ])
        yield row(
            `lengths ${two}`,
            post(two.map((n) => `Content-Length: ${n}\r\n`).join(''), 'hello'),
        );
    for (const n of [16385, 99999, 4294967295, 4294967296, 4294967301, 999999999999999])
        yield row(`length ${n}`, post(`Content-Length: ${n}\r\n`), 413);
    yield row('lengths in two cases', post('content-length: 5\r\nCONTENT-LENGTH: 5\r\n', 'hello'));
    yield row(
        'length on a GET, twice',
        get('/healthz', `${host}Content-Length: 0\r\nContent-Length: 50\r\n`),
    );
}

const codings = [
    'xchunked',
    'chunkedx',
    'x chunked',
    'chunked x',
    'chunked, chunked',
    'chunked,chunked',
    'chunked,',
    ',chunked',
    ', chunked',
    'chunked, identity',
    'identity, chunked',
    'identity',
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    'deflate',
    'compress, chunked',
    'x-chunked',
    '"chunked"',
    "'chunked'",
    'chunked;',
    'chunked;q=1',
    'chunked;a',
    'chunked\0',
    '\0chunked',
    'chun\0ked',
    '\x0bchunked',
    'chunked\x0b',
    '\x0cchunked',
    'chunked\x0c',
    'chunk',
    'chunke',
    'cHuNkEd x',
    '',
    ' ',
    'chunked\xa0',
    '\xa0chunked',
    '\xffchunked',
    'nothing',
    'chunked chunked',
    'chunked\t,',
    '[chunked]',
    'chunked\\',
    'ch\xc3\xbcnked',
    'chunKed\xe2\x84\xaa',
    '%63hunked',
    'trailers',
    'identity,identity',
];

function* transferCodings() {
    const zero = '0\r\n\r\n';
    for (const coding of codings) {
        const te = `Transfer-Encoding: ${coding}\r\n`;
        const cl = `Content-Length: ${zero.length}\r\n`;
        yield row(`coding ${coding}`, post(te, zero));
        yield row(`coding ${coding}, length behind`, post(te + cl, zero));
        yield row(`length in front, coding ${coding}`, post(cl + te, zero));
    }
    const good = 'Transfer-Encoding: chunked\r\n';
    for (const n of [0, 3, 5, 6, 48]) {
        const cl = `Content-Length: ${n}\r\n`;
        yield row(`CL.TE ${n}`, post(cl + good, zero));
        yield row(`TE.CL ${n}`, post(good + cl, zero));
        yield row(`TE.CL ${n}, a chunk`, post(good + cl, `2f\r\n${canary}\r\n0\r\n\r\n`));
        yield row(
            `CL.TE ${n}, other cases`,
            post(`CONTENT-LENGTH: ${n}\r\ntransfer-encoding: CHUNKED\r\n`, zero),
        );
    }
    for (const other of ['chunked', 'identity', 'x', 'cow', ''])
        for (const pair of [
            [good, `Transfer-Encoding: ${other}\r\n`],
            [`transfer-encoding: ${other}\r\n`, good],
        ])
            yield row(`TE.TE ${pair}`, post(pair.join(''), zero));
    yield row(
        'chunked in HTTP/1.0',
        `POST /v1/verifications HTTP/1.0\r\n${host}${good}\r\n${zero}`,
    );
    yield row(
        'a chunked GET with a length',
        get('/healthz', `${host}${good}Content-Length: 5\r\n`),
    );
}

function* chunks() {
    for (const size of [
        '',
        ' ',
        '+1',
        '-1',
        '0x1',
        '1 ',
        ' 1',
        '\t1',
        '1\t',
        'g',
        'x',
        '1g',
        '1.0',
        '1,0',
        '"1"',
        '1;\0',
        '1;a=\x7f',
        '1;a="',
        '1;a="b',
        '1;=b',
        '1;a=b=c',
        '1\0',
        '\0',
        '1\n',
        '1\r',
        '1;a\n',
        '1;a=b\nX',
        'ffffffffffffffffff',
        '10000000000000001',
        '00000000000000001',
        '1 1',
        '1\x0b',
        '1\x85',
        '\xb9',
        '1;a=\r',
        '1:a',
        '1=a',
        '1_0',
        '1;a=b ',
        '1;a ',
    ])
        yield row(`chunk size ${size}`, chunked(`${size}\r\nx\r\n0\r\n\r\n`));
    for (const [name, body] of Object.entries({
        'a byte too many': '1\r\nxy\r\n0\r\n\r\n',
        'a byte too few': '3\r\nx\r\n0\r\n\r\n',
        'data ends by LF': '1\r\nx\n0\r\n\r\n',
        'data ends by CR': '1\r\nx\r0\r\n\r\n',
        'data ends by two bytes': '1\r\nxab0\r\n\r\n',
        'size ends by LF': '1\nx\r\n0\r\n\r\n',
        'size ends by CR': '1\rx\r\n0\r\n\r\n',
        'last chunk ends by LF': '0\n\n',
        'last chunk ends by CR': '0\r\r',
        'last chunk, a bare LF': '0\r\n\n',
        'last chunk, a byte more': '0\r\nx\r\n\r\n',
        'empty lines between chunks': '1\r\nx\r\n\r\n0\r\n\r\n',
        'a trailer without a name': '0\r\n: x\r\n\r\n',
        'a trailer without a colon': '0\r\nX\r\n\r\n',
        'a trailer with a space': '0\r\nX : y\r\n\r\n',
        'a trailer with a NUL': '0\r\nX: \0\r\n\r\n',
        'a trailer folded': '0\r\nX: y\r\n z\r\n\r\n',
        'a trailer that ends by LF': '0\r\nX: y\n\r\n',
        'Content-Length as a trailer': '0\r\nContent-Length: 50\r\n\r\n',
        'Transfer-Encoding as a trailer': '0\r\nTransfer-Encoding: chunked\r\n\r\n',
        'Host as a trailer': '0\r\nHost: h\r\n\r\n',
        'Authorization as a trailer': '0\r\nAuthorization: Bearer x\r\n\r\n',
    }))
        yield row(`chunks, ${name}`, chunked(body));
    yield row('chunks above the cap', chunked(`5000\r\n${'x'.repeat(0x5000)}\r\n0\r\n\r\n`), 413);
    yield row('a chunk of 4 GiB', chunked('100000000\r\nx'), 413);
    yield row('an extension without end', chunked(`1;${'a'.repeat(20000)}`));
    yield row('trailers without end', chunked(`0\r\n${'A: b\r\n'.repeat(4000)}`), 431);
}

function* expectations() {
    for (const value of [
        'x',
        '100-continue, x',
        '100-continuex',
        '200-ok',
        '100',
        'Continue',
        '100 continue',
        '',
    ])
        yield row(
            `Expect ${value}`,
            post(`Expect: ${value}\r\nContent-Length: 5\r\n`, 'hello'),
            417,
        );
}

export function malformedRequests() {
    const parts = [
        requestLines,
        targets,
        lineEnds,
        fields,
        hosts,
        lengths,
        transferCodings,
        chunks,
    ];
    return [...parts, expectations].flatMap((part) => [...part()]);
}
