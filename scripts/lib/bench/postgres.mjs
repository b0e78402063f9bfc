// The rival: a claim on PostgreSQL 15 as one statement, synchronous commit, over a unix socket, in
// the same minutes as ours. No HTTP, no signature, no limiter, no journal: it is given every
// advantage. A private cluster in a directory of its own, ended at the end.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Server, until } from '../servers.mjs';
import { say, spread } from './tools.mjs';

const runFile = promisify(execFile);
const bin = (name) => path.join('/usr/lib/postgresql/15/bin', name);
const settings = {
    listen_addresses: "''",
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '512MB',
    max_wal_size: '4GB',
    max_connections: '100',
};
const schema = `
CREATE TABLE pool (shard int PRIMARY KEY, issued bigint NOT NULL, count bigint NOT NULL,
    CHECK (issued <= count)) WITH (fillfactor = 10);
CREATE TABLE claim (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, campaign int NOT NULL,
    resident uuid NOT NULL, shard int NOT NULL, ordinal bigint NOT NULL, key text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(), UNIQUE (campaign, resident));
INSERT INTO pool SELECT n, 0, 1000000000 FROM generate_series(1, 32) n;
`;
const claim = (shards) => `
\\set shard random(1, ${shards})
WITH taken AS (UPDATE pool SET issued = issued + 1 WHERE shard = :shard AND issued < count
    RETURNING shard, issued)
INSERT INTO claim (campaign, resident, shard, ordinal, key)
    SELECT 1, gen_random_uuid(), shard, issued, 'bench-000000000000' FROM taken RETURNING id;
`;

// PostgreSQL refuses to run as root.
function unprivileged() {
    if (process.getuid() !== 0) return { wrap: (words) => words };
    const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8')
        .split('\n')
        .map((line) => line.split(':'))
        .find(([name]) => name === 'postgres');
    const as = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    return { wrap: (words) => [...as, ...words], uid: Number(uid), gid: Number(gid) };
}

// Clock ticks of a process and of its children that have ended.
function ticksOf(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return {
        parent: Number(fields[1]),
        ticks: fields.slice(11, 15).reduce((a, b) => a + Number(b), 0),
    };
}
function clusterMicros(postmaster) {
    let { ticks } = ticksOf(postmaster);
    for (const name of readdirSync('/proc')) {
        if (!/^\d+$/.test(name)) continue;
        try {
            const of = ticksOf(name);
            if (of.parent === postmaster) ticks += of.ticks;
        } catch {
            /* it has just ended, and counts as its parent's */
        }
    }
    return (ticks * 1e6) / Number(execFileSync('getconf', ['CLK_TCK']));
}

export class Postgres {
    static async open(dir) {
        const p = new Postgres();
        const { wrap, uid, gid } = unprivileged();
        p.wrap = wrap;
        p.dir = path.join(dir, 'postgres');
        mkdirSync(p.dir, { mode: 0o700 });
        if (uid !== undefined) {
            chmodSync(dir, 0o711);
            chownSync(p.dir, uid, gid);
        }
        const data = path.join(p.dir, 'data');
        await p.run(bin('initdb'), '-D', data, '-A', 'trust', '-U', 'bench', '--no-sync');
        const words = Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]);
        const [command, ...args] = wrap([
            bin('postgres'),
            ...['-D', data, '-k', p.dir, ...words.map((w) => w.replaceAll("'", ''))],
        ]);
        p.server = new Server(command, args, { log: path.join(dir, 'postgres.log') });
        await until('postgres', () =>
            p.run(bin('pg_isready'), '-h', p.dir, '-U', 'bench', '-d', 'postgres').then(
                () => true,
                () => false,
            ),
        );
        await p.sql(schema);
        return p;
    }
    run(...words) {
        const [command, ...args] = this.wrap(words);
        return runFile(command, args, { cwd: os.tmpdir(), maxBuffer: 1 << 24 });
    }
    sql(text) {
        const to = ['-h', this.dir, '-U', 'bench', '-d', 'postgres'];
        return this.run('psql', '-q', '-v', 'ON_ERROR_STOP=1', ...to, '-c', text);
    }
    async claims(clients, shards, seconds) {
        const script = path.join(this.dir, `claim-${shards}.sql`);
        writeFileSync(script, claim(shards), { mode: 0o644 });
        const before = clusterMicros(this.server.pid);
        const to = ['-h', this.dir, '-U', 'bench', 'postgres'];
        const { stdout } = await this.run(
            ...[bin('pgbench'), '-n', '-M', 'prepared', '-f', script, '-c', String(clients)],
            ...['-j', '1', '-T', String(seconds), ...to],
        );
        const number = (pattern) => Number(pattern.exec(stdout)[1]);
        const count = number(/transactions actually processed: (\d+)/);
        return {
            count,
            per_s: number(/tps = ([\d.]+)/),
            latency_us: number(/latency average = ([\d.]+) ms/) * 1000,
            cpu_us: (clusterMicros(this.server.pid) - before) / count,
        };
    }
    async stop() {
        await this.server.stop();
    }
}

// Ours and theirs by turns, so that both meet the same machine.
export async function compare({ dir, product, plan }) {
    const seconds = Math.max(1, Math.round(plan.millis / 1000));
    const cases = [1, 32].flatMap((shards) => [8, 64].map((clients) => ({ shards, clients })));
    const runs = cases.map(() => []);
    const ours = { 64: [], 256: [] };
    const postgres = await Postgres.open(dir);
    try {
        for (let i = 0; i < plan.repeat; i++) {
            for (const connections of [64, 256]) {
                const run = await product.claims(connections);
                ours[connections].push((run.latency.count / run.elapsed_us) * 1e6);
            }
            for (const [k, { clients, shards }] of cases.entries())
                runs[k].push(await postgres.claims(clients, shards, seconds));
        }
    } finally {
        await postgres.stop();
    }
    const out = { settings, ours: { 64: spread(ours[64]), 256: spread(ours[256]) }, cases: [] };
    for (const [k, { clients, shards }] of cases.entries()) {
        const per_s = spread(runs[k].map((r) => r.per_s));
        out.cases.push({
            clients,
            shards,
            per_s,
            cpu_us: spread(runs[k].map((r) => r.cpu_us)),
            ratio_64: out.ours[64].median / per_s.median,
            ratio_256: out.ours[256].median / per_s.median,
        });
    }
    return out;
}

export function sayCompare({ ours, cases }) {
    const n = (value) => String(Math.round(value)).padStart(8);
    const range = ({ min, median, max }) => `${n(median)}/s (${n(min)}–${n(max)})`;
    say(
        '\nAgainst PostgreSQL 15: one statement, synchronous commit, no HTTP, signature or limiter',
    );
    say(`  ours, signed and limited, 64 connections    ${range(ours[64])}`);
    say(`  ours, signed and limited, 256 connections   ${range(ours[256])}`);
    for (const c of cases)
        say(
            `  PostgreSQL, ${String(c.shards).padStart(2)} counter row${c.shards > 1 ? 's' : ' '}, ${String(c.clients).padStart(2)} clients      ${range(c.per_s)}` +
                `  ${c.cpu_us.median.toFixed(0)} µs;  ours at 64: ${c.ratio_64.toFixed(2)} ×, at 256: ${c.ratio_256.toFixed(2)} ×`,
        );
}
