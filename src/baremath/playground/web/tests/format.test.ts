import { expect, test } from "vitest";

import {
  formatCount,
  formatNumber,
  formatRate,
  formatSetting,
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

test("counts and rates", () => {
  expect(formatCount(1234567)).toBe("1,234,567");
  expect(formatRate(4_230_000)).toBe("4.23 M");
  expect(formatRate(52_300)).toBe("52.3 k");
});

test.each(["", "  ", "abc", "1.2.3", "Infinity"])("“%s” is no number", (text) => {
  expect(parseNumber(text)).toBeNull();
});
