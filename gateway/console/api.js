// Calls the gateway's HTTP interface.

export class ApiError extends Error {}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(describe(body, response.status));
  return body;
}

// One line: the message, and each field at fault with what is expected of it.
function describe(body, status) {
  const fields = (body.details ?? []).flatMap((detail) => detail.fieldViolations ?? []);
  const words = fields.map((violation) => `${violation.field}: ${violation.description}`);
  return [body.message ?? `The gateway answered ${status}.`, ...words].join(" ");
}

export const get = async (path) => answer(await fetch(`/v1/${path}`));

export const post = async (path, body) =>
  answer(await fetch(`/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }));

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

// Follows a plan; `onEvent` gets each event. Returns a function that ends it. The browser resumes after a break.
export function watch(plan, onEvent) {
  const source = new EventSource(`/v1/${plan}:watch`);
  source.onmessage = (event) => onEvent(JSON.parse(event.data));
  source.addEventListener("error", (event) => event.data && source.close());
  return () => source.close();
}
