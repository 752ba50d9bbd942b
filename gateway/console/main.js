// Shows the page that the address names: "#" the areas, "#areas/a" its plans, "#areas/a/plans/p" one plan.

import { make } from "./elements.js";
import { showAreas, showPlans } from "./lists.js";
import { showPlan } from "./plan_page.js";

const TITLE = document.title;
const page = document.getElementById("page");
const trail = document.getElementById("trail");
let leave = () => {};
let visit = 0;

async function show() {
  const name = pageName();
  const parts = name.split("/");
  const current = ++visit;
  leave();
  leave = () => {};
  trail.replaceChildren(...crumbs(parts));
  page.replaceChildren(make("p", { class: "soft" }, "Loading …"));
  try {
    const shown = make("div");
    const ended = await open(name, parts, shown);
    if (current !== visit) return ended();
    leave = ended;
    page.replaceChildren(shown);
    shown.dispatchEvent(new Event("shown"));
  } catch (error) {
    if (current === visit) page.replaceChildren(...fault(error));
  }
  if (current === visit) announce();
}

const fault = (error) => [
  make("h1", {}, "This page cannot be shown"),
  make("p", { class: "error", role: "alert" }, error.message),
  make("button", { onclick: show }, "Try again"),
];

// Tells readers of the screen which page this is; those who came by a link go on from its heading.
function announce() {
  const heading = page.querySelector("h1");
  document.title = `${heading.textContent} – ${TITLE}`;
  if (visit > 1) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

function pageName() {
  const name = location.hash.slice(1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // no page has such a name, and the gateway says so
  }
}

async function open(name, parts, shown) {
  if (name === "") await showAreas(shown);
  else if (parts.length === 2 && parts[0] === "areas") await showPlans(shown, name);
  else if (parts.length === 4 && parts[0] === "areas" && parts[2] === "plans") return showPlan(shown, name, show);
  else throw new Error(`There is no page ${name}.`);
  return () => {};
}

function crumbs(parts) {
  const links = [make("a", { href: "#" }, "Areas")];
  if (parts[1]) links.push(make("a", { href: `#areas/${parts[1]}` }, parts[1]));
  if (parts[3]) links.push(make("a", { href: `#areas/${parts[1]}/plans/${parts[3]}` }, parts[3]));
  return links;
}

addEventListener("hashchange", show);
show();
