/** Where something that floats stands: below its anchor, or above, and within the window. */

const GAP = 8;

export function placeBeside(floating: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = floating;
  const { clientWidth, clientHeight } = document.documentElement;
  const middle = at.left + at.width / 2 - width / 2;
  const left = Math.max(GAP, Math.min(middle, clientWidth - width - GAP));
  const below = at.bottom + GAP;
  const fits = below + height <= clientHeight - GAP || at.top < height + 2 * GAP;
  floating.style.left = `${left}px`;
  floating.style.top = `${fits ? below : at.top - height - GAP}px`;
}
