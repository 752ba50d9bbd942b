// What a plan is worth on scenarios kept aside, beside simple deployments of the same cars.

import { make, minutes, percent, section, table } from "./elements.js";
import { hourChart } from "./hour_chart.js";

const NUMBERS = ["Late or never", "Urgent in time", "Others in time", "Mean response", "90th percentile", "Cars busy"];

const SAME_CARS = "Intervals hold with 90\u00a0% confidence. All deployments have the plan's cars, with the same hours, breaks and "
  + "teams; only their sectors differ.";

export function worth(plan, area) {
  const simulations = plan.result.simulations ?? [];
  if (!simulations.length) return null;
  const names = new Map((area.sectors ?? []).map((sector) => [sector.id, sector.name || sector.id]));
  const rows = simulations.map((figures) => [
    deploymentName(figures),
    { number: lateShare(figures) },
    { number: inTime(urgentPart(figures)) },
    { number: inTime(figures.other) },
    { number: minutes(figures.meanResponseMinutes) },
    { number: minutes(figures.p90ResponseMinutes) },
    { number: percent(figures.utilisation) },
    worstSector(figures, names),
  ]);
  const sentences = comparisons(simulations).map((words) => make("li", {}, words));
  return section("What it is worth on scenarios kept aside",
    table("Deployments", ["Deployment", ...NUMBERS.map((number) => ({ number })), "Worst sector"], rows, { class: "lines" }),
    sentences.length ? make("ul", {}, ...sentences) : null,
    simulations[0].failureRate ? make("p", { class: "soft" }, SAME_CARS) : null,
    hourChart(simulations.map((figures) => ({ name: deploymentName(figures), hours: figures.hours ?? [] })), plan, area),
  );
}

const deploymentName = (figures) => {
  const name = figures.name.replaceAll("_", " ");
  return name[0].toUpperCase() + name.slice(1);
};

// Plans of older versions have neither intervals nor parts.
function lateShare({ failureRate, shareWithinTarget }) {
  if (!failureRate) return percent(shareWithinTarget === undefined ? undefined : 1 - shareWithinTarget);
  return `${percent(failureRate.value ?? 0)} (${bare(failureRate.low)} – ${bare(failureRate.high)})`;
}

const urgentPart = (figures) => figures.urgent ?? { calls: figures.urgentCalls, withinTarget: figures.urgentWithinTarget };

const bare = (share) => (100 * (share ?? 0)).toFixed(1);

const inTime = (part) => (Number(part?.calls ?? 0) ? percent(Number(part.withinTarget ?? 0) / Number(part.calls)) : "–");

function worstSector(figures, names) {
  const worst = figures.worstSectorId;
  const result = (figures.sectors ?? []).find((sector) => sector.sectorId === worst);
  if (!worst || !result) return "–";
  return result.withinTarget === result.calls ? "none late" : `${names.get(worst) ?? worst} (${inTime(result)} in time)`;
}

// A sentence for each deployment but the first: how it compares with that.
function comparisons([first, ...others]) {
  return others.flatMap((figures) => {
    const words = [lateCalls(figures, first), response(figures.comparison, first)].filter(Boolean);
    return words.length ? [`${deploymentName(figures)}: ${words.join("; ")}.`] : [];
  });
}

function lateCalls(figures, first) {
  const change = figures.comparison?.failuresChange;
  if (!change) return figures.failureRate?.value ? `late calls where the ${first.name} has none` : "";
  const { value = 0, low = 0, high = 0 } = change;
  const range = `(${signed(100 * low)} to ${signed(100 * high)})`;
  if (low <= 0 && high >= 0) return `no clear difference from the ${first.name} in late calls ${range}`;
  return `${Math.abs(100 * value).toFixed(0)}\u00a0% ${value > 0 ? "more" : "fewer"} late calls than the ${first.name} ${range}`;
}

function response(compared, first) {
  const change = compared?.meanResponseChangeMinutes;
  if (change === undefined) return "";
  const size = Math.abs(change).toFixed(1);
  if (size === "0.0") return `the same mean response as the ${first.name}`;
  return `mean response ${size}\u00a0min ${change > 0 ? "longer" : "shorter"} than the ${first.name}'s`;
}

function signed(percentage) {
  const size = Math.abs(percentage).toFixed(0);
  return `${size === "0" ? "" : percentage < 0 ? "−" : "+"}${size}\u00a0%`;
}
