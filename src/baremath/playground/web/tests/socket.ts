type Sent = { type: string; id?: number } & Record<string, unknown>;

/** A socket whose other end is the test. */
export class FakeSocket {
  binaryType = "blob";
  sent: Sent[] = [];
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

  /** Let the page in; its first configuration follows. */
  welcome(): void {
    this.receive({ type: "welcome", version: "0", begin: null });
  }

  of(type: string): Sent[] {
    return this.sent.filter((message) => message.type === type);
  }
}
