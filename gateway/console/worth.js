// What a plan is worth on scenarios kept aside, beside simple deployments of the same cars.

import { make, minutes, percent, section, table } from "./elements.js";
import { hourChart } from "./hour_chart.js";

const NUMBERS = ["Late or never", "Urgent in time", "Others in time", "Mean response", "90th percentile", "Cars busy"];

export function worth(plan, area) {
  const simulations = plan.result.simulations ?? [];
  if (!simulations.length) return null;
  const names = new Map((area.sectors ?? []).map((sector) => [sector.id, sector.name || sector.id]));
  const rows = simulations.map((figures) => [
    deploymentName(figures),
    { number: withInterval(figures.failureRate) },
    { number: inTime(figures.urgent) },
    { number: inTime(figures.other) },
    { number: minutes(figures.meanResponseMinutes) },
    { number: minutes(figures.p90ResponseMinutes) },
    { number: percent(figures.utilisation) },
    worstSector(figures, names),
  ]);
  return section("What it is worth on scenarios kept aside",
    table(["Deployment", ...NUMBERS.map((number) => ({ number })), "Worst sector"], rows),
    make("ul", {}, ...simulations.slice(1).map((figures) => make("li", {}, comparison(figures, simulations[0])))),
    make("p", { class: "soft" }, "Intervals hold with 90 % confidence. All deployments have the plan's cars, with the same hours, "
      + "breaks and teams; only their sectors differ."),
    hourChart(simulations.map((figures) => ({ name: deploymentName(figures), hours: figures.hours ?? [] })), plan, area),
  );
}

const deploymentName = (figures) => {
  const name = figures.name.replaceAll("_", " ");
  return name[0].toUpperCase() + name.slice(1);
};

const withInterval = (interval) =>
  interval ? `${percent(interval.value ?? 0)} (${bare(interval.low)} – ${bare(interval.high)})` : "–";

const bare = (share) => (100 * (share ?? 0)).toFixed(1);

const inTime = (part) => (Number(part?.calls ?? 0) ? percent(Number(part.withinTarget ?? 0) / Number(part.calls)) : "–");

function worstSector(figures, names) {
  const worst = figures.worstSectorId;
  const result = (figures.sectors ?? []).find((sector) => sector.sectorId === worst);
  return worst && result ? `${names.get(worst) ?? worst} (${inTime(result)} in time)` : "–";
}

// One sentence: how a deployment compares with the first one.
function comparison(figures, first) {
  const words = [lateCalls(figures.comparison?.failuresChange, first), response(figures.comparison, first)];
  return `${deploymentName(figures)}: ${words.filter(Boolean).join("; ")}.`;
}

function lateCalls(change, first) {
  if (!change) return `the ${first.name} has no late calls to compare with`;
  const { value = 0, low = 0, high = 0 } = change;
  const range = `(${signed(100 * low, 0)} % to ${signed(100 * high, 0)} %)`;
  if (low <= 0 && high >= 0) return `no clear difference from the ${first.name} in late calls ${range}`;
  return `${Math.abs(100 * value).toFixed(0)} % ${value > 0 ? "more" : "fewer"} late calls than the ${first.name} ${range}`;
}

function response(compared, first) {
  const change = compared?.meanResponseChangeMinutes;
  if (change === undefined) return "";
  const size = Math.abs(change).toFixed(1);
  if (size === "0.0") return `the same mean response as the ${first.name}`;
  return `mean response ${size} min ${change > 0 ? "longer" : "shorter"}`;
}

const signed = (value, digits) => {
  const size = Math.abs(value).toFixed(digits);
  return Number(size) ? `${value < 0 ? "−" : "+"}${size}` : size;
};
