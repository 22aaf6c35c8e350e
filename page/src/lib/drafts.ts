/** Text that the server has not acknowledged yet, kept in the browser over a crash or a reload. */

export interface Draft {
  text: string;
  based_on: string | null;
}

const open: Promise<IDBDatabase> = new Promise((resolve, reject) => {
  const asked = indexedDB.open("bimo", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("drafts");
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});
// A private window may have no store; then writing goes on without this net.
open.catch(() => {});

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const asked = act((await open).transaction("drafts", mode).objectStore("drafts"));
    return await new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  } catch {
    return null;
  }
}

export const keepDraft = (scene: string, draft: Draft) => within("readwrite", (store) => store.put(draft, scene));
export const dropDraft = (scene: string) => within("readwrite", (store) => store.delete(scene));
export const draftOf = (scene: string) => within<Draft | undefined>("readonly", (store) => store.get(scene));
