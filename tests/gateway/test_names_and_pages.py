import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.names import PlanName, parse_area_name, parse_plan_name
from gateway.page_tokens import check_page_size, make_page_token, read_page_token
from gateway.seeds import derive_seed
from serving.errors import InvalidArgument


@pytest.mark.parametrize("name", ["", "town", "areas/", "areas/Town", "areas/a b", "areas/a/", f"areas/{'a' * 64}"])
def test_what_is_no_area_name(name: str) -> None:
    with pytest.raises(InvalidArgument, match="parent: Expected areas/"):
        parse_area_name(name, "parent")


def test_names_are_read_and_written() -> None:
    assert parse_area_name(f"areas/{'a' * 63}", "name") == "a" * 63
    name = parse_plan_name("areas/town/plans/20150101-ab")
    assert name == PlanName("town", "20150101-ab")
    assert str(name) == "areas/town/plans/20150101-ab"
    with pytest.raises(InvalidArgument):
        parse_plan_name("areas/town/plans/a:watch")


@given(st.text(min_size=1), st.lists(st.text(), min_size=1, max_size=3))
def test_page_tokens_come_back(scope: str, key: list[str]) -> None:
    assert read_page_token(scope, make_page_token(scope, key)) == tuple(key)


@given(st.text(min_size=1))
def test_other_tokens_are_refused(token: str) -> None:
    with pytest.raises(InvalidArgument, match="page_token"):
        read_page_token("areas", token)


def test_a_deeply_nested_token_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="page_token"):
        read_page_token("areas", base64.urlsafe_b64encode(b"[" * 30_000).decode())


def test_a_token_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="page_token"):
        read_page_token("plans/a", make_page_token("plans/b", ["x"]))


def test_page_sizes() -> None:
    assert (check_page_size(0), check_page_size(1), check_page_size(1000)) == (100, 1, 1000)
    for wrong in (-1, 1001):
        with pytest.raises(InvalidArgument, match="page_size"):
            check_page_size(wrong)


@given(st.integers(0, 2**62))
def test_seeds_fit_every_solver_and_differ_by_purpose(seed: int) -> None:
    seeds = [derive_seed(seed, purpose) for purpose in ("training", "validation", "test", "demand", "routes/A")]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= derived < 2**31 for derived in seeds)
