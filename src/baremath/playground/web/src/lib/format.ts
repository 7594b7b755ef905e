/** Numbers as a reader sees them: three significant digits, a true minus sign. */

const MINUS = "\u2212";

/** A number in at most `digits` significant digits; "–" where there is none. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Number(Math.abs(value).toPrecision(digits));
  const text =
    size >= 1e6 || size < 1e-4
      ? scientific(size, digits)
      : size >= 10 ** digits
        ? Math.round(Math.abs(value)).toLocaleString("en-GB")
        : size.toPrecision(digits);
  return value < 0 ? MINUS + text : text;
}

/** A number that a person has set, without zeros at the end. */
export function formatSetting(value: number): string {
  return String(Number(value.toPrecision(6))).replaceAll("-", MINUS);
}

/** A count in full, its thousands apart. */
export function formatCount(value: number): string {
  const text = Math.abs(Math.round(value)).toLocaleString("en-GB");
  return value < 0 ? MINUS + text : text;
}

/** A large count in short: 1.24 M. */
export function formatRate(value: number): string {
  if (value >= 1e6) return `${formatNumber(value / 1e6)} M`;
  if (value >= 1e4) return `${formatNumber(value / 1e3)} k`;
  return formatNumber(value);
}

/** A share of one in percent. */
export function formatPercent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${formatNumber(100 * value)} %`;
}

/** A number that a person typed, with either minus sign; null where it is none. */
export function parseNumber(text: string): number | null {
  const trimmed = text.trim().replaceAll(MINUS, "-");
  if (trimmed === "") return null;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

function scientific(size: number, digits: number): string {
  const [head = "", power = "0"] = size.toExponential(digits - 1).split("e");
  return `${head}e${power.replace("+", "").replace("-", MINUS)}`;
}
