import importlib.metadata
from pathlib import Path

import pandas as pd
import pytest

from services.predictor import toronto
from services.predictor.area import TimePrecision
from services.predictor.area_import import import_area
from serving.errors import FailedPrecondition
from tests.services.predictor.small_area import zipped


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        importlib.metadata.distribution(toronto.DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{toronto.DISTRIBUTION} is not installed")
    folder = tmp_path_factory.mktemp("toronto")
    toronto.write_toronto_area(folder)
    return folder


def test_the_directory_can_be_imported(folder, store):
    imported = import_area(zipped({path.name: path.read_bytes() for path in sorted(folder.iterdir())}), store)
    area, report = imported.area, imported.report
    assert [sector.id for sector in area.sectors] == sorted(toronto.NEIGHBOURHOODS)
    assert area.time_precision is TimePrecision.HOUR
    assert not any(service.assumed for service in area.service_types)
    assert report.rows_accepted > 53_000
    assert report.rows_read - report.rows_accepted < 10
    assert any("borrowed" in note for note in report.notes)


def test_days_are_local_days(folder):
    """The source's own day and month columns are the oracle of the UTC dates."""
    records = pd.concat(
        [
            pd.read_csv(path).assign(id=[f"{path.stem}-{row}" for row in range(1, rows + 1)])
            for path in toronto._record_paths()
            if (rows := len(pd.read_csv(path, usecols=["MCI"])))
        ]
    ).set_index("id")
    incidents = pd.read_csv(folder / "incidents.csv").set_index("id")
    source = records.loc[incidents.index]
    days = pd.to_datetime(incidents["time"], format="%Y-%m-%d %H")
    known = source["occurrencemonth"].notna()
    assert (days.dt.day[known] == source["occurrenceday"][known]).all()
    assert (days.dt.month_name()[known] == source["occurrencemonth"][known].str.strip()).all()
    assert (days.dt.hour == source["occurrencehour"]).all()
    assert days.dt.year.between(2014, 2021).all()


def test_absent_records_are_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(toronto, "DISTRIBUTION", "no-such-distribution")
    with pytest.raises(FailedPrecondition, match="Install no-such-distribution"):
        toronto.write_toronto_area(tmp_path / "area")
    assert not (tmp_path / "area").exists()
