// Times as the service writes them: the till's own zone is never asked.
const pad = (n: number) => String(n).padStart(2, '0');
const OFFSET_MS = 8 * 3600000; // Beijing, as the service's default; China has one zone

const partsOf = (ms: number) => {
    const at = new Date(ms + OFFSET_MS);
    const date = `${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`;
    const time = `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
    return { date, time };
};

export const dateOf = (ms: number) => partsOf(ms).date;
export const clockOf = (ms: number) => partsOf(ms).time;
export const dayBegins = (date: string) => Date.parse(`${date}T00:00:00Z`) - OFFSET_MS;
/** For a query: whole seconds, no plus sign to be escaped. */
export const utc = (ms: number) =>
    new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000', '');

/** 14:03 today, with its date on any other day. */
export function shortly(at: string, now_ms: number): string {
    const ms = Date.parse(at);
    if (!Number.isFinite(ms)) return at;
    const { date, time } = partsOf(ms);
    const hour = time.slice(0, 5);
    return date === dateOf(now_ms) ? hour : `${date} ${hour}`;
}
