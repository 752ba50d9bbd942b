import pytest

from deploy.render import render
from gateway.settings import GatewaySettings
from services.demand.settings import DemandSettings
from services.predictor.settings import PredictorSettings
from services.routes.settings import RoutesSettings
from services.scheduler.settings import SchedulerSettings

SETTINGS = {
    "gateway": GatewaySettings,
    "predictor": PredictorSettings,
    "demand": DemandSettings,
    "scheduler": SchedulerSettings,
    "routes": RoutesSettings,
}
NOT_OURS = {"NUMBA_CACHE_DIR"}


@pytest.fixture(scope="module")
def containers():
    workloads = [object_ for object_ in render() if object_["kind"] in {"Deployment", "StatefulSet"}]
    return {
        container["name"]: container for o in workloads for container in o["spec"]["template"]["spec"]["containers"]
    }


@pytest.mark.parametrize("name", SETTINGS)
def test_every_variable_is_a_setting_and_its_value_is_allowed(containers, name, monkeypatch):
    prefix = SETTINGS[name].model_config["env_prefix"]
    given = {entry["name"]: entry.get("value", "pod-name") for entry in containers[name]["env"]}
    for variable, value in given.items():
        if variable not in NOT_OURS:
            assert variable.removeprefix(prefix).lower() in SETTINGS[name].model_fields, variable
            monkeypatch.setenv(variable, value)
    settings = SETTINGS[name]()
    ports = {port["name"]: port["containerPort"] for port in containers[name]["ports"]}
    assert ports["grpc"] == settings.port
    assert ports["metrics"] == settings.metrics_port


@pytest.mark.parametrize("name", SETTINGS)
def test_pods_outlive_the_drain(containers, name):
    workload = next(o for o in render() if o["metadata"]["name"] == name and o["kind"] in {"Deployment", "StatefulSet"})
    drain = next(e["value"] for e in containers[name]["env"] if e["name"].endswith("_DRAIN_SECONDS"))
    assert workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > float(drain)


def test_addresses_name_services_and_their_ports(containers):
    ports = {
        o["metadata"]["name"]: {port["port"] for port in o["spec"]["ports"]} for o in render() if o["kind"] == "Service"
    }
    addresses = [
        entry["value"]
        for container in containers.values()
        for entry in container.get("env", [])
        if entry["name"].endswith("_ADDRESS")
    ]
    assert len(addresses) == 6
    for address in addresses:
        host, _, port = address.removeprefix("dns:///").rpartition(":")
        assert int(port) in ports[host]
