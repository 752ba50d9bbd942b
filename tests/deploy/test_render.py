import copy

import pytest
import yaml

from deploy.check import check
from deploy.render import render, to_yaml
from serving.errors import InvalidArgument


@pytest.fixture(scope="module")
def objects():
    return render()


def changed(objects, kind, name, change):
    objects = copy.deepcopy(objects)
    change(next(o for o in objects if (o["kind"], o["metadata"]["name"]) == (kind, name)))
    return objects


def test_the_base_is_valid(objects):
    assert check(objects) == []


def test_every_service_has_pods_and_a_service(objects):
    names = {(o["kind"], o["metadata"]["name"]) for o in objects}
    for name in ("predictor", "demand", "scheduler", "routes", "model-server"):
        assert {("Deployment", name), ("Service", name)} <= names
    assert {("StatefulSet", "gateway"), ("Service", "gateway")} <= names


def test_namespace_labels_and_images_are_set(objects):
    for object_ in objects:
        assert object_["metadata"]["labels"]["app.kubernetes.io/part-of"] == "officers"
        assert object_["kind"] == "Namespace" or object_["metadata"]["namespace"] == "officers"
    scheduler = next(o for o in objects if (o["kind"], o["metadata"]["name"]) == ("Deployment", "scheduler"))
    assert scheduler["spec"]["template"]["spec"]["containers"][0]["image"] == "officers/scheduler:0.1.0"


def test_the_yaml_stream_holds_the_same_objects(objects):
    assert list(yaml.safe_load_all(to_yaml(objects))) == objects


FAULTS = [
    ("Service", "demand", lambda o: o["spec"]["selector"].update({"app.kubernetes.io/name": "x"}), "selects no pods"),
    ("Service", "demand", lambda o: o["spec"]["ports"][0].update(targetPort="rest"), "lacks"),
    ("Deployment", "demand", lambda o: o["spec"].update(replica=3), "not valid"),
    ("Deployment", "demand", lambda o: o["spec"].update(replicas="two"), "not valid"),
    ("Deployment", "demand", lambda o: o["spec"]["template"]["spec"]["volumes"].pop(0), "does not have"),
    (
        "Deployment",
        "predictor",
        lambda o: o["spec"]["template"]["spec"]["volumes"][1]["persistentVolumeClaim"].update(claimName="m"),
        "does not exist",
    ),
    (
        "StatefulSet",
        "gateway",
        lambda o: o["spec"]["template"]["spec"]["containers"][0].update(image="officers/gateway"),
        "without a tag",
    ),
]


@pytest.mark.parametrize(("kind", "name", "change", "said"), FAULTS)
def test_a_fault_is_found_and_named(objects, kind, name, change, said):
    faults = check(changed(objects, kind, name, change))
    assert faults
    assert all(said in fault and name in fault for fault in faults)


def test_callers_that_no_policy_admits_are_named(objects):
    without = [o for o in objects if o["metadata"]["name"] != "schedulers-answer-each-other"]
    (fault,) = check(without)
    said = "Deployment scheduler calls 'scheduler' (SCHEDULER_POOL_ADDRESS), which no network policy lets it reach."
    assert fault == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patches: []", "kustomization.patches"),
        ("resources: [missing.yaml]", "missing.yaml"),
        ("labels: [{pairs: {}, includeSelectors: true}]", "includeSelectors"),
        ("images: [{name: a, digest: b}]", "digest"),
    ],
)
def test_what_would_differ_from_kustomize_is_refused(tmp_path, text, said):
    (tmp_path / "kustomization.yaml").write_text(text)
    with pytest.raises(InvalidArgument, match=said):
        render(tmp_path)


def test_a_folder_without_a_kustomization_is_refused(tmp_path):
    with pytest.raises(InvalidArgument, match=r"kustomization\.yaml"):
        render(tmp_path)
