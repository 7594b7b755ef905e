/** The network page's state: what is trained, what is seen and chosen, and the connection to it. */

import {
  Connection,
  ConnectionLost,
  Refused,
  heldPlaces,
  type ConnectionOptions,
} from "../../lib/connection.svelte";
import { notify } from "../../lib/notices.svelte";
import {
  LIMITS,
  defaultLayer,
  weightIndex,
  type Commands,
  type Config,
  type DataConfig,
  type DataName,
  type Inspected,
  type Layer,
  type Own,
  type Problem,
  type Run,
  type Variant,
  type WeightPlace,
} from "../../lib/protocol";
import { parseState, printState, type PageState, type ViewSettings } from "../../lib/url";
import type { ControlName } from "./controls";
import type { Stage } from "./parts/stages";
import { varied } from "./parts/sweep";

/** A unit of a layer (the last layer is the output), or an input by its name. */
export type UnitPlace = { layer: number; unit: number };

/** A weight (its bias where `input` is null), or a unit, whose card is open. */
export type Selection = ({ kind: "link" } & WeightPlace) | ({ kind: "unit" } & UnitPlace);

/** What the pointer is on, or the focus: shown large. */
export type Hover =
  | ({ kind: "unit" } & UnitPlace)
  | { kind: "input"; name: string }
  | ({ kind: "link" } & WeightPlace);

/** To train, or to look at one point with every number. */
export type Mode = "train" | "inspect";

/** Weights of larger networks come into the URL only when that is asked for. */
const MOST_WEIGHTS_IN_URL = 3000;
const HASH_DELAY = 300;

/** How many points there are where nobody has asked for more or fewer. */
const USUAL_POINTS = { classification: 500, regression: 1200 };

export const REGRESSION_DATA: readonly DataName[] = ["reg-plane", "reg-gauss"];

export class NetworkStore {
  readonly connection: Connection;

  /** What is wanted; what is in training is `connection.network`, from the next frame on. */
  config: Config = $state.raw() as Config;
  variants: Variant[] = $state.raw([]);
  view: ViewSettings = $state() as ViewSettings;
  hide: string[] = $state.raw([]);

  mode: Mode = $state("train");
  selection: Selection | null = $state.raw(null);
  hover: Hover | null = $state.raw(null);
  /** The number of the point that is looked at. */
  sample: number | null = $state(null);
  /** In mode "inspect": every number of that point, and how far they are told; see `toldOf`. */
  inspected: Inspected | null = $state.raw(null);
  stage: Stage = $state.raw({ phase: "forward", layer: 0 });
  /** The unit whose formulas are told. */
  unit: UnitPlace = $state.raw({ layer: 0, unit: 0 });

  #accepted: { config: Config; variants: Variant[] };
  #configuring = false;
  #stale = false;
  #setting: Promise<unknown> | null = null;
  #nextValue: Commands["set_weight"] | null = null;
  #focused: UnitPlace | null = null;
  #hashTimer: ReturnType<typeof setTimeout> | undefined;
  #begun: boolean;
  /** Whether weights were set by hand or by an address: not even the first are the seed's. */
  #ownWeights = false;

  constructor(hash = location.hash, options: ConnectionOptions = {}) {
    const { state, problems } = parseState(hash);
    for (const problem of problems) notify(`In the address: ${problem}`, "error");
    this.#show(state);
    this.#accepted = { config: state.config, variants: state.variants };
    this.#begun = hash.replace("#", "") !== "";
    this.connection = new Connection(state, options);
    if (state.view.speed !== null) this.setSpeed(state.view.speed);
  }

  /** Connect, and follow the address; returns what undoes it. For `$effect`. */
  start(): () => void {
    const { connection } = this;
    connection.connect();
    const unwatch = connection.watchVisibility();
    const hashChanged = () => this.open(location.hash);
    window.addEventListener("hashchange", hashChanged);
    const stop = $effect.root(() => {
      $effect(() => this.#begin(connection.welcome?.begin ?? null));
      $effect(() => {
        void [this.config, this.variants, { ...this.view }, this.hide, connection.playing];
        if (!connection.playing) void connection.frame;
        this.#keepHash();
      });
    });
    return () => {
      stop();
      unwatch();
      window.removeEventListener("hashchange", hashChanged);
      clearTimeout(this.#hashTimer);
      connection.close();
    };
  }

  // What there is

  /** The first run as the last frame tells it. */
  get run(): Run | null {
    return this.connection.frame?.runs[0] ?? null;
  }

  get playing(): boolean {
    return this.connection.playing;
  }

  /** [inputs, units of each hidden layer, outputs] of what the last frame shows. */
  get shape(): number[] {
    return this.connection.network?.shape ?? [];
  }

  weight({ layer, unit, input }: WeightPlace): number | null {
    return this.run?.weights[weightIndex(this.shape, layer, unit, input)] ?? null;
  }

  isFrozen({ layer, unit, input }: WeightPlace): boolean {
    return this.run?.frozen?.[weightIndex(this.shape, layer, unit, input)] === 1;
  }

  isShown(control: ControlName): boolean {
    return !this.hide.includes(control);
  }

  // What is trained

  /** Change some settings; what the change leaves alone is kept, the weights too. */
  edit(change: Partial<Config>): void {
    this.config = { ...this.config, ...change };
    void this.#configure();
  }

  editData(change: Partial<DataConfig>): void {
    this.edit({ data: { ...this.config.data, ...change } });
  }

  setVariants(variants: Variant[]): void {
    this.variants = variants;
    void this.#configure();
  }

  /** Go on with one of the runs alone, from where it is. */
  adopt(run: number): void {
    const found = this.connection.frame?.runs[run];
    const variant = this.variants[run - 1];
    if (found === undefined) return;
    this.config = variant === undefined ? this.config : varied(this.config, variant);
    this.variants = [];
    this.#accepted = { config: this.config, variants: [] };
    const { weights, step } = found;
    const frozen = heldPlaces(found.frozen);
    this.connection
      .restore({ config: this.config, variants: [], weights, frozen, step })
      .catch((error: unknown) => {
        if (error instanceof Refused) notify(error.message, "error");
      });
  }

  chooseData(name: DataName): void {
    const problem = REGRESSION_DATA.includes(name) ? "regression" : "classification";
    if (name === "own") return this.editData({ name });
    const { data } = this.config;
    const n = data.n === USUAL_POINTS[this.config.problem] ? USUAL_POINTS[problem] : data.n;
    this.edit({ problem, ...this.#fitted(problem), data: { ...data, name, n } });
  }

  setProblem(problem: Problem): void {
    if (problem === this.config.problem) return;
    if (this.config.data.name === "own") return this.edit({ problem, ...this.#fitted(problem) });
    this.chooseData(problem === "regression" ? "reg-plane" : "circle");
  }

  /** Learn from points of the user's own; other columns than before are all features. */
  setOwn(own: Own, problem: Problem): void {
    const known = own.columns.map((_, k) => `x${k + 1}`);
    const kept = this.config.features.filter(
      (name) => known.includes(name) || (own.columns.length > 1 && !/^x\d+$/.test(name)),
    );
    const { name, own: before } = this.config.data;
    const columns = name === "own" ? (before?.columns.length ?? 0) : 2;
    const isAlike = columns === own.columns.length && kept.length > 0;
    this.edit({
      problem,
      ...this.#fitted(problem),
      features: isAlike ? kept : known,
      data: { ...this.config.data, name: "own", own },
    });
  }

  #fitted(problem: Problem): Partial<Config> {
    return problem === "regression" ? { loss: "squared" } : {};
  }

  toggleFeature(name: string, order: readonly string[]): void {
    const { features } = this.config;
    if (!features.includes(name)) {
      const chosen = [...features, name];
      this.edit({ features: order.filter((one) => chosen.includes(one)) });
    } else if (features.length > 1) {
      this.edit({ features: features.filter((one) => one !== name) });
    } else notify("A network needs at least one feature.");
  }

  addLayer(): void {
    const { layers } = this.config;
    if (layers.length >= LIMITS.layers) return;
    const last = layers.at(-1);
    this.#setLayers([...layers, { ...(last ?? defaultLayer()), units: last ? 2 : 4, dropout: 0 }]);
  }

  removeLayer(layer = this.config.layers.length - 1): void {
    this.#setLayers(this.config.layers.filter((_, l) => l !== layer));
  }

  editLayer(layer: number, change: Partial<Layer>): void {
    this.#setLayers(
      this.config.layers.map((one, l) => (l === layer ? { ...one, ...change } : one)),
    );
  }

  addUnit(layer: number): void {
    const units = this.config.layers[layer]?.units ?? 0;
    if (units < LIMITS.units) this.editLayer(layer, { units: units + 1 });
  }

  removeUnit(layer: number): void {
    const units = this.config.layers[layer]?.units ?? 0;
    if (units > 1) this.editLayer(layer, { units: units - 1 });
  }

  #setLayers(layers: Layer[]): void {
    this.selection = null;
    this.setHover(null);
    this.edit({ layers });
  }

  /** Tell the server, one change at a time: while one is on its way, only the latest waits. */
  async #configure(): Promise<void> {
    if (this.#configuring) {
      this.#stale = true;
      return;
    }
    this.#configuring = true;
    const { config, variants } = this;
    try {
      await this.connection.configure(config, variants);
      this.#accepted = { config, variants };
    } catch (error) {
      if (error instanceof Refused) this.#refused(error.message);
      else if (!(error instanceof ConnectionLost)) throw error;
    } finally {
      this.#configuring = false;
    }
    if (!this.#stale) return;
    this.#stale = false;
    await this.#configure();
  }

  #refused(message: string): void {
    notify(message, "error");
    if (this.#stale) return;
    const { config, variants } = this.#accepted;
    [this.config, this.variants] = [config, variants];
    this.connection.want(config, variants);
  }

  // Driving it

  play(): void {
    this.connection.send("play", {});
  }

  pause(): void {
    this.connection.send("pause", {});
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  step(unit: Commands["step"]["unit"]): void {
    this.connection.send("step", { unit });
  }

  reset(): void {
    this.connection.send("reset", {});
  }

  setSpeed(steps_per_second: number | null): void {
    this.view.speed = steps_per_second;
    this.connection.send("speed", { steps_per_second });
  }

  /** Go to a moment of the timeline; its settings become those of the page. */
  async seek(step: number, branch: number | null = null): Promise<void> {
    try {
      const { config } = await this.connection.request("seek", { step, branch });
      this.config = config;
      this.#accepted = { config, variants: this.variants };
      this.connection.want(config, this.variants);
    } catch (error) {
      if (error instanceof Refused) notify(error.message, "error");
    }
  }

  // Single weights

  /** Set a weight; while one is on its way, only the latest value waits. */
  setWeight({ layer, unit, input }: WeightPlace, value: number): void {
    this.#ownWeights = true;
    this.#nextValue = { layer, unit, input, value };
    this.#setting ??= this.#sendWeights().finally(() => (this.#setting = null));
  }

  async #sendWeights(): Promise<void> {
    while (this.#nextValue !== null) {
      const next = this.#nextValue;
      this.#nextValue = null;
      try {
        await this.connection.request("set_weight", next);
      } catch (error) {
        if (error instanceof Refused) notify(error.message, "error");
      }
    }
  }

  freeze({ layer, unit, input }: WeightPlace, frozen: boolean): void {
    this.connection.send("freeze", { layer, unit, input, frozen });
  }

  // What is looked at

  select(selection: Selection | null): void {
    this.selection = selection;
  }

  selectSample(sample: number | null): void {
    this.sample = sample;
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    if (mode === "inspect") {
      if (this.playing) this.pause();
      this.sample ??= this.connection.points?.train.indexOf(1) ?? 0;
    }
  }

  setHover(hover: Hover | null): void {
    this.hover = hover;
    const focus = hover?.kind === "unit" ? { layer: hover.layer, unit: hover.unit } : null;
    const [one, other] = [focus, this.#focused];
    if (one?.layer === other?.layer && one?.unit === other?.unit) return;
    this.#focused = focus;
    this.connection.send("focus", focus ?? { layer: null });
  }

  // The address

  /** What the address says; with the weights where asked for, or where training has paused. */
  state(withWeights: boolean): PageState {
    const { config, variants, hide, run } = this;
    const kept = withWeights && run !== null;
    const view = { ...this.view };
    const [weights, step] = kept ? [run.weights, run.step] : [null, 0];
    const frozen = kept ? heldPlaces(run.frozen) : [];
    return { config, variants, view, hide, weights, frozen, step };
  }

  /** The address of this very moment. */
  link(withWeights: boolean): string {
    return `${location.href.split("#")[0]}#${printState(this.state(withWeights))}`;
  }

  /** Show what an address says. */
  open(hash: string): void {
    const { state, problems } = parseState(hash);
    for (const problem of problems) notify(`In the address: ${problem}`, "error");
    this.#show(state);
    this.#accepted = { config: state.config, variants: state.variants };
    this.pause();
    this.connection.send("speed", { steps_per_second: state.view.speed });
    this.connection.restore(state).catch((error: unknown) => {
      if (error instanceof Refused) notify(error.message, "error");
    });
  }

  #show({ config, variants, view, hide, weights }: PageState): void {
    this.config = config;
    this.variants = variants;
    this.view = view;
    this.hide = hide;
    this.selection = null;
    this.#ownWeights = weights !== null;
  }

  /** What the server was started with, on a page whose address says nothing. */
  #begin(config: Config | null): void {
    if (this.#begun || config === null) return;
    this.#begun = true;
    this.config = config;
    void this.#configure();
  }

  #keepHash(): void {
    clearTimeout(this.#hashTimer);
    this.#hashTimer = setTimeout(() => {
      const small = (this.run?.weights.length ?? 0) <= MOST_WEIGHTS_IN_URL;
      const isFirst = (this.run?.step ?? 0) === 0 && !this.#ownWeights;
      const kept = !this.playing && small && !isFirst;
      history.replaceState(null, "", this.link(kept));
    }, HASH_DELAY);
  }
}
