/** Colours of data, told apart by colour-blind people too, for light and dark pages. */

export type Rgb = readonly [number, number, number];

/** Orange for low, blue for high, the paper's colour between. */
const DIVERGING: Record<"light" | "dark", readonly Rgb[]> = {
  light: [
    [226, 116, 28],
    [243, 168, 98],
    [250, 222, 190],
    [244, 244, 241],
    [190, 217, 239],
    [104, 170, 219],
    [32, 118, 190],
  ],
  dark: [
    [206, 108, 28],
    [158, 86, 32],
    [96, 61, 34],
    [34, 38, 44],
    [30, 66, 100],
    [32, 94, 150],
    [40, 124, 200],
  ],
};

/** Ends of the same scale for points, which must stand out from a picture below them. */
const POINTS: Record<"light" | "dark", readonly [Rgb, Rgb, Rgb]> = {
  light: [
    [158, 58, 0],
    [190, 188, 182],
    [0, 62, 128],
  ],
  dark: [
    [255, 190, 120],
    [120, 126, 134],
    [150, 208, 255],
  ],
};

/** From the paper's colour to a deep blue-green; lightness alone tells the order. */
const SEQUENTIAL: Record<"light" | "dark", readonly Rgb[]> = {
  light: [
    [246, 246, 243],
    [190, 222, 214],
    [110, 182, 178],
    [37, 130, 142],
    [10, 70, 92],
  ],
  dark: [
    [34, 38, 44],
    [24, 74, 88],
    [26, 122, 128],
    [82, 178, 164],
    [190, 236, 208],
  ],
};

/** Ten classes: the eight of Okabe and Ito (black as grey), and two more. */
const CLASSES: Record<"light" | "dark", readonly Rgb[]> = {
  light: [
    [0, 114, 178],
    [217, 119, 6],
    [0, 142, 107],
    [190, 92, 148],
    [98, 98, 104],
    [196, 176, 0],
    [128, 34, 85],
    [76, 168, 220],
    [190, 70, 0],
    [120, 128, 40],
  ],
  dark: [
    [64, 156, 232],
    [240, 160, 48],
    [38, 186, 142],
    [222, 140, 186],
    [160, 164, 172],
    [236, 222, 84],
    [196, 96, 146],
    [140, 206, 244],
    [240, 112, 56],
    [176, 184, 90],
  ],
};

const mode = (dark: boolean) => (dark ? "dark" : "light");

/** The colour at `share` of a scale, 0 to 1. */
function mix(stops: readonly Rgb[], share: number): Rgb {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  const part = place - index;
  const [low, high] = [stops[index] as Rgb, stops[index + 1] as Rgb];
  return [0, 1, 2].map((i) => {
    const [from, to] = [low[i] as number, high[i] as number];
    return Math.round(from + (to - from) * part);
  }) as unknown as Rgb;
}

export function css([r, g, b]: Rgb, alpha = 1): string {
  return alpha === 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${alpha})`;
}

/** The colour of a value from -1 (orange) to 1 (blue). */
export function divergingColour(value: number, dark: boolean): Rgb {
  return mix(DIVERGING[mode(dark)], (value + 1) / 2);
}

/** The colour of a point's value from -1 to 1. */
export function pointColour(value: number, dark: boolean): Rgb {
  return mix(POINTS[mode(dark)], (value + 1) / 2);
}

/** The colour of an amount from 0 to 1. */
export function sequentialColour(value: number, dark: boolean): Rgb {
  return mix(SEQUENTIAL[mode(dark)], value);
}

/** The colour of a class, by its number. */
export function classColour(index: number, dark: boolean): Rgb {
  const colours = CLASSES[mode(dark)];
  return colours[index % colours.length] as Rgb;
}

/** The paper's colour of pictures: what is between, or nothing. */
export function paperColour(dark: boolean): Rgb {
  return SEQUENTIAL[mode(dark)][0] as Rgb;
}

/** A gradient for CSS: the scale of a picture's legend. */
export function cssGradient(kind: "diverging" | "sequential", dark: boolean): string {
  const stops = (kind === "diverging" ? DIVERGING : SEQUENTIAL)[mode(dark)];
  return `linear-gradient(to right, ${stops.map((colour) => css(colour)).join(", ")})`;
}
