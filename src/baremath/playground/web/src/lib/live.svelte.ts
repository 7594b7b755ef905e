/** A question that is asked again whenever it changes: one at a time, and the newest wins. */

import { ask } from "./api";

export class Live<Question, Answer> {
  /** The newest answer; null before the first. */
  answer: Answer | null = $state.raw(null);
  /** The question that it answers. */
  answered: Question | null = $state.raw(null);
  /** Whether an answer is awaited; for components alone, since who asks in an effect reads nothing. */
  asking = $state(false);
  #next: Question | null = null;
  #busy = false;

  /** @param slot tells apart several that ask at one path. */
  constructor(
    readonly path: string,
    readonly slot = path,
  ) {}

  /** Ask now, or as soon as the answer that is awaited has come. */
  ask(question: Question): void {
    this.#next = question;
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = this.asking = true;
    while (this.#next !== null) {
      const question = this.#next;
      this.#next = null;
      const answer = await ask<Answer>(this.path, question, this.slot);
      if (answer !== null) [this.answer, this.answered] = [answer, question];
    }
    this.#busy = this.asking = false;
  }
}
