// The pages as a C table: node web.mjs OUT.c. Builds voucher/web (types from openapi.yaml, tsc,
// vite), holds each page to its budget, compresses, and writes what voucher/assets.h declares.
// What was built once from the same sources is taken again, whichever build asks for it; with
// --none the table is empty and the daemon serves plain pages only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    statSync,
    writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { typesOf } from './openapi-types.mjs';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const web = path.join(root, 'voucher/web');
const yaml = path.join(root, 'voucher/openapi.yaml');
const pages = ['resident', 'pos', 'admin'];
// Gzipped bytes at first load: page, scripts, styles. What is loaded later does not count.
const budgets = { resident: 25000, pos: 45000, admin: 90000 };
const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
    '.wasm': 'application/wasm',
    '.json': 'application/json',
    '.webmanifest': 'application/manifest+json',
    '.wav': 'audio/wav',
};

const die = (why) => {
    process.stderr.write(`web: ${why}\n`);
    process.exit(1);
};

function filesBelow(dir, skip = () => false) {
    if (!existsSync(dir)) return [];
    return readdirSync(dir, { withFileTypes: true })
        .filter((entry) => !skip(entry.name))
        .flatMap((entry) => {
            const at = path.join(dir, entry.name);
            return entry.isDirectory() ? filesBelow(at, skip) : [at];
        })
        .sort();
}

const notSource = (name) => ['node_modules', 'screenshots', 'api.ts'].includes(name);

function digestOfSources() {
    const hash = createHash('sha256');
    const own = ['web.mjs', 'openapi-types.mjs', 'openapi.mjs'].map((name) =>
        path.join(root, 'scripts/lib', name),
    );
    for (const file of [...filesBelow(web, notSource), yaml, ...own]) {
        const bytes = readFileSync(file);
        hash.update(`${path.relative(root, file)}\0${bytes.length}\0`).update(bytes);
    }
    return hash.digest('hex').slice(0, 32);
}

function run(command, args, cwd) {
    const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
    if (done.status !== 0) die(`${command} ${args.join(' ')}\n${done.stdout}${done.stderr}`);
}

const replaceFile = (file, bytes) => {
    if (existsSync(file) && readFileSync(file).equals(Buffer.from(bytes))) return;
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, bytes);
    renameSync(fresh, file);
};

// --- What vite made ------------------------------------------------------------------------------
// The files that a page loads before its first work: its entry, static imports, their styles.
function firstFiles(manifest, page) {
    const seen = new Set(),
        out = new Set();
    const visit = (key) => {
        if (seen.has(key)) return;
        seen.add(key);
        const chunk = manifest[key];
        out.add(chunk.file);
        for (const css of chunk.css ?? []) out.add(css);
        for (const next of chunk.imports ?? []) visit(next);
    };
    visit(`${page}/index.html`);
    return [...out];
}

// The tags of a page's head that vite wrote; the daemon's own page carries them too.
const headOf = (html) =>
    [...html.matchAll(/<(?:link|script)\b[^>]*>(?:<\/script>)?/g)].map((m) => m[0]).join('');

function holdBudgets(dist, manifest) {
    for (const page of pages) {
        const files = [...firstFiles(manifest, page), `${page}/index.html`];
        const sizes = files.map(
            (file) => gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length,
        );
        const sum = sizes.reduce((a, b) => a + b, 0);
        const shown = files.map((file, i) => `${file} ${sizes[i]}`).join(', ');
        process.stdout.write(`web: ${page} ${sum} of ${budgets[page]} bytes gzipped\n`);
        if (sum > budgets[page]) die(`${page} is over its budget: ${sum} bytes: ${shown}`);
    }
}

// Files of PAGE/static/ are served as /PAGE/NAME; a script there may name what its page loads.
function staticFiles(manifest) {
    return pages.flatMap((page) =>
        filesBelow(path.join(web, page, 'static')).map((file) => {
            let bytes = readFileSync(file);
            if (file.endsWith('.js')) {
                const list = JSON.stringify(firstFiles(manifest, page).map((name) => `/${name}`));
                bytes = Buffer.from(bytes.toString().replace('/*ASSETS*/ []', list));
            }
            return { route: `/${page}/${path.basename(file)}`, bytes };
        }),
    );
}

function collect(dist) {
    const manifest = JSON.parse(readFileSync(path.join(dist, 'manifest.json'), 'utf8'));
    const read = (file) => readFileSync(path.join(dist, file));
    holdBudgets(dist, manifest);
    const shells = ['pos', 'admin'].map((page) => ({
        route: `/${page}`,
        bytes: read(`${page}/index.html`),
        type: types['.html'],
    }));
    const hashed = filesBelow(path.join(dist, 'assets')).map((file) => ({
        route: `/assets/${path.basename(file)}`,
        bytes: readFileSync(file),
        immutable: true,
    }));
    const head = headOf(read('resident/index.html').toString());
    return { head, assets: [...shells, ...staticFiles(manifest), ...hashed] };
}

// --- C -------------------------------------------------------------------------------------------
function literal(bytes) {
    const rows = [];
    for (let i = 0; i < bytes.length; i += 32) {
        const row = [...bytes.subarray(i, i + 32)].map(
            (b) => `\\${b.toString(8).padStart(3, '0')}`,
        );
        rows.push(`    "${row.join('')}"`);
    }
    return rows.length > 0 ? rows.join('\n') : '    ""';
}

function encodingsOf(asset) {
    const out = { identity: asset.bytes };
    if (/\.(png|wav)$/.test(asset.route)) return out;
    const brotli = brotliCompressSync(asset.bytes, {
        params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: asset.bytes.length,
        },
    });
    const gzip = gzipSync(asset.bytes, { level: 9 });
    if (gzip.length < asset.bytes.length) out.gzip = gzip;
    if (brotli.length < asset.bytes.length) out.brotli = brotli;
    return out;
}

function tableOf({ head, assets }) {
    const arrays = [],
        rows = [];
    assets.forEach((asset, i) => {
        const type = asset.type ?? types[path.extname(asset.route)];
        if (!type) die(`${asset.route}: a file without a media type`);
        const tag = createHash('sha256').update(asset.bytes).digest('hex').slice(0, 20);
        const parts = Object.entries(encodingsOf(asset)).map(([name, bytes]) => {
            arrays.push(`static const char ${name}_${i}[] =\n${literal(bytes)};\n`);
            return `.bytes[ASSET_${name.toUpperCase()}] = { ${name}_${i}, ${bytes.length} }`;
        });
        rows.push(
            `    { .route = ${JSON.stringify(asset.route)}, .type = ${JSON.stringify(type)},\n` +
                `      .tag = "${tag}", .is_immutable = ${asset.immutable === true},\n` +
                `      ${parts.join(',\n      ')} },`,
        );
    });
    const list = rows.length > 0 ? rows.join('\n') : '    { .route = NULL },';
    return (
        `/* Made by scripts/lib/web.mjs from voucher/web. */\n#include "voucher/assets.h"\n\n` +
        `${arrays.join('\n')}\nconst struct asset assets[] = {\n${list}\n};\n` +
        `const size_t asset_count = ${rows.length};\n` +
        `const char asset_resident_head[] =\n${literal(Buffer.from(head))};\n`
    );
}

function build() {
    const modules = path.join(web, 'node_modules');
    const lock = readFileSync(path.join(web, 'package-lock.json'));
    const digest = createHash('sha256').update(lock).digest('hex');
    const stamp = path.join(modules, '.huiquan-web-lock');
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
        // Not npm ci: it refuses a lock made where packages for other platforms are not to be had.
        run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefer-offline'], web);
        writeFileSync(stamp, digest);
    }
    const cache = path.join(modules, '.huiquan');
    const made = path.join(cache, `${digestOfSources()}.table`);
    replaceFile(path.join(web, 'shared/api.ts'), typesOf(yaml));
    if (existsSync(made)) return made;
    mkdirSync(cache, { recursive: true });
    const dist = mkdtempSync(path.join(cache, 'dist-'));
    run(path.join(modules, '.bin/tsc'), ['-p', '.'], web);
    run(path.join(modules, '.bin/vite'), ['build', '--outDir', dist], web);
    replaceFile(made, tableOf(collect(dist)));
    rmSync(dist, { recursive: true, force: true });
    const old = filesBelow(cache)
        .filter((file) => file.endsWith('.table') && file !== made)
        .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    for (const file of old.slice(8)) rmSync(file, { force: true });
    return made;
}

const args = process.argv.slice(2);
const out = args.find((arg) => !arg.startsWith('--')) ?? die('where to write?');
const table = args.includes('--none') ? tableOf({ head: '', assets: [] }) : readFileSync(build());
writeFileSync(out, table);
