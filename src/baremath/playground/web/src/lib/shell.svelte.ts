import type { Connection } from "./connection.svelte";

/** What the frame around a page shows of it; a page with a connection puts it here. */
export const shell: { connection: Connection | null } = $state({ connection: null });
