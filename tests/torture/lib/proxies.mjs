// tests/torture/lib/proxies.mjs: nginx and HAProxy in front of a daemon, each with connections to it
// that all clients share, so that a request that means two things would poison another's answer.
// Installed by hand (apt-get install nginx-light haproxy); absent, the row says so.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Server, freePort, until } from '../../../scripts/lib/servers.mjs';

const isThere = (program) => spawnSync(program, ['-v'], { stdio: 'ignore' }).status === 0;

// Each request that reached the daemon is a line "METHOD TARGET STATUS" of the log.
const nginx = (dir, port, to) => `
daemon off;
master_process off;
error_log ${dir}/error.log;
pid ${dir}/pid;
events { worker_connections 512; }
http {
    log_format short '$request_method $request_uri $upstream_status';
    access_log ${dir}/access.log short;
    client_body_temp_path ${dir}/body;
    proxy_temp_path ${dir}/proxy;
    fastcgi_temp_path ${dir}/fastcgi;
    uwsgi_temp_path ${dir}/uwsgi;
    scgi_temp_path ${dir}/scgi;
    client_header_timeout 2s;
    client_body_timeout 2s;
    ignore_invalid_headers off;
    merge_slashes off;
    underscores_in_headers on;
    upstream daemon { server 127.0.0.1:${to}; keepalive 4; }
    server {
        listen 127.0.0.1:${port};
        location / {
            proxy_pass http://daemon;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_next_upstream off;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }
    }
}
`;

const haproxy = (dir, port, to, more) => `
global
    log stdout format raw local0
defaults
    mode http
    log global
    log-format "%HM %HP %ST"
    timeout connect 2s
    timeout client 2s
    timeout server 10s
    http-reuse always
    retries 0
    ${more}
listen front
    bind 127.0.0.1:${port}
    server daemon 127.0.0.1:${to}
`;

const kinds = {
    nginx: { program: 'nginx', config: nginx, args: (file) => ['-c', file] },
    HAProxy: { program: 'haproxy', config: haproxy, args: (file) => ['-db', '-f', file] },
    'HAProxy, lax': {
        program: 'haproxy',
        config: (...all) => haproxy(...all, 'option accept-invalid-http-request'),
        args: (file) => ['-db', '-f', file],
    },
};
kinds.HAProxy.config = (...all) => haproxy(...all, '');

const answers = (port) =>
    new Promise((done) => {
        const socket = net.connect(port, '127.0.0.1', () => done(socket.destroy() && true));
        socket.once('error', () => done(false));
    });

// Those that are installed: {name, port, seen(method and target), stop()}.
export async function startProxies(dir, to) {
    const out = [];
    for (const [name, { program, config, args }] of Object.entries(kinds)) {
        if (!isThere(program)) continue;
        const at = path.join(dir, name.replace(/\W+/g, '-'));
        const port = await freePort();
        const file = path.join(at, 'config');
        mkdirSync(at);
        writeFileSync(file, config(at, port, to));
        const log = path.join(at, 'access.log');
        const server = new Server(program, args(file), { log });
        await until(name, () => {
            if (!server.alive) throw new Error(`${name} ended: ${readFileSync(log, 'utf8')}`);
            return answers(port);
        });
        const seen = (line) =>
            readFileSync(log, 'utf8')
                .split('\n')
                .filter((one) => one.startsWith(`${line} `) && !one.endsWith(' -')).length;
        out.push({ name, port, seen, stop: () => server.kill('SIGKILL') });
    }
    return out;
}
