// voucher/THREATS.md and ASVS.md say which test shows what: each file, test and torture row must be
// there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../scripts/lib/servers.mjs';

const pages = ['THREATS.md', 'ASVS.md'].map((name) =>
    readFileSync(path.join(root, 'voucher', name), 'utf8'),
);
const read = (name) => readFileSync(path.join(root, name), 'utf8');

// [file or row, [names of tests]]
export function references(text) {
    const found = [];
    for (const [, what, names] of text.matchAll(
        /`((?:tests\/|scripts\/torture )[^`]+)`((?:,? “[^”]+”)*)/g,
    ))
        found.push([what, [...names.matchAll(/“([^”]+)”/g)].map((name) => name[1])]);
    return found;
}

function missing([what, names]) {
    const row = /^scripts\/torture (.+)$/.exec(what)?.[1];
    const file = row ? `tests/torture/${row}.mjs` : what;
    if (!existsSync(path.join(root, file)) && what !== 'tests/FILE') return [what];
    if (names.length === 0) return [];
    const text = read(file).replaceAll("\\'", "'");
    return names.filter((name) => !text.includes(name)).map((name) => `${file}: ${name}`);
}

test('every test that the page names is there', () => {
    const all = pages.map(references);
    assert.ok(all[0].length > 75 && all[1].length > 100, `${all.map((l) => l.length)} references`);
    assert.deepEqual(all.flat().flatMap(missing), []);
});

test('a name that is gone would be told', () => {
    for (const [text, told] of [
        ['`tests/no-such.test.mjs`', 'tests/no-such.test.mjs'],
        ['`scripts/torture no-such`', 'scripts/torture no-such'],
        ['`tests/race.test.mjs` “no such”, “none”', 'tests/race.test.mjs: no such'],
    ])
        assert.equal(references(text).flatMap(missing)[0], told);
});

test('every table says what shows each line', () => {
    const lines = pages
        .join('\n')
        .split('\n')
        .filter((line) => /^\| (?!might|item|what|chapter)/.test(line));
    assert.ok(lines.length > 150);
    for (const line of lines)
        assert.ok(/tests\/|scripts\/torture|no test|does not apply/.test(line), line);
});
