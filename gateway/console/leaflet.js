// The one place that says where Leaflet is.

import * as L from "./vendor/leaflet/leaflet.js";

export default L;

export const openMap = (container) => L.map(container, { attributionControl: false, preferCanvas: true, zoomSnap: 0.25 });

// Shows all of a group; a group without a place on earth leaves the map at the null island.
export function fit(map, group) {
  const bounds = group.getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [10, 10] });
  else map.setView([0, 0], 1);
}
