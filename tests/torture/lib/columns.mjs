// Every column of the ledger, from the database's own schema: how each is edited by whoever has
// dropped the guards, and which of them no check holds, with the reason. A column that is new is
// edited like the others, and fails the row until a check holds it or it stands in this list.

const replay = 'what a retry is answered again, byte for byte; no sum, verdict or limit reads it';
const person =
    'personal data, which may be erased and is renewed at every sign-in; a digest of it in the journal could be guessed';
const passing =
    'lives for minutes; whoever writes it gains guesses at a code, of which each costs a try';
export const unheld = {
    'idempotency.*': replay,
    'resident.*': person,
    'roll.*': `${person}; whoever writes it makes himself eligible where a campaign asks for the roll`,
    'otp.*': passing,
    'job_failure.*': 'a list for the uploader; nothing reads it to decide',
    'login.last_step':
        'counts tries, without an entry each; a TOTP step of the last minute is good again',
    'login.failures': 'counts tries, without an entry each',
    'login.locked_until': 'counts tries, without an entry each',
    'job.window_at': 'the rate that is shown',
    'job.window_rows': 'the rate that is shown',
    'job.rows_per_s': 'the rate that is shown',
};
export const isHeld = (table, column) =>
    !(`${table}.*` in unheld) && !(`${table}.${column}` in unheld);

// Where a table's rows may go without a fault, or come.
export const mayGo = new Set(['admin_session']);

const digests = new Set(['vin', 'invoice', 'plate', 'fingerprint', 'code', 'token', 'hash']);
// A value that the daemon reads as another one; of a group list or a definition one that parses.
function other({ name, type }) {
    if (name === 'labels') return `CAST(x'7a7a00' AS BLOB)`;
    if (name === 'definition') return `${name} || ' '`;
    if (name === 'swept' || name === 'active' || name === 'dry_run') return `1 - ${name}`;
    if (name === 'roles') return `CASE ${name} WHEN 15 THEN 7 ELSE 15 END`;
    if (['number', 'seq', 'writer', 'ordinal', 'version'].includes(name)) return `${name} + 100000`;
    if (type === 'INTEGER') return `${name} + 1`;
    if (type === 'TEXT') return `coalesce(${name}, '') || 'x'`;
    const size = digests.has(name) ? 32 : 16;
    return `randomblob(coalesce(length(${name}), ${size}))`;
}
// One row: a filled one if there is any; of a bucket one that holds something, since an empty one
// says nothing of money.
const rowOf = (table, column, keys) => {
    const full = table === 'bucket' ? 'live > 0' : `${column} IS NOT NULL`;
    return `(${keys}) = (SELECT ${keys} FROM ${table} ORDER BY (${full}) DESC, ${keys} LIMIT 1)`;
};

/** All tables with their columns, as the database has them. */
export function schemaOf(sql, db) {
    const rows = sql(
        db,
        "SELECT m.name, c.name, c.type, c.pk FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid;",
    );
    const tables = new Map();
    for (const [table, name, type, pk] of rows) {
        if (!tables.has(table)) tables.set(table, []);
        tables.get(table).push({ name, type, pk: Number(pk) });
    }
    return tables;
}

/** Edits by name: each held column of each table changed, a row of each added, and a row removed. */
export function columnEdits(tables) {
    const edits = {};
    for (const [table, columns] of tables) {
        const keys = columns
            .filter((c) => c.pk > 0)
            .map((c) => c.name)
            .join(', ');
        const held = columns.filter((c) => isHeld(table, c.name));
        for (const c of held)
            edits[`${table}.${c.name}`] =
                `UPDATE ${table} SET ${c.name} = ${other(c)} WHERE ${rowOf(table, c.name, keys)};`;
        if (held.length === 0) continue;
        if (!mayGo.has(table))
            edits[`${table}: a row less`] =
                `DELETE FROM ${table} WHERE ${rowOf(table, columns[0].name, keys)};`;
        const fresh = columns.map((c) =>
            c.pk > 0 ||
            ['id', 'number', 'uscc', 'request_no', 'token', 'ordinal', 'admin'].includes(c.name)
                ? freshOf(table, c)
                : c.name,
        );
        edits[`${table}: a row more`] =
            `INSERT INTO ${table} (${columns.map((c) => c.name)}) SELECT ${fresh} FROM ${table} WHERE ${rowOf(table, columns[0].name, keys)};`;
    }
    return edits;
}
function freshOf(table, c) {
    if (c.name === 'admin' && table !== 'login') return c.name;
    if (table === 'evidence' && c.name === 'redemption') return c.name;
    if (c.name === 'kind') return c.name;
    if (table === 'meta' && c.name === 'name') return "'third'";
    if (c.type === 'INTEGER') return `(SELECT max(${c.name}) + 1 FROM ${table})`;
    if (c.type === 'TEXT') return `${c.name} || 'x'`;
    return `randomblob(length(${c.name}))`;
}
