// tests/torture/sim.mjs: a simulated city on the real rules, book, ledger and SQLite, from one seed
//
// Procedure and what it must show: tests/torture/sim.c. --seed is the first of the seeds, --count
// how many (100,000; 2,000 in the quick run); one in a hundred runs twice.
import { runProgram } from './lib/program.mjs';

export const run = ({ seed, quick, count }) =>
    runProgram('sim', { seed, quick, args: count ? ['--count', String(count)] : [] });
