// tests/torture/backup.mjs: copies under load, damaged, cut short, put back to work.
//
// A daemon with a witness serves clients that claim and redeem. Meanwhile `huiquan ledger backup`
// copies its ledger; some of those that run are killed at random instants, and the one that is kept
// begins at a known place in the list of what was acknowledged. Then the daemon is killed and its
// database is lost. Each cycle must show:
//   - the copy is one instant: it verifies, and everything acknowledged before it began is in it;
//   - whatever is damaged in a backup is refused with the reason, and nothing is put in its place;
//   - a backup, restore or raise that is killed leaves nothing half: no backup by its name that does
//     not verify, no database that a daemon would serve before the raise;
//   - a daemon on a restored copy ends with 78, also when the file was copied there by hand;
//   - the restore says how many witnessed entries are lost, and it is as many as there were;
//   - after the raise all that was acknowledged before the copy is answered byte for byte, vouchers
//     issued later are refused at the till by a reason of their own, no number or short code of
//     theirs is given out again, and `huiquan ledger check` finds nothing.
// Figures: how long a copy took, how long claims took meanwhile, how far the log grew.
// --cycles N (12), --vouchers N in the ledger at first (300,000), --kills N per cycle and kind (30),
// --damages N per cycle (40).
import { execFile, spawn, spawnSync } from 'node:child_process';
import {
    appendFileSync,
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    statSync,
    truncateSync,
    writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { newKey } from '../../scripts/lib/client.mjs';
import { buildDir } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const run_ = promisify(execFile);
const EXIT_COPY = 78;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const program = (name) => path.join(buildDir, name);
const huiquan = (...words) => {
    const run = spawnSync(program('huiquan'), words, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const json = run.stdout.startsWith('{') ? JSON.parse(run.stdout) : undefined;
    return { status: run.status, json, text: `${run.stdout}${run.stderr}` };
};
const most = (list) => list.reduce((a, b) => Math.max(a, b), 0);
const rank = (list, share) => [...list].sort((a, b) => a - b)[Math.floor(list.length * share)] ?? 0;

class Backup {
    acknowledged = []; // {ask, raw, voucher?}
    lost = []; // vouchers that no ledger knows any more
    codes = new Set();
    faults = [];
    figures = {};
    took = { copy: [], claims: [], claimsMeanwhile: [], bytes: [], log: [], restore: [] };
    next = 0;
    constructor({ seed, quick, cycles, vouchers, kills, damages }) {
        this.random = new Random(seed);
        this.cycles = cycles ?? (quick ? 2 : 12);
        this.vouchers = vouchers ?? (quick ? 2000 : 300000);
        this.kills = kills ?? (quick ? 4 : 30);
        this.damages = damages ?? (quick ? 12 : 40);
        this.clients = quick ? 8 : 32;
        this.residents = quick ? 64 : 5000;
        this.loadMs = quick ? 150 : 1500;
    }
    fault(text) {
        if (this.faults.length < 50) this.faults.push(text);
    }
    count(name, more = 1) {
        this.figures[name] = (this.figures[name] ?? 0) + more;
    }
    async open() {
        this.w = await World.open({ settings: { workers: 2 }, connections: this.clients + 4 });
        this.dir = path.join(this.w.dir, 'backups');
        this.seen = path.join(this.w.dir, 'elsewhere', 'seen');
        this.jwks = path.join(this.w.dir, 'jwks.json');
        mkdirSync(this.dir);
        mkdirSync(path.dirname(this.seen));
        this.data = this.w.daemon.data;
        const pool = { name: '10 元', value_fen: 1000, min_spend_fen: 2000, pack: null };
        this.campaign = await this.w.campaign({
            budget_fen: 1000 * 2000000,
            per_person_limit: 60,
            pools: [{ ...pool, count: 2000000, stackable: true }],
            limits: { claims_per_s: 1000000, per_resident_per_min: 6000 },
        });
        this.till = await this.w.till();
        this.w.onRestart = () => (this.till.api = this.w.api);
        writeFileSync(this.jwks, (await this.w.api.get('/.well-known/jwks.json')).raw);
        await this.w.daemon.stop();
        const words = [this.data, this.campaign.campaign_id, this.campaign.pools[0].pool_id];
        await run_(program('bench_seed'), [...words, String(this.vouchers), '0']);
        appendFileSync(this.w.daemon.config, `witness = ${this.seen}\nwitness_ms = 20\n`);
        await this.w.restart();
        await this.w.sessionsOf(1, this.residents);
    }
    witness() {
        return ['--witness', this.seen, '--jwks', this.jwks];
    }
    keep(answer, ask, voucher) {
        if (answer.status !== 201) return this.fault(`${answer.status} ${answer.raw}`);
        this.acknowledged.push({ ask, raw: answer.raw.toString(), voucher });
    }
    async claim(into) {
        const n = 1 + this.random.below(this.residents);
        const key = newKey();
        const ask = () => this.w.claim(this.campaign, n, { key });
        const began = performance.now();
        const answer = await ask();
        into?.push(performance.now() - began);
        if (answer.json?.code === 'already_claimed') return undefined; // all sixty
        this.keep(answer, ask, answer.json?.vouchers?.[0]);
        const code = answer.json?.vouchers?.[0].short_code;
        if (this.codes.has(code)) this.fault(`short code ${code} was given out twice`);
        this.codes.add(code);
        return answer.json?.vouchers?.[0];
    }
    async redeem(voucher) {
        const no = newKey();
        const order = { no, order_no: no, amount_fen: 5000, key: newKey() };
        const ask = () => this.till.redeem(voucher, order);
        this.keep(await ask(), ask);
    }
    /** Until isOver(); each client claims, and redeems every third voucher. */
    load(isOver, times) {
        const client = async () => {
            for (let i = 0; !isOver(); i++) {
                const voucher = await this.claim(times());
                if (voucher && i % 3 === 0) await this.redeem(voucher);
                if (!voucher) await sleep(20);
            }
        };
        return Promise.all(Array.from({ length: this.clients }, client));
    }
    /** A backup that was killed: nothing has its name, or it is whole. */
    async cutBackups() {
        for (let i = 0; i < this.kills; i++) {
            const to = path.join(this.dir, 'cut');
            const words = ['ledger', 'backup', '--data-dir', this.data, '--to', to];
            await this.killed(words, this.took.copy.at(-1) ?? 15);
            this.count('backups killed');
            if (!existsSync(to)) continue;
            this.count('of them whole by then');
            // Not at once by spawnSync: the clients are at work.
            await run_(program('huiquan'), ['ledger', 'restore', '--from', to]).catch((error) =>
                this.fault(`a killed backup has its name: ${error.stdout}${error.stderr}`),
            );
            rmSync(to, { recursive: true });
        }
    }
    /** Runs a command and kills it some time on the way that it usually takes. */
    async killed(words, usualMs) {
        const child = spawn(program('huiquan'), words, { stdio: 'ignore' });
        const ended = new Promise((done) => child.once('exit', done));
        const within = Math.ceil(1.2 * Math.max(8, usualMs));
        const from = this.random.oneIn(2) ? Math.floor(within / 2) : 0; // most is at the end
        const at = this.random.between(from, within);
        const timer = setTimeout(() => child.kill('SIGKILL'), at);
        const code = await ended;
        clearTimeout(timer);
        return code;
    }
    async backupUnderLoad(to) {
        let isOver = false;
        let times = this.took.claims;
        const load = this.load(
            () => isOver,
            () => times,
        );
        await sleep(this.loadMs);
        await this.cutBackups();
        const log = `${path.join(this.data, 'huiquan.db-wal')}`;
        const logs = [];
        const looks = setInterval(() => logs.push(statSync(log).size), 5);
        const before = this.acknowledged.length;
        const began = performance.now();
        times = this.took.claimsMeanwhile;
        const words = ['ledger', 'backup', '--data-dir', this.data, '--to', to, ...this.witness()];
        const { stdout } = await run_(program('huiquan'), words);
        times = this.took.claims;
        clearInterval(looks);
        this.took.copy.push(performance.now() - began);
        this.took.bytes.push(statSync(path.join(to, 'huiquan.db')).size);
        this.took.log.push(most(logs));
        const during = this.acknowledged.length;
        await sleep(this.loadMs);
        isOver = true;
        await load;
        this.count('acknowledged while a copy was made', during - before);
        return { before, manifest: JSON.parse(stdout) };
    }
    /** Refused by its reason, with nothing put in its place. */
    refuses(name, from, says) {
        const into = path.join(this.w.dir, 'nowhere');
        const { status, json, text } = huiquan(
            'ledger',
            'restore',
            '--from',
            from,
            '--data-dir',
            into,
        );
        this.count('damaged backups refused');
        if (status !== 5 || json?.verified !== false || !says.test(json.first_fault))
            this.fault(`${name}: ${status} ${text}`);
        if (existsSync(into)) this.fault(`${name}: something was put there`);
        rmSync(into, { recursive: true, force: true });
    }
    damage(good) {
        const bad = path.join(this.dir, 'bad');
        const db = path.join(bad, 'huiquan.db');
        const manifest = path.join(bad, 'manifest.json');
        const edit = (change) => () => {
            const json = JSON.parse(readFileSync(manifest, 'utf8'));
            change(json);
            writeFileSync(manifest, JSON.stringify(json));
        };
        const sha = /SHA-256/;
        const kinds = [
            ['a byte', () => this.flip(db), sha],
            [
                'the end cut',
                () => truncateSync(db, this.random.below(statSync(db).size)),
                /shorter/,
            ],
            ['bytes behind', () => appendFileSync(db, 'x'), /longer/],
            ['no database', () => rmSync(db), /No such file/],
            ['no manifest', () => rmSync(manifest), /No such file/],
            ['half a manifest', () => truncateSync(manifest, 90), /not a manifest/],
            ['a manifest of another kind', edit((m) => (m.format = 'x')), /not a manifest/],
            ['another hash', edit((m) => (m.database.sha256 = '00'.repeat(32))), sha],
            ['more entries', edit((m) => m.journal.entries++), /another copy: journal entries/],
            ['another head', edit((m) => m.journal.seq++), /another copy: journal head/],
            ['fewer vouchers', edit((m) => m.counts.vouchers--), /another copy: vouchers/],
            ['another key', edit((m) => (m.key_ids = ['00000000'])), /another copy: key_ids/],
            ['a seal anew', () => this.forge(db, edit), /ledger check|pages and indexes/],
        ];
        for (let i = 0; i < this.damages; i++) {
            const [name, hurt, says] = kinds[i % kinds.length];
            cpSync(good, bad, { recursive: true });
            hurt();
            this.refuses(name, bad, says);
            rmSync(bad, { recursive: true });
        }
    }
    flip(file) {
        const bytes = readFileSync(file);
        bytes[this.random.below(bytes.length)] ^= 1 << this.random.below(8);
        writeFileSync(file, bytes);
    }
    /** Somebody edits the books of the backup and makes its hash anew. */
    forge(db, edit) {
        const sql =
            'DROP TRIGGER campaign_named; DROP TRIGGER campaign_grows;' +
            'UPDATE campaign SET available = available + 1000, funded = funded + 1000';
        const run = spawnSync('sqlite3', [db, sql], { encoding: 'utf8' });
        if (run.status !== 0) this.fault(`sqlite3: ${run.stderr}`);
        const sum = spawnSync('sha256sum', [db], { encoding: 'utf8' }).stdout.slice(0, 64);
        edit((m) => Object.assign(m.database, { sha256: sum, bytes: statSync(db).size }))();
    }
    /** The daemon does not serve what lies there: it ends, and says why. */
    refusesToServe(when) {
        const words = ['--config', this.w.daemon.config];
        const run = spawnSync(program('huiquand'), words, { encoding: 'utf8', timeout: 20000 });
        this.count('starts on a copy refused');
        if (run.status !== EXIT_COPY || !run.stderr.includes('raise-epoch'))
            this.fault(`${when}: the daemon ended with ${run.status}: ${run.stderr}`);
    }
    /** The disk of the database is gone. */
    async lose() {
        this.w.api.close();
        this.w.daemon.child.kill('SIGKILL');
        await this.w.daemon.ended;
        for (const name of readdirSync(this.data))
            if (name.startsWith('huiquan.db') || name === 'keys.mark')
                rmSync(path.join(this.data, name));
    }
    async restore(from) {
        const words = ['ledger', 'restore', '--from', from, '--data-dir', this.data];
        const db = path.join(this.data, 'huiquan.db');
        const scratch = path.join(this.w.dir, 'scratch');
        const began = performance.now();
        huiquan('ledger', 'restore', '--from', from, '--data-dir', scratch);
        const usualMs = performance.now() - began;
        rmSync(scratch, { recursive: true });
        this.took.restore.push(usualMs);
        for (let i = 0; i < this.kills; i++) {
            await this.killed(words, usualMs);
            this.count('restores killed');
            if (existsSync(db) || existsSync(`${db}.restoring`))
                this.refusesToServe('a killed restore');
            rmSync(db, { force: true });
        }
        const { status, json, text } = huiquan(...words, ...this.witness());
        if (status !== 0 || json.placed !== this.data) throw new Error(`restore: ${text}`);
        if ((statSync(db).mode & 0o777) !== 0o600)
            this.fault('the database is not for its owner alone');
        this.refusesToServe('after a restore');
        return json;
    }
    async raise() {
        const words = ['ledger', 'raise-epoch', '--data-dir', this.data, '--reason', '盘坏了'];
        words.push('--operator', 'wang', ...this.witness());
        let code;
        for (let i = 0; i < this.kills && code !== 0; i++) {
            code = await this.killed(words, 20);
            this.count('raises killed');
        }
        if (code !== 0) {
            const { status, text } = huiquan(...words);
            if (status !== 0) throw new Error(`raise: ${text}`);
        }
        if (existsSync(this.seen)) this.fault('the old checkpoint was not set aside');
        const again = huiquan(...words.slice(0, -4));
        if (again.status !== 5) this.fault(`raised twice: ${again.text}`);
    }
    /** What was acknowledged before the copy is there, byte for byte. */
    async replay(before, sample) {
        const asked = this.random.shuffled(this.acknowledged.slice(0, before)).slice(0, sample);
        for (let i = 0; i < asked.length; i += 32)
            await Promise.all(
                asked.slice(i, i + 32).map(async ({ ask, raw }) => {
                    const again = await ask();
                    if (again.raw.toString() !== raw)
                        this.fault(`acknowledged before the copy: ${again.status} ${again.raw}`);
                }),
            );
        this.count('replays byte-identical', asked.length);
    }
    /** What came later is not known, and the till is told what kind of unknown. */
    async unknown(before) {
        const later = this.acknowledged.splice(before).filter((one) => one.voucher);
        let gone = 0;
        const some = this.random.shuffled(later).slice(0, 200);
        for (const { voucher } of some) {
            const short = this.random.oneIn(2);
            const answer = await this.till.redeem(voucher, { amount_fen: 5000, short });
            if (answer.status === 201) continue; // sealed while the copy began
            gone++;
            const told = answer.json?.code === 'voucher_unknown' && /恢复/.test(answer.json.detail);
            if (
                !told &&
                answer.json?.code !== 'already_redeemed' &&
                answer.json?.code !== 'rate_limited'
            )
                this.fault(`a lost voucher: ${answer.status} ${answer.raw}`);
        }
        this.count('vouchers lost with the disk, of those asked', gone);
        return later.length;
    }
    async cycle(number) {
        const to = path.join(this.dir, `copy-${number}`);
        const { before, manifest } = await this.backupUnderLoad(to);
        await this.w.daemon.stop(); // so that the witness has seen the end
        const whole = huiquan('ledger', 'check', '--data-dir', this.data).json;
        await this.lose();
        this.damage(to);
        copyFileSync(path.join(to, 'huiquan.db'), path.join(this.data, 'huiquan.db'));
        this.refusesToServe('a copy by hand');
        rmSync(path.join(this.data, 'huiquan.db'));
        const told = await this.restore(to);
        const gone = whole.journal_entries - manifest.journal.entries;
        if (told.lost_entries !== gone)
            this.fault(`${gone} entries are lost, the restore says ${told.lost_entries}`);
        this.count('entries lost, as the restores said', told.lost_entries);
        await this.raise();
        await this.w.restart();
        await this.replay(before, this.kills * 100);
        await this.unknown(before);
        for (let i = 0; i < 20; i++) {
            const voucher = await this.claim();
            if (voucher) await this.redeem(voucher);
        }
        await this.w.balanced(this.campaign);
        const { status, text } = huiquan('ledger', 'check', '--data-dir', this.data);
        if (status !== 0) this.fault(`ledger check: ${text}`);
        rmSync(to, { recursive: true });
    }
    /** No room for the backup, or for the ledger: told, and nothing is left half. */
    async noRoom() {
        const small = path.join(this.w.dir, 'small');
        mkdirSync(small);
        const size = Math.floor(statSync(path.join(this.data, 'huiquan.db')).size / 2);
        const words = ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', small];
        if (spawnSync('mount', words).status !== 0) return;
        try {
            const to = path.join(small, 'copy');
            const cut = huiquan('ledger', 'backup', '--data-dir', this.data, '--to', to);
            if (cut.status !== 7 || !/full/.test(cut.text)) this.fault(`no room: ${cut.text}`);
            if (readdirSync(small).length > 0) this.fault('a backup without room left something');
            const good = path.join(this.dir, 'good');
            huiquan('ledger', 'backup', '--data-dir', this.data, '--to', good);
            const into = path.join(small, 'data');
            const put = huiquan('ledger', 'restore', '--from', good, '--data-dir', into);
            if (put.status !== 5 || !/No space/.test(put.text)) this.fault(`no room: ${put.text}`);
            const left = readdirSync(into).filter((name) => name.startsWith('huiquan.db'));
            if (left.length > 0) this.fault(`a restore without room left ${left}`);
            this.count('refused for want of room', 2);
        } finally {
            spawnSync('umount', [small]);
        }
    }
    async run() {
        await this.open();
        try {
            for (let i = 0; i < this.cycles && this.faults.length < 10; i++) {
                await this.cycle(i);
                if (process.env.TORTURE_SAY) console.error(`  cycle ${i}`, this.figures);
            }
            await this.noRoom();
        } finally {
            await this.w.close();
        }
        const ms = (value) => `${Math.round(value)} ms`;
        const mib = (list) => `${Math.round(most(list) / 1048576)} MiB`;
        const { copy, claims, claimsMeanwhile, bytes, log } = this.took;
        Object.assign(this.figures, {
            cycles: this.cycles,
            'a copy': `of ${mib(bytes)}, at most ${ms(most(copy))}, with its manifest's figures`,
            'a restore with all checks, at most': ms(most(this.took.restore)),
            'claims, p50 and p99': `${ms(rank(claims, 0.5))} ${ms(rank(claims, 0.99))}`,
            'claims during a copy': `${ms(rank(claimsMeanwhile, 0.5))} ${ms(rank(claimsMeanwhile, 0.99))}`,
            'the log at most': mib(log),
        });
        return { ok: this.faults.length === 0, figures: this.figures, faults: this.faults };
    }
}

export async function run(options) {
    return new Backup(options).run();
}
