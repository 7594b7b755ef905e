/** Where the page is: its name, the server's addresses beside it, and the token of its URL. */

/** What `location` has and is needed here. */
type Place = Pick<Location, "href">;

/** The page's name: the last part of the path, "" for the front page. */
export function pageName(place: Place = location): string {
  return (
    new URL(place.href).pathname
      .split("/")
      .at(-1)
      ?.replace(/^index\.html$/, "") ?? ""
  );
}

/** The address of a page; keeps the token. */
export function pageHref(name: string, place: Place = location): string {
  return beside(name === "" ? "./" : name, place).href;
}

/** The address of an API call, "api/…", with the token. */
export function apiUrl(path: string, place: Place = location): string {
  return beside(path, place).href;
}

/** The address of the WebSocket, with the token. */
export function socketUrl(place: Place = location): string {
  const url = beside("ws", place);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

function beside(path: string, place: Place): URL {
  const url = new URL(path.replace(/^\/+/, ""), place.href);
  const token = new URL(place.href).searchParams.get("token");
  if (token !== null) url.searchParams.set("token", token);
  return url;
}
