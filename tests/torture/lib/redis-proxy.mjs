// tests/torture/lib/redis-proxy.mjs: stands between the daemon and Redis, in a process of its own
// (forked with two paths: its own socket and Redis'). Each message from the parent says how it
// behaves from then on: {mode: 'pass' | 'slow' | 'trickle' | 'cut' | 'lie' | 'mute', ms, lie}.
// Every connection that is open then goes on in the new way.
import net from 'node:net';
import { rmSync } from 'node:fs';

const [own, redis] = process.argv.slice(2);
let how = { mode: 'pass' };
const open = new Set();

function forward(client, bytes) {
    if (client.destroyed) return;
    if (how.mode === 'slow') setTimeout(() => client.destroyed || client.write(bytes), how.ms);
    else if (how.mode === 'trickle')
        bytes.forEach((_, i) =>
            setTimeout(
                () => client.destroyed || client.write(bytes.subarray(i, i + 1)),
                i * how.ms,
            ),
        );
    else if (how.mode !== 'mute') client.write(bytes);
}
const server = net.createServer((client) => {
    const upstream = net.createConnection(redis);
    open.add(client);
    const end = () => {
        open.delete(client);
        client.destroy();
        upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
        if (how.mode === 'lie' && bytes.includes('EVAL')) {
            if (how.lie === null) end();
            else client.write(Buffer.from(how.lie, 'latin1'));
        } else if (how.mode !== 'mute') upstream.write(bytes);
    });
    upstream.on('data', (bytes) => forward(client, bytes));
});
rmSync(own, { force: true });
server.listen(own, () => process.send('ready'));
let cutter;
process.on('message', (message) => {
    how = message;
    clearInterval(cutter);
    if (how.mode === 'cut')
        cutter = setInterval(() => open.forEach((client) => client.destroy()), how.ms);
    process.send('done');
});
process.on('disconnect', () => process.exit(0));
