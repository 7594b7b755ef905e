/** The diagram's pictures: links whose width and colour are the weight, and a heatmap a unit. */

import type { Drawing } from "../../lib/canvas";
import { paint } from "../../lib/paint";
import { classColour, css, divergingColour, paperColour, type Rgb } from "../../lib/palette";
import { weightIndex, type Picture, type WeightPlace } from "../../lib/protocol";
import { endsOf, placeOfBias, placeOfUnit, type Layout } from "./layout";

/** A stack of small pictures on one canvas, one below the other. */
export class Atlas {
  readonly canvas = document.createElement("canvas");
  #pixels: ImageData | null = null;
  count = 0;

  /** Paint a stack (n, rows, columns), from orange to blue. */
  paint({ shape, data }: Picture, dark: boolean): void {
    const pixels = this.#fit(shape);
    paint({ shape, data }, pixels.data, { kind: "diverging", dark, discretise: false });
    this.canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  }

  /** Paint a stack of probabilities, each in its class's colour. */
  paintClasses({ shape, data }: Picture, dark: boolean): void {
    const pixels = this.#fit(shape);
    const size = data.length / (shape[0] ?? 1);
    const paper = paperColour(dark);
    for (let i = 0; i < data.length; i++) {
      const colour = classColour(Math.floor(i / size), dark);
      const share = (data[i] as number) / 255;
      for (let c = 0; c < 3; c++) {
        pixels.data[4 * i + c] = (paper[c] as number) * (1 - share) + (colour[c] as number) * share;
      }
      pixels.data[4 * i + 3] = 255;
    }
    this.canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  }

  #fit([count = 0, rows = 0, columns = 0]: number[]): ImageData {
    this.count = count;
    const { canvas } = this;
    const high = Math.max(1, count * rows);
    if (canvas.width !== columns || canvas.height !== high || this.#pixels === null) {
      [canvas.width, canvas.height] = [columns, high];
      this.#pixels = new ImageData(columns, high);
    }
    return this.#pixels;
  }

  draw(context: CanvasRenderingContext2D, index: number, [x, y]: [number, number], size: number) {
    const rows = this.canvas.height / this.count;
    const half = size / 2;
    context.drawImage(
      this.canvas,
      0,
      index * rows,
      this.canvas.width,
      rows,
      x - half,
      y - half,
      size,
      size,
    );
  }
}

export interface Shown {
  layout: Layout;
  /** [inputs, units of each layer, outputs]. */
  shape: readonly number[];
  weights: Float32Array | null;
  frozen: Uint8Array | null;
  features: Atlas;
  /** Which of the features are inputs. */
  chosen: readonly boolean[];
  units: Atlas | null;
  outputs: Atlas | null;
  marked: readonly WeightPlace[];
  dark: boolean;
  accent: string;
  /** How far the dashes have moved; null for whole lines. */
  dash: number | null;
}

/** Weights from -5 to 5 are told apart in so many steps to either side of nothing. */
const LEVELS = 40;
const MOST = 5;
/** A dash and the gap after it, in pixels. */
export const DASH = 15;
/** With more links than this, their lines are whole. */
export const MANY = 500;

/** Smaller squares than this have corners. */
const ROUNDED = 28;

const NOTHING: Record<"light" | "dark", Rgb> = { light: [214, 214, 208], dark: [58, 64, 72] };

export function drawWires({ context }: Drawing, shown: Shown): void {
  drawLinks(context, shown);
  for (const place of shown.marked) drawMark(context, shown, place);
  drawFrozen(context, shown);
}

export function drawUnits({ context }: Drawing, shown: Shown): void {
  drawSquares(context, shown);
  drawBiases(context, shown);
}

function levelOf(weight: number): number {
  const size = Math.sqrt(Math.min(Math.abs(weight), MOST) / MOST);
  return Math.sign(weight) * Math.round(size * LEVELS);
}

/** A link's width and colour by its level: thin and pale near nothing. */
function lookOf(
  level: number,
  scale: number,
  dark: boolean,
): { width: number; colour: Rgb } {
  const amount = MOST * (level / LEVELS) ** 2;
  const width = (0.8 + 1.25 * Math.min(amount, 4)) * scale;
  const share = Math.min(1, amount * 1.1 + 0.12);
  const [from, to] = [NOTHING[dark ? "dark" : "light"], divergingColour(Math.sign(level), dark)];
  const colour = from.map((value, c) =>
    Math.round(value + ((to[c] as number) - value) * share),
  ) as unknown as Rgb;
  return { width, colour };
}

/** Lines are thinner in a network of small squares, and where there are many between two layers. */
function scaleOf({ layout, shape }: Shown): number {
  const most = Math.max(...shape.slice(1).map((units, l) => units * (shape[l] ?? 0)));
  return Math.min(1, layout.size / 40) * Math.max(0.3, Math.min(1, Math.sqrt(40 / most)));
}

function drawLinks(context: CanvasRenderingContext2D, shown: Shown): void {
  const { layout, shape, weights, dark, dash } = shown;
  const paths = new Map<number, Path2D>();
  const scale = scaleOf(shown);
  let index = 0;
  let count = 0;
  for (let layer = 0; layer + 1 < shape.length; layer++) {
    const [inputs, units] = [shape[layer] ?? 0, shape[layer + 1] ?? 0];
    for (let unit = 0; unit < units; unit++) {
      for (let input = 0; input < inputs; input++, index++, count++) {
        const level = levelOf(weights?.[index] ?? 0);
        let path = paths.get(level);
        if (path === undefined) paths.set(level, (path = new Path2D()));
        addLink(path, layout, layer, unit, input);
      }
    }
    index += units;
  }
  context.lineCap = "butt";
  if (dash !== null && count <= MANY) {
    context.setLineDash([DASH - 2, 2]);
    context.lineDashOffset = -dash;
  }
  const levels = [...paths.keys()].sort((a, b) => Math.abs(a) - Math.abs(b));
  for (const level of levels) {
    const { width, colour } = lookOf(level, scale, dark);
    context.lineWidth = width;
    context.strokeStyle = css(colour);
    context.stroke(paths.get(level) as Path2D);
  }
  context.setLineDash([]);
}

function addLink(path: Path2D, layout: Layout, layer: number, unit: number, input: number): void {
  const { x0, y0, x1, y1 } = endsOf(layout, layer, unit, input);
  const middle = (x0 + x1) / 2;
  path.moveTo(x0, y0);
  path.bezierCurveTo(middle, y0, middle, y1, x1, y1);
}

/** A halo around a link or a bias that is pointed at or chosen. */
function drawMark(context: CanvasRenderingContext2D, shown: Shown, place: WeightPlace): void {
  const { layout, shape, weights, dark, accent } = shown;
  const { layer, unit, input } = place;
  context.strokeStyle = accent;
  if (input === null) {
    context.beginPath();
    context.arc(...placeOfBias(layout, layer, unit), 8, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.stroke();
    return;
  }
  const path = new Path2D();
  addLink(path, layout, layer, unit, input);
  const weight = weights?.[weightIndex(shape, layer, unit, input)] ?? 0;
  const { width, colour } = lookOf(levelOf(weight), scaleOf(shown), dark);
  context.lineWidth = width + 5;
  context.stroke(path);
  context.strokeStyle = css(paperColour(dark));
  context.lineWidth = width + 2;
  context.stroke(path);
  context.strokeStyle = css(colour);
  context.lineWidth = Math.max(width, 1.5);
  context.stroke(path);
}

/** A dot on each link that is held. */
function drawFrozen(context: CanvasRenderingContext2D, shown: Shown): void {
  const { layout, shape, frozen, dark } = shown;
  if (frozen === null) return;
  context.fillStyle = css(paperColour(dark));
  context.strokeStyle = dark ? "#eceef0" : "#1d2126";
  context.lineWidth = 1.5;
  for (let layer = 0; layer + 1 < shape.length; layer++) {
    for (let unit = 0; unit < (shape[layer + 1] ?? 0); unit++) {
      for (let input = 0; input < (shape[layer] ?? 0); input++) {
        if (frozen[weightIndex(shape, layer, unit, input)] !== 1) continue;
        const { x0, y0, x1, y1 } = endsOf(layout, layer, unit, input);
        context.beginPath();
        context.rect((x0 + x1) / 2 - 3.5, (y0 + y1) / 2 - 3.5, 7, 7);
        context.fill();
        context.stroke();
      }
    }
  }
}

function drawSquares(context: CanvasRenderingContext2D, shown: Shown): void {
  const { layout, shape, features, chosen, units, outputs } = shown;
  const { size } = layout;
  context.imageSmoothingQuality = "medium";
  (layout.rows[0] ?? []).forEach((y, row) => {
    context.globalAlpha = chosen[row] ? 1 : 0.3;
    drawSquare(context, features, row, [layout.columns[0] ?? 0, y], size);
  });
  context.globalAlpha = 1;
  let index = 0;
  for (let layer = 0; layer + 1 < shape.length; layer++) {
    const isLast = layer + 2 === shape.length;
    const atlas = isLast ? outputs : units;
    for (let unit = 0; unit < (shape[layer + 1] ?? 0); unit++) {
      const picture = isLast ? unit : index++;
      drawSquare(context, atlas, picture, placeOfUnit(layout, layer, unit), size);
    }
  }
}

function drawSquare(
  context: CanvasRenderingContext2D,
  atlas: Atlas | null,
  index: number,
  place: [number, number],
  size: number,
): void {
  if (atlas === null || index >= atlas.count) return;
  if (size < ROUNDED) {
    atlas.draw(context, index, place, size);
    return;
  }
  const [x, y] = place;
  context.save();
  context.beginPath();
  context.roundRect(x - size / 2, y - size / 2, size, size, size / 7);
  context.clip();
  atlas.draw(context, index, place, size);
  context.restore();
}

function drawBiases(context: CanvasRenderingContext2D, shown: Shown): void {
  const { layout, shape, weights, frozen, dark } = shown;
  const radius = Math.min(4.5, layout.size / 8);
  for (let layer = 0; layer + 1 < shape.length; layer++) {
    for (let unit = 0; unit < (shape[layer + 1] ?? 0); unit++) {
      const index = weightIndex(shape, layer, unit, null);
      context.beginPath();
      context.arc(...placeOfBias(layout, layer, unit), radius, 0, 2 * Math.PI);
      context.fillStyle = css(lookOf(levelOf(weights?.[index] ?? 0), 1, dark).colour);
      context.fill();
      const isHeld = frozen?.[index] === 1;
      context.strokeStyle = isHeld ? (dark ? "#eceef0" : "#1d2126") : css(paperColour(dark));
      context.lineWidth = 1.5;
      context.stroke();
    }
  }
}
