/** A canvas whose pixels are the screen's, drawn once per animation frame. */

export interface Drawing {
  context: CanvasRenderingContext2D;
  /** In pixels of CSS, as everything that is drawn. */
  width: number;
  height: number;
}

/** Clear a canvas, fit it to its box and the screen's pixel ratio; null where it has no size. */
export function beginDrawing(canvas: HTMLCanvasElement): Drawing | null {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return null;
  const ratio = window.devicePixelRatio;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Call `resized` when the element's box changes; for `{@attach onResize(...)}`. */
export function onResize(resized: () => void) {
  return (element: Element) => {
    const observer = new ResizeObserver(resized);
    observer.observe(element);
    return () => observer.disconnect();
  };
}
