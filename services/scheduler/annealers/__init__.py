"""The annealers, one file each; a new file is found by its name.

A module has a class ``Annealer`` with the interface :class:`services.scheduler.sampling.Annealer`; the first line of
its docstring describes it. The SDK of a vendor is imported at the top of its file.
"""

import importlib
import pkgutil
from dataclasses import dataclass

from services.scheduler.sampling import Annealer
from serving.errors import InvalidArgument

DEFAULT_ANNEALER = "neal"


@dataclass(frozen=True)
class AnnealerEntry:
    """An annealer in the list: its name and what it is, in a line."""

    name: str
    description: str


def annealer_names() -> list[str]:
    """Return the names of all annealers, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load_annealer(name: str, field: str = "annealer") -> Annealer:
    """Return the annealer of a name; empty: the default.

    Raises
    ------
    InvalidArgument
        There is no such annealer; the message lists those there are.
    """
    name = name or DEFAULT_ANNEALER
    if name not in annealer_names():
        raise InvalidArgument(field, f"Expected one of {', '.join(annealer_names())}, got {name!r}.")
    annealer: Annealer = importlib.import_module(f"{__name__}.{name}").Annealer()
    return annealer


def list_annealers() -> list[AnnealerEntry]:
    """Return all annealers, by name."""
    return [AnnealerEntry(name, _description(name)) for name in annealer_names()]


def _description(name: str) -> str:
    return (importlib.import_module(f"{__name__}.{name}").__doc__ or "").strip().splitlines()[0]
