"""Which files of the service know gRPC and protobuf; all others are plain Python on plain data."""

import ast
from collections.abc import Iterator
from pathlib import Path

import services.scheduler.solve

FOLDER = Path(services.scheduler.solve.__file__).parent
KNOW_THE_WIRE = {"servicer.py", "convert.py", "convert_trial.py", "replica_pool.py", "problem_json.py"}
WIRE = {"grpc", "officers", "google"}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_only_these_files_know_grpc_and_protobuf() -> None:
    files = [file for file in FOLDER.rglob("*.py") if "testing" not in file.parts]
    assert {file.name for file in files if WIRE & set(imported(file))} == KNOW_THE_WIRE
