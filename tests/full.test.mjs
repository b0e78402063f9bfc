// A full disk: claims are refused with 503 and Retry-After, redemptions of vouchers that exist go on
// from reserved space, and all recovers by itself when space returns. Needs the right to mount.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import {
    mkdirSync,
    mkdtempSync,
    openSync,
    closeSync,
    rmSync,
    statfsSync,
    writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
    Api,
    Till,
    enroll,
    newIssuer,
    person,
    run,
    session,
    shopping,
    uscc,
} from '../scripts/lib/client.mjs';
import { createAdmin, startDaemon, until } from '../scripts/lib/servers.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'huiquan-full-'));
const disk = path.join(dir, 'disk');
mkdirSync(disk);
const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', disk]).status === 0;
test.after(() => {
    if (mounted) spawnSync('umount', [disk]);
    rmSync(dir, { recursive: true, force: true });
});

// Takes all that is free.
function fill() {
    const fd = openSync(path.join(disk, 'filler'), 'w');
    for (let size = 1 << 20; size >= 512; size >>= 1) {
        try {
            for (;;) writeSync(fd, Buffer.alloc(size));
        } catch (error) {
            assert.equal(error.code, 'ENOSPC');
        }
    }
    closeSync(fd);
}

const reason = mounted ? false : 'mount is not permitted here';
test('a disk that fills up and is freed', { skip: reason }, async (t) => {
    const issuer = newIssuer();
    const daemon = await startDaemon(dir, {
        issuers: issuer.config,
        data: path.join(disk, 'data'),
        settings: { reserve_mib: 16 },
    });
    const api = new Api(daemon.base);
    t.after(async () => {
        api.close();
        await daemon.stop();
    });
    const author = await createAdmin(daemon, '甲', ['operations']);
    const approver = await createAdmin(daemon, '乙', ['approver']);
    const token = author.token;
    const shop = { name: '商场', uscc: uscc(1), kind: 'shop', groups: [] };
    const merchant = (await api.post('/v1/admin/merchants', shop, { token })).json.merchant_id;
    const till = new Till(api, await enroll(api, author, merchant, '一'));
    const campaign = await run(api, author, approver, shopping());
    const sessions = [];
    for (let n = 0; n < 60; n++) sessions.push(await session(api, issuer, person(n)));
    const claim = (n) =>
        api.post(
            `/v1/campaigns/${campaign.campaign_id}/claims`,
            { pool_id: campaign.pools[0].pool_id },
            { token: sessions[n] },
        );
    const vouchers = [];
    for (let n = 0; n < 30; n++) vouchers.push((await claim(n)).json.vouchers[0]);
    fill();
    assert.equal(statfsSync(disk).bavail, 0);
    const refused = await until('a refusal for want of space', async () => {
        const answer = await claim(30);
        return answer.status === 503 && answer;
    });
    assert.equal(refused.json.code, 'unavailable');
    assert.ok(Number(refused.headers['retry-after']) > 0);
    for (const voucher of vouchers) {
        const answer = await till.redeem(voucher, { amount_fen: 20000 });
        assert.equal(answer.status, 201, answer.raw.toString());
    }
    assert.equal((await claim(31)).status, 503, 'claims wait still');
    assert.equal((await api.get('/readyz')).json.dependencies.ledger, 'full');
    rmSync(path.join(disk, 'filler'));
    await until('claims again', async () => (await claim(31)).status === 201);
    const l = (await api.get(`/v1/admin/campaigns/${campaign.campaign_id}/ledger`, { token })).json;
    const sum = l.available_fen + l.live_fen + l.held_fen + l.redeemed_fen;
    assert.equal(sum, l.funded_fen);
    assert.equal(l.redeemed, 30);
});
