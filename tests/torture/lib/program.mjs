// tests/torture/lib/program.mjs: a row that is a C program: build/torture_NAME prints one JSON
// object {ok, figures, faults} as its last line.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export async function runProgram(name, { seed, quick, args = [] }) {
    const build = process.env.HUIQUAN_BUILD_DIR ?? 'build';
    const words = ['--seed', String(seed), ...(quick ? ['--quick'] : []), ...args];
    const child = spawn(join(build, `torture_${name}`), words, {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
    const [status, signal] = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (...end) => resolve(end));
    });
    const last = text.trimEnd().split('\n').at(-1);
    try {
        const outcome = JSON.parse(last);
        return { ...outcome, ok: outcome.ok && status === 0 };
    } catch {
        const fault = `torture_${name} ended by ${signal ?? status} and said: ${text.slice(-2000)}`;
        return { ok: false, figures: {}, faults: [fault] };
    }
}
