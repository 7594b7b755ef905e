/** Changes of the settings that touch more than one of them. */

import {
  REGRESSION_DATA,
  defaultLayer,
  problemOf,
  type Config,
  type DataName,
  type Layer,
  type Own,
  type Problem,
} from "../../lib/protocol";

type Change = Partial<Config>;

/** How many points there are where nobody has asked for more or fewer. */
const USUAL_POINTS = { classification: 500, regression: 1200 };

/** Learn from other data. */
export function withData({ data, problem: before }: Config, name: DataName): Change {
  if (name === "own") return { data: { ...data, name } };
  const problem = problemOf(name);
  const n = data.n === USUAL_POINTS[before] ? USUAL_POINTS[problem] : data.n;
  return { problem, ...lossOf(problem), data: { ...data, name, n } };
}

export function withProblem(config: Config, problem: Problem): Change {
  if (config.data.name === "own") return { problem, ...lossOf(problem) };
  return withData(config, problem === "regression" ? REGRESSION_DATA[0] : "circle");
}

/** Learn from points of the user's own; other columns than before are all features. */
export function withOwn({ data, features }: Config, own: Own, problem: Problem): Change {
  const known = own.columns.map((_, k) => `x${k + 1}`);
  const kept = features.filter(
    (name) => known.includes(name) || (own.columns.length > 1 && !/^x\d+$/.test(name)),
  );
  const columns = data.name === "own" ? (data.own?.columns.length ?? 0) : 2;
  const isAlike = columns === own.columns.length && kept.length > 0;
  return {
    problem,
    ...lossOf(problem),
    features: isAlike ? kept : known,
    data: { ...data, name: "own", own },
  };
}

function lossOf(problem: Problem): Change {
  return problem === "regression" ? { loss: "squared" } : {};
}

/** A feature more, or one less; null where it is the only one. */
export function toggled(features: string[], name: string, order: readonly string[]) {
  if (!features.includes(name)) {
    const chosen = [...features, name];
    return order.filter((one) => chosen.includes(one));
  }
  return features.length > 1 ? features.filter((one) => one !== name) : null;
}

/** A hidden layer more, like the last one. */
export function withLayer(layers: Layer[]): Layer[] {
  const last = layers.at(-1);
  return [...layers, { ...(last ?? defaultLayer()), units: last ? 2 : 4, dropout: 0 }];
}
