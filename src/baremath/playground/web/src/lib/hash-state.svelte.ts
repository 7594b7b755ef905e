import { debounce } from "./api";
import type { HashCodec } from "./hash";
import { notify } from "./notices.svelte";

/** A page's state, read from the URL's hash and written there whenever it changes. */
export function hashState<S extends object>(codec: HashCodec<S>): S {
  const state = $state(read());

  function read(): S {
    const { state: found, problems } = codec.parse(location.hash);
    for (const problem of problems) notify(problem);
    return found;
  }

  const write = debounce((text: string) => {
    const { pathname, search } = location;
    history.replaceState(null, "", text === "" ? pathname + search : `#${text}`);
  }, 250);

  $effect(() => write(codec.print(state)));
  $effect(() => {
    const reread = () => Object.assign(state, read());
    addEventListener("hashchange", reread);
    return () => removeEventListener("hashchange", reread);
  });
  return state;
}
