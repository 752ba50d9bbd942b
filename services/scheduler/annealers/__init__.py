"""The annealers, one file each; a new file is found by its name.

A module has a class ``Annealer`` with the interface :class:`services.scheduler.sampling.Annealer`; the first line of
its docstring describes it. The SDK of a vendor is imported at the top of its file; where it is not installed, the
annealer is listed all the same and says so. An annealer that calls another machine has ``MOST_CALLS``, how many calls
this process makes at once; they are limited and repeated as `services.scheduler.wrappers` says. An annealer with
settings takes them as the argument of its class; ``__main__`` and the command line read and `provide` them. One that
needs a key may have a method ``check_access``, which raises `FailedPrecondition` where there is none.
"""

import ast
import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from pydantic_settings import BaseSettings

from services.scheduler.sampling import Annealer
from services.scheduler.schedule_search import can_begin_warm
from services.scheduler.wrappers import Limit, Retry
from serving.errors import FailedPrecondition, InvalidArgument

DEFAULT_ANNEALER = "neal"


@dataclass(frozen=True)
class AnnealerEntry:
    """An annealer in the list: its name and what it is, in a line.

    `can_begin_warm` tells whether it can begin from a schedule; `unusable_reason` why this process cannot use it,
    empty: it can.
    """

    name: str
    description: str
    can_begin_warm: bool = False
    unusable_reason: str = ""


_provided: dict[str, BaseSettings] = {}
"""Settings by the name of the annealer; written once, as the process starts."""


def provide(name: str, settings: BaseSettings) -> None:
    """Hand an annealer its settings, before it is first loaded."""
    _provided[name] = settings


def annealer_names() -> list[str]:
    """Return the names of all annealers, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load_annealer(name: str, field: str = "annealer") -> Annealer:
    """Return the annealer of a name; empty: the default.

    Raises
    ------
    InvalidArgument
        There is no such annealer; the message lists those there are.
    FailedPrecondition
        Its SDK is not installed.
    """
    name = name or DEFAULT_ANNEALER
    if name not in annealer_names():
        raise InvalidArgument(field, f"Expected one of {', '.join(annealer_names())}, got {name!r}.")
    return _make(name)


def list_annealers() -> list[AnnealerEntry]:
    """Return all annealers, by name."""
    return [_entry(name) for name in annealer_names()]


def _entry(name: str) -> AnnealerEntry:
    try:
        annealer = load_annealer(name)
        check_access = getattr(_bare(name), "check_access", None)
        if check_access is not None:
            check_access()
    except FailedPrecondition as error:
        return AnnealerEntry(name, _description(name), unusable_reason=error.message)
    return AnnealerEntry(name, _description(name), can_begin_warm(annealer))


@cache
def _make(name: str) -> Annealer:
    """Return the annealer of this process, so that all its calls share one limit."""
    annealer = _bare(name)
    most_calls = getattr(_import(name), "MOST_CALLS", None)
    return annealer if most_calls is None else Retry(Limit(annealer, most_calls))


def _bare(name: str) -> Annealer:
    module = _import(name)
    annealer: Annealer = module.Annealer(_provided[name]) if name in _provided else module.Annealer()
    return annealer


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise FailedPrecondition("EXTRA_NOT_INSTALLED", f"Annealer {name}: {_lack(error)}") from error


def _lack(error: ModuleNotFoundError) -> str:
    """Return which extra is missing; it is called like the package."""
    return f"the extra `{str(error.name).partition('.')[0]}` is not installed."


def _description(name: str) -> str:
    """Return the first line of the docstring, read without importing, and what is missing."""
    (file,) = (folder / f"{name}.py" for folder in map(Path, __path__) if (folder / f"{name}.py").exists())
    source = file.read_text(encoding="utf-8")
    line = (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]
    try:
        importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        return f"{line} Not usable here: {_lack(error)}"
    return line
