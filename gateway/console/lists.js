// The areas, and the plans of one.

import { get, list } from "./api.js";
import { localTime, make, plainState, table } from "./elements.js";

export async function showAreas(page) {
  const areas = await list("areas", "areas");
  const rows = areas.map(({ name, area }) => [
    make("a", { href: `#${name}` }, area?.name ?? name),
    { number: String(area?.sectors?.length ?? 0) },
    area?.timeZone ?? "",
    area?.trainUntilDate ?? "",
  ]);
  page.append(
    make("h1", {}, "Areas"),
    areas.length
      ? table("Areas", ["Area", { number: "Sectors" }, "Time zone", "Records until"], rows, { class: "lines" })
      : make("p", {}, "No area has been imported yet."),
  );
}

export async function showPlans(page, parent) {
  const [{ area }, plans] = await Promise.all([get(parent), list(`${parent}/plans`, "plans")]);
  const zone = area.area?.timeZone;
  const rows = plans.map((plan) => [
    make("a", { href: `#${plan.name}` }, localTime(plan.startTime, zone)),
    plan.shift,
    { number: String(plan.staffing?.cars ?? "") },
    plainState(plan.state),
    plan.decision ? `${plan.decision.decidedBy}, ${localTime(plan.decision.decideTime, zone)}` : "",
  ]);
  page.append(
    make("h1", {}, area.area?.name ?? parent),
    plans.length
      ? table("Plans", ["Shift begins", "Shift", { number: "Cars" }, "State", "Decided by"], rows, { class: "lines" })
      : make("p", {}, "No plan has been made yet."),
  );
}
