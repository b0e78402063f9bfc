// What runs, second by second: the service's stream of snapshots while it can be had, else its
// ledger asked every two seconds. Either way the figures are the ledger's.
import { useEffect, useState } from 'preact/hooks';
import type { Ledger } from '../shared/api';
import { authorization, get } from './session';

export interface Snapshot {
    at: string;
    campaigns: {
        campaign_id: string;
        state: string;
        claims_per_s: number;
        redemptions_per_s: number;
        issued: number;
        remaining: number;
        redeemed: number;
        exhausted_at: string | null;
        funded_fen: number;
        committed_fen: number;
        redeemed_fen: number;
        pools: {
            pool_id: string;
            count: number;
            issued: number;
            remaining: number;
            redeemed: number;
        }[];
    }[];
    refusals: Record<string, number>;
    limiter: { state: string };
    ledger: { waiting: number; is_full: boolean };
}

export interface Point {
    at_s: number;
    issued: number;
    redeemed: number;
    claims_per_s: number;
    redemptions_per_s: number;
}

export interface Live {
    isStream: boolean;
    ledger: Ledger | null;
    points: Point[];
    refusals: Record<string, number>;
    limiter: string;
    waiting: number;
    exhausted_at: string | null;
}

const newLive = (): Live => ({
    isStream: false,
    ledger: null,
    points: [],
    refusals: {},
    limiter: '',
    waiting: 0,
    exhausted_at: null,
});
const points_max = 1800;
// What was seen of a campaign outlives a look at another page.
const seen = new Map<string, Live>();

function addPoint(live: Live, point: Point): void {
    const last = live.points[live.points.length - 1];
    if (last && point.at_s <= last.at_s) return;
    live.points = [...live.points.slice(1 - points_max), point];
}

/** Claims of the last minute, as far back as it was watched. */
export function lastMinute(points: Point[]): number {
    const last = points[points.length - 1];
    const first = points.find((p) => last && p.at_s >= last.at_s - 60);
    return last && first ? Math.max(0, last.issued - first.issued) : 0;
}

/** Rates of the last minute at most, so that a lull does not last. */
export function rateOf(points: Point[], what: 'issued' | 'redeemed' = 'issued'): number {
    const last = points[points.length - 1];
    const first = points.find((p) => last && p.at_s >= last.at_s - 60);
    if (!last || !first) return 0;
    // A few seconds are no pace yet.
    return Math.max(0, (last[what] - first[what]) / Math.max(15, last.at_s - first.at_s));
}

function takeSnapshot(live: Live, id: string, shot: Snapshot): void {
    const c = shot.campaigns.find((one) => one.campaign_id === id);
    live.isStream = true;
    live.limiter = shot.limiter.state;
    live.waiting = shot.ledger.waiting;
    for (const [code, count] of Object.entries(shot.refusals))
        live.refusals = { ...live.refusals, [code]: (live.refusals[code] ?? 0) + count };
    if (!c) return;
    const { issued, redeemed, claims_per_s, redemptions_per_s } = c;
    live.exhausted_at = c.exhausted_at;
    addPoint(live, {
        at_s: Date.parse(shot.at) / 1000,
        issued,
        redeemed,
        claims_per_s,
        redemptions_per_s,
    });
}

function takeLedger(live: Live, ledger: Ledger): void {
    live.ledger = ledger;
    if (live.isStream) return;
    const at_s = Math.floor(Date.now() / 1000);
    const last = live.points[live.points.length - 1];
    const per_s = (now: number, before: number) =>
        last && at_s > last.at_s ? Math.max(0, Math.round((now - before) / (at_s - last.at_s))) : 0;
    addPoint(live, {
        at_s,
        issued: ledger.issued,
        redeemed: ledger.redeemed,
        claims_per_s: per_s(ledger.issued, last?.issued ?? 0),
        redemptions_per_s: per_s(ledger.redeemed, last?.redeemed ?? 0),
    });
}

/** Events of a stream (WHATWG HTML), by fetch: EventSource sends no Authorization. */
async function listen(
    path: string,
    stop: AbortSignal,
    onData: (data: string) => void,
): Promise<void> {
    const headers = { Accept: 'text/event-stream', ...authorization() };
    const answer = await fetch(path, { headers, signal: stop });
    const type = answer.headers.get('Content-Type') ?? '';
    if (!answer.ok || !answer.body || !type.startsWith('text/event-stream')) return;
    const reader = answer.body.getReader();
    const text = new TextDecoder();
    let rest = '';
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const blocks = (rest + text.decode(value, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
            const data = block
                .split('\n')
                .filter((line) => line.startsWith('data:'))
                .map((line) => line.slice(5).trim())
                .join('\n');
            if (data) onData(data);
        }
    }
}

/** Follows one campaign while it is looked at. */
export function useLive(id: string): Live {
    const [live, setLive] = useState(() => seen.get(id) ?? newLive());
    useEffect(() => {
        const now = seen.get(id) ?? newLive();
        now.isStream = false;
        seen.set(id, now);
        const stop = new AbortController();
        const show = () => !stop.signal.aborted && setLive({ ...now });
        const poll = async () => {
            if (document.hidden) return;
            const answer = await get<Ledger>(`/v1/admin/campaigns/${id}/ledger`);
            if (answer.kind === 'done') takeLedger(now, answer.data);
            show();
        };
        const follow = async () => {
            while (!stop.signal.aborted) {
                await listen(`/v1/admin/events?campaign_id=${id}`, stop.signal, (data) => {
                    takeSnapshot(now, id, JSON.parse(data) as Snapshot);
                    show();
                }).catch(() => undefined);
                now.isStream = false;
                await new Promise((done) => setTimeout(done, 10000));
            }
        };
        void poll();
        void follow();
        const timer = setInterval(() => void poll(), 2000);
        return () => {
            stop.abort();
            clearInterval(timer);
        };
    }, [id]);
    return live;
}
