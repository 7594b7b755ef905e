/** A container with the header and payload given, its length as the protocol pads it. */
export function container(header: object, payload: Uint8Array = new Uint8Array()): ArrayBuffer {
  let text = JSON.stringify(header);
  while ((4 + new TextEncoder().encode(text).length) % 8 !== 0) text += " ";
  const bytes = new TextEncoder().encode(text);
  const buffer = new ArrayBuffer(4 + bytes.length + payload.length);
  new DataView(buffer).setUint32(0, bytes.length, true);
  new Uint8Array(buffer, 4).set(bytes);
  new Uint8Array(buffer, 4 + bytes.length).set(payload);
  return buffer;
}
