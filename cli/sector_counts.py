"""Options such as --minimum P001=1: whole numbers by name."""

from collections.abc import Iterable, Mapping, Sequence

from serving.errors import InvalidArgument

MOST_CARS = 1000


def parse_counts(texts: Iterable[str], option: str) -> dict[str, int]:
    """Read NAME=CARS, given once or more.

    Raises
    ------
    InvalidArgument
        A text is something else, or a name comes twice.

    >>> parse_counts(["P001=1", "P005=2"], "--minimum")
    {'P001': 1, 'P005': 2}
    """
    counts: dict[str, int] = {}
    for text in texts:
        name, separator, cars = (part.strip() for part in text.rpartition("="))
        if not (separator and name and cars.isdecimal() and int(cars) <= MOST_CARS):
            raise InvalidArgument(option, f"Expected NAME=CARS with 0 to {MOST_CARS} cars, got {text!r}.")
        if name in counts:
            raise InvalidArgument(option, f"Expected {name!r} once, got it again in {text!r}.")
        counts[name] = int(cars)
    return counts


def counts_by_position(counts: Mapping[str, int], names: Sequence[str], option: str, otherwise: int) -> list[int]:
    """Put counts in the order of `names`, `otherwise` where none was given; empty without any.

    Raises
    ------
    InvalidArgument
        There is no such name; lists those there are.
    """
    for name in counts:
        if name not in names:
            known = f"one of {', '.join(names)}" if names else "none, for the area has none"
            raise InvalidArgument(option, f"Expected {known}, got {name!r}.")
    return [counts.get(name, otherwise) for name in names] if counts else []
