import socket
from importlib import import_module
from pathlib import Path

import pytest

from cli.stack import (
    SERVICES,
    Ports,
    addresses_of,
    check_ports,
    default_ports,
    free_ports,
    process_specs,
    running_stack,
)
from serving.errors import FailedPrecondition, InvalidArgument, Unavailable


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


def test_replicas_of_the_scheduler_share_one_pool_address(tmp_path: Path) -> None:
    ports = default_ports(scheduler_replicas=3)
    specs = {spec.name: spec for spec in process_specs(tmp_path, ports)}
    assert [specs[name].address for name in ("scheduler", "scheduler_2", "scheduler_3")] == [
        "127.0.0.1:50053", "127.0.0.1:50063", "127.0.0.1:50073",
    ]  # fmt: skip
    target = "ipv4:127.0.0.1:50053,127.0.0.1:50063,127.0.0.1:50073"
    assert {specs[name].environment["SCHEDULER_POOL_ADDRESS"] for name in specs if "scheduler" in name} == {target}
    assert specs["gateway"].environment["GATEWAY_SCHEDULER_ADDRESS"] == target == addresses_of(ports).scheduler
    assert specs["scheduler_3"].environment["SCHEDULER_PORT"] == "50073"
    assert len({spec.log_file for spec in specs.values()}) == len(specs)
    assert "SCHEDULER_POOL_ADDRESS" not in process_specs(tmp_path, default_ports())[3].environment


def test_free_ports_are_free_for_every_replica() -> None:
    ports = free_ports(scheduler_replicas=4)
    assert len(ports.more_schedulers) == 3
    assert len(set(ports.by_name.values())) == len(ports.by_name) == len(SERVICES) + 4
    check_ports(ports.by_name)


def test_a_state_folder_serves_one_stack(tmp_path: Path) -> None:
    with (
        running_stack(tmp_path, free_ports(), services=()),
        pytest.raises(FailedPrecondition, match="uses the folder"),
        running_stack(tmp_path, free_ports(), services=()),
    ):
        pass
    with running_stack(tmp_path, free_ports(), services=()):
        pass


def test_a_state_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InvalidArgument, match="--state: Expected a folder that can be written to"),
        running_stack(tmp_path / "file" / "var", free_ports(), services=()),
    ):
        pass


@pytest.mark.parametrize(
    ("service", "module", "settings"),
    [
        ("model_server", "services.predictor.settings", "ModelServerSettings"),
        ("predictor", "services.predictor.settings", "PredictorSettings"),
        ("demand", "services.demand.settings", "DemandSettings"),
        ("scheduler", "services.scheduler.settings", "SchedulerSettings"),
        ("routes", "services.routes.settings", "RoutesSettings"),
        ("gateway", "gateway.settings", "GatewaySettings"),
    ],
)
def test_services_know_every_setting_that_they_are_given(
    service: str, module: str, settings: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = getattr(import_module(module), settings)
    prefix = kind.model_config["env_prefix"]
    environment = next(spec for spec in process_specs(tmp_path, Ports()) if spec.name == service).environment
    assert {key.removeprefix(prefix).lower() for key in environment} <= set(kind.model_fields)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert kind().port == getattr(Ports(), service)
