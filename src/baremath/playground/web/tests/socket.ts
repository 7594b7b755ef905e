type Sent = { type: string; id?: number } & Record<string, unknown>;

/** A socket whose other end is the test. */
export class FakeSocket {
  binaryType = "blob";
  sent: Sent[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.onclose?.();
  }

  receive(message: object | ArrayBuffer): void {
    this.onmessage?.({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  }

  of(type: string): Sent[] {
    return this.sent.filter((message) => message.type === type);
  }
}
