import socket
from pathlib import Path

import pytest

from cli.stack import SERVICES, Ports, addresses_of, check_ports, free_ports, process_specs, running_stack
from serving.errors import FailedPrecondition, Unavailable


def test_free_ports_differ() -> None:
    ports = vars(free_ports())
    assert len(set(ports.values())) == len(ports)


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"Port {port} \(gateway http\) is in use"):
            check_ports({"gateway_http": port})


def test_every_service_is_described(tmp_path: Path) -> None:
    ports = Ports()
    specs = {spec.name: spec for spec in process_specs(tmp_path, ports)}
    assert tuple(specs) == SERVICES
    assert len({spec.address for spec in specs.values()}) == len(SERVICES)
    assert {spec.environment[f"{name.upper()}_ARTIFACT_URL"] for name, spec in specs.items()} == {
        str(tmp_path / "artifacts")
    }
    gateway = specs["gateway"].environment
    assert gateway["GATEWAY_PREDICTOR_ADDRESS"] == addresses_of(ports).predictor
    assert specs["model_server"].environment["MODEL_SERVER_MODELS_DIR"] == str(tmp_path / "models")


def test_a_state_folder_serves_one_stack(tmp_path: Path) -> None:
    with (
        running_stack(tmp_path, free_ports(), services=()),
        pytest.raises(FailedPrecondition, match="is in use by process"),
        running_stack(tmp_path, free_ports(), services=()),
    ):
        pass
    with running_stack(tmp_path, free_ports(), services=()):
        pass
