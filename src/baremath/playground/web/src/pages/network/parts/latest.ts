/**
 * One request at a time; of those that come meanwhile only the latest is sent.
 *
 * What fails is for `send` to tell: the next is sent all the same.
 */

export class Latest<T> {
  #send: (value: T) => Promise<unknown>;
  #waiting: { value: T } | null = null;
  #busy = false;

  constructor(send: (value: T) => Promise<unknown>) {
    this.#send = send;
  }

  ask(value: T): void {
    this.#waiting = { value };
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting !== null) {
      const { value } = this.#waiting;
      this.#waiting = null;
      await this.#send(value).catch(() => undefined);
    }
    this.#busy = false;
  }
}
