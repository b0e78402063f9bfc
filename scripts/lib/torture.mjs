// scripts/lib/torture.mjs: runs one row of tests/torture/ and says what it found.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [name, ...words] = process.argv.slice(2);
const options = { seed: randomBytes(6).readUIntBE(0, 6), quick: false };
for (let i = 0; i < words.length; i++) {
    const option = /^--([a-z][a-z0-9-]*)$/.exec(words[i])?.[1];
    if (!option) throw new Error(`not an option: ${words[i]}`);
    const next = words[i + 1];
    const value = next === undefined || next.startsWith('--') ? true : words[++i];
    options[option] = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}
if (!Number.isSafeInteger(options.seed)) throw new Error('--seed needs a whole number');

const file = new URL(`../../tests/torture/${name}.mjs`, import.meta.url);
if (!existsSync(file)) throw new Error(`no row ${name}`);
console.log(`${name}: seed ${options.seed}${options.quick ? ' (quick)' : ''}`);
const started = process.hrtime.bigint();
const { run } = await import(pathToFileURL(file.pathname));
const { ok, figures, faults } = await run(options);
for (const [figure, value] of Object.entries(figures)) console.log(`  ${figure}: ${value}`);
for (const fault of faults) console.log(`  fault: ${fault}`);
const holds = ok && faults.length === 0;
const seconds = (process.hrtime.bigint() - started) / 1_000_000_000n;
console.log(`${name}: ${holds ? 'holds' : 'BROKEN'} (${seconds} s)`);
if (!holds) console.log(`again by: scripts/torture ${name} --seed ${options.seed}`);
process.exit(holds ? 0 : 1);
