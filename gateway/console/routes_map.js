// The streets of a sector shaded by likelihood, and its routes: choose one to see its turns.

import L, { fit, openMap } from "./leaflet.js";
import { legend, make, minutes } from "./elements.js";

const STREETS = ["#d9dee5", "#f3d9a4", "#eab05c", "#d9822b", "#b5541c"];
const CREWS = ["#1f5fa8", "#2c7a4b", "#7b3fa0", "#b02a30", "#00788a", "#8a6d00"];
const ALL = -1;

export function showRoutes(page, sets, area) {
  const names = new Map((area.sectors ?? []).map((sector) => [sector.id, sector.name || sector.id]));
  const sectors = make("select", { "aria-label": "Sector" },
    ...sets.map((set, index) => make("option", { value: index }, place(set, names))));
  const routes = make("select", { "aria-label": "Route" });
  const container = make("div", { class: "map", role: "region", "aria-label": "Map of streets and patrol routes" });
  const details = make("div");
  page.addEventListener("shown", () => {
    const map = openMap(container);
    const layers = L.featureGroup().addTo(map);
    const drawRoute = () => draw(layers, sets[sectors.value], Number(routes.value), details);
    const drawSector = () => {
      const count = sets[sectors.value].routes.length;
      const options = Array.from({ length: count }, (_, index) => make("option", { value: index }, `Route ${index + 1}`));
      routes.replaceChildren(make("option", { value: ALL }, "All routes"), ...options);
      drawRoute();
      fit(map, layers);
    };
    sectors.addEventListener("change", drawSector);
    routes.addEventListener("change", drawRoute);
    drawSector();
  }, { once: true });
  return make("div", {},
    make("div", { class: "controls" }, make("label", {}, "Sector ", sectors), make("label", {}, "Show ", routes)),
    make("div", { class: "columns" }, make("div", {}, container, shades()), details));
}

// Where routes are; without a sector they lie on streets elsewhere, as an example.
const place = (set, names) =>
  set.sectorId ? names.get(set.sectorId) ?? set.sectorId : `${set.network?.name ?? ""}, example streets elsewhere`;

// Likelihood is skewed: the root keeps streets of middling likelihood apart from quiet ones.
const shadeOf = (likelihood) => STREETS[Math.min(STREETS.length - 1, Math.floor(Math.sqrt(likelihood) * STREETS.length))];

function draw(layers, set, chosen, details) {
  layers.clearLayers();
  for (const segment of set.network.segments ?? []) {
    const line = L.polyline(points(segment.line), { color: shadeOf(segment.likelihood ?? 0), weight: 4 });
    const z = segment.giStarZ === undefined ? "" : `, Gi* ${segment.giStarZ.toFixed(1)}`;
    line.bindTooltip(make("span", {}, `${segment.name || "street"}: likelihood ${(segment.likelihood ?? 0).toFixed(2)}${z}`));
    layers.addLayer(line);
  }
  set.routes.forEach((route, index) => {
    if (chosen === ALL || chosen === index) drawRoute(layers, route, index);
  });
  details.replaceChildren(...(chosen === ALL ? setFigures(set) : routeDetails(set, set.routes[chosen], chosen)));
}

function drawRoute(layers, route, index) {
  const color = CREWS[(route.crew ?? 0) % CREWS.length];
  const line = points(route.line);
  if (!line.length) return;
  layers.addLayer(L.polyline(line, { color, weight: 2.5, opacity: 0.9 }).bindTooltip(make("span", {}, `Route ${index + 1}`)));
  const mark = { radius: 6, color, weight: 2, fillOpacity: 1 };
  layers.addLayer(L.circleMarker(line[0], { ...mark, fillColor: color }).bindTooltip(make("span", {}, "Start")));
  layers.addLayer(L.circleMarker(line.at(-1), { ...mark, fillColor: "#fff" }).bindTooltip(make("span", {}, "End")));
}

function setFigures(set) {
  const quality = set.quality ?? {};
  const figures = [
    `${set.routes.length === 1 ? "1 route" : `${set.routes.length} routes`}, mean reward ${(quality.meanReward ?? 0).toFixed(1)}`,
    `R² of visits on likelihood: ${quality.r2 === undefined ? "–" : quality.r2.toFixed(2)}`,
    `Surprise of the next turn: ${(quality.entropyBits ?? 0).toFixed(2)} bits`,
    `${set.network.segmentCount ?? 0} streets, ${set.network.incidentCount ?? 0} past incidents`,
    `Seed ${quality.seed ?? 0}, recorded for audit`,
  ];
  return [make("h3", {}, "The set"), make("ul", {}, ...figures.map((line) => make("li", {}, line)))];
}

function routeDetails(set, route, index) {
  const crew = (route.crew ?? 0) + 1;
  const words = `${minutes(route.minutes ?? 0)}, ${((route.lengthM ?? 0) / 1000).toFixed(1)} km, crew ${crew}`;
  const streets = (route.segmentIndices ?? []).map((segment) => set.network.segments[segment].name || "unnamed street");
  const turns = route.turns?.map((turn) => turn.text) ?? streets.filter((name, place) => name !== streets[place - 1]);
  return [
    make("h3", {}, `Route ${index + 1}`), make("p", {}, words),
    make("ol", { class: "turns" }, ...turns.map((turn) => make("li", {}, turn))),
  ];
}

const shades = () => legend("Likelihood:",
  ["low", ...STREETS.map((color) => make("i", { style: `background:${color}` })), "high"],
  ["● start"], ["○ end"], ["a colour for each crew"]);

const points = (line) => (line ?? []).map((point) => [point.latitude ?? 0, point.longitude ?? 0]);
