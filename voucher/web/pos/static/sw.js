// Keeps the till's page on the device: it opens without a network and says so. Requests of the API
// never pass through here, so nothing that money depends on is ever answered from a cache.
const files = /*ASSETS*/ [];
const shell = '/pos';
const cacheName = `huiquan-till-${files.join()}`;

self.addEventListener('install', (event) => {
    event.waitUntil(
        caches
            .open(cacheName)
            .then((cache) => cache.addAll([shell, ...files]))
            .then(() => self.skipWaiting()),
    );
});

self.addEventListener('activate', (event) => {
    const old = (name) => name.startsWith('huiquan-till-') && name !== cacheName;
    event.waitUntil(
        caches
            .keys()
            .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
            .then(() => self.clients.claim()),
    );
});

async function fresh(request) {
    try {
        const answer = await fetch(request, { signal: AbortSignal.timeout(4000) });
        if (answer.ok) (await caches.open(cacheName)).put(shell, answer.clone());
        return answer;
    } catch {
        return (await caches.match(shell)) ?? Response.error();
    }
}

// The name of an asset is its contents: what is here is right.
async function kept(request) {
    const found = await caches.match(request);
    if (found) return found;
    const answer = await fetch(request);
    if (answer.ok) (await caches.open(cacheName)).put(request, answer.clone());
    return answer;
}

self.addEventListener('fetch', (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.origin !== location.origin) return;
    if (request.mode === 'navigate' && url.pathname === shell) event.respondWith(fresh(request));
    else if (url.pathname.startsWith('/assets/')) event.respondWith(kept(request));
});
