// The service's clock, seen from here: countdowns run on it, whatever the device believes.
import { signal } from '@preact/signals';

let ahead_ms = 0;

/** What the service said it was, and what the round trip cost. */
export function setServerTime(at: string | number, round_trip_ms = 0): void {
    const said_ms = typeof at === 'number' ? at * 1000 : Date.parse(at);
    // Whole seconds are cut: on average half of one is missing.
    if (Number.isFinite(said_ms)) ahead_ms = said_ms + 500 + round_trip_ms / 2 - Date.now();
}

export const serverNow = () => Date.now() + ahead_ms;

/** Beats once a second while somebody looks. */
export const now_ms = signal(Date.now());
setInterval(() => {
    if (!document.hidden) now_ms.value = serverNow();
}, 1000);
document.addEventListener('visibilitychange', () => {
    now_ms.value = serverNow();
});
export const touchClock = () => {
    now_ms.value = serverNow();
};
