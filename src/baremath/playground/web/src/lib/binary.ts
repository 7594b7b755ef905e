/** The binary container: a JSON header, then arrays at offsets that are multiples of eight. */

export type NumberArray = Uint8Array | Float32Array | Float64Array | Int32Array;

export interface NamedArray {
  shape: number[];
  data: NumberArray;
}

export interface Container {
  header: Record<string, unknown> & { type: string };
  arrays: Record<string, NamedArray>;
}

const KINDS = { u1: Uint8Array, f4: Float32Array, f8: Float64Array, i4: Int32Array };

interface ArraySpec {
  name: string;
  dtype: keyof typeof KINDS;
  shape: number[];
  offset: number;
}

/**
 * Read a binary message; its arrays are views, nothing is copied.
 *
 * @throws Error that says what is wrong with the message.
 */
export function decode(buffer: ArrayBuffer): Container {
  if (buffer.byteLength < 8) {
    throw new Error(`a binary message has at least 8 bytes, got ${buffer.byteLength}`);
  }
  const length = new DataView(buffer).getUint32(0, true);
  const start = 4 + length;
  if (start % 8 !== 0) throw new Error(`the header must end at a multiple of 8, got ${start}`);
  if (start > buffer.byteLength) {
    throw new Error(`the header ends at ${start}, the message at ${buffer.byteLength}`);
  }
  const header = readHeader(new Uint8Array(buffer, 4, length));
  const arrays: Record<string, NamedArray> = {};
  for (const spec of header.arrays as ArraySpec[]) {
    arrays[spec.name] = view(buffer, start, spec);
  }
  return { header, arrays };
}

function readHeader(bytes: Uint8Array): Container["header"] {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Error(`the header isn't JSON: ${(error as Error).message}`);
  }
  if (typeof header !== "object" || header === null) throw new Error("the header isn't an object");
  const { type, arrays } = header as Record<string, unknown>;
  if (typeof type !== "string") throw new Error("the header has no type");
  if (!Array.isArray(arrays)) throw new Error("the header lists no arrays");
  return header as Container["header"];
}

function view(buffer: ArrayBuffer, start: number, spec: ArraySpec): NamedArray {
  const { name, dtype, shape, offset } = spec;
  const Kind = Object.hasOwn(KINDS, dtype) ? KINDS[dtype] : undefined;
  if (Kind === undefined) throw new Error(`array ${name} has the unknown dtype ${dtype}`);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new Error(`array ${name} has the shape ${JSON.stringify(shape)}`);
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 8 !== 0) {
    throw new Error(`array ${name} must start at a multiple of 8, got ${offset}`);
  }
  const size = shape.reduce((product, n) => product * n, 1);
  const end = start + offset + size * Kind.BYTES_PER_ELEMENT;
  if (end > buffer.byteLength) {
    throw new Error(`array ${name} ends at ${end}, the message at ${buffer.byteLength}`);
  }
  return { shape, data: new Kind(buffer, start + offset, size) };
}

/** Weights as the base64 of little-endian float32 numbers. */
export function encodeWeights(weights: Float32Array): string {
  const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return btoa(text);
}

/** The weights in a text of `encodeWeights`. */
export function decodeWeights(text: string): Float32Array {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Error("weights must be base64");
  }
  if (bytes.length % 4 !== 0) {
    throw new Error(`weights take 4 bytes each, got ${bytes.length} bytes`);
  }
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}
