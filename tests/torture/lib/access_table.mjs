// tests/torture/lib/access_table.mjs: every route by every role on every object: what is answered,
// that another's object and a missing one answer alike, and that a refusal leaves no entry.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { newKey } from '../../../scripts/lib/client.mjs';
import { parse } from '../../../scripts/lib/openapi.mjs';
import { buildDir, root } from '../../../scripts/lib/servers.mjs';
import { kindOf, operations, roles } from './cast.mjs';

export function readRoutes(faults) {
    const api = parse(readFileSync(path.join(root, 'voucher/openapi.yaml'), 'utf8'));
    const routes = Object.entries(api.paths).flatMap(([route, item]) =>
        Object.entries(item).map(([method, operation]) => ({
            route,
            method: method.toUpperCase(),
            id: operation.operationId,
            kind: Object.keys(operation.security?.[0] ?? { anyone: [] })[0],
            isPage: operation.tags.includes('pages'),
            hasBody: operation.requestBody !== undefined,
        })),
    );
    /* What is served by the control socket must not be there at the public door. */
    const built = spawnSync(path.join(buildDir, 'tool_routes'), { encoding: 'utf8' }).stdout;
    const control = {
        '/v1/admin/admins': 'controlCreateAdmin',
        '/v1/admin/logins/reset': 'controlResetLogin',
    };
    for (const line of built.trim().split('\n')) {
        const [method, route, role] = line.split(' ');
        if (role === 'control') {
            const id = control[route] ?? `control ${route}`;
            routes.push({
                route,
                method: method.toUpperCase(),
                id,
                kind: 'control',
                hasBody: true,
            });
        } else if (!routes.some((r) => r.route === route && r.method === method.toUpperCase())) {
            faults.push(`${method} ${route} is served and not in the document`);
        }
    }
    for (const r of routes) {
        const known = operations[r.id];
        if ((r.hasBody && !known?.body) || (r.route.includes('{') && !known?.objects))
            faults.push(`${r.id}: no sound request is known, see tests/torture/lib/cast.mjs`);
    }
    return routes;
}

/* The contract's own words: GET is open to each administrator, approve and reject need an approver,
 * budget changes budget, unmasking an auditor, one's own session nobody in particular, all else
 * operations. */
function adminRole({ id, method }) {
    if (method === 'GET' || /^admin(ChangePassword|SignOut)$/.test(id)) return undefined;
    if (/^admin(Approve|Reject)/.test(id)) return 'approver';
    if (id === 'adminProposeBudget') return 'budget';
    return id === 'adminUnmask' ? 'auditor' : 'operations';
}

/* 401 or 403 where the contract refuses this role, whatever it names; undefined where it may. */
export function refusalOf(route, role) {
    if (route.kind === 'anyone') return undefined;
    if (route.kind === 'control') return 404;
    if (kindOf(role) !== route.kind) return 401;
    const needed = route.kind === 'admin' ? adminRole(route) : undefined;
    return needed === undefined || needed === role ? undefined : 403;
}

const volatile =
    /^(date|x-request-id|signature|signature-input|content-digest|connection|keep-alive)$/;
/* Byte for byte besides the request's id, what was asked for, and the clock. */
function shapeOf(answer, named) {
    let body = answer.raw.toString('latin1');
    for (const one of [answer.headers['x-request-id'], named])
        if (one) body = body.replaceAll(one, '…');
    const fields = Object.entries(answer.headers)
        .filter(([name]) => !volatile.test(name))
        .map(([name, value]) => `${name}: ${value}`);
    return [answer.status, ...fields, body].join('\n');
}

/* The answer to a stream that would not end is its head. */
function watch(cast, role, target) {
    const token = cast.residents[role] ?? cast.admins[role]?.token;
    const headers = cast.tills[role]
        ? cast.tills[role].signed('GET', target).headers
        : token
          ? { authorization: `Bearer ${token}` }
          : role === 'nobody'
            ? {}
            : { authorization: `Bearer hqt_${'A'.repeat(43)}` };
    return new Promise((done, fail) => {
        const asked = http.get(`${cast.w.daemon.base}${target}`, { headers }, (res) => {
            done({ status: res.statusCode, headers: res.headers, raw: Buffer.alloc(0) });
            asked.destroy();
        });
        asked.on('error', (error) => fail(error));
    });
}

async function journalSize(cast) {
    const answer = await cast.w.api.get('/v1/admin/checkpoints', { token: cast.w.author.token });
    return [...answer.raw.toString().matchAll(/"seq":(\d+)/g)].reduce(
        (n, m) => n + Number(m[1]),
        0,
    );
}

export class Table {
    constructor(cast, faults) {
        Object.assign(this, { cast, faults, rows: [], cells: 0, alike: 0, effectless: 0 });
    }
    async ask(route, role, target, sound) {
        this.cells++;
        if (route.id === 'adminWatch') return watch(this.cast, role, target);
        const key = route.method === 'POST' ? newKey() : undefined;
        return this.cast.ask(role, route.method, target, { key, ...sound });
    }
    async cell(route, role, object) {
        const known = operations[route.id] ?? {};
        const may = refusalOf(route, role) === undefined;
        /* What will be refused needs no object of its own: nothing may happen to it. */
        route.kept ??= {};
        const named = !known.objects
            ? undefined
            : may
              ? await known.objects[object](this.cast)
              : (route.kept[object] ??= await known.objects[object](this.cast));
        const target = named === undefined ? route.route : route.route.replace(/\{\w+\}/, named);
        const sound = known.body
            ? may
                ? await known.body(this.cast, role)
                : (route.body ??= await known.body(this.cast, role))
            : {};
        const before = may ? undefined : await journalSize(this.cast);
        const answer = await this.ask(route, role, target, sound);
        const at = `${route.method} ${route.route} by ${role}, ${object}: ${answer.status}`;
        const want = refusalOf(route, role);
        if (route.isPage && route.kind === 'resident') this.form(at, answer);
        else if (want !== undefined && answer.status !== want)
            this.faults.push(`${at}, not ${want}`);
        if (want === undefined && /^40[13]$/.test(answer.status)) {
            /* A resident's form without his cookie is sent on to sign in, and so on. */
            if (route.id !== 'adminChangePassword') this.faults.push(`${at}, though he may`);
        }
        if (before !== undefined) {
            this.effectless++;
            if ((await journalSize(this.cast)) !== before)
                this.faults.push(`${at}, and left an entry`);
        }
        if (answer.status >= 500) this.faults.push(`${at}: ${answer.raw}`);
        if (route.method === 'GET' && !route.id.match(/adminWatch/)) {
            const head = await this.ask({ ...route, method: 'HEAD' }, role, target, {});
            if (head.status !== answer.status) this.faults.push(`${at}, and HEAD ${head.status}`);
        }
        return { answer, named };
    }
    /* A browser without a session is sent on to sign in; a bearer is not asked for at forms. */
    form(at, answer) {
        if (answer.status !== 303) this.faults.push(`${at}, not 303`);
    }
    /* What he may not know of: another's, a missing one, a text that is no id. */
    same(route, role, seen) {
        const may = refusalOf(route, role) === undefined;
        const { owners = { own: roles, other: [] }, objects } = operations[route.id];
        const hidden = Object.keys(objects).filter((o) => !may || !owners[o]?.includes(role));
        const shapes = hidden.map((object) => shapeOf(seen[object].answer, seen[object].named));
        this.alike += Math.max(0, shapes.length - 1);
        for (const shape of shapes) {
            if (shape === shapes[0]) continue;
            const where = `${route.method} ${route.route} by ${role}`;
            this.faults.push(`${where} tells ${hidden} apart:\n${shapes[0]}\n${shape}`);
        }
    }
    async route(route) {
        const objects = Object.keys(operations[route.id]?.objects ?? { '-': 0 });
        const seen = {};
        for (const role of roles) {
            const all = {};
            for (const object of objects) all[object] = await this.cell(route, role, object);
            if (objects.length > 1) this.same(route, role, all);
            for (const object of objects) (seen[object] ??= []).push(this.word(all[object].answer));
        }
        for (const object of objects)
            this.rows.push([route.method, route.route, object, ...this.shown(route, seen[object])]);
    }
    /* Pages may be left out of a build: then they are not found. */
    shown(route, statuses) {
        return route.isPage &&
            route.method === 'GET' &&
            statuses.every((s) => s === statuses[0]) &&
            /^(200|404|503)$/.test(statuses[0])
            ? statuses.map(() => 'page')
            : statuses;
    }
    word({ status, headers }) {
        return status === 303 ? `303 ${headers.location.split('?')[0]}` : status;
    }
    text() {
        const head = ['method', 'route', 'object', ...roles];
        return [head, ...this.rows].map((row) => row.join('\t')).join('\n') + '\n';
    }
}
