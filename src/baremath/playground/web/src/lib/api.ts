/** Calls of the server's API: JSON there and back, the newest wins. */

import { notify } from "./notices.svelte";
import { apiUrl } from "./place";

/** What the server refused, in its words. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const underWay = new Map<string, AbortController>();

/**
 * Post `body` to "api/…" and return the answer; a call of the same path under way is aborted.
 *
 * @param slot what may have only one call at a time, the path unless told otherwise.
 * @throws ApiError with the server's message; a DOMException named AbortError for an aborted call.
 */
export async function post<T>(path: string, body: unknown, slot = path): Promise<T> {
  underWay.get(slot)?.abort();
  const controller = new AbortController();
  underWay.set(slot, controller);
  try {
    const response = await fetch(apiUrl(path), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    if (!response.ok) throw new ApiError(await refusal(response), response.status);
    return (await response.json()) as T;
  } finally {
    if (underWay.get(slot) === controller) underWay.delete(slot);
  }
}

/** As `post`, but a failure becomes a notice and null; so does, silently, an aborted call. */
export async function ask<T>(path: string, body: unknown, slot = path): Promise<T | null> {
  try {
    return await post<T>(path, body, slot);
  } catch (error) {
    if (!isAbort(error)) notify(explain(error), "error");
    return null;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Call `action` once `wait` milliseconds have passed without another call. */
export function debounce<A extends unknown[]>(
  action: (...args: A) => void,
  wait = 80,
): (...args: A) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
}

async function refusal(response: Response): Promise<string> {
  try {
    const answer: unknown = await response.json();
    const { error } = answer as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // No JSON: the status says what there is to say.
  }
  return `The server answered ${response.status} ${response.statusText}.`;
}

function explain(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return "The server can't be reached. Is baremath playground still running?";
}
