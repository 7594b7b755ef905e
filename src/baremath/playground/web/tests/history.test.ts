import { describe, expect, test } from "vitest";

import { LossHistory, type Present } from "../src/lib/history";
import type { Branch } from "../src/lib/protocol";

/** Rows of the losses at some steps: the step plus a half, and the step negated. */
function rows(...steps: number[]): Float64Array {
  return Float64Array.from(steps.flatMap((step) => [step, step + 0.5, -step]));
}

function at(step: number, branch = 0): Present {
  return { branch, step, train_loss: step + 0.5, test_loss: -step };
}

function branch(id: number, parent: number | null, from_step: number, last_step: number): Branch {
  return { id, parent, from_step, first_step: 0, last_step };
}

const ONE = [branch(0, null, 0, 0)];
const TWO = [branch(0, null, 0, 100), branch(1, 0, 50, 60)];

/** A history of steps 0, 10, …, 100. */
function trained(): LossHistory {
  const history = new LossHistory();
  history.append(rows(...Array.from({ length: 11 }, (_, i) => 10 * i)), at(100), ONE);
  return history;
}

describe("a history of losses", () => {
  test("ends where a scrub goes, and is whole again at the end", () => {
    const history = trained();
    history.append(rows(), at(0), ONE);
    expect(history.steps).toEqual([0]);
    history.append(rows(), at(35), ONE);
    expect(history.steps).toEqual([0, 10, 20, 30, 35]);
    expect(history.train.at(-1)).toBe(35.5);
    history.append(rows(), at(100), ONE);
    expect(history).toMatchObject({ steps: trained().steps, test: trained().test });
  });

  test("has a curve for each branch", () => {
    const history = trained();
    history.append(rows(), at(50), ONE);
    history.append(rows(60, 75), at(75, 1), TWO);
    expect(history.steps).toEqual([0, 10, 20, 30, 40, 50, 60, 75]);
    history.append(rows(), at(100, 0), TWO);
    expect(history.steps).toEqual(trained().steps);
    history.append(rows(), at(75, 1), TWO);
    expect(history.steps).toHaveLength(8);
    history.append(rows(0, 5), at(5, 2), [...TWO, branch(2, null, 0, 5)]);
    expect(history.steps).toEqual([0, 5]);
  });

  test("of a branch whose parent was never seen begins with that before it", () => {
    const history = trained();
    const three = [...TWO, branch(2, 1, 55, 70)];
    history.append(rows(70), at(70, 2), three);
    expect(history.steps).toEqual([0, 10, 20, 30, 40, 50, 70]);
  });

  test("goes on in a timeline that begins where it is", () => {
    const history = trained();
    history.append(rows(), at(50), ONE);
    const continued = history.continued();
    continued.append(rows(50, 55), at(55), ONE);
    expect(continued.steps).toEqual([0, 10, 20, 30, 40, 50, 55]);
    expect(history.steps).toHaveLength(6);
  });

  test("takes the loss after a weight was set by hand", () => {
    const history = trained();
    history.append(Float64Array.of(100, 7, 8), at(100), ONE);
    expect(history.steps).toHaveLength(11);
    expect([history.train.at(-1), history.test.at(-1)]).toEqual([7, 8]);
  });

  test("stays small, and keeps first and last", () => {
    const history = new LossHistory();
    for (let step = 0; step < 50_000; step++) history.append(rows(step), at(step), ONE);
    expect(history.steps.length).toBeLessThanOrEqual(8193);
    expect(history.steps[0]).toBe(0);
    expect(history.steps.at(-1)).toBe(49_999);
  });
});
