import { describe, expect, test } from "vitest";

import {
  curveAt,
  endsOf,
  layoutOf,
  placeOfBias,
  placeOfUnit,
  placeOfWeight,
  weightAt,
} from "../src/pages/network/layout";

const shape = [2, 4, 2, 1];
/** Seven features, of which the first and the last are inputs. */
const layout = layoutOf([7, 4, 2, 1], [0, 6], 600, 78);

/** A point of a link's Bézier curve, by the definition. */
function pointOn(
  { x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number },
  t: number,
): [number, number] {
  const middle = (x0 + x1) / 2;
  const mix = (a: number, b: number, c: number, d: number) =>
    a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
  return [mix(x0, middle, middle, x1), mix(y0, y0, y1, y1)];
}

describe("the layout", () => {
  test("fills its width, and keeps squares apart", () => {
    expect(layout.width).toBe(600);
    for (const rows of layout.rows) {
      rows.slice(1).forEach((y, i) => expect(y - (rows[i] ?? 0)).toBeGreaterThan(layout.size));
      expect(Math.min(...rows) - layout.size / 2).toBeGreaterThanOrEqual(0);
      expect(Math.max(...rows) + layout.size / 2).toBeLessThanOrEqual(layout.height);
    }
  });

  test("is wider than its box where columns would come too near", () => {
    const deep = layoutOf([7, 32, 32, 32, 32, 32, 32, 32, 32, 1], [0, 1], 360, 78);
    expect(deep.width).toBeGreaterThan(9 * 78);
    const gaps = deep.columns.slice(1).map((x, i) => x - (deep.columns[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(78);
  });

  test("puts an input where its feature stands", () => {
    expect(placeOfUnit(layout, -1, 1)).toEqual([layout.columns[0], layout.rows[0]?.[6]]);
  });
});

describe("a link", () => {
  test.each([0.1, 0.35, 0.5, 0.8])("is the Bézier curve that is drawn, at t = %f", (t) => {
    const ends = endsOf(layout, 0, 3, 1);
    const [x, y] = pointOn(ends, t);
    const { y: rise, slope } = curveAt((x - ends.x0) / (ends.x1 - ends.x0));
    expect(ends.y0 + (ends.y1 - ends.y0) * rise).toBeCloseTo(y, 4);
    const [[xa, ya], [xb, yb]] = [pointOn(ends, t - 1e-5), pointOn(ends, t + 1e-5)];
    const drawn = (yb - ya) / (ends.y1 - ends.y0) / ((xb - xa) / (ends.x1 - ends.x0));
    expect(slope).toBeCloseTo(drawn, 3);
  });

  test("is met where it is, and nowhere else", () => {
    for (let layer = 0; layer + 1 < shape.length; layer++) {
      for (let unit = 0; unit < (shape[layer + 1] ?? 0); unit++) {
        for (let input = 0; input < (shape[layer] ?? 0); input++) {
          const place = { layer, unit, input };
          const [x, y] = pointOn(endsOf(layout, layer, unit, input), 0.72);
          expect(weightAt(layout, shape, [x, y], 9)).toEqual(place);
          expect(weightAt(layout, shape, placeOfWeight(layout, place), 9)).not.toBeNull();
        }
      }
    }
    expect(weightAt(layout, shape, [300, layout.height - 2], 9)).toBeNull();
  });

  test("gives way to a bias", () => {
    expect(weightAt(layout, shape, placeOfBias(layout, 1, 0), 9)).toEqual({
      layer: 1,
      unit: 0,
      input: null,
    });
  });
});
