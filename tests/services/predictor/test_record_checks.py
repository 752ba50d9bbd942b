"""Warnings on records: silent on clean records, loud on planted faults."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from services.predictor.area_import import import_area
from services.predictor.record_checks import WARNINGS_SHOWN, check_records
from services.predictor.record_checks.records import Records
from services.predictor.record_checks.volume import find_volume_jumps
from services.predictor.record_checks.warning import WarningKind
from services.predictor.record_checks.windows import signed_roots
from services.predictor.toronto import write_toronto_area
from tests.services.predictor.small_area import zipped

FIRST_DATE = date(2019, 1, 7)
DAYS = 78 * 7
SECTORS = 12


def _records(seed: int = 1, rate: float = 3.0, has_officers: bool = True) -> Records:
    """Clean records: rates differ by sector, season and hour; minutes are not rounded."""
    generator = np.random.default_rng(seed)
    season = 1 + 0.25 * np.sin(2 * np.pi * np.arange(DAYS) / 365)
    weekday = np.where(np.arange(DAYS) % 7 >= 5, 1.2, 0.95)
    sector_rates = rate * np.linspace(0.3, 1.7, SECTORS)
    shared = generator.gamma(20.0, 1 / 20.0, DAYS)  # days differ by more than Poisson counts
    counts = generator.poisson(sector_rates[:, None] * (season * weekday * shared))
    sectors, days = np.nonzero(counts)
    repeats = counts[sectors, days]
    sectors, days = np.repeat(sectors, repeats), np.repeat(days, repeats)
    hourly = 1 + 0.6 * np.sin(2 * np.pi * (np.arange(24) - 9) / 24)
    return Records(
        sector_ids=tuple(f"S{sector:02d}" for sector in range(SECTORS)),
        dates=tuple(FIRST_DATE + timedelta(days=day) for day in range(DAYS)),
        sectors=sectors,
        days=days,
        hours=generator.choice(24, len(days), p=hourly / hourly.sum()),
        minutes=generator.integers(0, 60, len(days)),
        urgent=generator.random(len(days)) < 0.3,
        officer=generator.random(len(days)) < 0.2 if has_officers else None,
        has_minutes=True,
    )


def _keep(records: Records, keeps: np.ndarray) -> Records:
    return replace(
        records,
        **{name: getattr(records, name)[keeps] for name in ("sectors", "days", "hours", "minutes", "urgent")},
        officer=None if records.officer is None else records.officer[keeps],
    )


def _with_copies(records: Records, chosen: np.ndarray, times: int) -> Records:
    """Records in which some occur several times."""
    return _keep(records, np.repeat(np.arange(len(records.days)), np.where(chosen, times, 1)))


def _weeks(records: Records, first: int, last: int) -> np.ndarray:
    return (records.days >= 7 * first) & (records.days < 7 * (last + 1))


@pytest.mark.parametrize("rate", [0.3, 3.0, 20.0])
def test_clean_records_give_no_warnings(rate):
    found = [check_records(_records(seed, rate)).found_count for seed in range(12)]
    assert sum(found) <= 1


def test_a_sector_recorded_several_times_for_a_week():
    clean = _records()
    faulty = _with_copies(clean, (clean.sectors == 6) & _weeks(clean, 40, 40), 4)
    (warning,) = check_records(faulty).shown
    assert (warning.kind, warning.sector_id) == (WarningKind.VOLUME, "S06")
    assert warning.from_date == FIRST_DATE + timedelta(weeks=40)
    assert warning.recorded_count == 4 * ((clean.sectors == 6) & _weeks(clean, 40, 40)).sum()
    assert warning.expected_count == pytest.approx(warning.recorded_count / 4, rel=0.35)
    assert "S06" in warning.message
    assert str(warning.from_date) in warning.message


def test_a_level_that_falls_and_stays():
    clean = _records()
    lost = (clean.sectors == 8) & (clean.days >= 7 * 50) & (np.arange(len(clean.days)) % 3 > 0)
    warnings = check_records(_keep(clean, ~lost)).shown
    assert [(warning.kind, warning.sector_id) for warning in warnings] == [(WarningKind.VOLUME, "S08")]
    assert warnings[0].recorded_count < warnings[0].expected_count
    assert abs((warnings[0].from_date - FIRST_DATE).days - 350) <= 21


def test_a_change_of_the_whole_area_is_no_jump_of_a_sector():
    clean = _records()
    assert not list(find_volume_jumps(_with_copies(clean, clean.days >= 7 * 50, 2)))


def test_several_sectors_at_once_are_all_named():
    clean = _records()
    faulty = _with_copies(clean, np.isin(clean.sectors, [3, 7, 11]) & _weeks(clean, 30, 35), 3)
    named = {w.sector_id for w in check_records(faulty).shown if w.recorded_count > w.expected_count}
    assert named == {"S03", "S07", "S11"}
    assert {w.sector_id for w in check_records(faulty).shown} == named


@pytest.mark.parametrize(
    ("column", "kind"), [("urgent", WarningKind.URGENT_SHARE), ("officer", WarningKind.OFFICER_SHARE)]
)
def test_a_share_that_jumps_in_one_sector(column, kind):
    clean = _records()
    flags = getattr(clean, column).copy()
    flags[(clean.sectors == 9) & _weeks(clean, 44, 52)] = True
    found = [w for w in check_records(replace(clean, **{column: flags})).shown if w.kind is kind]
    assert {w.sector_id for w in found} == {"S09"}
    first = min(found, key=lambda warning: warning.from_date)
    assert first.recorded_count > first.expected_count
    assert timedelta(weeks=41) <= first.from_date - FIRST_DATE <= timedelta(weeks=49)


def test_a_share_that_jumps_everywhere_is_one_warning():
    clean = _records()
    urgent = clean.urgent | (clean.days >= 7 * 60)
    rises = [w for w in check_records(replace(clean, urgent=urgent)).shown if w.kind is WarningKind.URGENT_SHARE]
    assert [w.sector_id for w in rises] == [""]


def test_officer_shares_need_to_be_recorded():
    assert check_records(_records(has_officers=False)).found_count == 0


def test_a_sector_without_records_for_weeks():
    clean = _records()
    silent = (clean.sectors == 5) & (clean.days >= 200) & (clean.days < 221)
    found = {w.kind: w for w in check_records(_keep(clean, ~silent)).shown}
    warning = found[WarningKind.NO_RECORDS]
    assert warning.sector_id == "S05"
    assert (warning.from_date, warning.to_date) == (
        FIRST_DATE + timedelta(days=200),
        FIRST_DATE + timedelta(days=220),
    )
    assert warning.recorded_count == 0
    assert warning.expected_count == pytest.approx(silent.sum(), rel=0.3)


def test_days_without_any_record_name_the_whole_area():
    clean = _records()
    silent = (clean.days >= 200) & (clean.days < 203)
    found = [w for w in check_records(_keep(clean, ~silent)).shown if w.kind is WarningKind.NO_RECORDS]
    assert [w.sector_id for w in found] == [""]


HEAPS = [
    ("firsts of other months", lambda r, day: (day.day == 1) & (day.month > 1)),
    ("New Year's days", lambda r, day: (day.day == 1) & (day.month == 1)),
]


@pytest.mark.parametrize(("title", "of_day"), HEAPS)
def test_dates_that_stand_for_unknown(title, of_day):
    clean = _records()
    heaped = np.array([of_day(clean, day) for day in clean.dates])[clean.days]
    found = check_records(_with_copies(clean, heaped, 8)).shown
    (message,) = [warning.message for warning in found if warning.kind is WarningKind.HEAP]
    assert title in message


@pytest.mark.parametrize("hour", [0, 12])
def test_hours_that_stand_for_unknown(hour):
    clean = replace(_records(rate=20.0), has_minutes=False)
    found = check_records(_with_copies(clean, clean.hours == hour, 2)).shown
    assert [w.kind for w in found] == [WarningKind.HEAP]
    assert f"in the hour {hour:02d}:00" in found[0].message


def test_minutes_that_are_rounded():
    clean = _records()
    minutes = np.where(np.arange(len(clean.minutes)) % 3 == 0, 0, clean.minutes)
    rounded = replace(clean, minutes=minutes)
    (warning,) = check_records(rounded).shown
    assert "on the full hour" in warning.message
    assert warning.recorded_count == (minutes == 0).sum()
    assert check_records(replace(rounded, has_minutes=False)).found_count == 0


def test_the_most_important_come_first_and_few_are_shown():
    clean = _records()
    odd = np.zeros(len(clean.days), dtype=bool)
    for sector in range(0, SECTORS, 2):
        for week in range(20 + sector, 70, 14):
            odd |= (clean.sectors == sector) & _weeks(clean, week, week)
    warnings = check_records(_with_copies(clean, odd, 5))
    differences = [warning.difference for warning in warnings.shown]
    assert warnings.found_count > WARNINGS_SHOWN == len(warnings.shown)
    assert differences == sorted(differences, reverse=True)


def test_a_short_span_or_a_single_sector_is_no_fault():
    clean = _records()
    for days in (1, 40, 112, 120, 140):
        brief = _keep(clean, clean.days < days)
        assert check_records(replace(brief, dates=clean.dates[:days])).found_count == 0
    single = _keep(clean, clean.sectors == 3)
    single = replace(single, sector_ids=("S",), sectors=np.zeros(len(single.days), dtype=np.int64))
    assert check_records(single).found_count == 0


def test_scores_are_standard_normal_where_nothing_changed(generator):
    now, before = generator.poisson(40, (2, 20_000)).astype(float), generator.poisson(320, (2, 20_000)).astype(float)
    scores = signed_roots(now[0], now[1], before[0], before[1])
    assert scores.mean() == pytest.approx(0.0, abs=0.03)
    assert scores.std() == pytest.approx(1.0, abs=0.03)


def test_days_that_the_policy_leaves_out_are_no_silence(small_area, store):
    small_area.toml += '[[policy.leave_out]]\nfrom_date = 2015-01-20\nto_date = 2015-02-09\nreason = "Two systems."\n'
    report = import_area(small_area.zipped(), store).report
    assert not [w for w in report.warnings.shown if w.kind is WarningKind.NO_RECORDS]
    removed = small_area.rows["time"].between("2015-01-20", "2015-02-10")
    small_area.toml = small_area.toml.split("[[policy")[0]
    small_area.rows = small_area.rows[~removed]
    report = import_area(small_area.zipped(), store).report
    assert WarningKind.NO_RECORDS in {w.kind for w in report.warnings.shown}


def test_toronto_heaps_unknown_dates_and_hours(tmp_path, store):
    write_toronto_area(tmp_path)
    archive = zipped({path.name: path.read_bytes() for path in tmp_path.iterdir()})
    messages = [warning.message for warning in import_area(archive, store).report.warnings.shown]
    for heap in ("on firsts of other months", "on New Year's days", "in the hour 00:00", "in the hour 12:00"):
        assert any(heap in message for message in messages), heap


def test_manhattan_heaps_full_hours_and_has_steady_sectors(manhattan, store):
    files = {path.name: path.read_bytes() for path in manhattan.iterdir() if path.name != "ems_calls.parquet"}
    warnings = import_area(zipped(files), store).report.warnings
    assert "on the full hour" in warnings.shown[0].message
    assert all(warning.kind is WarningKind.HEAP for warning in warnings.shown)
