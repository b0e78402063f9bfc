// tests/torture/fuzz.mjs: libFuzzer with ASan and UBSan on every parser, for --seconds each (300), --jobs at once (2).
//
// Every tests/fuzz_NAME.c runs from its committed corpus and what earlier runs found (build/fuzz/).
// It must show: no crash, no leak, no input that takes ten seconds; executions and edges are told.
// The build with sanitizers (build/asan, as scripts/check makes it) is brought up to date first;
// HUIQUAN_FUZZ_DIR names one to take as it is. --only NAME,NAME picks some. --quick: 5 s each.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/servers.mjs';

const told = (text, pattern) => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);

function build(names) {
    if (process.env.HUIQUAN_FUZZ_DIR) return process.env.HUIQUAN_FUZZ_DIR;
    const dir = path.join(root, 'build/asan');
    const options = '-DCMAKE_C_COMPILER=clang-14 -DHUIQUAN_SANITIZE=address,undefined'.split(' ');
    for (const args of [
        ['-S', root, '-B', dir, '-G', 'Ninja', '-DHUIQUAN_FUZZ=ON', ...options],
        ['--build', dir, '--target', ...names],
    ]) {
        const done = spawnSync('cmake', args, { encoding: 'utf8' });
        if (done.status !== 0) throw new Error(`${done.stdout}${done.stderr}`);
    }
    return dir;
}

async function fuzz(dir, name, { seed, seconds }, figures, faults) {
    const short = name.replace('fuzz_', '');
    const grown = path.join(root, 'build/fuzz', name);
    const corpus = path.join(root, 'tests/corpus', short);
    mkdirSync(grown, { recursive: true });
    const limits = [`-max_total_time=${seconds}`, '-timeout=10', '-rss_limit_mb=2048'];
    const words = [`-seed=${(seed % 4294967295) + 1}`, '-print_final_stats=1', '-verbosity=1'];
    const inputs = [grown, ...(existsSync(corpus) ? [corpus] : [])];
    const args = ['-R', path.join(dir, name), ...limits, ...words, `-artifact_prefix=${grown}-`];
    const child = spawn('setarch', [...args, ...inputs], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part) => (text = text.slice(-200000) + part));
    const status = await new Promise((done) => child.on('close', done));
    writeFileSync(`${grown}.log`, text);
    const runs = told(text, /number_of_executed_units: (\d+)/g);
    const edges = told(text, /cov: (\d+)/g);
    const features = told(text, /ft: (\d+)/g);
    figures[short] = `${runs} executions, ${edges} edges, ${features} features`;
    if (status !== 0) faults.push(`${name} ended with ${status}: ${text.slice(-1500)}`);
    return runs;
}

export async function run({ seed, quick, seconds = quick ? 5 : 300, jobs = 2, only }) {
    const figures = {},
        faults = [];
    const wanted = typeof only === 'string' ? only.split(',').map((n) => `fuzz_${n}`) : undefined;
    const names = readdirSync(path.join(root, 'tests'))
        .map((file) => /^(fuzz_\w+)\.c$/.exec(file)?.[1])
        .filter((name) => name && (!wanted || wanted.includes(name)));
    const dir = build(names);
    const queue = [...names];
    let executions = 0;
    const lane = async () => {
        for (let name = queue.shift(); name; name = queue.shift())
            executions += await fuzz(dir, name, { seed, seconds }, figures, faults);
    };
    await Promise.all(Array.from({ length: jobs }, lane));
    figures['all together'] =
        `${names.length} parsers, ${executions} executions, ${seconds} s each`;
    return { ok: faults.length === 0, figures, faults };
}
