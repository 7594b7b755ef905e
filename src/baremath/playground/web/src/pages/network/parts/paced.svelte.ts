/** Milliseconds between two drawings of curves, which take long. */
const PAUSE = 66;

/** A count that follows what changes, with a pause between; call it while a component begins. */
export function paced(follow: () => unknown): { readonly count: number } {
  let count = $state(0);
  let latest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  $effect(() => {
    follow();
    if (timer !== undefined) return;
    const wait = Math.max(0, latest + PAUSE - performance.now());
    timer = setTimeout(() => {
      timer = undefined;
      latest = performance.now();
      count++;
    }, wait);
  });

  return {
    get count() {
      return count;
    },
  };
}
