import { describe, expect, test } from "vitest";

import { defaultConfig, type DataConfig } from "../src/lib/protocol";
import { featureAt, featureLabel, featurePicture, featuresOf } from "../src/pages/network/features";
import { thumbnailPoints } from "../src/pages/network/thumbnails";

const seven = defaultConfig().data;
const own: DataConfig = {
  ...seven,
  name: "own",
  own: { columns: ["age", "height", "weight"], X: [], y: [], shown: [2, 0] },
};

describe("features", () => {
  test("are the seven for drawn data, and the columns first for one's own", () => {
    expect(featuresOf(seven)).toEqual(["x1", "x2", "x1^2", "x2^2", "x1x2", "sin x1", "sin x2"]);
    expect(featuresOf(own).slice(0, 4)).toEqual(["x1", "x2", "x3", "x1^2"]);
  });

  test("are called by their columns' names", () => {
    expect(featureLabel("x3", own)).toBe("weight");
    expect(featureLabel("x1^2", own)).toBe("x₁²");
  });

  test("are drawn as they are over the plane, row 0 on top", () => {
    const at = (name: string, row: number, column: number, shown?: [number, number]) =>
      (featurePicture(name, 12, shown).data[row * 12 + column] ?? 0) / 127.5 - 1;
    expect(at("x1", 5, 0)).toBeCloseTo(-1, 1);
    expect(at("x1", 5, 11)).toBeCloseTo(1, 1);
    expect(at("x2", 0, 5)).toBeCloseTo(1, 1);
    expect(at("x1x2", 0, 0)).toBeCloseTo(-1, 1);
    expect(at("x3", 5, 0, [2, 0])).toBeCloseTo(-1, 1);
    expect(at("x2", 0, 0, [2, 0])).toBeCloseTo(0, 1);
  });

  test("have their value at a place, which no picture's scale changes", () => {
    expect(featureAt("x1", [5.88, 2])).toBe(5.88);
    expect(featureAt("x1x2", [3, -2])).toBe(-6);
    expect(featureAt("x3", [4, 1], [2, 0])).toBe(4);
    expect(featureAt("x2", [4, 1], [2, 0])).toBe(0);
  });
});

describe("thumbnails", () => {
  test("are the same each time, within the square", () => {
    for (const name of ["circle", "xor", "spiral", "batman", "reg-gauss"] as const) {
      const points = thumbnailPoints(name, 100, 0.2);
      expect(thumbnailPoints(name, 100, 0.2)).toEqual(points);
      expect(points.every(([x, y]) => Math.abs(x) < 7 && Math.abs(y) < 7)).toBe(true);
    }
  });

  test("follow the formulas without noise", () => {
    for (const [x, y, value] of thumbnailPoints("xor", 100, 0)) {
      expect(Math.sign(x * y)).toBe(value);
    }
    for (const [x, y, value] of thumbnailPoints("circle", 100, 0)) {
      expect(Math.hypot(x, y) < 2.5 ? 1 : -1).toBe(value);
    }
  });
});
