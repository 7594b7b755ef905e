import { describe, expect, test } from "vitest";

import { codec, curveQuestion, limitsOf, nearestPlace, type Fits } from "../src/pages/bias-variance/state";

describe("the picture's limits", () => {
  const x = [-1, -0.5, 0, 0.5, 1];
  const flat = (y: number) => x.map(() => y);
  const found = (fits: number[][]) =>
    ({ x, truth: flat(0), fits, sample: { x, y: flat(0), fit: flat(0) } }) as unknown as Fits;

  test("hold the truth with its noise", () => {
    const [low, high] = limitsOf(found([flat(0)]), 1);
    expect(low).toBeLessThanOrEqual(-2);
    expect(high).toBeGreaterThanOrEqual(2);
  });

  test("aren't stretched by a wild fit", () => {
    const wild = Array.from({ length: 7 }, () => 1000);
    const [, high] = limitsOf(found([wild, flat(0)]), 0.1);
    expect(high).toBeLessThan(2);
  });
});

test("the nearest place is found", () => {
  expect(nearestPlace([-1, 0, 1], 0.4)).toBe(1);
  expect(nearestPlace([-1, 0, 1], 9)).toBe(2);
});

test("the curve is asked for anew only when what it depends on changes", () => {
  const { state } = codec.parse("");
  const moved = { ...state, at: -0.3, complexity: 7, rounds: 20 };
  expect(curveQuestion(moved)).toEqual(curveQuestion(state));
  expect(curveQuestion({ ...state, seed: 1 })).not.toEqual(curveQuestion(state));
});
