/** Linear scales of a plot in percent, so that it grows with its box. */

export const X_DOMAIN = [-6, 6] as const;

export function across(x: number): number {
  return (100 * (x - X_DOMAIN[0])) / (X_DOMAIN[1] - X_DOMAIN[0]);
}

export function down(y: number, [low, high]: readonly [number, number]): number {
  return (100 * (high - y)) / (high - low);
}

/** A curve of steps, constant between the cuts, as an SVG path in a box of 100 × 100. */
export function stairs(
  cuts: readonly number[],
  heights: ArrayLike<number>,
  range: readonly [number, number],
): string {
  let path = `M0 ${down(heights[0] ?? 0, range)}`;
  cuts.forEach((cut, i) => {
    path += `H${across(cut)}V${down(heights[i + 1] ?? 0, range)}`;
  });
  return `${path}H100`;
}

/** The heights of points that are dragged: it grows by whole numbers only. */
export function heightsOf(values: readonly number[]): [number, number] {
  const most = Math.max(4, ...values.map((value) => Math.ceil(Math.abs(value))));
  return [-Math.min(most, 6), Math.min(most, 6)];
}

/** A range that holds all values, symmetric about 0 if asked, with some room. */
export function rangeOf(values: ArrayLike<number>, symmetric = false): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  if (!(low <= high)) return [-1, 1];
  if (symmetric) {
    const most = Math.max(Math.abs(low), Math.abs(high), 1e-6);
    [low, high] = [-most, most];
  }
  const room = 0.1 * (high - low) || 1;
  return [low - room, high + room];
}
