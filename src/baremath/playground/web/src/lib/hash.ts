/** A page's settings in its URL's hash: readable `key=value` pairs, only what isn't the default. */

/** How one setting is written; `parse` throws an Error that says what was needed. */
export interface Field<T> {
  parse(text: string): T;
  print(value: T): string;
}

export type Fields<S> = { [K in keyof S]: Field<S[K]> };

interface Parsed<S> {
  state: S;
  /** What couldn't be read, in words; its settings have their defaults. */
  problems: string[];
}

export interface HashCodec<S> {
  print(state: S): string;
  parse(hash: string): Parsed<S>;
}

/** The codec of a flat state. */
export function hashCodec<S extends object>(fields: Fields<S>, defaults: S): HashCodec<S> {
  const keys = Object.keys(fields) as (keyof S & string)[];

  function print(state: S): string {
    return keys
      .map((key) => [key, fields[key].print(state[key])] as const)
      .filter(([key, text]) => text !== fields[key].print(defaults[key]))
      .map(([key, text]) => `${key}=${text}`)
      .join("&");
  }

  function parse(hash: string): Parsed<S> {
    const state = { ...defaults };
    const problems: string[] = [];
    for (const pair of hash.replace(/^#/, "").split("&").filter(Boolean)) {
      const cut = pair.indexOf("=");
      const key = cut < 0 ? pair : pair.slice(0, cut);
      if (!Object.hasOwn(fields, key)) {
        problems.push(`“${key}” is no setting of this page`);
        continue;
      }
      try {
        readInto(state, key as keyof S, pair.slice(key.length + 1));
      } catch (error) {
        problems.push(`${key}: ${(error as Error).message}`);
      }
    }
    return { state, problems };
  }

  function readInto<K extends keyof S>(state: S, key: K, text: string): void {
    state[key] = fields[key].parse(text);
  }

  return { print, parse };
}

interface NumberRange {
  min?: number;
  max?: number;
  /** Bounds that a number doesn't reach. */
  above?: number;
  below?: number;
  whole?: boolean;
}

export function number(range: NumberRange = {}): Field<number> {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, whole } = range;
  const from = above > min ? `above ${above}` : `from ${min}`;
  const to = below < max ? `below ${below}` : `to ${max}`;
  return {
    parse(text) {
      const value = text.trim() === "" ? NaN : Number(text);
      const fits = value >= min && value <= max && value > above && value < below;
      if (!fits || (whole && !Number.isInteger(value))) {
        const kind = whole ? "a whole number" : "a number";
        throw new Error(`${kind} ${from} ${to} is needed, not “${text}”`);
      }
      return value;
    },
    print: String,
  };
}

export function choice<T extends string>(names: readonly T[]): Field<T> {
  return {
    parse(text) {
      const found = names.find((name) => name === text);
      if (found === undefined)
        throw new Error(`one of ${names.join(", ")} is needed, not “${text}”`);
      return found;
    },
    print: String,
  };
}

export const flag: Field<boolean> = {
  parse(text) {
    if (text !== "1" && text !== "0") throw new Error(`1 or 0 is needed, not “${text}”`);
    return text === "1";
  },
  print: (value) => (value ? "1" : "0"),
};

export const text: Field<string> = { parse: decodeURIComponent, print: encodeURIComponent };

/** A field that may be null, written as "none". */
export function optional<T>(field: Field<T>): Field<T | null> {
  return {
    parse: (text) => (text === "none" ? null : field.parse(text)),
    print: (value) => (value === null ? "none" : field.print(value)),
  };
}

/** Items with commas between them; an empty list is empty text. */
export function list<T>(item: Field<T>, range: { min?: number; max?: number } = {}): Field<T[]> {
  const { min = 0, max = Infinity } = range;
  return {
    parse(text) {
      const parts = text === "" ? [] : text.split(",");
      if (parts.length < min || parts.length > max) {
        throw new Error(`${min} to ${max} items are needed, not ${parts.length}`);
      }
      return parts.map((part) => item.parse(part));
    },
    print: (values) => values.map((value) => item.print(value)).join(","),
  };
}

/** Bytes as base64 whose letters need no escape in a URL. */
export function toBase64Url(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64Url(text: string): string {
  return text.replaceAll("-", "+").replaceAll("_", "/");
}
