/** The losses of several runs over one axis of steps. */

import type { LossHistory } from "../../../lib/history";

interface Overlaid {
  steps: readonly number[];
  /** The test loss of each run; null where it has none at that step. */
  test: (number | null)[][];
  train: (number | null)[][];
}

/** Lay the losses over the steps of the first run; others have a gap where they lack a step. */
export function overlaid(histories: readonly LossHistory[]): Overlaid {
  const steps = histories[0]?.steps ?? [];
  return {
    steps,
    test: histories.map((history) => laid(history.steps, history.test, steps)),
    train: histories.map((history) => laid(history.steps, history.train, steps)),
  };
}

function laid(
  own: readonly number[],
  values: readonly number[],
  steps: readonly number[],
): (number | null)[] {
  let at = 0;
  return steps.map((step) => {
    while (at < own.length && (own[at] as number) < step) at++;
    const value = own[at] === step ? values[at] : undefined;
    return value !== undefined && Number.isFinite(value) ? value : null;
  });
}
