/**
 * One request at a time; of those that come meanwhile only the latest is sent.
 *
 * What fails is for `send` to tell: the next is sent all the same.
 */

export class Latest<T> {
  #send: (value: T) => Promise<unknown>;
  #waiting: { value: T } | null = null;
  #work: Promise<void> | null = null;

  constructor(send: (value: T) => Promise<unknown>) {
    this.#send = send;
  }

  /** Send a value, or let it wait; the promise ends when nothing is on its way any more. */
  ask(value: T): Promise<void> {
    this.#waiting = { value };
    this.#work ??= this.#sendAll();
    return this.#work;
  }

  /** Send what waits without waiting for its turn: what is sent next must not overtake it. */
  flush(): void {
    if (this.#waiting === null) return;
    const { value } = this.#waiting;
    this.#waiting = null;
    void this.#send(value).catch(() => undefined);
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting !== null) {
      const { value } = this.#waiting;
      this.#waiting = null;
      await this.#send(value).catch(() => undefined);
    }
    this.#work = null;
  }
}
