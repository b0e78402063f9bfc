// scripts/lib/layers.mjs [ROOT [RULES]]: direction of includes, homes of foreign libraries, banned
// words, mutable variables and the density of must(), all as declared in layers.txt.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
    blankLiterals, includesOf, isC, isTest, listFiles, localStatics, mutableVariable, parseFile,
    publicPrototype, readText, report, tokenize,
} from './csource.mjs';

const stem = (path) => path.replace(/\.[ch]$/, '');

function roomMatches(room, path) {
    if (room.endsWith('/')) return path.startsWith(room);
    if (room.endsWith('*')) return path.startsWith(room.slice(0, -1));
    return stem(path) === room;
}

const inAny = (rooms, path) => rooms.some((room) => roomMatches(room, path));

const numbered = (list) => (words) => {
    const number = Number(words[0]);
    if (!Number.isFinite(number)) throw new Error(`"${words[0]}" is not a number`);
    for (const room of words.slice(1)) list.push({ room, number });
};

export function readRules(text) {
    const rules = {
        levels: [], ceilings: [], homes: [], system: [], banned: new Set(), asserts: [],
        bannedWords: new Set(), bannedInTests: new Set(), mutable: new Set(),
    };
    const verbs = {
        level: numbered(rules.levels),
        ceiling: numbered(rules.ceilings),
        asserts: (words) => rules.asserts.push({ least: Number(words[0]), rooms: words.slice(1) }),
        home: (words) => {
            const colon = words.indexOf(':');
            if (colon < 1) throw new Error('home needs LIBRARY... : ROOM...');
            rules.homes.push({ headers: words.slice(0, colon), rooms: words.slice(colon + 1) });
        },
        system: (words) => rules.system.push(...words),
        banned: (words) => words.forEach((word) => rules.banned.add(word)),
        'banned-in-tests': (words) => words.forEach((word) => rules.bannedInTests.add(word)),
        'banned-words': (words) => words.forEach((word) => rules.bannedWords.add(word)),
        mutable: (words) => {
            if (words.length < 3) throw new Error('mutable needs FILE NAME REASON');
            rules.mutable.add(`${words[0]} ${words[1]}`);
        },
    };
    text.split('\n').forEach((line, i) => {
        const words = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
        if (words.length === 0) return;
        if (!verbs[words[0]]) throw new Error(`layers.txt:${i + 1}: unknown "${words[0]}"`);
        verbs[words[0]](words.slice(1));
    });
    return rules;
}

function placeOf(list, path) {
    const fits = list.filter((row) => roomMatches(row.room, path));
    return fits.sort((a, b) => b.room.length - a.room.length)[0];
}

function directionFault(rules, from, to) {
    const here = placeOf(rules.levels, from);
    const there = placeOf(rules.levels, to);
    if (!here || !there || here.room === there.room) return null;
    const ceiling = placeOf(rules.ceilings, from);
    if (ceiling && there.number > ceiling.number) {
        return `${here.room} may include up to level ${ceiling.number}, `
            + `${there.room} is level ${there.number}`;
    }
    if (there.number < here.number) return null;
    return `goes from level ${here.number} up to ${there.number} (${here.room} to ${there.room})`;
}

const headerMatches = (pattern, header) =>
    pattern.endsWith('/') ? header.startsWith(pattern) : header === pattern;

function foreignFault(rules, path, header) {
    if (rules.system.some((pattern) => headerMatches(pattern, header))) return null;
    const home = rules.homes.find((h) => h.headers.some((p) => headerMatches(p, header)));
    if (!home) return `<${header}> has no home in layers.txt`;
    return inAny(home.rooms, path) ? null : `<${header}> belongs to ${home.rooms.join(' ')}`;
}

function includeFaults(rules, root, path, text, graph) {
    const faults = [];
    const say = (line, what) => faults.push(`${path}:${line}: ${what}`);
    for (const include of includesOf(text)) {
        if (include.isSystem) {
            const fault = isTest(path) ? null : foreignFault(rules, path, include.path);
            if (fault) say(include.line, fault);
            continue;
        }
        const isOurs = /^(voucher|crypto|storage|tests)\//.test(include.path);
        if (!isOurs && !include.path.startsWith('generated/')) {
            say(include.line, `"${include.path}": write the path from the project's root`);
            continue;
        }
        if (isOurs && !existsSync(join(root, include.path))) {
            say(include.line, `"${include.path}" does not exist`);
        }
        if (isTest(path)) continue;
        if (include.path.startsWith('tests/')) say(include.line, 'the service includes a test');
        const fault = directionFault(rules, path, include.path);
        if (fault) say(include.line, fault);
        if (path.endsWith('.h') && include.path.endsWith('.h')) graph.get(path).add(include.path);
    }
    return faults;
}

// Modules and whom they call: a name with a parenthesis behind it that another file defines.
function callGraph(parsedFiles) {
    const homeOf = new Map();
    for (const [path, { functions }] of parsedFiles) {
        for (const f of functions) if (!f.isStatic) homeOf.set(f.name, path);
    }
    const graph = new Map();
    for (const [path, { functions }] of parsedFiles) {
        const own = new Set(functions.map((f) => f.name));
        const called = functions.flatMap((f) => f.body.filter((t, i) =>
            f.body[i + 1]?.text === '(' && !['.', '->'].includes(f.body[i - 1]?.text)));
        const homes = called.filter((t) => !own.has(t.text)).map((t) => homeOf.get(t.text));
        graph.set(path, new Set(homes.filter(Boolean)));
    }
    return graph;
}

// A way from a node back to itself, the shortest; null when there is none.
function circleFrom(graph, start) {
    const cameFrom = new Map();
    const waiting = [start];
    while (waiting.length > 0) {
        const node = waiting.shift();
        for (const next of graph.get(node) ?? []) {
            if (next === start) {
                const way = [start];
                for (let at = node; at !== start; at = cameFrom.get(at)) way.unshift(at);
                return [start, ...way];
            }
            if (!cameFrom.has(next)) {
                cameFrom.set(next, node);
                waiting.push(next);
            }
        }
    }
    return null;
}

// One circle for each knot of the graph.
export function findCircles(graph) {
    const told = new Set();
    const circles = [];
    for (const node of graph.keys()) {
        const circle = told.has(node) ? null : circleFrom(graph, node);
        if (!circle) continue;
        circle.forEach((member) => told.add(member));
        circles.push(circle);
    }
    return circles;
}

function wordFaults(rules, path, text) {
    const faults = [];
    const tokens = tokenize(blankLiterals(text));
    tokens.forEach(({ text: word, line }, i) => {
        const isCall = tokens[i + 1]?.text === '(';
        const banned = rules.bannedWords.has(word) || isCall && rules.banned.has(word)
            || isCall && isTest(path) && rules.bannedInTests.has(word);
        if (banned) faults.push(`${path}:${line}: ${word} is banned`);
    });
    text.split('\n').forEach((line, i) => {
        const mark = line.match(/\b(TODO|FIXME)\b/);
        if (mark) faults.push(`${path}:${i + 1}: an unfinished mark, ${mark[1]}`);
    });
    return faults;
}

function variableFaults(rules, path, parsed) {
    const isMain = /(^|\/)main\.c$/.test(path);
    const locals = parsed.functions.flatMap((f) => localStatics(f.body));
    const faults = [...parsed.declarations, ...locals.map((s) => s.declaration)]
        .map(mutableVariable)
        .filter((v) => v && !isMain && !rules.mutable.has(`${path} ${v.name}`))
        .map((v) => `${path}:${v.line}: ${v.name} can be written to (const after the last *?)`);
    if (!path.endsWith('.c')) return faults;
    const prototypes = parsed.declarations.map(publicPrototype).filter(Boolean);
    return faults.concat(prototypes.map((p) =>
        `${path}:${p.line}: ${p.name} is declared outside its header`));
}

function assertFaults(rules, counts, notes) {
    return rules.asserts.flatMap(({ least, rooms }) => {
        let musts = 0;
        let functions = 0;
        for (const [path, count] of counts) {
            if (!inAny(rooms, path)) continue;
            musts += count.musts;
            functions += count.functions;
        }
        if (functions === 0) return [];
        const found = `${rooms.join(' ')}: ${(musts / functions).toFixed(2)} must() a function`;
        notes.push(found);
        return musts < least * functions ? [`${found}, at least ${least}`] : [];
    });
}

function fileFaults(rules, root, path, found) {
    const text = readText(root, path);
    const faults = includeFaults(rules, root, path, text, found.headers);
    faults.push(...wordFaults(rules, path, text));
    if (isTest(path)) return faults;
    if (!placeOf(rules.levels, path)) faults.push(`${path}: has no level in layers.txt`);
    const parsed = parseFile(text);
    if (path.endsWith('.c')) {
        found.parsed.set(path, parsed);
        found.counts.set(path, {
            musts: (blankLiterals(text).match(/\b(must|_Static_assert)\(/g) ?? []).length,
            functions: parsed.functions.length,
        });
    }
    return faults.concat(variableFaults(rules, path, parsed));
}

function main(root, rulesPath) {
    const rules = readRules(readFileSync(rulesPath, 'utf8'));
    const paths = listFiles(root).filter(isC);
    const found = {
        headers: new Map(paths.map((path) => [path, new Set()])),
        counts: new Map(), parsed: new Map(),
    };
    const faults = paths.flatMap((path) => {
        try {
            return fileFaults(rules, root, path, found);
        } catch (error) {
            return [`${path}: ${error.message}`];
        }
    });
    for (const [what, graph] of [['includes', found.headers], ['calls', callGraph(found.parsed)]]) {
        const circles = findCircles(graph);
        faults.push(...circles.map((c) => `a circle of ${what}: ${c.join(' > ')}`));
    }
    const notes = [];
    faults.push(...assertFaults(rules, found.counts, notes));
    report(faults, [`${paths.length} files`, ...notes].join('; '));
}

const beside = join(dirname(fileURLToPath(import.meta.url)), 'layers.txt');
main(process.argv[2] ?? '.', process.argv[3] ?? beside);
