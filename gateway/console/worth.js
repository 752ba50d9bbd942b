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
  const change = figures.comparison?.failuresChange;
  const response = figures.comparison?.meanResponseChangeMinutes;
  const slower = response === undefined ? "" : `; mean response ${signed(response)} min`;
  if (!change) return `${deploymentName(figures)}: the ${first.name} has no late calls to compare with${slower}.`;
  const range = `${moreOrFewer(change.low)} to ${moreOrFewer(change.high)}`;
  const verdict = (change.low ?? 0) <= 0 && (change.high ?? 0) >= 0
    ? "no clear difference in late calls"
    : `${moreOrFewer(change.value)} late calls than the ${first.name}`;
  return `${deploymentName(figures)}: ${verdict} (${range})${slower}.`;
}

function moreOrFewer(change = 0) {
  const size = Math.abs(100 * change).toFixed(0);
  return size === "0" ? "as many" : `${size} % ${change > 0 ? "more" : "fewer"}`;
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
