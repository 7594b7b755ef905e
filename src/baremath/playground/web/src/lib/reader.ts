/** Whether the page has a reader just now. */

import type { Connection } from "./connection.svelte";

export function isHidden(): boolean {
  return typeof document !== "undefined" && document.hidden;
}

/**
 * Tell the server whether the page can be seen, for a hidden one is sent few pictures; and connect
 * again when the reader of a page that rests is back. Returns what ends it.
 */
export function watchReader(connection: Connection): () => void {
  const tellView = () => connection.send("view", { visible: !document.hidden });
  const wake = () => {
    if (connection.status === "resting") connection.connect();
  };
  document.addEventListener("visibilitychange", tellView);
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, wake, true);
  return () => {
    document.removeEventListener("visibilitychange", tellView);
    for (const type of ["pointerdown", "keydown"]) removeEventListener(type, wake, true);
  };
}
