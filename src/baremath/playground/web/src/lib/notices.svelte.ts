/** Short words to the reader that come and go: what was refused, what happened. */

type NoticeKind = "info" | "success" | "error";

interface NoticeItem {
  id: number;
  text: string;
  kind: NoticeKind;
}

const SHOWN_FOR = { info: 6_000, success: 4_000, error: 12_000 };

let lastId = 0;

export const notices: { items: NoticeItem[] } = $state({ items: [] });

/** Show a notice for a while; one that is shown already isn't shown twice. */
export function notify(text: string, kind: NoticeKind = "info"): void {
  if (notices.items.some((item) => item.text === text)) return;
  const id = ++lastId;
  notices.items.push({ id, text, kind });
  setTimeout(() => dismiss(id), SHOWN_FOR[kind]);
}

export function dismiss(id: number): void {
  notices.items = notices.items.filter((item) => item.id !== id);
}
