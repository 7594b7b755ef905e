import { expect, test } from "vitest";

import {
  formatCount,
  formatName,
  formatNumber,
  formatRate,
  formatSetting,
  nearestAllowed,
  parseNumber,
} from "../src/lib/format";

test.each([
  [0, "0"],
  [-0, "0"],
  [1, "1.00"],
  [-0.123456, "−0.123"],
  [0.00012345, "0.000123"],
  [0.0000123, "1.23e−5"],
  [999.6, "1,000"],
  [12345, "12,345"],
  [-2.5e7, "−2.50e7"],
  [NaN, "–"],
  [null, "–"],
  [-Infinity, "−∞"],
])("%s is shown as %s", (value, shown) => {
  expect(formatNumber(value)).toBe(shown);
});

test.each([
  [0.03, "0.03"],
  [10, "10"],
  [1e-5, "0.00001"],
  [100, "100"],
  [-1.5, "−1.5"],
  [500_000, "500000"],
  [-2e-9, "−2e−9"],
])("the setting %s is shown as %s, and read again", (value, shown) => {
  expect(formatSetting(value)).toBe(shown);
  expect(parseNumber(shown)).toBe(value);
});

test("a number may be typed with a comma", () => {
  expect(["1,5", "−0,25", "1.5"].map((text) => parseNumber(text))).toEqual([1.5, -0.25, 1.5]);
  expect(["1,500", "1,500,000", "1500"].map((text) => parseNumber(text, true))).toEqual([
    1500, 1_500_000, 1500,
  ]);
  expect(parseNumber("1,5,2")).toBeNull();
});

test.each([
  [5, 5, ""],
  [0, 1, "At least 1"],
  [99, 32, "At most 32"],
  [2.5, 3, "A whole number"],
])("for %s, a whole number from 1 to 32, there is %s", (wanted, value, told) => {
  expect(nearestAllowed(wanted, { min: 1, max: 32, whole: true })).toEqual({ value, told });
});

test("counts and rates", () => {
  expect(formatCount(1234567)).toBe("1,234,567");
  expect(formatRate(4_230_000)).toBe("4.23 M");
  expect(formatRate(52_300)).toBe("52.3 k");
});

test.each(["", "  ", "abc", "1.2.3", "Infinity"])("“%s” is no number", (text) => {
  expect(parseNumber(text)).toBeNull();
});

test("names keep their hyphens, numbers among them have a minus", () => {
  expect(formatName("e-mail")).toBe("e-mail");
  expect(formatName("-1")).toBe("−1");
  expect(formatName("2e-5")).toBe("2e−5");
  expect(formatName("-")).toBe("-");
});
