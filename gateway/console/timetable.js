// Cars by periods: where each is, and when it is on a break.

import { localClock, make, table } from "./elements.js";

const MINUTE_MS = 60_000;

export function timetable(plan, area) {
  const assignments = plan.result.schedule?.assignments ?? [];
  const problem = plan.result.scheduleProblem ?? {};
  const periodMinutes = problem.periodMinutes ?? 0;
  const start = new Date(plan.startTime).getTime();
  const clock = (minute) => localClock(start + minute * MINUTE_MS, area.timeZone);
  const periods = assignments[0]?.sectors?.length ?? 0;
  const times = Array.from({ length: periods }, (_, period) => clock(period * periodMinutes));
  const cars = new Map((problem.cars ?? []).map((car) => [car.id, car]));
  const rows = assignments.map(({ carId, sectors }) => [carId, ...sectors.map((sector, period) =>
    place(sector, notes(cars.get(carId), period * periodMinutes, periodMinutes, clock)))]);
  return table("Schedule", ["Car", ...times], rows, { class: "timetable" });
}

const place = (sector, words) =>
  make("span", sector ? {} : { class: "soft" }, sector || "off duty", ...words.map((note) => make("small", { class: "soft" }, ` ${note}`)));

// What happens to a car within a period: it comes on duty, goes off or takes a break.
function notes(car, begin, length, clock) {
  const within = (minute) => begin < minute && minute < begin + length;
  const duty = car?.onDuty;
  const end = duty ? (duty.startMinute ?? 0) + duty.minutes : 0;
  return [
    ...(duty && within(duty.startMinute ?? 0) ? [`from ${clock(duty.startMinute)}`] : []),
    ...(duty && within(end) ? [`to ${clock(end)}`] : []),
    ...(car?.breaks ?? []).map((pause) => pause.startMinute ?? 0)
      .filter((minute) => begin <= minute && minute < begin + length).map((minute) => `break ${clock(minute)}`),
  ];
}
