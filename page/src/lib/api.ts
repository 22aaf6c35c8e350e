/** The way to the server: requests, errors in the reader's words, and events of jobs over POST. */

export interface Told {
  code: string;
  message: string;
  hint: string;
  retryable: boolean;
  partial: string;
}

/** A request that failed; `body` is the whole answer, such as both texts of a conflict. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly told: Told,
    readonly body: unknown = null,
  ) {
    super(told.message);
  }
}

/** Kept over a reload, so that the page finds its jobs again. */
export const page: string = (() => {
  const kept = sessionStorage.getItem("page") ?? crypto.randomUUID();
  sessionStorage.setItem("page", kept);
  return kept;
})();

const away: Told = { code: "page.away", message: "", hint: "", retryable: true, partial: "" };

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      signal,
      headers: body === undefined || body instanceof Blob ? {} : { "Content-Type": "application/json" },
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(0, away);
  }
  if (answer.ok) return answer;
  const given = await answer.json().catch(() => null);
  throw new Failure(answer.status, given?.error ?? { ...away, message: answer.statusText }, given);
}

/** Ask for the bytes of a file; null if there are none. Throws `Failure`. */
export async function askBlob(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Blob | null> {
  const answer = await send(method, path, body, signal);
  return answer.status === 204 ? null : await answer.blob();
}

/** Ask for a value. Throws `Failure`; status 0 means that the server is not there. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await send(method, path, body);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const get = <T>(path: string) => ask<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}) => ask<T>("POST", path, body);

export interface Sent {
  event: string;
  data: any;
}

/** The events of an answer, as they come. Ends early when `signal` is aborted. */
export async function* events(method: string, path: string, body: unknown, signal: AbortSignal): AsyncGenerator<Sent> {
  const joint = path.includes("?") ? "&" : "?";
  const answer = await send(method, `${path}${joint}page=${page}`, body, signal);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) {
        const fields = new Map(block.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]));
        if (fields.has("event")) yield { event: fields.get("event")!, data: JSON.parse(fields.get("data")!) };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
