// Calls the gateway's HTTP interface.

export class ApiError extends Error {}

const AWAY = "The gateway does not answer.";
const PAUSE_MS = 3000;

async function call(path, options) {
  const response = await fetch(`/v1/${path}`, options).catch(() => { throw new ApiError(AWAY); });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(describe(body, response.status));
  return body;
}

// What is wrong, in one line; the gateway's message names every field at fault.
const describe = (body, status) => body.message ?? `The gateway answered ${status}.`;

export const get = (path) => call(path);

export const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// All entries of a paged list.
export async function list(path, field) {
  const entries = [];
  let token = "";
  do {
    const page = await get(`${path}?pageToken=${encodeURIComponent(token)}`);
    entries.push(...(page[field] ?? []));
    token = page.nextPageToken ?? "";
  } while (token);
  return entries;
}

// Follows a plan; `onEvent` gets each event, `onBreak` what is wrong with the connection, "" once it is well again.
// Returns a function that ends it. The browser resumes after a break; where a proxy answers for the gateway, we do.
export function watch(plan, onEvent, onBreak) {
  let source, again;
  const open = () => {
    source = new EventSource(`/v1/${plan}:watch`);
    source.addEventListener("message", (event) => onEvent(JSON.parse(event.data)));
    source.addEventListener("open", () => onBreak(""));
    source.addEventListener("error", (event) => {
      onBreak(event.data ? describe(JSON.parse(event.data)) : `${AWAY} This page goes on once it does.`);
      if (event.data) source.close();
      else if (source.readyState === EventSource.CLOSED) again = setTimeout(open, PAUSE_MS);
    });
  };
  open();
  return () => {
    clearTimeout(again);
    source.close();
  };
}
