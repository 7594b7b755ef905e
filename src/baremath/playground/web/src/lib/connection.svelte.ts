/** The WebSocket of the network page: what it says, what it is told, and how it comes back. */

import { tick } from "svelte";

import { commandOf, goneWith, heldPlaces, type Beginning } from "./beginning";
import { formatCount } from "./format";
import { LossHistory } from "./history";
import { notify } from "./notices.svelte";
import { socketUrl } from "./place";
import {
  decode,
  readFrame,
  readPoints,
  type CommandName,
  type Commands,
  type Config,
  type Configured,
  type Diverged,
  type Frame,
  type Own,
  type Points,
  type ReplyTo,
  type ServerMessage,
  type Settings,
  type Timeline,
  type Welcome,
} from "./protocol";
import { isHidden } from "./reader";
import { ConnectionLost, Refused, Requests, tell, type Request } from "./requests";

/** "resting": the server has ended the session, and the page waits for its reader. */
export type ConnectionStatus = "connecting" | "open" | "waiting" | "resting" | "closed";

export interface ConnectionOptions {
  /** Opens the socket; tests put their own here. */
  open?: () => WebSocket;
  /** Resolves once what has changed is on the screen. */
  drawn?: () => Promise<void>;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/** Commands that end the training under way. */
const STOPPING: readonly CommandName[] = ["pause", "step", "reset", "seek"];

/** Commands that are made up for when the connection is back. */
const REMEMBERED: readonly CommandName[] = ["play", "pause", "speed", "focus", "view"];

const NO_BRANCHES: Timeline["branches"] = [];

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
  /** What the server has agreed to train. */
  accepted: Settings | null = $state.raw(null);
  /** Whether it trains, as far as this page has said and heard. */
  playing = $state(false);
  /** The losses of each run; they change with `frame`. */
  histories: LossHistory[] = [];

  /** What a page is to do when it comes back: the server has the settings of the last frame. */
  onresumed: () => void = () => undefined;
  /** What to begin with instead of settings that the server refuses. */
  instead: (message: string) => Settings | null = () => null;

  /** What to begin with; null once a frame has told where training stands. */
  #beginning: Beginning | null;
  /** The points of the reader's own that the server has. */
  #sentOwn: Own | null = null;
  /** The settings of the last frame. */
  #shown: Settings | null = null;
  #speed: number | null = null;
  #focus: Commands["focus"] = { layer: null };
  #open: () => WebSocket;
  #drawn: () => Promise<void>;
  #socket: WebSocket | null = null;
  #requests = new Requests();
  #wait = FIRST_WAIT;
  /** Why the server has refused or ended the session; "" while it hasn't. */
  #farewell = "";
  /** Resolves once the last frame is on the screen. */
  #drawing: Promise<void> = Promise.resolve();
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(beginning: Beginning, options: ConnectionOptions = {}) {
    this.#beginning = beginning;
    this.#open = options.open ?? (() => new WebSocket(socketUrl()));
    this.#drawn = options.drawn ?? afterDrawing;
  }

  /** Connect, and stay connected until `close`. */
  connect(): void {
    clearTimeout(this.#retry);
    this.status = "connecting";
    this.#sentOwn = null;
    const socket = this.#open();
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#received(data as string | ArrayBuffer);
    socket.onclose = () => this.#broke();
    this.#socket = socket;
  }

  close(): void {
    clearTimeout(this.#retry);
    this.status = "closed";
    if (this.#socket !== null) this.#socket.onclose = null;
    this.#socket?.close();
    this.#socket = null;
    this.#requests.rejectAll(new ConnectionLost());
  }

  /** Train this from now on; what the change leaves alone is kept. */
  configure({ config, variants }: Settings): Promise<Configured> {
    return this.request("configure", { config, variants });
  }

  /** Go on from these weights. Waits for a connection. */
  async begin(beginning: Beginning): Promise<void> {
    this.#beginning = beginning;
    if (this.status !== "open") return;
    try {
      await this.request("configure", commandOf(beginning));
    } catch (error) {
      if (error instanceof Refused && this.#beginning === beginning) this.#beginning = null;
      throw error;
    }
  }

  /** Go on with one of the runs alone. */
  adopt(run: number): Promise<Configured> {
    return this.request("adopt", { run }, run);
  }

  /** Send a command; its reply, or why it was refused. */
  request<C extends CommandName>(
    type: C,
    command: Commands[C],
    heir: number | null = null,
  ): Promise<ReplyTo<C>> {
    const socket = this.#socket;
    const isOpen = socket !== null && this.status === "open";
    if (isOpen || REMEMBERED.includes(type)) this.#remember(type, command);
    if (!isOpen) return Promise.reject(new ConnectionLost());
    const { config, variants = [] } = command as Commands["configure"];
    const settings = type === "configure" ? { config, variants } : null;
    const short = settings === null ? {} : { config: this.#shortened(config) };
    const { id, reply } = this.#requests.add<ReplyTo<C>>({ type, settings, heir });
    socket.send(JSON.stringify({ type, id, ...command, ...short }));
    return reply;
  }

  /** Leave out points of the reader's own that aren't learned from, or that the server has. */
  #shortened(config: Config): Config {
    const { name, own } = config.data;
    const isThere = own === this.#sentOwn && !this.#requests.isConfiguring;
    if (own === null || (name === "own" && !isThere)) return config;
    return { ...config, data: { ...config.data, own: null } };
  }

  /** Send a command; a refusal becomes a notice, and so does a lack of connection where it counts. */
  send<C extends CommandName>(type: C, command: Commands[C]): void {
    this.request(type, command).catch((error: unknown) => {
      if (error instanceof Refused || !REMEMBERED.includes(type)) tell(error);
    });
  }

  #remember<C extends CommandName>(type: C, command: Commands[C]): void {
    if (type === "play") this.playing = true;
    if (STOPPING.includes(type)) this.playing = false;
    if (type === "speed") this.#speed = (command as Commands["speed"]).steps_per_second;
    if (type === "focus") this.#focus = command as Commands["focus"];
    if (["play", "step", "reset", "seek", "configure", "adopt"].includes(type)) {
      this.diverged = null;
      this.stopped = null;
    }
  }

  #welcomed(welcome: Welcome): void {
    this.welcome = welcome;
    this.status = "open";
    this.#wait = FIRST_WAIT;
    this.#farewell = "";
    void this.#resume();
  }

  /** Go on from where training stood; where that is refused, from what can be had instead. */
  async #resume(): Promise<void> {
    const isBack = this.#beginning === null;
    const beginning = this.#beginning ?? this.#present();
    if (beginning === null) return;
    try {
      await this.request("configure", commandOf(beginning), isBack ? 0 : null);
    } catch (error) {
      if (error instanceof Refused) this.#resumeWithout(beginning, error.message);
      return;
    }
    if (isBack && beginning.step > 0) notify(backAt(beginning));
    this.onresumed();
    if (this.#speed !== null) this.send("speed", { steps_per_second: this.#speed });
    if (this.#focus.layer !== null) this.send("focus", this.#focus);
    if (isHidden()) this.send("view", { visible: false });
    if (this.playing) this.send("play", {});
  }

  #resumeWithout({ weights, config, variants }: Beginning, why: string): void {
    if (weights !== null) notify(`New weights are drawn, as the last can't be used: ${why}`, "error");
    const settings = weights === null ? this.instead(why) : { config, variants };
    if (settings === null) return;
    this.#beginning = { ...settings, weights: null, frozen: [], step: 0 };
    void this.#resume();
  }

  /** Where the first run stands, as the last frame told. */
  #present(): Beginning | null {
    const run = this.frame?.runs[0];
    if (run === undefined || this.#shown === null) return null;
    const { weights, step } = run;
    return { ...this.#shown, weights, frozen: heldPlaces(run.frozen), step };
  }

  #broke(): void {
    const hadSession = this.status === "open";
    this.#socket = null;
    this.status = "waiting";
    this.#requests.rejectAll(new ConnectionLost());
    if (this.#farewell !== "") {
      if (hadSession) {
        this.status = "resting";
        return;
      }
      this.#wait = LONGEST_WAIT;
    }
    this.#retry = setTimeout(() => this.connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
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
    if (message.type === "welcome") this.#welcomed(message);
    else if (message.type === "timeline") this.#timelineChanged(message);
    else if (message.type === "diverged") this.#diverged(message);
    else if (message.type === "stopped") [this.playing, this.stopped] = [false, message.reason];
    else if (message.type === "goodbye") this.#dismissed(message.reason);
    else if (message.type === "error") this.#refused(message.re, message.message);
    else this.#replied(message);
  }

  /** A variant that diverges stands still; the others go on. */
  #diverged(message: Diverged): void {
    if (message.run === 0) this.playing = false;
    this.diverged = message;
  }

  /** The server ends the session, or has no place for one. */
  #dismissed(reason: string): void {
    const words =
      this.status === "open"
        ? `The session has ended: ${reason} It goes on with your next click or key.`
        : `The page waits for a place: ${reason}`;
    if (reason !== this.#farewell) notify(words, "error");
    this.#farewell = reason;
  }

  /** A timeline that begins anew takes with it what the reader has made of the last. */
  #timelineChanged(timeline: Timeline): void {
    const gone = goneWith(this.timeline, timeline);
    if (gone !== "") notify(`The timeline begins anew; gone with the last: ${gone}.`);
    this.timeline = timeline;
  }

  #refused(re: number, message: string): void {
    const request = this.#requests.get(re);
    if (request === undefined) notify(message, "error");
    if (request?.type === "play") this.playing = false;
    this.#requests.reject(re, new Refused(message));
  }

  #replied(message: Extract<ServerMessage, { re: number }>): void {
    if (message.type === "configured") this.#configured(message, this.#requests.get(message.re));
    this.#requests.resolve(message.re, message);
  }

  #configured(message: Configured, request: Request | undefined): void {
    const { redrawn, runs } = message;
    this.configured = message;
    this.accepted = request?.settings ?? past(message, this.accepted);
    const { name, own } = this.accepted.config.data;
    this.#sentOwn = name === "own" ? own : null;
    const heir = this.histories[request?.heir ?? -1];
    const inherited = redrawn ? heir?.continued() : heir;
    const known = redrawn ? [] : this.histories;
    this.histories = runs.map((_, r) => (r === 0 && inherited) || known[r] || new LossHistory());
  }

  #receivedBinary(data: ArrayBuffer): void {
    const container = decode(data);
    if (container.header.type === "points") {
      this.points = readPoints(container);
      return;
    }
    const frame = readFrame(container);
    const branches = this.timeline?.branches ?? NO_BRANCHES;
    frame.runs.forEach((run, r) => {
      const present = { ...run, branch: frame.branch };
      (this.histories[r] ??= new LossHistory()).append(run.losses, present, branches);
    });
    [this.network, this.#shown] = [this.configured, this.accepted];
    if (!this.#requests.isConfiguring) this.#beginning = null;
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

/** The settings of a moment of the past, which had the points of now. */
function past({ config, variants }: Configured, now: Settings | null): Settings {
  const own = now?.config.data.own ?? null;
  return { config: { ...config, data: { ...config.data, own } }, variants };
}

function backAt({ step, variants }: Beginning): string {
  const others = variants.length > 0 ? " All runs go on from the weights of the first." : "";
  return `Connected again at step ${formatCount(step)}; the timeline begins there.${others}`;
}

/** Components draw in the next animation frame, unless the page is hidden; this comes after them. */
async function afterDrawing(): Promise<void> {
  if (isHidden()) return;
  await tick();
  await new Promise<void>((resolve) => {
    const done = () => {
      cancelAnimationFrame(request);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const request = requestAnimationFrame(done);
    document.addEventListener("visibilitychange", done);
  });
}
