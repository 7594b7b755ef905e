/** The losses of a run: a curve for each branch of the timeline, shown up to the present. */

import type { Branch } from "./messages";

const MOST = 8192;

/** Where a run stands. */
export interface Present {
  branch: number;
  step: number;
  train_loss: number | null;
  test_loss: number | null;
}

class Curve {
  constructor(
    readonly steps: number[] = [],
    readonly train: number[] = [],
    readonly test: number[] = [],
  ) {}

  /** The first points, up to a step. */
  upTo(step: number): Curve {
    const n = this.#count(step);
    return new Curve(this.steps.slice(0, n), this.train.slice(0, n), this.test.slice(0, n));
  }

  /** Take rows of step, train loss, test loss; the first may take the place of the last point. */
  add(rows: Float64Array): void {
    for (let i = 0; i + 2 < rows.length; i += 3) {
      const step = rows[i] as number;
      if (step <= (this.steps.at(-1) ?? -1)) this.#forgetAfter(step - 1);
      this.push(step, rows[i + 1] as number, rows[i + 2] as number);
    }
    if (this.steps.length > MOST) this.#thin();
  }

  push(step: number, train: number, test: number): void {
    this.steps.push(step);
    this.train.push(train);
    this.test.push(test);
  }

  #forgetAfter(step: number): void {
    const n = this.#count(step);
    for (const column of [this.steps, this.train, this.test]) column.length = n;
  }

  /** How many points there are up to a step. */
  #count(step: number): number {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle] as number) <= step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keep every second point, and the last. */
  #thin(): void {
    const last = this.steps.length - 1;
    for (const column of [this.steps, this.train, this.test]) {
      let n = 0;
      for (let i = 0; i <= last; i++) {
        if (i % 2 === 0 || i === last) column[n++] = column[i] as number;
      }
      column.length = n;
    }
  }
}

export class LossHistory {
  #curves = new Map<number, Curve>();
  #shown = new Curve();

  /** The steps up to the present, on its branch; `train` and `test` are the losses there. */
  get steps(): readonly number[] {
    return this.#shown.steps;
  }

  get train(): readonly number[] {
    return this.#shown.train;
  }

  get test(): readonly number[] {
    return this.#shown.test;
  }

  /** What led to the present, as the history of a timeline that begins there. */
  continued(): LossHistory {
    const history = new LossHistory();
    history.#shown = this.#shown.upTo(Infinity);
    history.#curves.set(0, history.#shown);
    return history;
  }

  /** Take rows of step, train loss, test loss: what is new on the branch where the run is. */
  append(rows: Float64Array, now: Present, branches: readonly Branch[]): void {
    const curve = this.#curves.get(now.branch) ?? this.#begin(now.branch, branches);
    curve.add(rows);
    this.#show(curve, now);
  }

  /** Begin the curve of a branch with that of the nearest branch before it which has one. */
  #begin(id: number, branches: readonly Branch[]): Curve {
    let branch = branches.find((one) => one.id === id);
    let until = Infinity;
    let left: Curve | undefined;
    while (branch !== undefined && branch.parent !== null && left === undefined) {
      const { parent, from_step } = branch;
      until = Math.min(until, from_step);
      left = this.#curves.get(parent);
      branch = branches.find((one) => one.id === parent);
    }
    const curve = left?.upTo(until) ?? new Curve();
    for (const known of this.#curves.keys()) {
      if (!branches.some((one) => one.id === known)) this.#curves.delete(known);
    }
    this.#curves.set(id, curve);
    return curve;
  }

  /** Show a curve up to the present, where that is in its past. */
  #show(curve: Curve, { step, train_loss, test_loss }: Present): void {
    this.#shown = curve;
    if (step >= (curve.steps.at(-1) ?? -1)) return;
    this.#shown = curve.upTo(step);
    if (this.#shown.steps.at(-1) !== step) {
      this.#shown.push(step, train_loss ?? NaN, test_loss ?? NaN);
    }
  }
}
