// scripts/lib/size.mjs [ROOT]: the numbers of the style guide. Limits stand in one table.
import {
    groupEnd, isC, isTest, listFiles, localStatics, parseFile, readText, report,
} from './csource.mjs';

const LIMIT = {
    functionLines: 60, cyclomatic: 10, nesting: 3, parameters: 5,
    cLines: 500, hLines: 150, columns: 100,
};

// A character of a wide script takes two columns, as clang-format counts it.
const WIDE = new RegExp(
    '[\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff'
    + '\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{1f300}-\\u{1faff}'
    + '\\u{20000}-\\u{3fffd}]', 'u',
);

export function columnsOf(line) {
    let columns = 0;
    for (const character of line) columns += WIDE.test(character) ? 2 : 1;
    return columns;
}

// Walks a body as statements. Paths are counted as McCabe does; a level of nesting is a body in
// braces or a control statement inside another.
class Walk {
    constructor(tokens) {
        this.tokens = tokens;
        this.at = 0;
        this.paths = 1;
        this.depth = 0;
        this.deepest = 0;
    }

    word(ahead = 0) {
        return this.tokens[this.at + ahead]?.text;
    }

    // What is asserted is not a path: asserting must cost nothing.
    expression(end) {
        while (this.at < end) {
            const word = this.word();
            if ((word === 'must' || word === '_Static_assert') && this.word(1) === '(') {
                this.at = groupEnd(this.tokens, this.at + 1);
                continue;
            }
            if (word === '&&' || word === '||' || word === '?') this.paths++;
            this.at++;
        }
    }

    group() {
        this.expression(groupEnd(this.tokens, this.at));
    }

    block() {
        const end = groupEnd(this.tokens, this.at);
        this.at++;
        while (this.at < end - 1) this.statement();
        this.at = end;
    }

    inner() {
        const control = /^(if|for|while|do|switch|\{)$/.test(this.word());
        if (control) this.depth++;
        this.deepest = Math.max(this.deepest, this.depth);
        this.statement();
        if (control) this.depth--;
    }

    statement() {
        const word = this.word();
        if (word === '{') this.block();
        else if (word === 'if') this.branch();
        else if (word === 'for' || word === 'while') this.loop();
        else if (word === 'do') this.doLoop();
        else if (word === 'switch') this.choice();
        else if (word === 'case' || word === 'default') this.label(word);
        else this.simple();
    }

    branch() {
        this.paths++;
        this.at++;
        this.group();
        this.inner();
        if (this.word() !== 'else') return;
        this.at++;
        if (this.word() === 'if') this.branch();
        else this.inner();
    }

    loop() {
        this.paths++;
        this.at++;
        this.group();
        this.inner();
    }

    doLoop() {
        this.paths++;
        this.at++;
        this.inner();
        this.at++;
        this.group();
        this.at++;
    }

    // A switch whose every arm is one return is a table in disguise: its cases count nothing.
    choice() {
        this.at++;
        this.group();
        const before = this.paths;
        const end = groupEnd(this.tokens, this.at);
        const inside = this.tokens.slice(this.at + 1, end - 1);
        this.inner();
        const cases = inside.filter((t) => t.text === 'case').length;
        if (isTableOfReturns(inside)) this.paths = Math.max(before, this.paths - cases);
    }

    label(word) {
        if (word === 'case') this.paths++;
        while (this.word() !== ':') this.at++;
        this.at++;
    }

    isMacroLoop(first) {
        return this.tokens[first].text !== 'return' && this.tokens[first + 1]?.text === '('
            && groupEnd(this.tokens, first + 1) === this.at;
    }

    // Up to the semicolon; or NAME(...) followed by a body, a loop hidden in a macro.
    simple() {
        const first = this.at;
        while (this.at < this.tokens.length && this.word() !== ';') {
            const opens = this.word() === '(' || this.word() === '[' || this.word() === '{';
            if (this.word() === '{' && this.isMacroLoop(first)) {
                this.paths++;
                this.inner();
                return;
            }
            this.expression(opens ? groupEnd(this.tokens, this.at) : this.at + 1);
        }
        this.at++;
    }
}

function isTableOfReturns(tokens) {
    let i = 0;
    let arms = 0;
    while (i < tokens.length) {
        if (tokens[i].text !== 'case' && tokens[i].text !== 'default') return false;
        while (tokens[i].text !== ':') i++;
        i++;
        if (i >= tokens.length || /^(case|default)$/.test(tokens[i].text)) continue;
        if (tokens[i].text !== 'return') return false;
        while (tokens[i].text !== ';') i++;
        i++;
        arms++;
    }
    return arms > 0;
}

export function measure(body) {
    const walk = new Walk(body);
    while (walk.at < body.length) walk.statement();
    return { cyclomatic: walk.paths, nesting: walk.deepest };
}

// Rows of a test's own table are data, not lines of its function.
function tableLines(path, f) {
    if (!isTest(path)) return 0;
    return localStatics(f.body).reduce((sum, s) => sum + (s.endLine ?? s.line) - s.line, 0);
}

function functionFaults(path, f) {
    const { cyclomatic, nesting } = measure(f.body);
    const measured = [
        ['lines', f.endLine - f.line + 1 - tableLines(path, f), LIMIT.functionLines],
        ['cyclomatic', cyclomatic, LIMIT.cyclomatic],
        ['levels of nesting', nesting, LIMIT.nesting],
        ['parameters', f.parameterCount, LIMIT.parameters],
    ];
    return measured.filter(([, value, limit]) => value > limit).map(([what, value, limit]) =>
        `${path}:${f.line}: ${f.name}: ${value} ${what}, at most ${limit}`);
}

function fileFaults(path, text) {
    const faults = [];
    const lines = text.split('\n');
    if (lines[lines.length - 1] === '') lines.pop();
    const limit = path.endsWith('.c') ? LIMIT.cLines : path.endsWith('.h') ? LIMIT.hLines : 0;
    if (limit && lines.length > limit) {
        faults.push(`${path}: ${lines.length} lines, at most ${limit}`);
    }
    lines.forEach((line, i) => {
        const columns = columnsOf(line);
        // A sentence for people is not broken in the middle.
        if (path.endsWith('.mjs') && /[`'"].{30,}/.test(line)) return;
        if (columns > LIMIT.columns) {
            faults.push(`${path}:${i + 1}: ${columns} columns, at most ${LIMIT.columns}`);
        }
    });
    return faults;
}

const isScript = (path) => /^scripts\/[^.]+$|^scripts\/.*\.(sh|mjs)$/.test(path);

function main(root) {
    const faults = [];
    const lengths = [];
    for (const path of listFiles(root)) {
        if (!isC(path) && !isScript(path)) continue;
        const text = readText(root, path);
        faults.push(...fileFaults(path, text));
        if (!isC(path)) continue;
        try {
            for (const f of parseFile(text).functions) {
                lengths.push(f.endLine - f.line + 1);
                faults.push(...functionFaults(path, f));
            }
        } catch (error) {
            faults.push(`${path}: ${error.message}`);
        }
    }
    lengths.sort((a, b) => a - b);
    const at = (share) => lengths[Math.floor((lengths.length - 1) * share)] ?? 0;
    report(faults, `${lengths.length} functions, median ${at(0.5)} lines, p95 ${at(0.95)}`);
}

main(process.argv[2] ?? '.');
