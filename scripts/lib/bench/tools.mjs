// What the parts of scripts/bench share: the generator and the floors as child processes, and small
// sums over runs.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildDir, root } from '../servers.mjs';

const runFile = promisify(execFile);

export const say = (text = '') => console.log(text);
export const sum = (list) => list.reduce((a, b) => a + b, 0);
export const median = (list) => {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted.length % 2
        ? sorted[(sorted.length - 1) / 2]
        : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};
export const spread = (list) => ({
    min: Math.min(...list),
    median: median(list),
    max: Math.max(...list),
});

// bench_load ends with 3 when an answer was not expected: its figures still stand.
export async function load(scenario, options) {
    const words = [scenario];
    for (const [name, value] of Object.entries(options)) {
        for (const one of Array.isArray(value) ? value : [value]) {
            if (one !== undefined) words.push(`--${name}`, String(one));
        }
    }
    const ended = await runFile(path.join(buildDir, 'bench_load'), words, {
        maxBuffer: 1 << 26,
    }).catch((error) => error);
    if (ended.code !== undefined && ended.code !== 3)
        throw new Error(`bench_load ${scenario}: ${ended.code} ${ended.signal} ${ended.stderr}`);
    return JSON.parse(ended.stdout);
}
export async function floor(...words) {
    const { stdout } = await runFile(path.join(buildDir, 'bench_floor'), words.map(String));
    return JSON.parse(stdout);
}

export const residentMib = (pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
export const fileSize = (file) => {
    try {
        return statSync(file).size;
    } catch {
        return 0;
    }
};

// The samples of Prometheus' text, by their whole name with labels.
export async function metrics(port) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const samples = {};
    for (const line of (await answer.text()).split('\n')) {
        const at = line.lastIndexOf(' ');
        if (line[0] !== '#' && at > 0) samples[line.slice(0, at)] = Number(line.slice(at + 1));
    }
    return samples;
}

const said = (command, ...words) => {
    try {
        return execFileSync(command, words, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
            .toString()
            .trim();
    } catch {
        return '';
    }
};
export const machine = (dir) => ({
    at: new Date().toISOString(),
    commit: said('git', 'rev-parse', '--short', 'HEAD'),
    changed_files: said('git', 'status', '--porcelain', '-uno').split('\n').filter(Boolean).length,
    cpu: os.cpus()[0]?.model,
    cores: os.cpus().length,
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    disk: said('df', '--output=fstype,source', dir).split('\n').at(-1)?.replace(/\s+/g, ' '),
    load_before: os.loadavg()[0],
});
