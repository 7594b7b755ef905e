/** Saving what is on the screen: canvases and SVGs of an element as one SVG, or as a PNG. */

const SVG = "http://www.w3.org/2000/svg";
const COPIED = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
  "visibility",
];

/** Pixels around what is in the picture. */
const MARGIN = 12;

/**
 * All canvases and SVGs within `root`, each where it stands, as the text of one SVG.
 *
 * The text of an element comes with them where it has the attribute `data-in-picture`.
 */
function pictureAsSvg(root: Element): string {
  const parts = partsOf(root);
  const frame = around(parts);
  const svg = document.createElementNS(SVG, "svg");
  setAll(svg, {
    xmlns: SVG,
    ...boxOf(frame, frame),
    viewBox: `0 0 ${frame.width} ${frame.height}`,
  });
  const paper = document.createElementNS(SVG, "rect");
  setAll(paper, { width: "100%", height: "100%", fill: backgroundOf(root) });
  svg.append(paper, ...parts.map((part) => drawn(part, frame)));
  return new XMLSerializer().serializeToString(svg);
}

function drawn(part: Element, frame: DOMRect): SVGElement {
  const box = part.getBoundingClientRect();
  if (part instanceof HTMLCanvasElement) return imageOf(part, box, frame);
  return part instanceof SVGSVGElement ? copyOf(part, box, frame) : textOf(part, box, frame);
}

/** As `pictureAsSvg`, as a PNG of `scale` pixels to a pixel of the screen. */
async function pictureAsPng(root: Element, scale = 2): Promise<Blob> {
  const { width, height } = around(partsOf(root));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(pictureAsSvg(root))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture came out"))));
  });
}

/** Let the browser save something under a name. */
export function download(content: Blob | string, filename: string, mime = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type: mime }) : content;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Let the browser save what is on the screen. */
export async function downloadPicture(root: Element, name: string, kind: "svg" | "png") {
  if (kind === "svg") download(pictureAsSvg(root), `${name}.svg`, "image/svg+xml");
  else download(await pictureAsPng(root), `${name}.png`);
}

/** Canvases, outermost SVGs and texts that are seen, but for those of controls. */
function partsOf(root: Element): Element[] {
  const found = [...root.querySelectorAll("canvas, svg, [data-in-picture]")];
  return found.filter((part) => {
    const { width, height } = part.getBoundingClientRect();
    const isOwn = part.hasAttribute("data-in-picture") || !part.closest("button");
    const isOutside = !part.parentElement?.closest("svg") && !part.closest("[data-no-picture]");
    return width > 0 && height > 0 && isOwn && isOutside;
  });
}

/** The least box around some parts, and a margin. */
function around(parts: readonly Element[]): DOMRect {
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left)) - MARGIN;
  const top = Math.min(...boxes.map((box) => box.top)) - MARGIN;
  const right = Math.max(...boxes.map((box) => box.right)) + MARGIN;
  const bottom = Math.max(...boxes.map((box) => box.bottom)) + MARGIN;
  return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
}

/** The lines of an element, each in its middle, on the element's own background. */
function textOf(element: Element, box: DOMRect, frame: DOMRect): SVGElement {
  const style = getComputedStyle(element);
  const group = document.createElementNS(SVG, "g");
  const paper = document.createElementNS(SVG, "rect");
  setAll(paper, { ...boxOf(box, frame), rx: "4", fill: style.backgroundColor });
  group.append(paper);
  const lines = (element as HTMLElement).innerText.split("\n").filter(Boolean);
  lines.forEach((line, i) => {
    const text = document.createElementNS(SVG, "text");
    setAll(text, {
      x: `${box.left - frame.left + box.width / 2}`,
      y: `${box.top - frame.top + ((i + 0.5) * box.height) / lines.length}`,
      "text-anchor": "middle",
      "dominant-baseline": "central",
      "font-family": style.fontFamily,
      "font-size": style.fontSize,
      "font-weight": style.fontWeight,
      fill: style.color,
    });
    text.textContent = line;
    group.append(text);
  });
  return group;
}

function imageOf(canvas: HTMLCanvasElement, box: DOMRect, frame: DOMRect): SVGElement {
  const image = document.createElementNS(SVG, "image");
  setAll(image, { ...boxOf(box, frame), href: canvas.toDataURL(), preserveAspectRatio: "none" });
  return image;
}

function copyOf(svg: SVGSVGElement, box: DOMRect, frame: DOMRect): SVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = [copy, ...copy.querySelectorAll("*")];
  [svg, ...svg.querySelectorAll("*")].forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of COPIED) copies[i]?.setAttribute(name, style.getPropertyValue(name));
    copies[i]?.removeAttribute("style");
  });
  setAll(copy, boxOf(box, frame));
  return copy;
}

function boxOf(box: DOMRect, frame: DOMRect): Record<string, string> {
  return {
    x: `${box.left - frame.left}`,
    y: `${box.top - frame.top}`,
    width: `${box.width}`,
    height: `${box.height}`,
  };
}

function setAll(element: Element, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function backgroundOf(element: Element | null): string {
  for (let at = element; at !== null; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour;
  }
  return "white";
}
