import { describe, expect, test } from "vitest";

import { codec, points } from "../src/pages/boosting/state";
import { heightsOf, rangeOf, stairs } from "../src/pages/boosting/scale";
import {
  answerOf,
  cellsOf,
  cutsOf,
  gridOf,
  residualOf,
  seenBy,
  Sums,
  type Answer,
  type Tree,
} from "../src/pages/boosting/trees";

/** x ≤ 1 → -1; else y ≤ 0 → 2, else 5. */
const tree: Tree = {
  feature: [0, -1, 1, -1, -1],
  threshold: [1, null, 0, null, null],
  left: [1, -1, 3, -1, -1],
  right: [2, -1, 4, -1, -1],
  value: [0, -1, 0, 2, 5],
  n: [9, 3, 6, 4, 2],
};
const stump: Tree = {
  feature: [0, -1, -1],
  threshold: [-2, null, null],
  left: [1, -1, -1],
  right: [2, -1, -1],
  value: [0, 10, 20],
  n: [2, 1, 1],
};

describe("trees", () => {
  test("answer as their questions say, and a threshold itself goes left", () => {
    const rows = [
      [1, 9],
      [1.01, 0],
      [2, 0.1],
    ];
    expect(rows.map((row) => answerOf(tree, row))).toEqual([-1, 2, 5]);
  });

  test("add up, in any order of asking", () => {
    const sums = new Sums(0.5, [tree, stump], [
      [0, 0],
      [-3, 0],
    ]);
    expect([...sums.after(2)]).toEqual([19.5, 9.5]);
    expect([...sums.after(0)]).toEqual([0.5, 0.5]);
    expect([...sums.after(1)]).toEqual([-0.5, -0.5]);
    expect([...sums.added(2)]).toEqual([20, 10]);
  });

  test("of one column cut the line into cells of one answer", () => {
    expect(cutsOf([stump, stump])).toEqual([-2]);
    expect(cellsOf([-2, 4], -6, 6)).toEqual([[-4], [1], [5]]);
  });

  test("know which points they were fitted to", () => {
    const answer = {
      trees: [stump, stump],
      points: { X: [], y: Array(10).fill(0), train: [] },
      seen: btoa(String.fromCharCode(0b10000001, 0b01000000, 0b00000010, 0)),
    } as unknown as Answer;
    const seen = (k: number) => seenBy(answer, k).flatMap((is, i) => (is ? [i] : []));
    expect(seen(1)).toEqual([0, 7, 9]);
    expect(seen(2)).toEqual([6]);
  });

  test("are fitted to residuals, of classes to those of the probability", () => {
    expect(residualOf("regression", 3, 1)).toBe(2);
    expect(residualOf("classification", 1, 0)).toBe(0.5);
    expect(residualOf("classification", -1, 0)).toBe(-0.5);
  });
});

describe("drawing", () => {
  test("a picture's first cell is at the left and the top", () => {
    const grid = gridOf(48);
    expect(grid[0]).toEqual([-5.875, 5.875]);
    expect(grid[1]?.[1]).toBe(5.875);
    expect(grid.at(-1)).toEqual([5.875, -5.875]);
  });

  test("stairs go across first, then up or down", () => {
    expect(stairs([0], [0, 1], [0, 1])).toBe("M0 100H50V0H100");
  });

  test("a range has room around its values, and holds none", () => {
    expect(rangeOf([0, 10])).toEqual([-1, 11]);
    expect(rangeOf([-1, 3], true)).toEqual([-3.6, 3.6]);
    expect(rangeOf([])).toEqual([-1, 1]);
    expect(heightsOf([1, -4.2])).toEqual([-5, 5]);
    expect(heightsOf([9])).toEqual([-6, 6]);
  });
});

describe("the boosting page's hash", () => {
  test("holds points of one's own", () => {
    const own = { X: [[1.5], [-2]], y: [0.25, 6], train: [true, false] };
    const state = { ...codec.parse("").state, own, k: 7 };
    const hash = codec.print(state);
    expect(hash).toBe("k=7&own=1.5:0.25,t-2:6");
    expect(codec.parse(`#${hash}`).state).toEqual(state);
  });

  test("is made to fit together", () => {
    expect(codec.parse("#problem=classification&data=sine").state.data).toBe("circle");
    const narrow = codec.parse("#problem=classification&own=1:2");
    expect(narrow.state.own).toBeNull();
    expect(narrow.problems).toEqual(["own: each point needs 3 numbers here"]);
    expect(codec.parse("#trees=1e9&k=-3").state).toEqual(codec.parse("").state);
  });

  test.each(["1:2:3:4", "7:0", "a:b", "1", "1:2,1:2:1"])("refuses the points %s", (text) => {
    expect(() => points.parse(text)).toThrow();
  });
});
