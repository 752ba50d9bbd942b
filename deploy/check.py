"""Checks rendered manifests: against Kubernetes' own schemas, and that they fit each other."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate

from deploy.render import Manifest

KUBERNETES_VERSIONS = ("1.30", "1.34")


def check(objects: list[Manifest]) -> list[str]:
    """Return what is wrong with the objects, one sentence each; empty where all is well."""
    return [
        *_schema_faults(objects),
        *_service_faults(objects),
        *_volume_faults(objects),
        *_image_faults(objects),
        *_address_faults(objects),
    ]


def _name(object_: Manifest) -> str:
    return f"{object_['kind']} {object_['metadata']['name']}"


def _workloads(objects: list[Manifest]) -> Iterator[Manifest]:
    return (object_ for object_ in objects if object_["kind"] in {"Deployment", "StatefulSet"})


def _pod(workload: Manifest) -> Any:
    return workload["spec"]["template"]


def _schema_faults(objects: list[Manifest]) -> Iterator[str]:
    for object_ in objects:
        for version in KUBERNETES_VERSIONS:
            try:
                kubernetes_validate.validate(object_, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{_name(object_)} is not valid in Kubernetes {version}: {error.message}"


def _service_faults(objects: list[Manifest]) -> Iterator[str]:
    for service in objects:
        if service["kind"] != "Service":
            continue
        chosen = [workload for workload in _workloads(objects) if _selects(service, workload)]
        if not chosen:
            yield f"{_name(service)} selects no pods."
        for workload in chosen:
            ports = {port["name"] for container in _pod(workload)["spec"]["containers"] for port in container["ports"]}
            for port in service["spec"]["ports"]:
                if port["targetPort"] not in ports:
                    yield f"{_name(service)} sends to port {port['targetPort']!r}, which {_name(workload)} lacks."


def _selects(service: Manifest, workload: Manifest) -> bool:
    labels = _pod(workload)["metadata"]["labels"]
    return bool(service["spec"]["selector"].items() <= labels.items())


def _volume_faults(objects: list[Manifest]) -> Iterator[str]:
    claims = {object_["metadata"]["name"] for object_ in objects if object_["kind"] == "PersistentVolumeClaim"}
    for workload in _workloads(objects):
        volumes = {volume["name"]: volume for volume in _pod(workload)["spec"].get("volumes", [])}
        templates = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
        for container in _pod(workload)["spec"]["containers"]:
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in volumes.keys() | templates:
                    yield f"{_name(workload)} mounts {mount['name']!r}, which it does not have."
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim is not None and claim not in claims:
                yield f"{_name(workload)} uses the claim {claim!r}, which does not exist."


def _image_faults(objects: list[Manifest]) -> Iterator[str]:
    for workload in _workloads(objects):
        for container in _pod(workload)["spec"]["containers"]:
            if ":" not in container["image"]:
                yield f"{_name(workload)} uses the image {container['image']!r} without a tag."


def _address_faults(objects: list[Manifest]) -> Iterator[str]:
    """Yield the addresses of pods that the network policies keep their callers from."""
    for caller in _workloads(objects):
        labels = _pod(caller)["metadata"]["labels"]
        for variable, address in _addresses(caller):
            name = address.removeprefix("dns:///").rpartition(":")[0]
            called = [workload for workload in _workloads(objects) if workload["metadata"]["name"] == name]
            if not any(_admits(objects, _pod(workload)["metadata"]["labels"], labels) for workload in called):
                yield f"{_name(caller)} calls {name!r} ({variable}), which no network policy lets it reach."


def _addresses(workload: Manifest) -> Iterator[tuple[str, str]]:
    for container in _pod(workload)["spec"]["containers"]:
        for entry in container.get("env", []):
            if entry["name"].endswith("_ADDRESS"):
                yield entry["name"], entry["value"]


def _admits(objects: list[Manifest], called: dict[str, str], caller: dict[str, str]) -> bool:
    policies = [o["spec"] for o in objects if o["kind"] == "NetworkPolicy"]
    return any(
        _matches(peer.get("podSelector", {}), caller)
        for policy in policies
        if _matches(policy["podSelector"], called)
        for rule in policy.get("ingress", [])
        for peer in rule.get("from", [])
    )


def _matches(selector: Manifest, labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return bool(wanted) and all(
        labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions", [])
        if expression["operator"] == "In"
    )
