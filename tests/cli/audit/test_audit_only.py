"""Residents are for audits only: nothing that trains or predicts can reach them."""

import ast
from pathlib import Path

from google.protobuf.descriptor import Descriptor

import services.predictor
from officers.area.v1 import area_pb2
from officers.predictor.v1 import predictor_pb2
from services.predictor.area_file import AreaFile
from services.predictor.incident_table import SCHEMA

PREDICTOR = Path(services.predictor.__path__[0])
ROOT = PREDICTOR.parents[1]
WORDS = ("resident", "demograph", "ethnic", "race", "income", "population")


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_no_file_of_the_predictor_imports_the_command_line():
    files = list(PREDICTOR.rglob("*.py"))
    assert len(files) > 50
    assert not [file for file in files if "cli" in _imports(file)]


def test_the_import_rule_bans_it():
    assert '"cli".msg' in (PREDICTOR / "ruff.toml").read_text(encoding="utf-8")


def test_only_the_audit_reads_residents():
    readers = {
        file.relative_to(ROOT).parts[:2]
        for package in ("cli", "services", "gateway", "serving")
        for file in (ROOT / package).rglob("*.py")
        if "audit.residents" in file.read_text(encoding="utf-8")
    }
    assert readers == {("cli", "audit")}


def test_nothing_that_a_model_sees_has_a_place_for_them():
    fields = [*SCHEMA.names, *AreaFile.model_fields]
    for message in (area_pb2.DESCRIPTOR, predictor_pb2.DESCRIPTOR):
        fields += [name for entry in message.message_types_by_name.values() for name in _field_names(entry)]
    assert len(fields) > 100
    assert not [name for name in fields if any(word in name.split("_") or word in name for word in WORDS)]


def _field_names(message: Descriptor) -> list[str]:
    return [field.name for field in message.fields]
