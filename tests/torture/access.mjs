// tests/torture/access.mjs: every route by every role on own, another's and missing objects; forms, second persons, cookies, sign-in, URLs.
//
// From voucher/openapi.yaml (and the control socket's routes) each operation is asked by each role
// for each kind of object. It must show: the refusals that the contract states; nobody told
// another's object from a missing one, to the byte; no refusal with an effect; and the table
// tests/torture/access.tsv as it is (--write writes it anew). Then: members that nobody may set,
// approvals without a second person, changes by cookie from elsewhere, digits used twice, a flood of
// sign-ins, and settings of URLs that lead where they must not.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/servers.mjs';
import { Table, readRoutes } from './lib/access_table.mjs';
import { forgery, massAssignment, ownCalls, secondPerson, signIn } from './lib/access_attacks.mjs';
import { Cast } from './lib/cast.mjs';
import { Random } from './lib/random.mjs';

const file = path.join(root, 'tests/torture/access.tsv');

async function walkTable(cast, { write }, figures, faults) {
    const table = new Table(cast, faults);
    const routes = readRoutes(faults);
    for (const route of routes) await table.route(route);
    if (write) writeFileSync(file, table.text());
    const known = readFileSync(file, 'utf8').split('\n');
    table
        .text()
        .split('\n')
        .forEach((line) => known.includes(line) || faults.push(`not in access.tsv: ${line}`));
    if (known.length !== table.text().split('\n').length) faults.push('access.tsv has other rows');
    Object.assign(figures, {
        routes: routes.length,
        'answers in the table':
            table.rows.length * (table.text().split('\n')[0].split('\t').length - 3),
        'requests for it': table.cells,
        "another's and missing compared": table.alike,
        'refusals without an entry': table.effectless,
    });
}

export async function run({ seed, quick, ...options }) {
    const figures = {},
        faults = [];
    const cast = await Cast.open();
    try {
        await walkTable(cast, options, figures, faults);
        await massAssignment(cast, figures, faults);
        await forgery(cast, figures, faults);
        await secondPerson(cast, figures, faults);
        await signIn(cast, { quick, rng: new Random(seed) }, figures, faults);
        await ownCalls(cast, { quick }, figures, faults);
    } finally {
        await cast.close();
    }
    return { ok: faults.length === 0, figures, faults };
}
