/** The network page's state: what is trained, what is seen and chosen, and the connection to it. */

import { heldPlaces } from "../../lib/beginning";
import { Connection, type ConnectionOptions } from "../../lib/connection.svelte";
import { notify } from "../../lib/notices.svelte";
import {
  LIMITS,
  defaultConfig,
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
  type Settings,
  type Variant,
  type WeightPlace,
} from "../../lib/protocol";
import { watchReader } from "../../lib/reader";
import { ConnectionLost, Refused, tell } from "../../lib/requests";
import {
  fitsUrl,
  parseState,
  printState,
  type ControlName,
  type PageState,
  type ViewSettings,
} from "../../lib/url";
import { Address } from "./address";
import { toggled, withData, withLayer, withOwn, withProblem } from "./changes";
import { Latest } from "./parts/latest";
import type { Stage } from "./parts/stages";

/** A unit of a layer (the last layer is the output), or an input by its name. */
export type UnitPlace = { layer: number; unit: number };

/** A weight (its bias where `input` is null), or a unit, whose card is open. */
export type Selection = ({ kind: "link" } & WeightPlace) | ({ kind: "unit" } & UnitPlace);

/** What the pointer is on, or the focus: shown large. */
type Hover =
  | ({ kind: "unit" } & UnitPlace)
  | { kind: "input"; name: string }
  | ({ kind: "link" } & WeightPlace);

/** To train, or to look at one point with every number. */
type Mode = "train" | "inspect";

export class NetworkStore {
  readonly connection: Connection;

  /** What is wanted; what is in training is `connection.network`, from the next frame on. */
  config: Config = $state.raw() as Config;
  variants: Variant[] = $state.raw([]);
  view: ViewSettings = $state() as ViewSettings;
  hide: ControlName[] = $state.raw([]);

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

  #configuring = false;
  #stale = false;
  #weights = new Latest<Commands["set_weight"]>((set) =>
    this.connection.request("set_weight", set).catch(tell),
  );
  #seeks = new Latest<Commands["seek"]>((seek) =>
    this.connection.request("seek", seek).then(() => this.#showAccepted(), tell),
  );
  #focused: UnitPlace | null = null;
  #begun: boolean;
  #address = new Address(this);

  constructor(hash = location.hash, options: ConnectionOptions = {}) {
    const { state, problems } = parseState(hash);
    for (const problem of problems) notify(`In the address: ${problem}`, "error");
    this.#show(state);
    this.#begun = hash.replace("#", "") !== "";
    this.connection = new Connection(state, options);
    this.connection.onresumed = () => this.#catchUp();
    this.connection.instead = (message) => this.#showUsual(message);
    if (state.view.speed !== null) this.setSpeed(state.view.speed);
  }

  /** Connect, and follow the address; returns what undoes it. For `$effect`. */
  start(): () => void {
    const { connection } = this;
    connection.connect();
    const unwatch = watchReader(connection);
    const hashChanged = () => this.open(location.hash);
    window.addEventListener("hashchange", hashChanged);
    const stop = $effect.root(() => {
      $effect(() => this.#begin(connection.welcome?.begin ?? null));
      $effect(() => {
        void [this.config, this.variants, { ...this.view }, this.hide, connection.playing];
        if (!connection.playing) void connection.frame;
        this.#address.changed();
      });
    });
    const stopWriting = this.#address.start();
    return () => {
      stop();
      unwatch();
      stopWriting();
      window.removeEventListener("hashchange", hashChanged);
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
  async adopt(run: number): Promise<void> {
    this.#seeks.flush();
    try {
      await this.connection.adopt(run);
      this.#showAccepted();
    } catch (error) {
      tell(error);
    }
  }

  chooseData(name: DataName): void {
    this.edit(withData(this.config, name));
  }

  setProblem(problem: Problem): void {
    if (problem !== this.config.problem) this.edit(withProblem(this.config, problem));
  }

  /** Learn from points of the user's own. */
  setOwn(own: Own, problem: Problem): void {
    this.edit(withOwn(this.config, own, problem));
  }

  toggleFeature(name: string, order: readonly string[]): void {
    const features = toggled(this.config.features, name, order);
    if (features === null) notify("A network needs at least one feature.");
    else this.edit({ features });
  }

  addLayer(): void {
    const { layers } = this.config;
    if (layers.length < LIMITS.layers) this.#setLayers(withLayer(layers));
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
    this.#seeks.flush();
    const { config, variants } = this;
    const failure: unknown = await this.connection
      .configure({ config, variants })
      .then(() => null, (error: unknown) => error);
    this.#configuring = false;
    // What is edited without a connection is made up for when it is back.
    if (failure !== null && !(failure instanceof ConnectionLost)) this.#failed(failure);
    if (!this.#stale) return;
    this.#stale = false;
    await this.#configure();
  }

  /** Tell why something was refused, and show what is trained instead. */
  #failed(error: unknown): void {
    tell(error);
    if (error instanceof Refused) this.#showAccepted();
  }

  /** Show what is trained, unless an edit is on its way that comes after it. */
  #showAccepted(): void {
    const { accepted } = this.connection;
    if (accepted === null || this.#configuring || this.#stale) return;
    [this.config, this.variants] = [accepted.config, accepted.variants];
  }

  /** Tell the server, when it is back, what has been edited since. */
  #catchUp(): void {
    const { accepted } = this.connection;
    const isNew = accepted?.config !== this.config || accepted.variants !== this.variants;
    if (isNew && !this.#configuring) void this.#configure();
  }

  /** Show the usual settings in place of those that the server refuses to begin with. */
  #showUsual(message: string): Settings | null {
    notify(message, "error");
    if (this.connection.accepted !== null) return null;
    [this.config, this.variants] = [defaultConfig(), []];
    return { config: this.config, variants: this.variants };
  }

  // Driving it

  play(): void {
    this.#seeks.flush();
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
    this.#seeks.flush();
    this.connection.send("step", { unit });
  }

  reset(): void {
    this.#seeks.flush();
    this.connection.send("reset", {});
  }

  setSpeed(steps_per_second: number | null): void {
    this.view.speed = steps_per_second;
    this.connection.send("speed", { steps_per_second });
  }

  /** Go to a moment of the timeline; its settings become those of the page. */
  seek(step: number, branch: number | null = null): Promise<void> {
    return this.#seeks.ask({ step, branch });
  }

  // Single weights

  /** Set a weight; while one is on its way, only the latest value waits. */
  setWeight({ layer, unit, input }: WeightPlace, value: number): void {
    this.#address.hasOwnWeights = true;
    void this.#weights.ask({ layer, unit, input, value });
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

  /** What the address says; with the weights where asked for. */
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

  /** Whether an address has room for all there is. */
  get fitsLink(): boolean {
    const { name, own } = this.config.data;
    return name !== "own" || own === null || fitsUrl(own);
  }

  /** Show what an address says. */
  open(hash: string): void {
    const { state, problems } = parseState(hash);
    for (const problem of problems) notify(`In the address: ${problem}`, "error");
    this.#show(state);
    this.#seeks.flush();
    this.pause();
    this.connection.send("speed", { steps_per_second: state.view.speed });
    this.connection.begin(state).catch((error: unknown) => this.#failed(error));
  }

  #show({ config, variants, view, hide, weights }: PageState): void {
    this.config = config;
    this.variants = variants;
    this.view = view;
    this.hide = hide;
    this.selection = null;
    this.#address.hasOwnWeights = weights !== null;
  }

  /** What the server was started with, on a page whose address says nothing. */
  #begin(config: Config | null): void {
    if (this.#begun || config === null) return;
    this.#begun = true;
    this.config = config;
    void this.#configure();
  }
}
