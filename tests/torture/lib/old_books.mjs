// A ledger as it was before entries had marks: each entry of layout 2 becomes one of layout 1, those
// that are nothing but marks go, and the chain is made anew. For what an upgraded ledger must show.
import { createHash } from 'node:crypto';

const KIND_ROWS = 72;
const sha256 = (...parts) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

function unmarked(bytes) {
    const detail = 80 + 22 * bytes.readUInt16BE(2);
    const end = detail + 2 + bytes.readUInt16BE(detail);
    return Buffer.concat([Buffer.from([1]), bytes.subarray(1, end)]);
}

export function makeOld(sql, db) {
    const rows = sql(db, 'SELECT writer, hex(bytes) FROM journal ORDER BY writer, seq;');
    const guards = sql(
        db,
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('journal', 'head');",
    ).map(([name]) => name);
    const lines = guards.map((name) => `DROP TRIGGER ${name};`);
    const kept = new Map();
    let prev = Buffer.alloc(32),
        writer,
        seq = 0;
    lines.push('DELETE FROM journal; DELETE FROM head;');
    for (const [owner, hex] of rows) {
        const bytes = unmarked(Buffer.from(hex, 'hex'));
        if (bytes[1] === KIND_ROWS) continue;
        seq = owner === writer ? seq + 1 : 1;
        writer = owner;
        prev = sha256('huiquan-journal-v1\0', prev, bytes);
        kept.set(writer, `(${writer}, ${seq}, x'${prev.toString('hex')}')`);
        lines.push(
            `INSERT INTO journal VALUES (${writer}, ${seq}, x'${bytes.toString('hex')}', x'${prev.toString('hex')}');`,
        );
    }
    for (const head of kept.values()) lines.push(`INSERT INTO head VALUES ${head};`);
    sql(db, `BEGIN; ${lines.join('\n')} COMMIT;`);
    return rows.length;
}

// What entries said by themselves already; the rest of a row is held once it is written again.
export const oldEdits = [
    'a claim passes to another',
    'a claim is gone',
    'a budget grows',
    'an administrator of his own',
    'a till of his own',
    'an entry is edited',
];
