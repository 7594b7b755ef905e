/** The WebSocket of the network page: what it says, what it is told, and how it comes back. */

import { tick } from "svelte";

import { LossHistory } from "./history";
import { notify } from "./notices.svelte";
import { socketUrl } from "./place";
import {
  decode,
  encodeWeights,
  readFrame,
  readPoints,
  type CommandName,
  type Commands,
  type Config,
  type Configured,
  type Diverged,
  type Frame,
  type Points,
  type ReplyTo,
  type ServerMessage,
  type Timeline,
  type Variant,
  type Welcome,
} from "./protocol";

export type ConnectionStatus = "connecting" | "open" | "waiting" | "closed";

/** A command that the server refused; `message` says why. */
export class Refused extends Error {}

/** The connection broke before the reply came; the state is sent again by itself. */
export class ConnectionLost extends Error {
  constructor() {
    super("The connection broke.");
  }
}

/** What the page wants trained, and from where. */
export interface Wanted {
  config: Config;
  variants: Variant[];
  weights: Float32Array | null;
  /** Places in the weights of those that are held. */
  frozen: number[];
  step: number;
}

export interface ConnectionOptions {
  /** Opens the socket; tests put their own here. */
  open?: () => WebSocket;
  /** Resolves once what has changed is on the screen. */
  drawn?: () => Promise<void>;
}

interface Pending {
  resolve: (reply: never) => void;
  reject: (error: Error) => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/** Commands that end the training under way. */
const STOPPING: readonly CommandName[] = ["pause", "step", "reset", "seek"];

export class Connection {
  status: ConnectionStatus = $state("connecting");
  welcome: Welcome | null = $state.raw(null);
  configured: Configured | null = $state.raw(null);
  /** The network that `frame` shows; a newer one is in `configured` until its first frame. */
  network: Configured | null = $state.raw(null);
  points: Points | null = $state.raw(null);
  frame: Frame | null = $state.raw(null);
  timeline: Timeline | null = $state.raw(null);
  diverged: Diverged | null = $state.raw(null);
  stopped: string | null = $state.raw(null);
  /** Whether it trains, as far as this page has said and heard. */
  playing = $state(false);
  /** The losses of each run; they change with `frame`. */
  histories: LossHistory[] = [];

  #wanted: Wanted;
  #speed: number | null = null;
  #focus: Commands["focus"] = { layer: null };
  #open: () => WebSocket;
  #drawn: () => Promise<void>;
  #socket: WebSocket | null = null;
  #pending = new Map<number, Pending>();
  #lastId = 0;
  #wait = FIRST_WAIT;
  /** Resolves once the last frame is on the screen. */
  #drawing: Promise<void> = Promise.resolve();
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(wanted: Wanted, options: ConnectionOptions = {}) {
    this.#wanted = wanted;
    this.#open = options.open ?? (() => new WebSocket(socketUrl()));
    this.#drawn = options.drawn ?? afterDrawing;
  }

  /** Connect, and stay connected until `close`. */
  connect(): void {
    clearTimeout(this.#retry);
    this.status = "connecting";
    const socket = this.#open();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data as string | ArrayBuffer);
    socket.onclose = () => this.#broke();
    this.#socket = socket;
  }

  /** What to ask for when coming back; for a change that the server has made by itself. */
  want(config: Config, variants: Variant[]): void {
    this.#wanted = { config, variants, weights: null, frozen: [], step: 0 };
  }

  close(): void {
    clearTimeout(this.#retry);
    this.status = "closed";
    if (this.#socket !== null) this.#socket.onclose = null;
    this.#socket?.close();
    this.#socket = null;
    this.#rejectAll();
  }

  /** Train this from now on; what the change leaves alone is kept. Null when not connected yet. */
  async configure(config: Config, variants: Variant[] = []): Promise<Configured | null> {
    this.want(config, variants);
    return this.status === "open" ? this.request("configure", { config, variants }) : null;
  }

  /** Go on from these weights. */
  restore(wanted: Wanted): Promise<Configured> {
    this.#wanted = wanted;
    return this.request("configure", restorable(wanted));
  }

  /** Send a command; its reply, or why it was refused. */
  request<C extends CommandName>(type: C, command: Commands[C]): Promise<ReplyTo<C>> {
    this.#remember(type, command);
    const socket = this.#socket;
    if (socket === null || this.status !== "open") return Promise.reject(new ConnectionLost());
    const id = ++this.#lastId;
    return new Promise<ReplyTo<C>>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      socket.send(JSON.stringify({ type, id, ...command }));
    });
  }

  /** Send a command; a refusal becomes a notice. */
  send<C extends CommandName>(type: C, command: Commands[C]): void {
    this.request(type, command).catch((error: unknown) => {
      if (error instanceof Refused) notify(error.message, "error");
    });
  }

  /** Tell the server whether the page can be seen: a hidden one is sent no pictures. */
  watchVisibility(): () => void {
    const tell = () => this.send("view", { visible: !document.hidden });
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }

  #remember<C extends CommandName>(type: C, command: Commands[C]): void {
    if (type === "play") this.playing = true;
    if (STOPPING.includes(type)) this.playing = false;
    if (type === "speed") this.#speed = (command as Commands["speed"]).steps_per_second;
    if (type === "focus") this.#focus = command as Commands["focus"];
    if (["play", "step", "reset", "seek", "configure"].includes(type)) {
      this.diverged = null;
      this.stopped = null;
    }
  }

  #opened(): void {
    this.status = "open";
    this.#wait = FIRST_WAIT;
    this.#resume();
    if (this.#speed !== null) this.send("speed", { steps_per_second: this.#speed });
    if (this.#focus.layer !== null) this.send("focus", this.#focus);
    if (typeof document !== "undefined" && document.hidden) this.send("view", { visible: false });
    if (this.playing) this.send("play", {});
  }

  /** Go on from the last weights; where they no longer fit, from new ones. */
  #resume(): void {
    const { config, variants } = this.#wanted;
    this.request("configure", restorable(this.#latest())).catch((error: unknown) => {
      if (error instanceof Refused) this.send("configure", { config, variants });
    });
  }

  /** What is wanted, from the weights of the last frame where they fit. */
  #latest(): Wanted {
    const run = this.frame?.runs[0];
    if (run === undefined || run.weights.length !== this.configured?.n_weights) return this.#wanted;
    const { weights, step } = run;
    return { ...this.#wanted, weights, frozen: heldPlaces(run.frozen), step };
  }

  #broke(): void {
    this.#socket = null;
    this.#rejectAll();
    this.status = "waiting";
    this.#retry = setTimeout(() => this.connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }

  #rejectAll(): void {
    for (const { reject } of this.#pending.values()) reject(new ConnectionLost());
    this.#pending.clear();
  }

  #received(data: string | ArrayBuffer): void {
    try {
      if (typeof data === "string") this.#receivedText(JSON.parse(data) as ServerMessage);
      else this.#receivedBinary(data);
    } catch (error) {
      notify(`A message of the server can't be read: ${(error as Error).message}`, "error");
    }
  }

  #receivedText(message: ServerMessage): void {
    if (message.type === "welcome") this.welcome = message;
    else if (message.type === "timeline") this.timeline = message;
    else if (message.type === "diverged") this.#diverged(message);
    else if (message.type === "stopped") [this.playing, this.stopped] = [false, message.reason];
    else if (message.type === "notice") notify(message.message);
    else if (message.type === "goodbye") notify(message.reason);
    else if (message.type === "error") this.#refused(message.re, message.message);
    else this.#replied(message);
  }

  /** A variant that diverges stands still; the others go on. */
  #diverged(message: Diverged): void {
    if (message.run === 0) this.playing = false;
    this.diverged = message;
  }

  #refused(re: number, message: string): void {
    const pending = this.#pending.get(re);
    this.#pending.delete(re);
    if (pending === undefined) notify(message, "error");
    else pending.reject(new Refused(message));
  }

  #replied(message: Extract<ServerMessage, { re: number }>): void {
    if (message.type === "configured") {
      this.configured = message;
      this.histories = Array.from(
        { length: message.runs.length },
        (_, r) => (message.redrawn ? undefined : this.histories[r]) ?? new LossHistory(),
      );
    }
    this.#pending.get(message.re)?.resolve(message as never);
    this.#pending.delete(message.re);
  }

  #receivedBinary(data: ArrayBuffer): void {
    const container = decode(data);
    if (container.header.type === "points") {
      this.points = readPoints(container);
      return;
    }
    const frame = readFrame(container);
    frame.runs.forEach((run, r) => (this.histories[r] ??= new LossHistory()).append(run.losses));
    this.network = this.configured;
    this.frame = frame;
    const [socket, before] = [this.#socket, this.#drawing];
    this.#drawing = this.#drawn();
    // The next one is on its way while this one is drawn.
    void before.then(() => {
      if (socket !== null && socket === this.#socket) {
        socket.send(JSON.stringify({ type: "ack", seq: frame.seq }));
      }
    });
  }
}

function restorable(wanted: Wanted): Commands["configure"] {
  const { config, variants, weights, frozen, step } = wanted;
  if (weights === null) return { config, variants };
  return { config, variants, weights: encodeWeights(weights), frozen, step };
}

/** The places of the weights that are held. */
export function heldPlaces(frozen: Uint8Array | null): number[] {
  return frozen === null ? [] : [...frozen.keys()].filter((place) => frozen[place] === 1);
}

/** Components draw in the next animation frame; this comes after them in the same one. */
async function afterDrawing(): Promise<void> {
  await tick();
  await new Promise((resolve) => requestAnimationFrame(resolve));
}
