// Starts and stops the service and its Redis for demos and tests: private sockets, a free loopback
// port, one directory, everything ended by pid.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Api } from './client.mjs';

export const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
export const buildDir = process.env.HUIQUAN_BUILD_DIR ?? path.join(root, 'build');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, holds, ms = 15000) {
    const end = Date.now() + ms;
    for (;;) {
        const value = await holds();
        if (value) return value;
        if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
        await sleep(15);
    }
}
export const freePort = () =>
    new Promise((done, fail) => {
        const server = net.createServer().once('error', fail);
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });

export class Server {
    constructor(command, args, { log, env = {} } = {}) {
        const fd = log ? openSync(log, 'a', 0o600) : 'ignore';
        this.child = spawn(command, args, {
            stdio: ['ignore', fd, fd],
            env: { ...process.env, ...env },
        });
        this.ended = new Promise((done) =>
            this.child.once('exit', (code, signal) => {
                this.exit = { code, signal };
                done(this.exit);
            }),
        );
        this.child.once('error', (error) => {
            this.exit = { error };
        });
        if (log) closeSync(fd);
    }
    get pid() {
        return this.child.pid;
    }
    get alive() {
        return this.exit === undefined;
    }
    kill(signal = 'SIGTERM') {
        if (this.alive) this.child.kill(signal);
        return this.ended;
    }
    async stop() {
        if (!this.alive) return;
        this.child.kill('SIGCONT');
        this.child.kill('SIGTERM');
        // Not held open by the clock once the child has ended.
        await Promise.race([this.ended, new Promise((done) => setTimeout(done, 15000).unref())]);
        if (this.alive) {
            this.child.kill('SIGKILL');
            await this.ended;
        }
    }
}

export async function startRedis(dir) {
    const socket = path.join(dir, 'redis.sock');
    const server = new Server(
        'redis-server',
        [
            '--port',
            '0',
            '--unixsocket',
            socket,
            '--unixsocketperm',
            '700',
            '--save',
            '',
            '--appendonly',
            'no',
            '--dir',
            dir,
            '--daemonize',
            'no',
        ],
        { log: path.join(dir, 'redis.log') },
    );
    server.socket = socket;
    await until('redis', () => answersPing(socket));
    return server;
}
const answersPing = (socket) =>
    new Promise((done) => {
        const c = net.createConnection(socket).once('error', () => done(false));
        c.setTimeout(500, () => {
            c.destroy();
            done(false);
        });
        c.once('data', (bytes) => {
            c.destroy();
            done(bytes.toString().startsWith('+PONG'));
        });
        c.write('PING\r\n');
    });

export async function startDaemon(
    dir,
    { port, metricsPort, redis, issuers, settings = {}, data = path.join(dir, 'data') } = {},
) {
    mkdirSync(dir, { recursive: true });
    port ??= await freePort();
    if (issuers)
        writeFileSync(path.join(dir, 'issuers.json'), JSON.stringify(issuers), { mode: 0o600 });
    const lines = {
        listen: `127.0.0.1:${port}`,
        data_dir: data,
        ...(metricsPort && { metrics_listen: `127.0.0.1:${metricsPort}` }),
        ...(redis && { redis }),
        ...(existsSync(path.join(dir, 'issuers.json')) && {
            issuers_file: path.join(dir, 'issuers.json'),
        }),
        public_url: `http://127.0.0.1:${port}`,
        ...settings,
    };
    const config = path.join(dir, 'huiquand.ini');
    writeFileSync(
        config,
        Object.entries(lines)
            .map(([key, value]) => `${key} = ${value}\n`)
            .join(''),
        { mode: 0o600 },
    );
    const log = path.join(dir, 'huiquand.log');
    const start = async () => {
        const server = new Server(path.join(buildDir, 'huiquand'), ['--config', config], { log });
        const api = new Api(`http://127.0.0.1:${port}`);
        await until('the daemon', async () => {
            if (!server.alive)
                throw new Error(`huiquand ended: ${readFileSync(log, 'utf8').slice(-2000)}`);
            return (await api.get('/healthz').catch(() => ({}))).status === 200;
        });
        api.close();
        return Object.assign(server, {
            port,
            metricsPort,
            base: `http://127.0.0.1:${port}`,
            data,
            log,
            config,
            control: path.join(data, 'control.sock'),
            start,
        });
    };
    return start();
}
export async function createAdmin(daemon, name, roles) {
    const api = new Api('http://control', { socketPath: daemon.control });
    const made = await api.request('POST', '/v1/admin/admins', { body: { name, roles } });
    api.close();
    if (made.status !== 201) throw new Error(`admin: ${made.raw}`);
    return { name, roles, token: made.json.token };
}
