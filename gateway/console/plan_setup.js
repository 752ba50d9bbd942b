// How a plan was asked for: rules of dispatch, what is to be small, the plan it starts from, crews and teams.

import { localClock, make, minutes, section, table } from "./elements.js";

const MINUTE_MS = 60_000;

const TERRITORIES = {
  TERRITORY_WHOLE_AREA: "the soonest free car of the whole area goes",
  TERRITORY_ADJACENT_FIRST: "cars of the call's sector and those next to it go first",
  TERRITORY_ADJACENT_ONLY: "only cars of the call's sector and those next to it go",
};
const QUEUES = {
  QUEUE_FIRST_COME: "waiting calls are served as they came",
  QUEUE_URGENT_FIRST: "urgent calls come first among those that wait",
};
const ROBUSTNESS = {
  ROBUSTNESS_WORST_SECTOR: "the sector that is worst off",
  ROBUSTNESS_WORST_SHIFTS: "the worst tenth of the shifts",
};
const PRESENCE = {
  PRESENCE_RULE_NONE: () => "cars may stay where they are",
  PRESENCE_RULE_NO_RETURN_WITHIN_TWO: () => "no car is in the same sector again two periods later",
  PRESENCE_RULE_MAX_CONSECUTIVE: (options) => `at most ${options.maxConsecutive === 1 ? "one period" : `${options.maxConsecutive} periods`} in a row in a sector`,
};

export function planSetup(plan, area) {
  const options = plan.options ?? {};
  const lines = [
    ["Dispatch", ruleWords(options.rules ?? {})],
    ["Kept small", objectiveWords(options.objective ?? {})],
    ["Presence", PRESENCE[options.presenceRule]?.(options)],
    ["Starts from", plan.standingPlan ? make("a", { href: `#${plan.standingPlan}` }, "the plan approved for the last such shift") : null],
  ].filter(([, words]) => words);
  const facts = make("dl", { class: "facts" }, ...lines.flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)]));
  return section("How it is planned", facts, crewTable(plan, area), teamTable(plan));
}

function ruleWords(rules) {
  return [
    TERRITORIES[rules.territory],
    QUEUES[rules.queue],
    rules.sendsReturning && "cars on their way back take calls",
    rules.preempts && "urgent calls take cars that are on their way to others",
    rules.patienceMinutes !== undefined && `callers give up after ${rules.patienceMinutes} min without a car`,
  ].filter(Boolean).join("; ");
}

function objectiveWords(objective) {
  const held = ROBUSTNESS[objective.robustness];
  return [
    "late calls and a little of the mean response",
    held && `${Math.round(100 * objective.robustWeight)}\u00a0% of it in ${held}`,
    objective.urgentWeight > 1 && `an urgent call counts as ${objective.urgentWeight} others`,
    objective.urgentWeight < 1 && `an urgent call counts as ${objective.urgentWeight} of another`,
  ].filter(Boolean).join("; ");
}

function crewTable(plan, area) {
  const crews = plan.staffing?.crews ?? [];
  if (!crews.length) return null;
  const span = (start, length) => clockSpan(plan, area, start ?? 0, length);
  const withTeams = area.teams?.length > 0;
  const rows = crews.map((crew) => [
    span(crew.startMinute, crew.minutes),
    { number: String(crew.cars) },
    (crew.breaks ?? []).map((pause) => span(pause.startMinute, pause.minutes)).join(", ") || "none",
    ...(withTeams ? [crew.team || "sectors without a team"] : []),
  ]);
  return table("Crews", ["Crews on duty", { number: "Cars" }, "Breaks", ...(withTeams ? ["Team"] : [])], rows);
}

function teamTable(plan) {
  const teams = plan.result?.demand?.teams ?? [];
  if (!teams.length) return null;
  const travel = new Map((plan.result.teamSchedules ?? []).map((part) => [part.team, part.schedule?.travelMinutes]));
  const rows = teams.map(({ team, cars }) => [
    team, { number: String(cars ?? 0) }, { number: travel.has(team) ? minutes(travel.get(team) ?? 0) : "–" },
  ]);
  return table("Teams", ["Team", { number: "Most cars on duty" }, { number: "Travel between sectors" }], rows);
}

// "07:00 – 15:00" of a stretch of the shift, on the area's clock.
function clockSpan(plan, area, startMinute, length) {
  const start = new Date(plan.startTime).getTime() + startMinute * MINUTE_MS;
  return `${localClock(start, area.timeZone)} – ${localClock(start + length * MINUTE_MS, area.timeZone)}`;
}
