// tests/torture/thief.mjs: whoever holds a copy of the database, without the keys, cannot redeem, recognise anybody, or forge unnoticed.
//
// A service with persons, vouchers, purchases, administrators and their sessions; its files are copied
// while it runs, all but the key files. It must show, with every row of the copy at hand:
// redeem: tokens made of the true claims under other keys, short codes and bearers made of what is
// stored, a second service started on the copy: nothing is accepted by the true one. Link: no digest
// that can be computed without the keys, of any person, mobile, VIN, plate or invoice known
// beforehand, is in it, and two services' references of the same person are different. Forge:
// each edit of the books, guards dropped, is told by the check, the chain or a start that is refused:
// named ones, and every column of every table of the schema, a row more and a row less of each,
// but for those that lib/columns.mjs excuses with a reason.
// Within one database a person's rows carry one reference: that equality is there by design.
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { person } from '../../scripts/lib/client.mjs';
import { buildDir, startDaemon } from '../../scripts/lib/servers.mjs';
import { Canaries } from './lib/canaries.mjs';
import { Cast, ok } from './lib/cast.mjs';
import { columnEdits, isHeld, schemaOf, unheld } from './lib/columns.mjs';
import { furnish } from './lib/furnish.mjs';
import { makeOld, oldEdits } from './lib/old_books.mjs';
import { Random } from './lib/random.mjs';

const sql = (db, text) => {
    const ended = spawnSync('sqlite3', ['-batch', '-bail', db], {
        input: text,
        maxBuffer: 1 << 28,
    });
    if (ended.status !== 0) throw new Error(`${text.slice(0, 200)}: ${ended.stderr}`);
    return ended.stdout
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('|'));
};

function steal(data, to) {
    cpSync(data, to, {
        recursive: true,
        filter: (file) => !/\.(key|sock)$/.test(file) && !/keyring/.test(file),
    });
    sql(path.join(to, 'huiquan.db'), 'PRAGMA wal_checkpoint(TRUNCATE);');
    return path.join(to, 'huiquan.db');
}

function digits(bytes) {
    let out = '';
    for (let at = 0; at < bytes.length; at += 7) {
        const part = bytes.subarray(at, at + 7);
        out += BigInt(`0x${part.toString('hex')}`)
            .toString()
            .padStart(part.length === 7 ? 17 : 15, '0');
    }
    return out;
}
// 40 bytes as in the contract, signed by whoever has a key of his own.
function token(privateKey, row, kid) {
    const claims = Buffer.alloc(40);
    const [id, number, value, from, to] = row;
    claims[0] = 1;
    claims.writeUInt32BE(kid >>> 0, 4);
    Buffer.from(id, 'hex').copy(claims, 8);
    claims.writeUInt32BE(Number(number), 24);
    claims.writeUInt32BE(Number(value), 28);
    claims.writeUInt32BE(Number(from), 32);
    claims.writeUInt32BE(Number(to), 36);
    const text = Buffer.concat([Buffer.from('huiquan-voucher-v1\0'), claims]);
    return digits(Buffer.concat([claims, sign(null, text, privateKey)]));
}

async function redeem(cast, db, rng, figures, faults) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const rows = sql(
        db,
        'SELECT hex(v.id), c.number, v.value, l.valid_from, l.valid_to, l.kid, v.number FROM voucher v JOIN claim l ON l.id = v.claim JOIN campaign c ON c.id = l.campaign WHERE v.state = 1;',
    );
    const till = cast.tills.till;
    let tried = 0;
    const told = {};
    for (const row of rows) {
        const kid = Number(row[5]);
        const code = String(row[6]).padStart(17, '0');
        for (const [name, voucher] of [
            ['token', { token: token(privateKey, row, kid) }],
            ['short', { short_code: code + rng.below(10) }],
        ]) {
            const answer = await till.redeem(voucher, {
                amount_fen: 20000,
                short: name === 'short',
            });
            tried++;
            const word = `${name} ${answer.json.code ?? answer.status}`;
            told[word] = (told[word] ?? 0) + 1;
            if (answer.status < 300) faults.push(`redeemed by a stolen row: ${name} ${row}`);
        }
    }
    // What is stored of tokens, sessions and passwords, used as if it were one.
    const stored = sql(
        db,
        'SELECT hex(token) FROM admin UNION SELECT hex(token) FROM admin_session UNION SELECT hex(secret) FROM login UNION SELECT hex(code) FROM login WHERE code IS NOT NULL;',
    ).flat();
    for (const one of stored) {
        const bytes = Buffer.from(one, 'hex');
        for (const text of [
            `hqt_${bytes.toString('base64url')}`,
            bytes.toString('base64url'),
            one.toLowerCase(),
        ]) {
            const asked = [
                cast.w.api.get('/v1/admin/campaigns', { token: text }),
                cast.w.api.get('/v1/admin/campaigns', {
                    headers: { cookie: `huiquan_admin=${text}` },
                }),
                cast.w.api.get('/v1/me/vouchers', { token: text }),
            ];
            for (const answer of await Promise.all(asked)) {
                tried++;
                if (answer.status !== 401) faults.push(`a stored digest opened: ${answer.status}`);
            }
        }
    }
    Object.assign(figures, {
        'live vouchers in the copy': rows.length,
        'redemptions and sign-ins tried': tried,
        'told by': JSON.stringify(told),
    });
}

// Whatever a thief can compute of what he knows beforehand.
function link(dirs, people, figures, faults) {
    const guesses = new Canaries();
    const known = people.flatMap((p) => [
        p.id_number,
        p.mobile,
        p.name,
        p.id_number + p.name,
        p.name + p.id_number,
        p.mobile + p.id_number,
    ]);
    for (const word of known) {
        guesses.add('the word itself', word);
        for (const hash of ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256', 'blake2b512', 'sm3'])
            guesses.add(hash, createHash(hash).update(word).digest());
        for (const key of ['', 'huiquan', 'huiquan-person-v1', '\0'.repeat(32), word])
            guesses.add(`hmac with "${key}"`, createHmac('sha256', key).update(word).digest());
    }
    let hits = 0;
    for (const dir of dirs)
        for (const file of readdirSync(dir).filter((f) => /huiquan\.db/.test(f)))
            for (const hit of guesses.find(readFileSync(path.join(dir, file)))) {
                hits++;
                faults.push(`${file}: ${hit.name}`);
            }
    const references = dirs.map(
        (dir) =>
            new Set(
                sql(
                    path.join(dir, 'huiquan.db'),
                    'SELECT hex(id) FROM resident UNION ALL SELECT hex(substr(name, 1, 16)) FROM resident UNION ALL SELECT hex(substr(sealed, 1, 16)) FROM resident;',
                ).flat(),
            ),
    );
    const common = [...references[0]].filter((one) => references[1].has(one));
    if (common.length > 0)
        faults.push(`two services call the same persons alike: ${common.slice(0, 3)}`);
    const sealed = sql(
        path.join(dirs[0], 'huiquan.db'),
        'SELECT count(*), count(DISTINCT sealed) FROM resident;',
    )[0];
    if (sealed[0] !== sealed[1]) faults.push(`sealed rows repeat: ${sealed}`);
    Object.assign(figures, {
        'persons known beforehand': people.length,
        'guesses searched': guesses.patterns,
        'found of them': hits,
        'references common to two services': common.length,
    });
}

// One of the same bucket and value for another: no sum moves.
const SWAP =
    'CREATE TEMP TABLE t AS SELECT a.number AS x, b.number AS y FROM voucher a JOIN claim ca ON ca.id = a.claim JOIN claim cb ON cb.pool = ca.pool AND cb.valid_to = ca.valid_to JOIN voucher b ON b.claim = cb.id WHERE a.state = 1 AND b.state = 4 AND a.value = b.value LIMIT 1; UPDATE voucher SET state = 5 - state WHERE number IN (SELECT x FROM t UNION SELECT y FROM t);';
const edits = {
    'a spent voucher lives again':
        'UPDATE voucher SET state = 1 WHERE number = (SELECT min(number) FROM voucher WHERE state = 3);',
    'a voucher is worth more':
        'UPDATE voucher SET value = value * 10 WHERE number = (SELECT min(number) FROM voucher WHERE state = 1);',
    'a claim passes to another':
        'UPDATE claim SET resident = randomblob(16) WHERE id = (SELECT min(id) FROM claim);',
    'a claim is valid longer':
        'UPDATE claim SET valid_to = valid_to + 864000 WHERE id = (SELECT min(id) FROM claim);',
    'a claim is gone':
        'DELETE FROM voucher WHERE claim = (SELECT max(id) FROM claim); DELETE FROM claim WHERE id = (SELECT max(id) FROM claim);',
    'a budget grows':
        'UPDATE campaign SET funded = funded + 100000, available = available + 100000 WHERE number = (SELECT min(number) FROM campaign WHERE funded > 0);',
    'money moves back from spent':
        'UPDATE campaign SET redeemed = redeemed - 2500, available = available + 2500 WHERE id = (SELECT id FROM campaign WHERE redeemed > 0 LIMIT 1);',
    'a pool grows':
        'UPDATE pool SET count = count + 100 WHERE id = (SELECT pool FROM claim LIMIT 1);',
    'issued is counted down':
        'UPDATE pool SET issued = issued - 1 WHERE id = (SELECT pool FROM claim LIMIT 1);',
    'a redemption paid more':
        'UPDATE redemption SET value = value + 100 WHERE id = (SELECT id FROM redemption WHERE state = 2 LIMIT 1);',
    'a redemption went to another shop':
        'UPDATE redemption SET merchant = randomblob(16) WHERE id = (SELECT id FROM redemption WHERE state = 2 LIMIT 1);',
    'a redemption never was':
        'UPDATE redemption SET state = 4 WHERE id = (SELECT id FROM redemption WHERE state = 2 LIMIT 1);',
    'a redemption is gone':
        'DELETE FROM redemption WHERE id = (SELECT id FROM redemption WHERE state = 2 LIMIT 1);',
    'an entry is edited':
        "UPDATE journal SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'5a' AS BLOB) WHERE seq = (SELECT max(seq) / 2 FROM journal);",
    'an entry is gone': 'DELETE FROM journal WHERE seq = (SELECT max(seq) / 2 FROM journal);',
    'the last entry is gone': 'DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal);',
    'a head goes back':
        'UPDATE head SET seq = seq - 1, hash = (SELECT j.hash FROM journal j WHERE j.writer = head.writer AND j.seq = head.seq - 1);',
    'an administrator has more roles':
        'UPDATE admin SET roles = 15 WHERE id = (SELECT id FROM admin WHERE roles <> 15 LIMIT 1);',
    'an administrator of his own':
        "INSERT INTO admin (id, name, roles, token, active, created_at) VALUES (randomblob(16), 'x', 15, randomblob(32), 1, 1);",
    "a till has the thief's key":
        'UPDATE terminal SET public_key = randomblob(32) WHERE id = (SELECT id FROM terminal WHERE state = 1 LIMIT 1);',
    'a till of his own':
        'INSERT INTO terminal SELECT randomblob(16), merchant, outlet, state, algorithm, randomblob(32), enroll_until, per_min, created_at FROM terminal WHERE state = 1 LIMIT 1;',
    'a rule is rewritten':
        "UPDATE rule_version SET definition = replace(definition, '2500', '9900') WHERE campaign = (SELECT campaign FROM claim LIMIT 1);",
    'a VIN is free again': 'DELETE FROM evidence WHERE kind = 1;',
    'the last partial refund never was':
        'UPDATE redemption SET refunded_order = 0, refunded_value = 0 WHERE id = (SELECT id FROM redemption WHERE refunded_order > 0 LIMIT 1);',
    'two vouchers change places': SWAP,
};

const huiquan = (dir, ...words) =>
    spawnSync(path.join(buildDir, 'huiquan'), [...words, '--data-dir', dir], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
    });

// Who tells of an edited copy; a start is only asked where nobody else does, and the chain, when in
// haste, only where the check does not.
async function judge(cast, dir, quick) {
    const check = huiquan(dir, 'ledger', 'check');
    const chain = quick && check.status !== 0 ? check : huiquan(dir, 'journal', 'verify');
    const by = [
        check.status !== 0 && 'check',
        chain !== check && chain.status !== 0 && 'chain',
    ].filter(Boolean);
    if (by.length === 0) {
        const started = await startDaemon(path.join(cast.w.dir, 'try'), { data: dir }).catch(
            () => undefined,
        );
        await started?.stop();
        if (!started) by.push('start');
    }
    const words = check.stdout.startsWith('{') ? JSON.parse(check.stdout).faults : [];
    return { by, words };
}

// The triggers and indexes that refuse what the daemon never does.
function disarm(data, to) {
    rmSync(to, { recursive: true, force: true });
    cpSync(data, to, { recursive: true, filter: (file) => !/\.sock$/.test(file) });
    const db = path.join(to, 'huiquan.db');
    const guards = sql(
        db,
        "SELECT type, name FROM sqlite_schema WHERE type = 'trigger' OR sql LIKE 'CREATE UNIQUE INDEX%';",
    );
    sql(db, guards.map(([type, name]) => `DROP ${type} ${name};`).join(''));
    sql(db, 'PRAGMA wal_checkpoint(TRUNCATE);');
}

// The same books after a loss: copied, restored and raised, so that there is something of that too.
function restore({ w }, faults) {
    const copy = path.join(w.dir, 'copy'),
        books = path.join(w.dir, 'restored');
    const isOurs = (file) => !/huiquan\.db|\.sock$/.test(file);
    cpSync(w.daemon.data, books, { recursive: true, filter: isOurs });
    for (const words of [
        [w.daemon.data, 'ledger', 'backup', '--to', copy],
        [books, 'ledger', 'restore', '--from', copy],
        [books, 'ledger', 'raise-epoch', '--reason', 'thief', '--operator', 'thief'],
    ]) {
        const run = huiquan(...words);
        if (run.status !== 0) faults.push(`${words}: ${run.stdout} ${run.stderr}`);
    }
    return books;
}

async function forge(cast, quick, figures, faults) {
    const { w } = cast;
    await w.daemon.stop();
    const books = restore(cast, faults);
    const told = [],
        unnoticed = [],
        named = [],
        unnamed = [];
    const data = path.join(books, 'huiquan.db');
    const tables = schemaOf(sql, data);
    for (const name of Object.keys(unheld)) {
        const [table, column] = name.split('.');
        const there = tables.get(table)?.some((c) => column === '*' || c.name === column);
        if (!there) faults.push(`${name} is excused, and is not there`);
    }
    for (const [table, columns] of tables)
        if (
            columns.some((c) => isHeld(table, c.name)) &&
            sql(data, `SELECT 1 FROM ${table} LIMIT 1;`).length === 0
        )
            faults.push(`no row to edit in ${table}`);
    const whole = huiquan(books, 'ledger', 'check');
    if (whole.status !== 0) faults.push(`before any edit: ${whole.stdout} ${whole.stderr}`);
    const columns = columnEdits(tables);
    const bare = path.join(w.dir, 'bare'),
        dir = path.join(w.dir, 'edited');
    disarm(books, bare);
    for (const [name, edit] of Object.entries({ ...edits, ...columns })) {
        rmSync(dir, { recursive: true, force: true });
        cpSync(bare, dir, { recursive: true });
        const after = sql(
            path.join(dir, 'huiquan.db'),
            `PRAGMA ignore_check_constraints = 1; ${edit} SELECT total_changes();`,
        );
        if (after.at(-1)[0] === '0') faults.push(`${name}: changed nothing`);
        const { by, words } = await judge(cast, dir, quick);
        if (by.length > 0) told.push(`${name}: ${by.join('+')}`);
        else unnoticed.push(name);
        if (!(name in columns) || by.length === 0 || name.includes(':')) continue;
        const [table, column] = name.split('.');
        const says = words.some((text) => text.startsWith(table) && text.includes(column));
        (says ? named : unnamed).push(name);
    }
    for (const name of unnoticed) faults.push(`unnoticed: ${name}`);
    const all = [...tables].flatMap(([table, list]) => list.map((c) => [table, c.name]));
    Object.assign(figures, {
        'edits of the books': told.length + unnoticed.length,
        'not noticed': unnoticed.join('; '),
        'columns of all tables': all.length,
        'of them held': all.filter(([table, column]) => isHeld(table, column)).length,
        'excused, with a reason': Object.keys(unheld).join(', '),
        'named by table and column': named.length,
        'told otherwise': unnamed.join(', '),
        'told by more than the check, or not by it': told
            .filter((text) => !text.endsWith(': check'))
            .join('; '),
    });
}

// A ledger from before there were marks: sound, told where its entries say it, and from the next
// start on like any other.
async function upgrade(cast, figures, faults) {
    const { w } = cast;
    const old = path.join(w.dir, 'old'),
        dir = path.join(w.dir, 'edited');
    disarm(w.daemon.data, old);
    const entries = makeOld(sql, path.join(old, 'huiquan.db'));
    const told = [];
    for (const name of oldEdits) {
        rmSync(dir, { recursive: true, force: true });
        cpSync(old, dir, { recursive: true });
        sql(path.join(dir, 'huiquan.db'), `PRAGMA ignore_check_constraints = 1; ${edits[name]}`);
        if (huiquan(dir, 'ledger', 'check').status === 0) faults.push(`before marks: ${name}`);
        else told.push(name);
    }
    const says = (when) => {
        const check = huiquan(old, 'ledger', 'check');
        if (check.status !== 0) faults.push(`${when}: ${check.stdout.slice(0, 2000)}`);
    };
    says('a journal without marks');
    const daemon = await startDaemon(path.join(w.dir, 'upgraded'), { data: old });
    await daemon.stop();
    says('the same, started anew');
    figures['entries of layout 1 that verify'] = entries;
    figures['told in it'] = told.length;
}

// The copy without keys is nobody's: it does not start, or starts as another service.
async function impostor(cast, copy, figures, faults) {
    const dir = path.join(cast.w.dir, 'impostor');
    for (const withMark of [true, false]) {
        rmSync(dir, { recursive: true, force: true });
        mkdirSync(dir);
        cpSync(copy, path.join(dir, 'data'), { recursive: true });
        if (!withMark) rmSync(path.join(dir, 'data/keys.mark'), { force: true });
        const daemon = await startDaemon(path.join(dir, 'run'), {
            data: path.join(dir, 'data'),
        }).catch(() => undefined);
        figures[withMark ? 'started on the copy' : 'started without the mark'] = daemon
            ? 'yes, under other keys'
            : 'refused';
        if (withMark && daemon) faults.push('a copy without its keys started');
        await daemon?.stop();
    }
}

export async function run({ seed, quick }) {
    const figures = {},
        faults = [];
    const count = quick ? 20 : 300;
    const casts = [];
    try {
        for (let i = 0; i < 2; i++) casts.push(await Cast.open({ places: 2000 }));
        const people = Array.from({ length: count }, (_, n) => person(9000 + n));
        const copies = [];
        for (const cast of casts) {
            for (let n = 0; n < count; n++) {
                const voucher = ok(await cast.w.claim(cast.running, 9000 + n), 201).vouchers[0];
                if (n % 4 === 0)
                    ok(await cast.tills.till.redeem(voucher, { amount_fen: 20000 }), 201);
            }
            await cast.pageAdmin(['auditor']);
            await furnish(cast);
            copies.push(path.join(cast.w.dir, 'stolen'));
            steal(cast.w.daemon.data, copies.at(-1));
        }
        await redeem(
            casts[0],
            path.join(copies[0], 'huiquan.db'),
            new Random(seed),
            figures,
            faults,
        );
        link(copies, people, figures, faults);
        await impostor(casts[0], copies[0], figures, faults);
        await forge(casts[0], quick, figures, faults);
        await upgrade(casts[0], figures, faults);
    } finally {
        for (const cast of casts) await cast.close();
    }
    return { ok: faults.length === 0, figures, faults };
}
