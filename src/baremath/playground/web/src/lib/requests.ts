/** Commands on their way to the server, each with who waits for its reply. */

import { notify } from "./notices.svelte";
import type { CommandName, Settings } from "./protocol";

/** A command that the server refused; `message` says why. */
export class Refused extends Error {}

/** There is no connection, or it broke before the reply came. */
export class ConnectionLost extends Error {
  constructor() {
    super("There is no connection to the server; try again when it is back.");
  }
}

export interface Request {
  type: CommandName;
  /** What is to be trained, where the command says that. */
  settings: Settings | null;
  /** The number of the run whose losses are then those of the first; null for none. */
  heir: number | null;
}

interface Waiting extends Request {
  resolve: (reply: never) => void;
  reject: (error: Error) => void;
}

export class Requests {
  #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** Whether some settings are on their way. */
  get isConfiguring(): boolean {
    return [...this.#waiting.values()].some(({ settings }) => settings !== null);
  }

  /** Give a request its number; `reply` is settled by `resolve` or `reject`. */
  add<R>(request: Request): { id: number; reply: Promise<R> } {
    const id = ++this.#lastId;
    const reply = new Promise<R>((resolve, reject) => {
      this.#waiting.set(id, { ...request, resolve, reject });
    });
    return { id, reply };
  }

  /** What the next reply answers. */
  get(id: number): Request | undefined {
    return this.#waiting.get(id);
  }

  resolve(id: number, reply: object): void {
    this.#taken(id)?.resolve(reply as never);
  }

  reject(id: number, error: Error): void {
    this.#taken(id)?.reject(error);
  }

  rejectAll(error: Error): void {
    for (const id of [...this.#waiting.keys()]) this.reject(id, error);
  }

  #taken(id: number): Waiting | undefined {
    const found = this.#waiting.get(id);
    this.#waiting.delete(id);
    return found;
  }
}

/** Tell why a command failed. */
export function tell(error: unknown): void {
  if (error instanceof Refused || error instanceof ConnectionLost) notify(error.message, "error");
  else throw error;
}
