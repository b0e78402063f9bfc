// tests/torture/bulk.mjs: a district's whole roll and a province's grants as jobs, killed on the way
//
// Procedure: 609,000 residents by CSV, 146,000 merchants by CSV, 1,000,000 grants by CSV to people
// of whom the roll is a part; the daemon is killed (SIGKILL) at random instants within each job and
// started again, and memory is read meanwhile. Must show: every row applied once, none lost, none
// doubled (the campaign's books, a second run of the same file, ledger check), memory flat (a job
// ten times as long takes no more of it), the token of a granted voucher signed at its first read.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { idNumber, mobile, newKey, person, personName, uscc } from '../../scripts/lib/client.mjs';
import { buildDir, until } from '../../scripts/lib/servers.mjs';
import { World } from '../../scripts/lib/world.mjs';
import { Random } from './lib/random.mjs';

const FULL = { residents: 609000, merchants: 146000, grants: 1000000, kills: 3 };
const QUICK = { residents: 6000, merchants: 1000, grants: 10000, kills: 1 };
const PROVINCE = 1000000; // numbers of people who are not on the roll begin here

const residentMib = (pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

class Play {
    constructor(world, random) {
        this.world = world;
        this.random = random;
        this.faults = [];
        this.figures = {};
    }
    expect(holds, words) {
        if (!holds) this.faults.push(words);
    }
    async job(id) {
        const { token } = this.world.author;
        const answer = await this.world.api.get(`/v1/admin/jobs/${id}`, { token });
        return answer.status === 200 ? answer.json : undefined;
    }
    async send(target, rows, key = newKey()) {
        const answer = await this.world.api.request('POST', target, {
            token: this.world.author.token,
            key,
            body: rows,
            headers: { 'content-type': 'text/csv' },
        });
        if (answer.status !== 202) throw new Error(`${target}: ${answer.status} ${answer.raw}`);
        return answer.json.job_id;
    }
    async kill() {
        await this.world.daemon.kill('SIGKILL');
        await this.world.restart();
    }
    // The job to its end, with so many kills at rows drawn from the seed.
    async follow(name, id, count, kills) {
        const at = Array.from({ length: kills }, () =>
            this.random.below(Math.ceil(count / 2)),
        ).sort((a, b) => a - b);
        const begun = performance.now();
        let peak = 0;
        let killed = 0;
        let last;
        await until(
            `${name} to end`,
            async () => {
                last = (await this.job(id)) ?? last;
                peak = Math.max(peak, residentMib(this.world.daemon.pid));
                if (at.length > 0 && last.rows_ok >= at[0] && last.state === 'running') {
                    at.shift();
                    killed++;
                    await this.kill();
                }
                return /done|failed/.test(last.state);
            },
            3_600_000,
        );
        // In a short job none may have been met: then one when it is over, which changes nothing.
        if (killed === 0) await this.kill();
        const seconds = (performance.now() - begun) / 1000;
        this.expect(last.state === 'done', `${name}: ${JSON.stringify(last)}`);
        this.expect(
            last.rows_ok === count && last.rows_failed === 0,
            `${name}: ${last.rows_ok} rows of ${count}, ${last.rows_failed} failed`,
        );
        this.figures[name] =
            `${count} rows in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s), killed ${killed} times, ${peak.toFixed(0)} MiB at most`;
        return { peak };
    }
}

function* lines(count, line, size = 2000) {
    for (let i = 0; i < count; i += size)
        yield Array.from({ length: Math.min(size, count - i) }, (_, k) => line(i + k)).join('');
}
const file = (head, count, line) => [head, ...lines(count, line)].join('');

const resident = (n) =>
    `${idNumber(n)},${personName(n)},${mobile(n)},410108-${String(n % 97).padStart(2, '0')},\r\n`;
const merchant = (n) => `商户${n},${uscc(20000 + n)},shop\r\n`;

async function roll(play, size) {
    const rows = file('id_number,name,mobile,grid_cell,groups\r\n', size.residents, resident);
    const id = await play.send('/v1/admin/residents/import', rows);
    return play.follow('residents', id, size.residents, size.kills);
}

async function merchants(play, size) {
    const rows = file('name,uscc,kind\r\n', size.merchants, merchant);
    const id = await play.send('/v1/admin/merchants/import', rows);
    return play.follow('merchants', id, size.merchants, size.kills);
}

async function grants(play, size) {
    const { world } = play;
    const campaign = await world.campaign({
        issuing: 'grant',
        budget_fen: 2500 * size.grants,
        pools: [
            {
                name: '发放',
                value_fen: 2500,
                count: size.grants,
                min_spend_fen: 0,
                pack: null,
                stackable: false,
            },
        ],
    });
    const who = (i) => (i % 2 === 0 && i / 2 < size.residents ? i / 2 : PROVINCE + i);
    const rows = file('', size.grants, (i) => `${idNumber(who(i))}\n`);
    const target = `/v1/admin/campaigns/${campaign.campaign_id}/grants?pool_id=${campaign.pools[0].pool_id}`;
    const outcome = await play.follow(
        'grants',
        await play.send(target, rows),
        size.grants,
        size.kills,
    );
    const books = await world.balanced(campaign);
    play.expect(books.issued === size.grants, `granted ${books.issued} of ${size.grants}`);
    // Nobody may have two: the same file again gives nothing.
    const again = await play.send(target, rows);
    let second;
    await until('the second run to end', async () => /done|failed/.test((second = await play.job(again))?.state), 3_600_000); // prettier-ignore
    play.expect(second.rows_ok === 0, `a second run granted ${second.rows_ok}`);
    const after = await world.balanced(campaign);
    play.expect(
        after.issued === size.grants,
        `after a second run ${after.issued} of ${size.grants}`,
    );
    await firstRead(play, who(Math.floor(size.grants / 2)));
    return outcome;
}

async function firstRead(play, n) {
    const { world } = play;
    const token = await world.session(n);
    const mine = await world.api.get('/v1/me/vouchers', { token });
    const id = mine.json?.items?.[0]?.voucher_id;
    const read = await world.api.get(`/v1/vouchers/${id}`, { token });
    play.expect(/^\d{253}$/.test(read.json?.token ?? ''), `first read: ${read.status} ${mine.raw}`);
}

async function ledger(play) {
    const begun = performance.now();
    const words = ['ledger', 'check', '--data-dir', play.world.daemon.data, '--json'];
    const told = await promisify(execFile)(path.join(buildDir, 'huiquan'), words, {
        maxBuffer: 1 << 24,
    }).catch((error) => error);
    play.expect(told.code === undefined, `ledger check: exit ${told.code} ${told.stdout}`);
    play.figures['ledger check'] = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}

export async function run({ seed, quick, residents, merchants: shops, grants: granted }) {
    const size = { ...(quick ? QUICK : FULL) };
    if (residents) size.residents = residents;
    if (shops) size.merchants = shops;
    if (granted) size.grants = granted;
    const world = await World.open();
    const play = new Play(world, new Random(seed));
    try {
        const peaks = [];
        for (const part of [roll, merchants, grants]) peaks.push((await part(play, size)).peak);
        const most = Math.max(...peaks);
        // The page cache may fill up to 256 MiB; what a job itself holds does not grow with it.
        play.expect(most < 700, `memory: ${peaks.map((p) => p.toFixed(0)).join(', ')} MiB`);
        await ledger(play);
    } finally {
        await world.close();
    }
    return { ok: play.faults.length === 0, figures: play.figures, faults: play.faults };
}
