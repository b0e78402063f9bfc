// voucher/openapi.yaml → JSON and a readable page. The file keeps to a plain subset of YAML:
// block maps and lists, scalars, flow lists and maps of scalars.
//   node openapi.mjs IN.yaml OUT.json OUT.html
import { readFileSync, writeFileSync } from 'node:fs';

export function parse(text) {
    const lines = text
        .split('\n')
        .map((raw, i) => ({ raw, no: i + 1 }))
        .filter(({ raw }) => raw.trim() !== '' && !raw.trim().startsWith('#'))
        .map(({ raw, no }) => ({
            indent: raw.length - raw.trimStart().length,
            body: raw.trim(),
            no,
        }));
    let at = 0;
    const fail = (why) => {
        throw new Error(`line ${lines[Math.min(at, lines.length - 1)].no}: ${why}`);
    };
    const keyOf = (body) => {
        const m = /^("(?:[^"\\]|\\.)*"|[^\s:{}\[\],"#][^:]*?):(?:\s+(.*))?$/.exec(body);
        return m && { key: m[1].startsWith('"') ? JSON.parse(m[1]) : m[1], rest: m[2] ?? '' };
    };
    function scalar(s) {
        if (s === '' || s === '~' || s === 'null') return null;
        if (s[0] === '"') return JSON.parse(s);
        if (s === 'true' || s === 'false') return s === 'true';
        if (/^-?\d+$/.test(s)) return Number(s);
        return s;
    }
    function flow(s) {
        let i = 0;
        const space = () => {
            while (s[i] === ' ') i++;
        };
        function value() {
            space();
            if (s[i] === '[') {
                const out = [];
                i++;
                space();
                while (s[i] !== ']') {
                    out.push(value());
                    space();
                    if (s[i] === ',') {
                        i++;
                        space();
                    } else if (s[i] !== ']') fail('flow list');
                }
                i++;
                return out;
            }
            if (s[i] === '{') {
                const out = {};
                i++;
                space();
                while (s[i] !== '}') {
                    const m = /^("(?:[^"\\]|\\.)*"|[^\s:{}\[\],]+)\s*:\s*/.exec(s.slice(i));
                    if (!m) fail('flow map');
                    i += m[0].length;
                    out[m[1][0] === '"' ? JSON.parse(m[1]) : m[1]] = value();
                    space();
                    if (s[i] === ',') {
                        i++;
                        space();
                    } else if (s[i] !== '}') fail('flow map');
                }
                i++;
                return out;
            }
            const m = /^("(?:[^"\\]|\\.)*"|[^,\]}]*)/.exec(s.slice(i));
            i += m[0].length;
            return scalar(m[0].trim());
        }
        const out = value();
        space();
        if (i !== s.length) fail('bytes behind a flow value');
        return out;
    }
    const inline = (s) => (s[0] === '[' || s[0] === '{' ? flow(s) : scalar(s));
    function block(indent) {
        const first = lines[at];
        if (first.body.startsWith('- ')) {
            const out = [];
            while (
                at < lines.length &&
                lines[at].indent === indent &&
                lines[at].body.startsWith('- ')
            ) {
                const rest = lines[at].body.slice(2).trim();
                if (keyOf(rest) && rest[0] !== '{' && rest[0] !== '[') {
                    lines[at] = { ...lines[at], indent: indent + 2, body: rest };
                    out.push(block(indent + 2));
                } else {
                    out.push(inline(rest));
                    at++;
                }
            }
            return out;
        }
        const out = {};
        while (at < lines.length && lines[at].indent === indent) {
            const k =
                keyOf(lines[at].body) ?? fail(`neither a member nor an element: ${lines[at].body}`);
            if (k.key in out) fail(`member twice: ${k.key}`);
            at++;
            if (k.rest !== '') out[k.key] = inline(k.rest);
            else if (at < lines.length && lines[at].indent > indent)
                out[k.key] = block(lines[at].indent);
            else out[k.key] = null;
        }
        if (at < lines.length && lines[at].indent > indent) fail('indented too far');
        return out;
    }
    const out = block(0);
    if (at !== lines.length) fail('not understood');
    return out;
}

const escape = (s) =>
    String(s ?? '')
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('"', '&quot;');

export function page(api) {
    const rows = Object.entries(api.paths ?? {}).flatMap(([path, item]) =>
        Object.entries(item)
            .filter(([method]) => ['get', 'post', 'put'].includes(method))
            .map(
                ([method, op]) =>
                    `<tr><td><span class="method">${method.toUpperCase()}</span> <code>${escape(path)}</code></td><td>${escape(op.summary)}</td><td>${Object.keys(
                        op.responses ?? {},
                    )
                        .map(escape)
                        .join(' ')}</td></tr>`,
            ),
    );
    return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/docs.css"><title>${escape(api.info.title)} API</title><main><h1>${escape(api.info.title)} API ${escape(api.info.version)}</h1>
<p>${escape(api.info.description)}</p><p><a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
<table><thead><tr><th>接口 Endpoint</th><th>说明 Summary</th>
<th>状态 Status</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></main></html>\n`;
}

if (process.argv[1]?.endsWith('openapi.mjs') && process.argv.length === 5) {
    const api = parse(readFileSync(process.argv[2], 'utf8'));
    writeFileSync(process.argv[3], JSON.stringify(api));
    writeFileSync(process.argv[4], page(api));
}
