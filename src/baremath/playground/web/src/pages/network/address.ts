/** Keeps the address of the page up to date. */

import { notify } from "../../lib/notices.svelte";
import type { Own } from "../../lib/protocol";
import type { NetworkStore } from "./network.svelte";

/** Weights of larger networks come into the URL only when that is asked for. */
const MOST_WEIGHTS = 3000;
/** Milliseconds: until a change is in the address, and between two looks at what is in training. */
const DELAY = 300;
const PAUSE = 3000;

export class Address {
  /** Whether weights were set by hand or by an address: not even the first are the seed's. */
  hasOwnWeights = false;
  #store: NetworkStore;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Points that were too many for it, as the reader has been told. */
  #leftOut: Own | null = null;

  constructor(store: NetworkStore) {
    this.#store = store;
  }

  /** Write it while training goes on; returns what ends that. */
  start(): () => void {
    const looking = setInterval(() => {
      if (this.#store.playing) this.#write();
    }, PAUSE);
    return () => {
      clearInterval(looking);
      clearTimeout(this.#timer);
    };
  }

  /** Write it soon. */
  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), DELAY);
  }

  /** Write the settings; the weights too, but for the first ones, which the seed tells. */
  #write(): void {
    const { run, config } = this.#store;
    const isFirst = run?.step === 0 && run.frozen === null && !this.hasOwnWeights;
    const small = (run?.weights.length ?? 0) <= MOST_WEIGHTS;
    history.replaceState(null, "", this.#store.link(small && !isFirst));
    const { own } = config.data;
    if (this.#store.fitsLink || own === this.#leftOut) return;
    this.#leftOut = own;
    notify("These points are too many for an address: a reload or a link won't bring them back.");
  }
}
