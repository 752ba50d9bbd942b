// Cars by periods: where each is.

import { localClock, table } from "./elements.js";

const MINUTE_MS = 60_000;

export function timetable(plan, area) {
  const assignments = plan.result.schedule?.assignments ?? [];
  const periodMinutes = plan.result.scheduleProblem?.periodMinutes ?? 0;
  const start = new Date(plan.startTime).getTime();
  const periods = assignments[0]?.sectors?.length ?? 0;
  const times = Array.from({ length: periods }, (_, period) =>
    localClock(start + period * periodMinutes * MINUTE_MS, area.timeZone));
  const rows = assignments.map(({ carId, sectors }) => [carId, ...sectors.map((sector) => sector || "off duty")]);
  return table(["Car", ...times], rows, { class: "timetable" });
}
