// Mean response by hour of the shift, a line for each deployment.

import { legend, localClock, make, makeSvg } from "./elements.js";

const COLORS = ["#1f5fa8", "#d9822b", "#7b3fa0"];
const DASHES = ["", "6 3", "2 3"];
const WIDTH = 640, HEIGHT = 180, LEFT = 40, RIGHT = 10, TOP = 10, BOTTOM = 26;
const HOUR_MS = 3_600_000;
const LABELS_AT_MOST = 12;

// `series`: {name, hours} of each deployment; hours without answered calls leave a gap.
export function hourChart(series, plan, area) {
  const count = Math.max(...series.map(({ hours }) => hours.length));
  const means = series.map(({ hours }) => hours.map((hour) => hour.meanResponseMinutes));
  const highest = Math.max(0, ...means.flat().filter((mean) => mean !== undefined));
  if (!count || !highest) return null;
  const top = niceCeiling(highest);
  const x = (hour) => LEFT + ((hour + 0.5) * (WIDTH - LEFT - RIGHT)) / count;
  const y = (mean) => HEIGHT - BOTTOM - (mean / top) * (HEIGHT - TOP - BOTTOM);
  const label = "Mean response by hour of the shift, minutes, of each deployment";
  const chart = makeSvg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": label },
    ...grid(top, y),
    ...hourLabels(count, x, plan, area),
    ...means.flatMap((line, index) => drawLine(line, index, x, y)));
  return make("figure", {}, make("figcaption", {}, "Mean response by hour of the shift, minutes"), make("div", { class: "scroll" }, chart), lines(series));
}

function grid(top, y) {
  return [0, top / 2, top].flatMap((value) => [
    makeSvg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
    makeSvg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, String(Number(value.toPrecision(3)))),
  ]);
}

function hourLabels(count, x, plan, area) {
  const start = new Date(plan.startTime).getTime();
  const step = Math.ceil(count / LABELS_AT_MOST);
  return Array.from({ length: count }, (_, hour) => hour).filter((hour) => hour % step === 0).map((hour) =>
    makeSvg("text", { x: x(hour), y: HEIGHT - 8, "text-anchor": "middle" }, localClock(start + hour * HOUR_MS, area.timeZone)));
}

function drawLine(line, index, x, y) {
  const style = { stroke: COLORS[index % COLORS.length], "stroke-dasharray": DASHES[index % DASHES.length] };
  const parts = [];
  line.forEach((mean, hour) => {
    if (mean !== undefined) parts.push(`${line[hour - 1] === undefined ? "M" : "L"}${x(hour)} ${y(mean)}`);
  });
  const dots = line.map((mean, hour) => mean === undefined ? null
    : makeSvg("circle", { cx: x(hour), cy: y(mean), r: 2.5, fill: style.stroke }));
  return [makeSvg("path", { d: parts.join(" "), fill: "none", "stroke-width": 2, ...style }), ...dots.filter(Boolean)];
}

const lines = (series) => legend("", ...series.map(({ name }, index) => [
  makeSvg("svg", { viewBox: "0 0 26 8", class: "key", "aria-hidden": "true" }, makeSvg("line", {
    x1: 0, x2: 26, y1: 4, y2: 4, "stroke-width": 2,
    stroke: COLORS[index % COLORS.length], "stroke-dasharray": DASHES[index % DASHES.length],
  })), name,
]));

// The next of 2, 4, 6, 8, 10, 20, 40 ... that is not below.
function niceCeiling(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / (2 * unit)) * 2 * unit;
}
