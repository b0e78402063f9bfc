// What this till keeps in the browser (IndexedDB): its key, which no script can read out; the
// outbox, written before anything is sent; its shifts. Each call is one transaction.

const stores = { kept: undefined, ops: 'no', shifts: 'opened_at' };
export type Store = keyof typeof stores;

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
    opened ??= new Promise((done, fail) => {
        const asked = indexedDB.open('huiquan-till', 1);
        asked.onupgradeneeded = () => {
            for (const [name, keyPath] of Object.entries(stores))
                asked.result.createObjectStore(name, keyPath ? { keyPath } : {});
        };
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error);
    });
    return opened;
}

async function run<T>(
    name: Store,
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
    const db = await open();
    return new Promise((done, fail) => {
        // Strict: a thing said to be written is on the disk, whatever happens to the tab.
        const transaction = db.transaction(name, mode, { durability: 'strict' });
        const asked = act(transaction.objectStore(name));
        transaction.oncomplete = () => done(asked.result);
        transaction.onabort = () => fail(transaction.error);
    });
}

export const keep = (name: string, value: unknown) =>
    run('kept', 'readwrite', (s) => s.put(value, name));
export const kept = <T>(name: string) => run<T | undefined>('kept', 'readonly', (s) => s.get(name));
export const forget = (name: string) => run('kept', 'readwrite', (s) => s.delete(name));
export const put = (store: 'ops' | 'shifts', row: object) =>
    run(store, 'readwrite', (s) => s.put(row));
export const all = <T>(store: 'ops' | 'shifts') => run<T[]>(store, 'readonly', (s) => s.getAll());
export const clear = (store: 'ops' | 'shifts') => run(store, 'readwrite', (s) => s.clear());
export const drop = (store: 'ops' | 'shifts', key: IDBValidKey) =>
    run(store, 'readwrite', (s) => s.delete(key));
