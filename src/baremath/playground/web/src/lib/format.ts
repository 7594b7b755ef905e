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

/** A name of the user's; one that is a number has a true minus sign. */
export function formatName(name: string): string {
  return parseNumber(name) === null ? name : name.replaceAll("-", MINUS);
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

/**
 * A number that a person typed, with either minus sign, and a point or a comma; null if it is none.
 *
 * @param whole whether a comma before three digits parts thousands.
 */
export function parseNumber(text: string, whole = false): number | null {
  const typed = text.trim().replaceAll(MINUS, "-");
  if (typed === "") return null;
  const isParted = whole && /^-?\d{1,3}(,\d{3})+$/.test(typed);
  const value = Number(isParted ? typed.replaceAll(",", "") : typed.replace(",", "."));
  return Number.isFinite(value) ? value : null;
}

/** The number nearest to one that is allowed, and what to tell of it; "" where it is the same. */
export function nearestAllowed(
  wanted: number,
  { min, max, whole }: { min: number; max: number; whole: boolean },
): { value: number; told: string } {
  const near = whole ? Math.round(wanted) : wanted;
  const value = Math.min(Math.max(near, min), max);
  if (value < near) return { value, told: `At most ${formatSetting(max)}` };
  if (value > near) return { value, told: `At least ${formatSetting(min)}` };
  return { value, told: value === wanted ? "" : "A whole number" };
}

function scientific(size: number, digits: number): string {
  const [head = "", power = "0"] = size.toExponential(digits - 1).split("e");
  return `${head}e${power.replace("+", "").replace("-", MINUS)}`;
}
