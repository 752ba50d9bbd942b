// One plan: how far it is, what it is worth, where the cars are, the routes of a sector, and the decision.

import { get, post, watch } from "./api.js";
import { localSpan, localTime, make, plainState, section } from "./elements.js";
import { showDeployment } from "./deployment_map.js";
import { planSetup } from "./plan_setup.js";
import { showRoutes } from "./routes_map.js";
import { timetable } from "./timetable.js";
import { worth } from "./worth.js";

const UNFINISHED = ["PLAN_STATE_PENDING", "PLAN_STATE_RUNNING"];
const AREA_PARTS = 2;

// Fills the page; `reload` shows it again. Returns what ends it.
export async function showPlan(page, name, reload) {
  const areaName = name.split("/").slice(0, AREA_PARTS).join("/");
  const [{ plan }, { area: record }] = await Promise.all([get(name), get(areaName)]);
  const area = record.area;
  page.append(heading(plan, area));
  if (UNFINISHED.includes(plan.state)) {
    const ended = follow(page, plan, reload);
    page.append(planSetup(plan, area));
    return ended;
  }
  if (plan.failure) page.append(make("p", { class: "error", role: "alert" }, plan.failure.message));
  if (plan.state === "PLAN_STATE_READY_FOR_REVIEW") page.append(decisionForm(plan, reload));
  if (plan.result) page.append(...resultSections(page, plan, area));
  else page.append(planSetup(plan, area));
  return () => {};
}

function heading(plan, area) {
  const times = localSpan(plan.startTime, plan.endTime, area.timeZone);
  const decision = plan.decision
    ? ` by ${plan.decision.decidedBy}, ${localTime(plan.decision.decideTime, area.timeZone)}`
      + (plan.decision.note ? `: “${plan.decision.note}”` : "")
    : "";
  return make("div", {},
    make("h1", {}, `${area.name}, ${plan.shift} shift`),
    make("div", {}, `${times}, ${carWords(plan.staffing)}, `,
      make("span", { class: "state" }, plainState(plan.state)), decision),
  );
}

// With crews, cars come and go.
const carWords = (staffing) =>
  `${staffing?.crews?.length ? "at most " : ""}${staffing?.cars ?? 0}${staffing?.cars === 1 ? " car" : " cars"}`;

function follow(page, plan, reload) {
  const bar = make("progress", { max: 1, value: plan.progress?.fraction ?? 0, "aria-label": "Progress of the plan" });
  const words = make("p", { class: "soft" }, plan.progress?.message ?? "");
  const fault = make("p", { class: "error", role: "alert" });
  page.append(section("In progress", bar, words, fault));
  const onEvent = (event) => {
    bar.value = event.progress?.fraction ?? bar.value;
    words.textContent = event.progress?.message ?? words.textContent;
    if (!UNFINISHED.includes(event.state)) reload();
  };
  return watch(plan.name, onEvent, (wrong) => {
    fault.textContent = wrong;
  });
}

function decisionForm(plan, reload) {
  const who = make("input", { name: "who", required: true, maxlength: 200, autocomplete: "name" });
  const why = make("input", { name: "why", maxlength: 1000, size: 40 });
  const fault = make("p", { class: "error", role: "alert" });
  // no button submits the form, so that the Enter key in a field decides nothing
  const button = (verdict, words) =>
    make("button", { type: "button", class: verdict, onclick: () => decide(verdict) }, words);
  const buttons = [button("approve", "Approve"), button("reject", "Reject")];
  const form = make("form", { class: "controls", onsubmit: (event) => event.preventDefault() },
    make("label", {}, "Decided by ", who), make("label", {}, "Why ", why), ...buttons);
  const enable = (may) => buttons.forEach((each) => { each.disabled = !may; });
  const decide = async (verdict) => {
    if (!form.reportValidity()) return;
    fault.textContent = "";
    enable(false);
    try {
      await post(`${plan.name}:${verdict}`, { decidedBy: who.value, note: why.value });
      reload();
    } catch (error) {
      fault.textContent = error.message;
      enable(true);
    }
  };
  return section("Decision", form, fault);
}

function resultSections(page, plan, area) {
  const result = plan.result;
  const routes = (result.routes ?? []).filter((set) => set.routes?.length);
  const sections = [worth(plan, area), planSetup(plan, area), policy(result.policy)];
  sections.push(section("Cars by sector and period", showDeployment(page, plan, area)));
  if (routes.length) sections.push(section("Patrol routes", showRoutes(page, routes, area)));
  sections.push(section("Schedule", timetable(plan, area), explanation(result.schedule)));
  return sections.filter(Boolean);
}

function policy(found) {
  if (!found?.rules?.length) return null;
  const words = found.rules.map((rule) => make("li", {}, Object.values(rule).filter((v) => typeof v === "string").join(": ")));
  return section("Records left out by the data policy", make("ul", {}, ...words));
}

function explanation(schedule) {
  return make("ul", { class: "soft" }, ...(schedule?.explanation ?? []).map((line) => make("li", {}, line)));
}
