"""Runs the measurements: all of them, or those named."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import dispatch, moving_cars, pool, schedule, schedule_qubo, serving
from services.routes.catalogue import NetworkCatalogue, ShippedNetwork
from services.routes.comparison import compare
from services.routes.convert import area_from_bytes
from services.routes.planning import PlanOptions
from services.routes.shipped import GEODANET
from serving.artifacts import ArtifactStore
from serving.work import never_stop

OUT = Path("out/bench/figures.json")


def _routes() -> Iterator[dict[str, Any]]:
    survey = NetworkCatalogue(ArtifactStore("memory://bench"), area_from_bytes).survey(ShippedNetwork(GEODANET))
    for comparison in compare(survey, PlanOptions(), 50, 30, never_stop):
        yield {"benchmark": "routes", **asdict(comparison)}


BENCHMARKS: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "schedule": schedule.measure,
    "pool": pool.measure,
    "schedule_qubo": schedule_qubo.measure,
    "dispatch": dispatch.measure,
    "moving_cars": moving_cars.measure,
    "serving": serving.measure,
    "routes": _routes,
}


def main(names: list[str]) -> int:
    """Run benchmarks and write their figures."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"benchmark: Expected one of {sorted(BENCHMARKS)}, got {unknown[0]!r}.", file=sys.stderr)
        return 2
    figures = []
    for name in names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(json.dumps(figure))
            figures.append(figure)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"results": figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
