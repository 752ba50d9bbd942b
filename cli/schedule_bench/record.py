"""The file that figures are appended to, so that a bench that was stopped goes on where it was."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from cli.schedule_bench.figures import Case, Figure
from serving.errors import InvalidArgument

FILE = "figures.jsonl"


class Record:
    """Figures by what was solved; kept in a file of the folder, a line each, if there is a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / FILE
        self._figures = {figure.case: figure for figure in self._read()}

    def get(self, case: Case) -> Figure | None:
        """Return what is known of a case."""
        return self._figures.get(case)

    def add(self, figure: Figure) -> None:
        """Keep a figure; it is in the file when this returns."""
        self._figures[figure.case] = figure
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(figure)) + "\n")

    def _read(self) -> Iterator[Figure]:
        """Yield the figures of the file; a last line that was cut short by a kill is taken off."""
        if self._file is None or not self._file.exists():
            return
        text = self._file.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            self._file.write_text(whole, encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), 1):
            yield _figure(line, f"line {number} of {self._file}")


def _figure(line: str, place: str) -> Figure:
    try:
        fields = json.loads(line)
        fields["car_minutes"] = tuple(fields["car_minutes"])
        return Figure(**{**fields, "case": Case(**fields["case"])})
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidArgument("--out", f"Expected a figure of an earlier bench in {place}: {error!r}.") from error
