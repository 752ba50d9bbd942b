// Makes elements from text; nothing that comes from data is ever read as markup.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The same for drawings.
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SCOPE = { th: { scope: "col" }, td: {} };

// A table that scrolls where it is wider than the page, with the keyboard too; `label` says what it tells. Cells that
// are numbers or end in a unit are given as {number: text}.
export function table(label, headings, rows, attributes = {}) {
  const cell = (tag, content) =>
    content?.number !== undefined
      ? make(tag, { class: "number", ...SCOPE[tag] }, content.number)
      : make(tag, SCOPE[tag], content);
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, make("table", attributes,
    make("thead", {}, make("tr", {}, ...headings.map((heading) => cell("th", heading)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((content) => cell("td", content))))),
  ));
}

// What the colours or lines of a drawing stand for: pairs of a sign and its words.
export const legend = (title, ...entries) =>
  make("div", { class: "legend" }, title, ...entries.map((entry) => make("span", {}, ...entry)));

export const section = (title, ...children) => make("section", {}, make("h2", {}, title), ...children);

// "PLAN_STATE_READY_FOR_REVIEW" -> "ready for review"
export const plainState = (state) => (state ?? "").replace(/^PLAN_STATE_/, "").toLowerCase().replaceAll("_", " ");

export const percent = (share) => (share === undefined ? "–" : `${(100 * share).toFixed(1)}\u00a0%`);

export const minutes = (value) => (value === undefined ? "–" : `${value.toFixed(1)}\u00a0min`);

// An instant in the area's time zone.
export const localTime = (instant, timeZone) =>
  new Date(instant).toLocaleString("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });

// A span of instants; a day is named once.
export const localSpan = (start, end, timeZone) => new Intl.DateTimeFormat("en-GB", {
  timeZone, day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
}).formatRange(new Date(start), new Date(end));

export const localClock = (instant, timeZone) =>
  new Date(instant).toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
