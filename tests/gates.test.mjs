// tests/gates.test.mjs: the gates themselves. Each row is a small tree of files with one fault that
// the checker must name, or without any.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const checkers = join(dirname(fileURLToPath(import.meta.url)), '..', 'scripts', 'lib');

function run(checker, files, rules) {
    const root = mkdtempSync(join(tmpdir(), 'gates-'));
    try {
        for (const [path, text] of Object.entries(files)) {
            mkdirSync(dirname(join(root, path)), { recursive: true });
            writeFileSync(join(root, path), text);
        }
        const options = [join(checkers, checker), root];
        if (rules !== undefined) {
            writeFileSync(join(root, 'rules.txt'), rules);
            options.push(join(root, 'rules.txt'));
        }
        const ended = spawnSync(process.execPath, options, { encoding: 'utf8' });
        return { status: ended.status, said: ended.stdout + ended.stderr };
    } finally {
        rmSync(root, { recursive: true });
    }
}

// A row's `says` is part of the one fault that is told; null: no fault.
function expectRow(row, ended) {
    if (row.says === null) {
        assert.equal(ended.status, 0, ended.said);
        return;
    }
    assert.notEqual(ended.status, 0, ended.said);
    assert.ok(ended.said.includes(row.says), ended.said);
    assert.ok(ended.said.includes('1 fault\n'), ended.said);
}

const lines = (count, line = '    call();\n') => line.repeat(count);
const body = (inside) => `int\nf(int a)\n{\n${inside}}\n`;
const ifs = (count) => lines(count, '    if (a) b();\n');

const sizeRows = [
    { name: 'sixty lines', text: body(lines(56)), says: null },
    { name: 'sixty-one lines', text: body(lines(57)), says: 'f: 61 lines, at most 60' },
    {
        name: 'rows of a test are data',
        path: 'tests/test_a.c',
        text: body(`    static const int rows[] = {\n${lines(90, '        1,\n')}    };\n`),
        says: null,
    },
    {
        name: 'rows of the service are lines',
        says: 'f: 96 lines',
        text: body(`    static const int rows[] = {\n${lines(90, '        1,\n')}    };\n`),
    },
    { name: 'ten paths', text: body(ifs(9)), says: null },
    { name: 'eleven paths', text: body(ifs(10)), says: 'f: 11 cyclomatic, at most 10' },
    {
        name: 'conditions are paths',
        says: 'f: 11 cyclomatic',
        text: body(`${ifs(6)}    return a && b || c ? d && e : f;\n`),
    },
    {
        name: 'loops are paths',
        says: 'f: 11 cyclomatic',
        text: body(`${ifs(7)}    for (;;) b();\n    while (a) b();\n    do b(); while (a);\n`),
    },
    {
        name: 'cases are paths',
        says: 'f: 11 cyclomatic',
        text: body(
            `${ifs(8)}    switch (a) {\n    case 1: b(); break;\n    case 2: return c;\n    }\n`,
        ),
    },
    {
        name: 'a switch of returns is a table',
        says: null,
        text: body(
            `    switch (a) {\n${lines(20, '    case 1: return 2;\n')}    default: return 3;\n    }\n`,
        ),
    },
    {
        name: 'a switch of returns and ifs',
        says: 'f: 11 cyclomatic',
        text: body(`${ifs(10)}    switch (a) {\n    case 1:\n    case 2: return 2;\n    }\n`),
    },
    {
        name: 'a loop hidden in a macro',
        says: 'f: 11 cyclomatic',
        text: body(`${ifs(9)}    LIST_EACH(a, b) {\n        c();\n    }\n`),
    },
    {
        name: 'a literal of a struct is no loop',
        says: null,
        text: body(lines(12, '    return (struct s){ 1, 2 };\n')),
    },
    {
        name: 'what must() asks is no path',
        says: null,
        text: body(lines(20, '    must(a && b);\n')),
    },
    {
        name: 'words in literals are no paths',
        says: null,
        text: body(`${lines(20, '    b("if (a && b) ? \\" ", \'?\'); /* if (a) */ // if\n')}`),
    },
    {
        name: 'words in directives are no paths',
        says: null,
        text: body(lines(12, '#if defined(A) && defined(B)\n    b();\n#endif\n')),
    },
    {
        name: 'three levels',
        says: null,
        text: body(
            '    for (;;) {\n        if (a) {\n            while (b) {\n' +
                '                if (c) return 1;\n            }\n        }\n    }\n',
        ),
    },
    {
        name: 'four levels',
        says: 'f: 4 levels of nesting, at most 3',
        text: body(
            '    for (;;) {\n        if (a) {\n            while (b) {\n' +
                '                if (c) {\n                    d();\n                }\n' +
                '            }\n        }\n    }\n',
        ),
    },
    {
        name: 'four levels without braces',
        says: 'f: 4 levels of nesting',
        text: body(
            '    for (;;)\n        if (a)\n            while (b)\n                if (c)\n' +
                '                    for (;;) d();\n',
        ),
    },
    {
        name: 'else if is one level',
        says: null,
        text: body(
            `    if (a) {\n        b();\n${lines(5, '    } else if (c) {\n        b();\n')}    }\n`,
        ),
    },
    {
        name: 'five parameters',
        text: 'int f(int a, int b, int c, int d, int e) { g(); }\n',
        says: null,
    },
    {
        name: 'six parameters',
        says: 'f: 6 parameters, at most 5',
        text: 'int f(int a, int b, int c, int d, int e, int g) { h(); }\n',
    },
    {
        name: 'parameters of a parameter do not count',
        says: null,
        text: 'int f(int (*a)(int, int, int, int), int b, int c, int d, int e) { g(); }\n',
    },
    { name: 'five hundred lines', text: lines(500, '\n'), says: null },
    { name: 'one more', text: lines(501, '\n'), says: 'a.c: 501 lines, at most 500' },
    {
        name: 'one hundred and fifty of a header',
        path: 'voucher/a.h',
        text: lines(150, '\n'),
        says: null,
    },
    {
        name: 'one more of a header',
        path: 'voucher/a.h',
        text: lines(151, '\n'),
        says: 'at most 150',
    },
    { name: 'a hundred columns', text: `/* ${'x'.repeat(94)} */\n`, says: null },
    { name: 'one more column', text: `/* ${'x'.repeat(95)} */\n`, says: 'a.c:1: 101 columns' },
    { name: 'Chinese takes two', text: `/* ${'券'.repeat(48)} */\n`, says: 'a.c:1: 102 columns' },
    { name: 'an unclosed brace', text: 'int f(void)\n{\n', says: 'is never closed' },
    { name: 'vectors are data', path: 'tests/vectors/a.h', text: lines(600, '\n'), says: null },
    {
        name: 'a build directory is not ours',
        path: 'build/a.c',
        text: lines(600, '\n'),
        says: null,
    },
];

for (const row of sizeRows) {
    test(`size: ${row.name}`, () => {
        expectRow(row, run('size.mjs', { [row.path ?? 'voucher/a.c']: row.text }));
    });
}

const rules = `
level 0 voucher/base
level 1 voucher/low voucher/low/ voucher/twin
level 2 voucher/mid*
level 3 voucher/top/ voucher/main
ceiling 1 voucher/top/shy
level 3 voucher/top/shy
home sqlite3.h : voucher/low/
home event2/ : voucher/top/
system stdio.h sys/
banned strcpy sprintf
banned-words double
banned-in-tests sleep
mutable voucher/mid.c allowed because the test says so
`;

const layerRows = [
    {
        name: 'downward',
        files: { 'voucher/mid.c': '#include "voucher/low.h"\n', 'voucher/low.h': '' },
        says: null,
    },
    {
        name: 'upward',
        says: 'voucher/low.c:1: goes from level 1 up to 2',
        files: { 'voucher/low.c': '#include "voucher/mid.h"\n', 'voucher/mid.h': '' },
    },
    {
        name: 'sideways',
        says: 'voucher/low.c:1: goes from level 1 up to 1',
        files: { 'voucher/low.c': '#include "voucher/twin.h"\n', 'voucher/twin.h': '' },
    },
    {
        name: 'within a room',
        says: null,
        files: { 'voucher/low/a.c': '#include "voucher/low/b.h"\n', 'voucher/low/b.h': '' },
    },
    {
        name: 'within a prefix',
        says: null,
        files: { 'voucher/mid_a.c': '#include "voucher/mid_b.h"\n', 'voucher/mid_b.h': '' },
    },
    {
        name: 'above a ceiling',
        says: 'may include up to level 1',
        files: { 'voucher/top/shy.c': '#include "voucher/mid.h"\n', 'voucher/mid.h': '' },
    },
    { name: 'no level', says: 'voucher/lost.c: has no level', files: { 'voucher/lost.c': '' } },
    {
        name: 'a path that is not from the root',
        says: 'write the path',
        files: { 'voucher/mid.c': '#include "low.h"\n', 'voucher/low.h': '' },
    },
    {
        name: 'a header that is missing',
        says: 'does not exist',
        files: { 'voucher/mid.c': '#include "voucher/low.h"\n' },
    },
    {
        name: 'the service includes a test',
        says: 'the service includes a test',
        files: { 'voucher/mid.c': '#include "tests/rows.h"\n', 'tests/rows.h': '' },
    },
    {
        name: 'tests include anything',
        says: null,
        files: {
            'tests/test_a.c': '#include <cmocka.h>\n#include "voucher/low.h"\n',
            'voucher/low.h': '',
        },
    },
    {
        name: 'a library at home',
        says: null,
        files: { 'voucher/low/a.c': '#include <sqlite3.h>\n' },
    },
    {
        name: 'a library abroad',
        says: '<sqlite3.h> belongs to',
        files: { 'voucher/mid.c': '#include <sqlite3.h>\n' },
    },
    {
        name: 'a folder of headers abroad',
        says: '<event2/event.h> belongs to',
        files: { 'voucher/low.c': '#include <event2/event.h>\n' },
    },
    {
        name: 'an unknown library',
        says: 'has no home',
        files: { 'voucher/low.c': '#include <zlib.h>\n' },
    },
    {
        name: 'the system',
        says: null,
        files: { 'voucher/low.c': '#include <stdio.h>\n#include <sys/un.h>\n' },
    },
    {
        name: 'a circle of calls',
        says: 'a circle of calls',
        files: {
            'voucher/mid_a.c': 'int a(void)\n{\n    return b();\n}\n',
            'voucher/mid_b.c': 'int b(void)\n{\n    return a();\n}\n',
        },
    },
    {
        name: 'a pointer handed down is no call',
        says: null,
        files: {
            'voucher/mid_a.c': 'int a(void)\n{\n    return b(a);\n}\n',
            'voucher/mid_b.c': 'int b(int (*f)(void))\n{\n    return f();\n}\n',
        },
    },
    {
        name: 'a static function of the same name',
        says: null,
        files: {
            'voucher/mid_a.c': 'int a(void)\n{\n    return b();\n}\n',
            'voucher/mid_b.c': 'static int a(void)\n{\n}\nint b(void)\n{\n    return a();\n}\n',
        },
    },
    {
        name: 'a circle of headers',
        says: 'a circle of includes',
        files: {
            'voucher/mid_a.h': '#include "voucher/mid_b.h"\n',
            'voucher/mid_b.h': '#include "voucher/mid_a.h"\n',
        },
    },
    {
        name: 'a banned call',
        says: 'voucher/low.c:3: strcpy is banned',
        files: { 'voucher/low.c': body('').replace('{\n', '{ strcpy(a, b);\n') },
    },
    {
        name: 'a banned word in a comment',
        says: null,
        files: { 'voucher/low.c': '/* strcpy( double */\n' },
    },
    {
        name: 'a banned word in a literal',
        says: null,
        files: { 'voucher/low.c': 'static const char *const a = "strcpy(double)";\n' },
    },
    { name: 'a longer name', says: null, files: { 'voucher/low.c': body('    my_strcpy(a);\n') } },
    {
        name: 'a member of that name',
        says: null,
        files: { 'voucher/low.c': body('    a = b.strcpy;\n') },
    },
    {
        name: 'a banned word',
        says: 'double is banned',
        files: { 'voucher/low.h': 'struct s {\n    double a;\n};\n' },
    },
    {
        name: 'tests do not sleep',
        says: 'sleep is banned',
        files: { 'tests/test_a.c': body('    sleep(1);\n') },
    },
    {
        name: 'an unfinished mark',
        says: 'an unfinished mark',
        files: { 'voucher/low.c': `/* TO${'DO'} */\n` },
    },
    {
        name: 'a variable',
        says: 'v can be written to',
        files: { 'voucher/low.c': 'static int v;\n' },
    },
    {
        name: 'a variable with a value',
        says: 'v can be written to',
        files: { 'voucher/low.c': 'static int v = 3;\n' },
    },
    {
        name: 'a variable of a struct',
        says: 'v can be written to',
        files: { 'voucher/low.c': 'static struct s v = { 1 };\n' },
    },
    {
        name: 'an array of pointers',
        says: 'v can be written to',
        files: { 'voucher/low.c': 'static const char *v[] = { "a" };\n' },
    },
    {
        name: 'a pointer to a function',
        says: 'v can be written to',
        files: { 'voucher/low.c': 'static int (*v)(int);\n' },
    },
    {
        name: 'a variable inside a function',
        says: 'v can be written to',
        files: { 'voucher/low.c': body('    static int v;\n') },
    },
    {
        name: 'a buffer inside a function',
        says: 'v can be written to',
        files: { 'voucher/low.c': body('    static char v[10] = { 0 };\n') },
    },
    { name: 'main may', says: null, files: { 'voucher/main.c': 'static int v;\n' } },
    { name: 'named in the rules', says: null, files: { 'voucher/mid.c': 'static int allowed;\n' } },
    { name: 'tests may', says: null, files: { 'tests/test_a.c': 'static int v;\n' } },
    {
        name: 'constants',
        says: null,
        files: {
            'voucher/low.c':
                'static const int a = 1;\nconst char *const b[] = { "x" };\n' +
                'static const struct { int a; } c[] = { { 1 } };\nstatic int (*const d[])(int *) = { e };\n',
        },
    },
    {
        name: 'declarations',
        says: null,
        files: {
            'voucher/low.h':
                'struct s;\nstruct t {\n    int *a;\n};\nenum e { A, B };\nextern const int a;\n' +
                'int f(int *a, int (*g)(void));\n_Static_assert(sizeof(int) == 4, "int");\n',
        },
    },
    {
        name: 'a prototype outside its header',
        says: 'f is declared outside its header',
        files: { 'voucher/low.c': 'int f(int a);\n' },
    },
    {
        name: 'a static prototype',
        says: null,
        files: { 'voucher/low.c': 'static int f(int a);\n' },
    },
    {
        name: 'enough asserts',
        rules: `${rules}asserts 1 voucher/low/\n`,
        says: null,
        files: { 'voucher/low/a.c': body('    must(a);\n') },
    },
    {
        name: 'too few asserts',
        rules: `${rules}asserts 1 voucher/low/\n`,
        says: '0.50 must() a function, at least 1',
        files: { 'voucher/low/a.c': body('    must(a);\n') + body('    b();\n') },
    },
];

for (const row of layerRows) {
    test(`layers: ${row.name}`, () => {
        expectRow(row, run('layers.mjs', row.files, row.rules ?? rules));
    });
}

const ruleRows = [
    {
        name: 'an unknown word',
        rules: 'levels 1 voucher/low\n',
        says: 'layers.txt:1: unknown "levels"',
    },
    { name: 'no number', rules: 'level low voucher/low\n', says: '"low" is not a number' },
    { name: 'a home without a colon', rules: 'home sqlite3.h storage/\n', says: 'home needs' },
    {
        name: 'an exception without a reason',
        rules: 'mutable voucher/low.c v\n',
        says: 'mutable needs',
    },
];

for (const row of ruleRows) {
    test(`rules: ${row.name}`, () => {
        const ended = run('layers.mjs', {}, row.rules);
        assert.notEqual(ended.status, 0);
        assert.ok(ended.said.includes(row.says), ended.said);
    });
}

test("the project's own rules can be read", () => {
    const ended = run('layers.mjs', {});
    assert.equal(ended.status, 0, ended.said);
});
