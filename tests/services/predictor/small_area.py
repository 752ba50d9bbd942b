"""A made-up area of three square sectors with 80 days of incidents, written as an area directory."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

WEST, SOUTH = -74.0, 40.7
FIRST_TIME = "2015-01-01"
DAYS = 80
TRAIN_UNTIL = "2015-03-12"
AREA_TOML = """
name = "Small Town"
time_zone = "America/New_York"
holidays = {country = "US", subdivision = "NY"}
cell_size_degrees = 0.01
train_until = 2015-03-12
[incidents]
file = "incidents.csv"
columns = {id = "number"}
[sectors]
file = "sectors.geojson"
[services]
file = "services.csv"
[shifts]
day = {start = "08:00", hours = 12, cars = 3}
"""
SERVICES = """type,priority,target_minutes,cars_required,lognormal_mu,lognormal_sigma,maximum_minutes
fight,urgent,15,2,3.9,1.0,240
theft,other,30,1,3.0,1.0,240
"""


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def sectors() -> dict[str, Any]:
    """Sectors A and B are 0.015 degrees wide side by side, C lies north of both."""
    outlines = {
        "C": square(WEST, SOUTH + 0.015, WEST + 0.03, SOUTH + 0.025),
        "A": square(WEST, SOUTH, WEST + 0.015, SOUTH + 0.015),
        "B": square(WEST + 0.015, SOUTH, WEST + 0.03, SOUTH + 0.015),
    }
    features = [
        {"type": "Feature", "properties": {"id": name, "name": f"Sector {name}"}, "geometry": outline}
        for name, outline in outlines.items()
    ]
    return {"type": "FeatureCollection", "features": features}


def incident_rows(seed: int = 3) -> pd.DataFrame:
    """About 0.8 incidents an hour, more in the evening and in sector A; local times without offset."""
    generator = np.random.default_rng(seed)
    hours = pd.date_range(FIRST_TIME, periods=24 * DAYS, freq="h")
    hours = hours[~((hours.month == 3) & (hours.day == 8) & (hours.hour == 2))]  # skipped by the clocks
    counts = generator.poisson(np.where(hours.hour >= 16, 1.6, 0.4))
    starts = np.repeat(hours.to_numpy(), counts)
    times = starts + generator.integers(0, 60, len(starts)) * np.timedelta64(1, "m")
    in_a = generator.random(len(times)) < 0.6
    east = np.where(in_a, generator.uniform(0.0, 0.015, len(times)), generator.uniform(0.0, 0.03, len(times)))
    north = np.where(in_a, generator.uniform(0.0, 0.015, len(times)), generator.uniform(0.0, 0.025, len(times)))
    return pd.DataFrame(
        {
            "number": [f"N{row}" for row in range(len(times))],
            "time": pd.DatetimeIndex(times).strftime("%Y-%m-%dT%H:%M"),
            "type": np.where(generator.random(len(times)) < 0.3, "fight", "theft"),
            "latitude": SOUTH + north,
            "longitude": WEST + east,
        }
    )


@dataclass
class SmallArea:
    """The files of the area directory; tests change them before zipping."""

    toml: str = AREA_TOML
    rows: pd.DataFrame = field(default_factory=incident_rows)
    sectors: dict[str, Any] = field(default_factory=sectors)
    services: str = SERVICES
    more: dict[str, bytes] = field(default_factory=dict)

    def files(self) -> Mapping[str, bytes]:
        return {
            "area.toml": self.toml.encode(),
            "incidents.csv": self.rows.to_csv(index=False).encode(),
            "sectors.geojson": json.dumps(self.sectors).encode(),
            "services.csv": self.services.encode(),
            **self.more,
        }

    def zipped(self) -> bytes:
        return zipped(self.files())


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()
