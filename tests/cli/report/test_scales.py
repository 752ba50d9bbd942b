import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cli.report.scales import CLASS_COUNT, classes, ink_on, plain_name, ramp, short_codes


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_classes_grow_with_the_values(values: list[float]) -> None:
    ordered = np.sort(np.array(values))
    found = classes(ordered, float(ordered[-1]))
    assert np.all(np.diff(found) >= 0)
    assert found.min() >= 0
    assert found.max() <= CLASS_COUNT
    assert np.all((found == 0) == (ordered == 0)) or ordered[-1] <= 0


def test_nothing_expected_is_class_0() -> None:
    assert classes(np.zeros(3), 0.0).tolist() == [0, 0, 0]


def test_the_ramp_goes_from_dark_to_light() -> None:
    assert ramp(0) == "#00224e"
    assert ramp(1) == "#fee838"
    assert ink_on(ramp(0)) == "#ffffff"
    assert ink_on(ramp(1)) == "#14181f"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=30))
def test_codes_are_short_and_unique(names: list[str]) -> None:
    codes = short_codes([f"a long id {index}" for index in range(len(names))], names)
    assert len(set(codes)) == len(names)
    assert all(0 < len(code) <= 5 for code in codes)


def test_short_ids_stay_and_names_are_abbreviated() -> None:
    assert short_codes(["P001", "P005"], ["Precinct 1", "Precinct 5"]) == ["P001", "P005"]
    names = ["Bay Street Corridor (76)", "Annex", "Bay Strand"]
    assert short_codes(names, names) == ["BaSt", "Anne", "BaS2"]
    assert plain_name(names[0]) == "Bay Street Corridor"
