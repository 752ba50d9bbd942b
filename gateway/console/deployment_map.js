// Sectors shaded by the cars they need in a period, with the cars that are there.

import L, { fit, openMap } from "./leaflet.js";
import { legend, localClock, make } from "./elements.js";

const SHADES = ["#f1f4f8", "#c9daee", "#93b7dd", "#5a8fc6", "#1f5fa8"];
const MINUTE_MS = 60_000;

export function showDeployment(page, plan, area) {
  const problem = plan.result.scheduleProblem ?? {};
  const periods = problem.demand?.length ?? 0;
  const container = make("div", { class: "map", role: "region", "aria-label": "Map of sectors and the cars in them" });
  const words = make("output");
  const slider = make("input", {
    type: "range", min: 0, max: Math.max(0, periods - 1), value: 0, "aria-label": "Period of the shift",
  });
  page.addEventListener("shown", () => {
    const map = openMap(container);
    const layers = sectorLayers(map, area);
    const draw = () => {
      const period = Number(slider.value);
      words.textContent = periodWords(plan, area, problem.periodMinutes, period);
      slider.setAttribute("aria-valuetext", words.textContent);
      shade(layers, problem.demand[period]?.cars ?? [], carsBySector(plan, period), problem.sectors);
    };
    slider.addEventListener("input", draw);
    draw();
  }, { once: true });
  return make("div", {}, make("div", { class: "controls" }, slider, words), container, shades());
}

function sectorLayers(map, area) {
  const layers = new Map();
  const group = L.featureGroup().addTo(map);
  for (const sector of area.sectors ?? []) {
    const layer = L.geoJSON(JSON.parse(sector.geometryGeojson), { style: { weight: 1, color: "#5c6b7a" } });
    layers.set(sector.id, layer.addTo(group));
  }
  fit(map, group);
  return layers;
}

function shade(layers, needed, cars, sectors) {
  sectors.forEach((sector, index) => {
    const layer = layers.get(sector);
    if (!layer) return;
    const need = needed[index] ?? 0;
    const there = cars.get(sector) ?? [];
    layer.setStyle({ fillColor: SHADES[Math.min(need, SHADES.length - 1)], fillOpacity: 0.85 });
    layer.unbindTooltip();
    const label = make("span", {}, make("strong", {}, sector), ` needs ${need}: ${there.join(", ") || "no car"}`);
    layer.bindTooltip(label, { sticky: true });
  });
}

function carsBySector(plan, period) {
  const cars = new Map();
  for (const { carId, sectors } of plan.result.schedule?.assignments ?? []) {
    const sector = sectors?.[period];
    if (sector) cars.set(sector, [...(cars.get(sector) ?? []), carId]);
  }
  return cars;
}

function periodWords(plan, area, periodMinutes, period) {
  const start = new Date(plan.startTime).getTime() + period * periodMinutes * MINUTE_MS;
  const clock = (instant) => localClock(instant, area.timeZone);
  return `${clock(start)} – ${clock(start + periodMinutes * MINUTE_MS)}`;
}

const shades = () => legend("Cars needed:", ...SHADES.map((color, cars) => [
  make("i", { style: `background:${color}` }), cars === SHADES.length - 1 ? `${cars} or more` : String(cars),
]));
