// tests/torture/nth-alloc.mjs: the n-th allocation fails, once and for ever, for every n
//
// Procedure: tests/torture/nth-alloc.c. Must show: no false acknowledgement, nothing leaked, no
// crash other than the service's own stop, and what is unknown becomes one outcome. The quick run
// takes n up to 200 and then each 17th.
import { runProgram } from './lib/program.mjs';

export function run({ seed, quick, from, to }) {
    const args = [];
    if (from !== undefined) args.push('--from', String(from));
    if (to !== undefined) args.push('--to', String(to));
    return runProgram('nth-alloc', { seed, quick, args });
}
