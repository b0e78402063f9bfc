// Our reader and writer of structured fields against npm structured-headers: sound dictionaries and
// thousands of damaged ones must be read alike, or refused alike.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';

import { parseDictionary, serializeDictionary } from 'structured-headers';

import { callTool } from './httpsig_tool.mjs';

const seeds = [
    'sig1=("@method" "content-digest";sf "x";a=1.50;b=?0);created=1618884473;keyid="k\\"\\\\";x',
    'sig1=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
    'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:, sha-512=:AAAA:;p=*t/1:',
    'a, b;c;d=-12, e=?1, f=?0;g="", h=(), i=( 1  2.25 tok ), j=-0.125;k=:AA==:',
    'a=1 ,\tb=000123, c=999999999999999, d=123456789012.1, *e_-.*=A!#$%&\'*+-.^_`|~:/',
];
const alphabet = ' \t"\\(),;:=?*+-./09aAzZ_{~%@';

// A small generator, the same in every run (Park and Miller).
function* numbers(state) {
    for (;;) yield state = state * 48271 % 2147483647;
}

function damage(field, random) {
    const next = (below) => random.next().value % below;
    const at = next(field.length + 1);
    const mark = alphabet[next(alphabet.length)];
    switch (next(4)) {
    case 0: return field.slice(0, at) + field.slice(at + 1);
    case 1: return field.slice(0, at) + mark + field.slice(at + 1);
    case 2: return field.slice(0, at) + mark + field.slice(at);
    default: return field.slice(0, at) + field.slice(next(field.length + 1));
    }
}

// What differs on purpose, see sfv.h: dates and display strings, and loose base64 (keys given twice
// are dealt with below). And 1.0, which JavaScript cannot tell from 1.
function isOutside(field) {
    if (/[=( ][@%]/.test(field) || /\d\.0+(?!\d)/.test(field)) return true;
    for (const [, base64] of field.matchAll(/:([A-Za-z0-9+/=]*):/g)) {
        if (Buffer.from(base64, 'base64').toString('base64') !== base64) return true;
    }
    return false;
}

function hasDoubles(canonical, ours) {
    return ours.length > canonical.length && ours.split(/[;,] ?/).length >
        canonical.split(/[;,] ?/).length;
}

function canonicalOf(field) {
    try {
        return serializeDictionary(parseDictionary(field));
    } catch {
        return 'malformed';
    }
}

function compare(fields) {
    const lines = callTool('dictionary', fields.map((field) => `${field}\n`).join('')).split('\n');
    assert.equal(lines.length, fields.length + 1);
    let malformedCount = 0;
    fields.forEach((field, i) => {
        const want = canonicalOf(field);
        malformedCount += want === 'malformed' ? 1 : 0;
        if (want !== 'malformed' && hasDoubles(want, lines[i])) return;
        assert.equal(lines[i], want, field);
    });
    return malformedCount;
}

seeds.forEach((seed, i) => {
    test(`sound field ${i}`, () => {
        assert.equal(compare([seed]), 0);
    });
    test(`field ${i}, damaged`, () => {
        const random = numbers(i + 1);
        const fields = Array.from({ length: 2000 }, () => {
            const once = damage(seed, random);
            return random.next().value % 2 ? once : damage(once, random);
        }).filter((field) => !isOutside(field));
        const malformedCount = compare(fields);
        assert.ok(malformedCount > fields.length / 4 && malformedCount < fields.length);
    });
});
