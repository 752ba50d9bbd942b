"""Renders the cluster manifests as kustomize would, for the few kustomization fields that they use.

Supported: `namespace`, `labels` (pairs on metadata; selectors and templates are left alone), `resources` (files of the
same folder) and `images` (`newName`, `newTag`). Any other field is refused, so that this never differs silently from
`kubectl apply --kustomize`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from serving.errors import InvalidArgument

BASE = Path(__file__).parent / "k8s" / "base"

Manifest = dict[str, Any]

_FIELDS = {"apiVersion", "kind", "namespace", "labels", "resources", "images"}
_CLUSTER_KINDS = {"Namespace"}


def render(folder: Path = BASE) -> list[Manifest]:
    """Return the objects of a kustomization folder, ready to apply.

    Raises
    ------
    InvalidArgument
        The folder has no kustomization, or it uses a field that is not supported.
    """
    kustomization = _read_kustomization(folder)
    objects = [object_ for name in kustomization.get("resources", []) for object_ in _read(folder / name)]
    for object_ in objects:
        _set_namespace(object_, kustomization.get("namespace"))
        for entry in kustomization.get("labels", []):
            object_["metadata"].setdefault("labels", {}).update(entry["pairs"])
        for container in _containers(object_):
            container["image"] = _image(container["image"], kustomization.get("images", []))
    return objects


def to_yaml(objects: list[Manifest]) -> str:
    """Write objects as one YAML stream."""
    return yaml.safe_dump_all(objects, sort_keys=False, explicit_start=True)


def _read_kustomization(folder: Path) -> Manifest:
    file = folder / "kustomization.yaml"
    if not file.is_file():
        raise InvalidArgument("folder", f"Expected a kustomization.yaml in {folder}.")
    kustomization: Manifest = yaml.safe_load(file.read_text())
    unknown = sorted(set(kustomization) - _FIELDS)
    unknown += sorted({key for entry in kustomization.get("labels", []) for key in set(entry) - {"pairs"}})
    unknown += sorted({key for entry in kustomization.get("images", []) for key in set(entry) - _IMAGE_FIELDS})
    if unknown:
        raise InvalidArgument(f"kustomization.{unknown[0]}", f"Not supported here; allowed are {sorted(_FIELDS)}.")
    return kustomization


_IMAGE_FIELDS = {"name", "newName", "newTag"}


def _read(file: Path) -> list[Manifest]:
    if not file.is_file():
        raise InvalidArgument("kustomization.resources", f"There is no file {file}.")
    return [object_ for object_ in yaml.safe_load_all(file.read_text()) if object_ is not None]


def _set_namespace(object_: Manifest, namespace: str | None) -> None:
    if namespace and object_["kind"] not in _CLUSTER_KINDS:
        object_["metadata"]["namespace"] = namespace


def _containers(object_: Manifest) -> Iterator[Manifest]:
    pod = object_.get("spec", {}).get("template", {}).get("spec", {})
    yield from pod.get("initContainers", [])
    yield from pod.get("containers", [])


def _image(image: str, overrides: list[Manifest]) -> str:
    name, _, tag = image.partition(":")
    for override in overrides:
        if override["name"] == name:
            name, tag = override.get("newName", name), override.get("newTag", tag)
    return f"{name}:{tag}" if tag else name
