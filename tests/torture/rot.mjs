// tests/torture/rot.mjs: bytes flipped, writes dropped, rows edited as root, an old copy restored
//
// Procedure: claims and redemptions over several epochs, with a witness on a second path. Two images
// are taken: after an orderly stop, and after SIGKILL with the log (WAL) still there. In copies of
// them one thing at a time, drawn from the seed, is broken: a byte flipped, a page or frame zeroed,
// a file cut, the log lost; journal rows deleted, edited, swapped, the tail cut with its heads, all
// hashes made anew behind an edit, as root with the guards dropped; an old copy of the database put
// back; the witness's own files flipped or cut. What is really lost is read by the sqlite3 program.
// Must show: whenever the journal is not what was committed, huiquan journal verify --witness and a
// second verifier in node both say so and name the same entry, and huiquand does not start; when the
// journal is whole, both say that too. Rot outside the journal is ledger check's: the figure says of
// how much of it that, or the page structure, told.
import { spawn, spawnSync } from 'node:child_process';
import {
    cpSync,
    existsSync,
    mkdirSync,
    readFileSync,
    rmSync,
    truncateSync,
    writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { judgeJournal, chainNext, readCheckpoint, readWitness } from '../cross/witness.mjs';
import { newKey } from '../../scripts/lib/client.mjs';
import { buildDir, until } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const PAGE = 4096;
const hex = (bytes) => `x'${bytes.toString('hex')}'`;

function sqlite(db, text) {
    const ended = spawnSync('sqlite3', ['-batch', db], { input: text, maxBuffer: 1 << 28 });
    return {
        ok: ended.status === 0 && ended.stderr.length === 0,
        out: ended.stdout.toString(),
        said: ended.stderr.toString(),
    };
}
const dump = (db) =>
    sqlite(db, 'SELECT writer, seq, hex(bytes), hex(hash) FROM journal ORDER BY 1, 2;');
const rowsOf = (text) =>
    text
        .split('\n')
        .filter(Boolean)
        .map((line) => {
            const [writer, seq, bytes, hash] = line.split('|');
            return {
                writer: Number(writer),
                seq: Number(seq),
                bytes: Buffer.from(bytes, 'hex'),
                hash: Buffer.from(hash, 'hex'),
            };
        });
// With the guards dropped, as whoever owns the file may.
function asRoot(db, text) {
    const names = sqlite(
        db,
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('journal', 'head', 'meta');",
    ).out;
    const drops = names
        .split('\n')
        .filter(Boolean)
        .map((name) => `DROP TRIGGER ${name};`);
    const done = sqlite(db, `.bail on\nBEGIN; ${drops.join('')} ${text} COMMIT;`);
    if (!done.ok) throw new Error(`the journal could not be edited: ${done.said}`);
}

// A break takes a directory with data/ and seen (the witness) and changes it; it answers a word.
function flip(random, file) {
    const bytes = readFileSync(file);
    const at = random.below(bytes.length);
    bytes[at] ^= 1 << random.below(8);
    writeFileSync(file, bytes);
}
function zero(random, file, unit, head) {
    const bytes = readFileSync(file);
    const at = head + unit * random.below(Math.floor((bytes.length - head) / unit));
    bytes.fill(0, at, at + unit);
    writeFileSync(file, bytes);
}
const cut = (random, file) => truncateSync(file, random.below(readFileSync(file).length));

const where = (row) => `WHERE writer = ${row.writer} AND seq = ${row.seq}`;
function editJournal(random, dir, make) {
    const db = path.join(dir, 'data/huiquan.db');
    const rows = rowsOf(dump(db).out);
    asRoot(db, make(rows));
}
const setHead = (row) =>
    `UPDATE head SET seq = ${row.seq}, hash = ${hex(row.hash)} WHERE writer = ${row.writer};`;
function rehash(rows, from) {
    let text = '';
    for (let i = from; i < rows.length; i++) {
        const prev = i === 0 ? Buffer.alloc(32) : rows[i - 1].hash;
        rows[i].hash = chainNext(prev, rows[i].bytes);
        text += `UPDATE journal SET bytes = ${hex(rows[i].bytes)}, hash = ${hex(rows[i].hash)} ${where(rows[i])};`;
        text += setHead(rows[i]);
    }
    return text;
}
function changed(random, bytes) {
    const out = Buffer.from(bytes);
    out[random.below(out.length)] ^= 1 << random.below(8);
    return out;
}
const edits = {
    'row deleted': (random, rows) => `DELETE FROM journal ${where(random.pick(rows))};`,
    'row edited': (random, rows) => {
        const row = random.pick(rows);
        return `UPDATE journal SET bytes = ${hex(changed(random, row.bytes))} ${where(row)};`;
    },
    'hash edited': (random, rows) => {
        const row = random.pick(rows);
        return `UPDATE journal SET hash = ${hex(changed(random, row.hash))} ${where(row)};`;
    },
    'rows swapped': (random, rows) => {
        const at = random.below(rows.length - 1);
        const [a, b] = [rows[at], rows[at + 1]];
        return [
            [a, b],
            [b, a],
        ]
            .map(
                ([to, from]) =>
                    `UPDATE journal SET bytes = ${hex(from.bytes)}, hash = ${hex(from.hash)} ${where(to)};`,
            )
            .join('');
    },
    // Nothing of this shows in the database itself: only the witness knows.
    'tail cut, heads mended': (random, rows) => {
        const keep = random.between(1, rows.length - 1);
        const last = rows[keep - 1];
        const { writer, seq } = last;
        return `DELETE FROM journal WHERE (writer, seq) > (${writer}, ${seq});
            DELETE FROM head WHERE writer > ${writer}; ${setHead(last)}
            UPDATE meta SET value = ${writer % 2 ** 32} WHERE name = 'epoch';`;
    },
    'row edited, all hashes made anew': (random, rows) => {
        const at = random.below(rows.length);
        rows[at].bytes = changed(random, rows[at].bytes);
        return rehash(rows, at);
    },
};
const breaks = {
    stopped: {
        'byte flipped': (random, dir) => flip(random, path.join(dir, 'data/huiquan.db')),
        'page zeroed': (random, dir) => zero(random, path.join(dir, 'data/huiquan.db'), PAGE, 0),
        'file cut': (random, dir) => cut(random, path.join(dir, 'data/huiquan.db')),
        'old copy': (random, dir, images) => {
            rmSync(path.join(dir, 'data'), { recursive: true });
            cpSync(random.pick(images.old), path.join(dir, 'data'), { recursive: true });
        },
        ...Object.fromEntries(
            Object.entries(edits).map(([name, make]) => [
                name,
                (random, dir) => editJournal(random, dir, (rows) => make(random, rows)),
            ]),
        ),
        'edited, and the leaves lost': (random, dir) => {
            rmSync(path.join(dir, 'seen.leaves'));
            editJournal(random, dir, (rows) =>
                edits['row edited, all hashes made anew'](random, rows),
            );
        },
        'leaves flipped': (random, dir) => flip(random, path.join(dir, 'seen.leaves')),
        'checkpoint flipped': (random, dir) => flip(random, path.join(dir, 'seen')),
        'checkpoint cut': (random, dir) => cut(random, path.join(dir, 'seen')),
        'database gone': (random, dir) => rmSync(path.join(dir, 'data/huiquan.db')),
        nothing: () => {},
    },
    killed: {
        'log flipped': (random, dir) => flip(random, path.join(dir, 'data/huiquan.db-wal')),
        'frame zeroed': (random, dir) =>
            zero(random, path.join(dir, 'data/huiquan.db-wal'), PAGE + 24, 32),
        'log cut': (random, dir) => cut(random, path.join(dir, 'data/huiquan.db-wal')),
        'log lost': (random, dir) => rmSync(path.join(dir, 'data/huiquan.db-wal')),
        nothing: () => {},
    },
};

class Rot {
    constructor(world, random) {
        Object.assign(this, { world, random, faults: [], old: [] });
        this.figures = {
            trials: 0,
            journal_hurt: 0,
            refused: 0,
            named_alike: 0,
            whole: 0,
            other_rot: 0,
            other_rot_told: 0,
        };
        this.kinds = {};
    }
    expect(holds, words) {
        if (!holds) this.faults.push(words);
    }
    get data() {
        return this.world.daemon.data;
    }
    place(name) {
        return path.join(this.world.dir, name);
    }
    async load(campaign, till, first, count) {
        for (let n = first; n < first + count; n++) {
            const voucher = await this.world.voucher(campaign, n);
            if (n % 2 === 0) {
                const made = await till.redeem(voucher, { amount_fen: 12000 });
                this.expect(
                    made.status === 201 || made.status === 200,
                    `redeem: ${made.status} ${made.raw}`,
                );
            }
        }
    }
    copyData(to) {
        cpSync(this.data, to, { recursive: true, filter: (from) => !/\.sock$|-shm$/.test(from) });
    }
    // Until the witness has all that is committed.
    async witnessed() {
        await until('the witness', () => {
            const count = Number(
                sqlite(`file:${this.data}/huiquan.db?mode=ro`, 'SELECT count(*) FROM journal;').out,
            );
            if (!existsSync(this.seen)) return false;
            return readCheckpoint(readFileSync(this.seen, 'utf8'), this.jwks)?.size === count;
        });
    }
    keep(name) {
        const dir = this.place(name);
        mkdirSync(dir, { recursive: true });
        this.copyData(path.join(dir, 'data'));
        for (const end of ['', '.leaves']) cpSync(this.seen + end, path.join(dir, `seen${end}`));
        return dir;
    }
    async images(people) {
        const { world } = this;
        this.seen = path.join(world.dir, 'elsewhere', 'seen');
        this.jwks = (await world.api.get('/.well-known/jwks.json')).json;
        writeFileSync(this.place('jwks.json'), JSON.stringify(this.jwks));
        const campaign = await world.campaign({
            limits: { claims_per_s: 100000, per_resident_per_min: 6000 },
        });
        const till = await world.till();
        world.onRestart = () => (till.api = world.api);
        for (let epoch = 0; epoch < 3; epoch++) {
            await this.load(campaign, till, 1 + epoch * people, people);
            await world.daemon.stop();
            const old = this.place(`old-${epoch}`);
            this.copyData(old);
            this.old.push(old);
            await world.restart();
        }
        await this.load(campaign, till, 1 + 3 * people, people);
        await this.witnessed();
        await world.daemon.kill('SIGKILL');
        this.killed = this.keep('killed');
        await world.restart();
        await this.load(campaign, till, 1 + 4 * people, people);
        await world.daemon.stop();
        this.stopped = this.keep('stopped');
    }
    start(dir) {
        return new Promise((done) => {
            const options = ['--listen', '127.0.0.1:0', '--data_dir', path.join(dir, 'data')];
            options.push('--witness', path.join(dir, 'seen'), '--workers', '1');
            const child = spawn(path.join(buildDir, 'huiquand'), options, {
                stdio: ['ignore', 'ignore', 'pipe'],
            });
            let said = '';
            let served = false;
            child.stderr.setEncoding('utf8').on('data', (text) => {
                said += text;
                if (/"ready"/.test(said) && !served) {
                    served = true;
                    child.kill('SIGTERM');
                }
            });
            child.on('close', (code) => done({ code, served, said }));
        });
    }
    verify(dir) {
        const args = ['journal', 'verify', '--json', '--data-dir', path.join(dir, 'data')];
        args.push('--witness', path.join(dir, 'seen'), '--jwks', this.place('jwks.json'));
        const ended = spawnSync(path.join(buildDir, 'huiquan'), args, { encoding: 'utf8' });
        let json;
        try {
            json = JSON.parse(ended.stdout);
        } catch {
            json = undefined;
        }
        return { code: ended.status, fault: json?.first_fault ?? ended.stderr };
    }
    async trial(image, kind, images) {
        const dir = this.place('trial');
        rmSync(dir, { recursive: true, force: true });
        cpSync(this[image], dir, { recursive: true });
        breaks[image][kind](this.random, dir, images);
        // The truth, of a copy, since reading may bring a log back.
        const truth = this.place('truth');
        rmSync(truth, { recursive: true, force: true });
        cpSync(path.join(dir, 'data'), truth, { recursive: true });
        const db = path.join(truth, 'huiquan.db');
        const read = existsSync(db) ? dump(db) : { ok: false, out: '' };
        const isSeen = !/checkpoint/.test(kind);
        const isWhole = read.ok && read.out === images.truth[image] && isSeen;
        await this.judge(dir, `${image}, ${kind}`, { isWhole, read, isSeen });
        if (isWhole && /flipped|zeroed|cut/.test(kind) && !/leaves/.test(kind))
            this.outside(truth, db, image, images);
    }
    async judge(dir, name, { isWhole, read }) {
        const { figures } = this;
        const verdict = this.verify(dir);
        const node = read.ok
            ? judgeJournal(rowsOf(read.out), readWitness(path.join(dir, 'seen'), this.jwks))
            : { clean: false };
        const daemon = await this.start(dir);
        figures.trials++;
        this.expect(
            (verdict.code === 0) === isWhole,
            `${name}: verify says ${verdict.code} ${verdict.fault}`,
        );
        this.expect(node.clean === isWhole, `${name}: node says ${JSON.stringify(node)}`);
        if (isWhole) {
            figures.whole++;
            return;
        }
        figures.journal_hurt++;
        this.kinds[name] = (this.kinds[name] ?? 0) + 1;
        figures.refused += !daemon.served && daemon.code === 1;
        this.expect(
            !daemon.served && daemon.code === 1,
            `${name}: huiquand ${JSON.stringify(daemon)}`,
        );
        if (node.at === undefined) return;
        const words = `writer ${node.at[0]}, entry ${node.at[1]}:`;
        const alike = verdict.fault.startsWith(words) && daemon.said.includes(words);
        figures.named_alike += alike;
        this.expect(alike, `${name}: ${words} and ${verdict.fault} and ${daemon.said.slice(-300)}`);
    }
    // Rot that left the journal alone: is it in other rows, and does anybody tell?
    outside(truth, db, image, images) {
        const all = sqlite(db, '.dump');
        if (all.ok && all.out === images.dump[image]) return;
        this.figures.other_rot++;
        const cli = path.join(buildDir, 'huiquan');
        const checked = spawnSync(cli, ['ledger', 'check', '--data-dir', truth]).status !== 0;
        const structure = sqlite(db, 'PRAGMA integrity_check;').out !== 'ok\n';
        this.figures.other_rot_told += checked || structure;
    }
}

function truthOf(rot, image, ask) {
    const copy = rot.place('whole');
    rmSync(copy, { recursive: true, force: true });
    cpSync(path.join(rot[image], 'data'), copy, { recursive: true });
    return ask(path.join(copy, 'huiquan.db')).out;
}

export async function run({ seed, quick }) {
    const random = new Random(seed);
    const dir = path.join('/tmp', `huiquan-rot-${newKey()}`);
    mkdirSync(path.join(dir, 'elsewhere'), { recursive: true });
    const settings = { workers: 1, witness: path.join(dir, 'elsewhere', 'seen'), witness_ms: 50 };
    const world = await World.open({ dir, settings });
    try {
        const rot = new Rot(world, random);
        await rot.images(quick ? 8 : 60);
        const both = (ask) =>
            Object.fromEntries(
                ['stopped', 'killed'].map((image) => [image, truthOf(rot, image, ask)]),
            );
        const images = { old: rot.old, truth: both(dump), dump: both((db) => sqlite(db, '.dump')) };
        for (const image of ['stopped', 'killed'])
            for (const kind of Object.keys(breaks[image])) {
                const often = /flipped|zeroed|cut$/.test(kind) ? 4 : 1;
                for (let i = 0; i < (quick ? 1 : 10) * often; i++)
                    await rot.trial(image, kind, images);
            }
        return {
            ok: rot.faults.length === 0,
            figures: { ...rot.figures, ...rot.kinds },
            faults: rot.faults,
        };
    } finally {
        await world.close();
    }
}
