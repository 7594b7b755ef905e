import { describe, expect, test } from "vitest";

import { bytesAt, classText, placeText, valueText } from "../src/pages/network/readout";

describe("the readout of a picture", () => {
  test("says no more than its bytes know", () => {
    expect(valueText(127, [-1, 1], true)).toBe("0.00");
    expect(valueText(128, [-1, 1], true)).toBe("0.00");
    expect(valueText(64, [-1, 1], true)).toBe("−0.50");
    expect(valueText(255, [25_000, 131_000], false)).toBe("131,000");
    expect(valueText(128, [25_000, 131_000], false)).toBe("78,000");
    expect(valueText(0, [0.001, 0.002], false)).toBe("0.00100");
  });

  test("tells that what lies beyond the range is cut", () => {
    expect(valueText(255, [-1, 1], true)).toBe("≥ 1.00");
    expect(valueText(0, [-1, 1], true)).toBe("≤ −1.00");
    expect(valueText(255, [-1, 1], false)).toBe("1.00");
    expect(valueText(255, [25_000, 131_000], true)).toBe("≥ 131,000");
  });

  test("reads every picture of a stack at a place, row 0 on top", () => {
    const data = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(bytesAt({ shape: [2, 2, 2], data }, 0.9, 0.1)).toEqual([1, 5]);
    expect(bytesAt({ shape: [2, 2], data: data.subarray(0, 4) }, 0, 1)).toEqual([2]);
  });

  test("names the class that is asked for, in whole percents", () => {
    expect(classText([0, 115, 140], ["a", "b", "c"], 1)).toBe("b 45 %");
  });

  test("tells the place in the units of the axes", () => {
    const domain = [
      [0, 12],
      [-6, 6],
    ] as const;
    expect(placeText(domain, 0.25, 1)).toBe("(3.00, −6.00)");
  });
});
