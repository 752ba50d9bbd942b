"""The data policy: from `area.toml` to incidents that nothing downstream sees."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from officers.area.v1 import area_pb2
from services.predictor import convert_policy
from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_import import import_area
from services.predictor.data_policy import NO_POLICY, DataPolicy, LeaveOutRule, leave_out
from serving.errors import InvalidArgument

POLICY = """
[[policy.leave_out]]
reported_by = "officer"
reason = "Found where patrol was sent."
[[policy.leave_out]]
type = "fight"
from_date = 2015-02-01
to_date = 2015-02-10
reason = "Recorded twice after the change of system."
"""


def _with_reporters(small_area):
    rows = small_area.rows
    rows["reported_by"] = np.where(np.arange(len(rows)) % 4 == 0, "officer", "citizen")
    return rows


def _incidents(imported, store):
    return store.get_table(imported.area.incidents_artifact).to_pandas()


def test_records_that_the_policy_names_are_gone_and_counted(small_area, store):
    rows = _with_reporters(small_area)
    small_area.toml += POLICY
    imported = import_area(small_area.zipped(), store)
    officers = rows["reported_by"] == "officer"
    days = pd.to_datetime(rows["time"]).dt.date
    fights = (rows["type"] == "fight") & (days >= date(2015, 2, 1)) & (days <= date(2015, 2, 10))
    assert set(_incidents(imported, store)["id"]) == set(rows["number"][~officers & ~fights])
    policy = imported.report.policy
    assert policy == imported.area.policy
    assert policy.record_counts == (officers.sum(), (fights & ~officers).sum())
    assert [rule.reason for rule in policy.rules] == [
        "Found where patrol was sent.",
        "Recorded twice after the change of system.",
    ]
    assert imported.report.rows_accepted == len(rows) - sum(policy.record_counts)
    assert imported.report.rejections == ()


def test_a_type_that_is_left_out_is_no_type_of_the_area(small_area, store):
    small_area.toml += '[[policy.leave_out]]\ntype = "fight"\nreason = "Not answered by patrol."\n'
    area = import_area(small_area.zipped(), store).area
    assert [service.type for service in area.service_types] == ["theft"]


def test_sectors_built_from_points_do_not_show_what_is_left_out(small_area, store):
    rows = _with_reporters(small_area)
    rows["sector"] = np.where(rows["longitude"] < -73.985, "west", "east")
    kept = rows[rows["reported_by"] != "officer"]
    small_area.toml = small_area.toml.replace('[sectors]\nfile = "sectors.geojson"\n', "")
    without = import_area(_changed(small_area, rows=kept).zipped(), store).area
    policy = '[[policy.leave_out]]\nreported_by = "officer"\nreason = "r"\n'
    with_policy = import_area(_changed(small_area, toml=small_area.toml + policy).zipped(), store).area
    assert with_policy.sectors == without.sectors
    assert with_policy.incidents_artifact == without.incidents_artifact


def test_further_rules_leave_sectors_and_grid_alone(small_area, store, imported):
    rule = LeaveOutRule("to see what it changes", type="theft")
    tried = import_area(small_area.zipped(), store, (rule,))
    assert tried.area.grid == imported.area.grid
    assert [s.geometry_geojson for s in tried.area.sectors] == [s.geometry_geojson for s in imported.area.sectors]
    assert set(_incidents(tried, store)["type"]) == {"fight"}
    assert tried.area.policy.rules == (rule,)
    assert tried.area.policy.record_counts == ((small_area.rows["type"] == "theft").sum(),)


def test_the_policy_is_part_of_the_snapshot(small_area, store, imported):
    _with_reporters(small_area)
    small_area.toml += POLICY
    area = import_area(small_area.zipped(), store).area
    assert parse_area(area_bytes(area)) == area
    assert area_bytes(area) != area_bytes(imported.area)
    assert not imported.area.policy.rules


def test_records_that_do_not_say_who_reported_stay_and_are_noted(small_area, store):
    rows = _with_reporters(small_area)
    rows.loc[5:9, "reported_by"] = None
    small_area.toml += POLICY
    imported = import_area(small_area.zipped(), store)
    assert {f"N{row}" for row in range(5, 10)} <= set(_incidents(imported, store)["id"])
    assert any(note.startswith("5 records do not say who reported") for note in imported.report.notes)


def test_an_unknown_reporter_is_rejected(small_area, store):
    rows = _with_reporters(small_area)
    rows.loc[7, "reported_by"] = "Officer"
    imported = import_area(small_area.zipped(), store)
    (count,) = imported.report.rejections
    assert (count.field, count.first_row, count.row_count) == ("reported_by", 8, 1)


BAD_POLICIES = [
    ('type = "arson"\nreason = "r"', r"leave_out\[0\]\.type", "Expected one of fight, theft, got 'arson'"),
    ('type = "fight"\nreason = " "', r"leave_out\[0\]", "Expected a reason"),
    ('type = "fight"', r"leave_out\[0\]\.reason", "Expected a value"),
    ('reason = "r"', r"leave_out\[0\]", "Expected at least one of reported_by, type, from_date and to_date"),
    ('from_date = 2015-02-02\nto_date = 2015-02-01\nreason = "r"', r"leave_out\[0\]", "not after to_date"),
    ('from_date = "soon"\nreason = "r"', r"leave_out\[0\]\.from_date", "date"),
    ('reported_by = "robot"\nreason = "r"', r"leave_out\[0\]", "citizen or officer"),
    ('reported_by = "officer"\nreason = "r"', r"leave_out\[0\]\.reported_by", "says who reported; none does"),
    ('from_date = 2014-01-01\nreason = "r"', "leave_out", "these leave out all"),
    ('types = "fight"\nreason = "r"', r"leave_out\[0\]\.types", "Unknown key; expected one of reason, reported_by"),
]


@pytest.mark.parametrize(("text", "field", "message"), BAD_POLICIES)
def test_a_policy_that_makes_no_sense_is_one_clear_error(small_area, store, text, field, message):
    small_area.toml += f"[[policy.leave_out]]\n{text}\n"
    with pytest.raises(InvalidArgument, match=f"policy.{field}.*{message}"):
        import_area(small_area.zipped(), store)


def test_an_unknown_key_beside_the_rules(small_area, store):
    small_area.toml += '[policy]\nleave_in = "all"\n'
    with pytest.raises(InvalidArgument, match=r"policy\.leave_in.*expected one of leave_out"):
        import_area(small_area.zipped(), store)


def test_a_type_that_only_the_services_table_knows_may_be_named(small_area, store):
    small_area.services += "arson,urgent,15,2,3.9,1.0,240\n"
    small_area.toml += '[[policy.leave_out]]\ntype = "arson"\nreason = "Another agency\'s."\n'
    assert import_area(small_area.zipped(), store).area.policy.record_counts == (0,)


def test_policies_are_compared_by_the_records_they_leave_out():
    rules = (LeaveOutRule("a", type="x"), LeaveOutRule("b", reported_by="officer"))
    policy = DataPolicy(rules, (1, 2))
    other = DataPolicy((LeaveOutRule("b", reported_by="officer"), LeaveOutRule("c", type="x")), (0, 0))
    assert policy.leaves_out_the_same(other)
    assert not policy.leaves_out_the_same(NO_POLICY)


def test_rules_of_a_request():
    message = area_pb2.LeaveOutRule(type="x", from_date="2015-01-01", reason="r", record_count=9)
    assert convert_policy.requested_rules([message], "rules") == (
        LeaveOutRule("r", type="x", from_date=date(2015, 1, 1)),
    )
    for wrong in (area_pb2.LeaveOutRule(type="x"), area_pb2.LeaveOutRule(from_date="soon", reason="r")):
        with pytest.raises(InvalidArgument, match=r"rules\[0\]"):
            convert_policy.requested_rules([wrong], "rules")


days = st.dates(date(2020, 1, 1), date(2020, 1, 9))


@given(
    st.lists(st.tuples(days, st.sampled_from("xyz"), st.sampled_from(["citizen", "officer"])), min_size=1, max_size=30),
    st.sampled_from(["", "x", "y"]),
    st.sampled_from(["", "officer"]),
    days,
)
def test_leaving_out_is_a_plain_filter(records, kind, reporter, first):
    rows = pd.DataFrame(records, columns=["day", "type", "reported_by"])
    rows["time"] = pd.to_datetime(rows["day"]).dt.tz_localize("America/Toronto").dt.tz_convert("UTC")
    rule = LeaveOutRule("r", reported_by=reporter, type=kind, from_date=first)
    keeps = [
        not ((not kind or t == kind) and (not reporter or r == reporter) and day >= first) for day, t, r in records
    ]
    if not any(keeps):
        with pytest.raises(InvalidArgument):
            leave_out(rows, (rule,), "America/Toronto", frozenset("xyz"), "rules")
        return
    if reporter:
        rows["reported_by"] = rows["reported_by"].astype(object)
    kept, policy = leave_out(rows, (rule,), "America/Toronto", frozenset("xyz"), "rules")
    assert kept.index.tolist() == [position for position, keep in enumerate(keeps) if keep]
    assert policy.record_counts == (len(rows) - sum(keeps),)


def _changed(small_area, **changes):
    return type(small_area)(
        toml=changes.get("toml", small_area.toml),
        rows=changes.get("rows", small_area.rows),
        sectors=small_area.sectors,
        services=small_area.services,
    )
