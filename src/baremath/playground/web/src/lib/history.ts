/** The losses of a run so far; going back in time forgets what came after. */

const MOST = 8192;

export class LossHistory {
  steps: number[] = [];
  train: number[] = [];
  test: number[] = [];

  /** Append rows of step, train loss, test loss. */
  append(rows: Float64Array): void {
    for (let i = 0; i + 2 < rows.length; i += 3) {
      const step = rows[i] as number;
      if (step <= (this.steps.at(-1) ?? -1)) this.forgetFrom(step);
      this.steps.push(step);
      this.train.push(rows[i + 1] as number);
      this.test.push(rows[i + 2] as number);
    }
    if (this.steps.length > MOST) this.#thin();
  }

  /** Forget this step and what came after. */
  forgetFrom(step: number): void {
    const kept = this.steps.findIndex((known) => known >= step);
    if (kept < 0) return;
    for (const column of [this.steps, this.train, this.test]) column.length = kept;
  }

  /** Keep every second point, and the last. */
  #thin(): void {
    const last = this.steps.length - 1;
    const kept = (_: number, i: number) => i % 2 === 0 || i === last;
    this.steps = this.steps.filter(kept);
    this.train = this.train.filter(kept);
    this.test = this.test.filter(kept);
  }
}
