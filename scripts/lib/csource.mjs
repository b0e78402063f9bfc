// scripts/lib/csource.mjs: reads C the way the gates need it: comments and literals blanked, the
// file cut into top-level pieces, functions walked statement by statement. It understands the
// project's own formatted C, not all of C.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const SKIPPED_FOLDERS = /^(build.*|node_modules|dist|\..*)$/;

// Every file below root as a path from root, in a stable order.
export function listFiles(root) {
    const found = [];
    const walk = (folder) => {
        for (const entry of readdirSync(folder, { withFileTypes: true })) {
            const path = join(folder, entry.name);
            if (entry.isDirectory() && !SKIPPED_FOLDERS.test(entry.name)) walk(path);
            if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'));
        }
    };
    walk(root);
    return found.sort();
}

export const isC = (path) => /\.[ch]$/.test(path) && !path.startsWith('tests/vectors/');
export const isTest = (path) => path.startsWith('tests/');

// Comments and the insides of literals become spaces; lines keep their numbers.
export function blankLiterals(text) {
    const pattern = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/g;
    return text.replace(pattern, (hit) => {
        const blank = hit.replace(/[^\n]/g, ' ');
        if (hit[0] === '/') return blank;
        return hit[0] + blank.slice(1, -1) + hit[0];
    });
}

// Preprocessor lines, continuations included, become spaces.
export function blankDirectives(blanked) {
    return blanked.replace(/^[ \t]*#(?:\\\n|[^\n])*/gm, (hit) => hit.replace(/[^\n]/g, ' '));
}

const TOKEN = /[A-Za-z_]\w*|\.?\d(?:[\w.]|[eEpP][+-])*|"[^]*?"|'[^]*?'|->|&&|\|\||[^\s\w]/g;

export function tokenize(code) {
    const tokens = [];
    let line = 1;
    let from = 0;
    for (const hit of code.matchAll(TOKEN)) {
        for (; from < hit.index; from++) if (code[from] === '\n') line++;
        tokens.push({ text: hit[0], line });
    }
    return tokens;
}

const CLOSES = { '(': ')', '[': ']', '{': '}' };

// The index just past the group that opens at `at`.
export function groupEnd(tokens, at) {
    const open = tokens[at].text;
    let depth = 0;
    for (let i = at; i < tokens.length; i++) {
        if (tokens[i].text === open) depth++;
        if (tokens[i].text === CLOSES[open] && --depth === 0) return i + 1;
    }
    throw new Error(`line ${tokens[at].line}: "${open}" is never closed`);
}

const withoutAttributes = (tokens) => {
    const kept = [];
    for (let i = 0; i < tokens.length; i++) {
        if (tokens[i].text === '__attribute__') i = groupEnd(tokens, i + 1) - 1;
        else kept.push(tokens[i]);
    }
    return kept;
};

function functionOf(head, tokens, bodyFrom, bodyTo) {
    const open = head.findIndex((t) => t.text === '(');
    if (open < 1 || head.some((t) => t.text === '=')) return null;
    const parameters = head.slice(open + 1, groupEnd(head, open) - 1);
    let depth = 0;
    let count = parameters.length === 0 || parameters[0].text === 'void' && parameters.length === 1
        ? 0 : 1;
    for (const t of parameters) {
        if (t.text === '(') depth++;
        if (t.text === ')') depth--;
        if (t.text === ',' && depth === 0) count++;
    }
    return {
        name: head[open - 1].text, line: head[0].line, endLine: tokens[bodyTo - 1].line,
        parameterCount: count, isStatic: head.some((t) => t.text === 'static'),
        body: tokens.slice(bodyFrom + 1, bodyTo - 1),
    };
}

// Cuts a file into functions and other declarations (each an array of tokens without its `;`,
// every brace group reduced to "{" "}").
export function parseFile(text) {
    const tokens = tokenize(blankDirectives(blankLiterals(text)));
    const functions = [];
    const declarations = [];
    let head = [];
    for (let i = 0; i < tokens.length; i++) {
        const t = tokens[i];
        if (t.text === ';') {
            if (head.length > 0) declarations.push(head);
            head = [];
        } else if (t.text === '{') {
            const end = groupEnd(tokens, i);
            const plain = withoutAttributes(head);
            const isBody = plain.length > 0 && plain[plain.length - 1].text === ')';
            const found = isBody ? functionOf(plain, tokens, i, end) : null;
            if (found) functions.push(found);
            head = found ? [] : [...head, t, tokens[end - 1]];
            i = end - 1;
        } else if (t.text === '(' || t.text === '[') {
            const end = groupEnd(tokens, i);
            head.push(...tokens.slice(i, end));
            i = end - 1;
        } else {
            head.push(t);
        }
    }
    return { functions, declarations };
}

// Names of variables that the declaration leaves writable (`const` must follow the last `*`).
export function mutableVariable(declaration) {
    let tokens = withoutAttributes(declaration);
    const words = new Set(tokens.map((t) => t.text));
    if (['typedef', 'extern', '_Static_assert', 'static_assert'].some((w) => words.has(w))) {
        return null;
    }
    const equals = tokens.findIndex((t) => t.text === '=');
    if (equals >= 0) tokens = tokens.slice(0, equals);
    const bare = tokens.map((t) => t.text);
    const pointerGroup = bare.findIndex((w, i) => w === '(' && bare[i + 1] === '*');
    if (bare.indexOf('(') !== pointerGroup) return null; /* a prototype */
    const bodyAt = bare.lastIndexOf('}');
    const bracket = bare.findIndex((w, i) => w === '[' && i > bodyAt);
    const nameAt = pointerGroup >= 0 ? bare.indexOf(')', pointerGroup) - 1
        : (bracket >= 0 ? bracket : bare.length) - 1;
    const name = bare[nameAt];
    if (!/^[A-Za-z_]\w*$/.test(name)) return null; /* a struct or enum without a variable */
    const isTagOnly = ['struct', 'enum', 'union'].includes(bare[nameAt - 1]);
    if (isTagOnly) return null;
    const group = pointerGroup >= 0 ? bare.slice(pointerGroup, nameAt + 1) : bare.slice(0, nameAt);
    const star = group.lastIndexOf('*');
    return group.slice(star + 1).includes('const') ? null : { name, line: declaration[0].line };
}

// A prototype without `static`.
export function publicPrototype(declaration) {
    const bare = withoutAttributes(declaration).map((t) => t.text);
    const others = ['typedef', 'static', '=', '_Static_assert', 'static_assert'];
    if (others.some((word) => bare.includes(word))) return null;
    const open = bare.indexOf('(');
    if (open < 2 || bare[open + 1] === '*') return null;
    return { name: bare[open - 1], line: declaration[0].line };
}

// Local `static` declarations of a function body.
export function localStatics(body) {
    const found = [];
    for (let i = 0; i < body.length; i++) {
        if (body[i].text !== 'static') continue;
        const declaration = [];
        while (i < body.length && body[i].text !== ';') {
            if (body[i].text === '{') {
                const end = groupEnd(body, i);
                declaration.push(body[i], body[end - 1]);
                i = end;
            } else {
                declaration.push(body[i++]);
            }
        }
        found.push({ declaration, line: declaration[0].line, endLine: body[i]?.line });
    }
    return found;
}

export function includesOf(text) {
    const found = [];
    text.split('\n').forEach((line, i) => {
        const hit = line.match(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/);
        if (hit) found.push({ isSystem: hit[1] === '<', path: hit[2], line: i + 1 });
    });
    return found;
}

export const readText = (root, path) => readFileSync(join(root, path), 'utf8');

// Prints the faults and ends the process accordingly.
export function report(faults, ok) {
    for (const fault of faults) console.log(fault);
    if (faults.length > 0) {
        console.log(`${faults.length} fault${faults.length === 1 ? '' : 's'}`);
        process.exit(1);
    }
    console.log(ok);
}
