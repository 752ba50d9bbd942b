"""Colour classes and short names: how figures and sectors are told apart in print, on screens and without colour."""

import re
from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

CLASS_COUNT = 8

# Cividis (Nuñez, Anderton, Renslow 2018): even steps for colour-blind and other eyes alike.
CIVIDIS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")


def classes(values: NDArray[np.float64], top: float) -> NDArray[np.int64]:
    """Class of each value on a square-root scale from 0 to `top`: 0 for none, then 1 to `CLASS_COUNT`.

    The square root keeps quiet places apart, where most of the area lies.
    """
    if top <= 0:
        return np.zeros(values.shape, dtype=np.int64)
    share = np.sqrt(np.clip(values, 0, top) / top)
    return np.where(values > 0, np.clip(np.ceil(share * CLASS_COUNT), 1, CLASS_COUNT), 0).astype(np.int64)


def ramp(share: float) -> str:
    """Colour at a share (0 to 1) of the cividis ramp, as "#rrggbb"."""
    position = min(max(share, 0.0), 1.0) * (len(CIVIDIS) - 1)
    lower = min(int(position), len(CIVIDIS) - 2)
    weight = position - lower
    pairs = zip(_channels(CIVIDIS[lower]), _channels(CIVIDIS[lower + 1]), strict=True)
    mixed = [round(low + (high - low) * weight) for low, high in pairs]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if luminance < 0.18 else "#14181f"


def short_codes(ids: Sequence[str], names: Sequence[str]) -> list[str]:
    """Unique codes of at most five characters: the ids where they are short, else letters of the names."""
    if all(0 < len(identifier) <= 5 for identifier in ids):
        return list(ids)
    codes: list[str] = []
    for name in names:
        codes.append(_free_code(name, codes))
    return codes


def plain_name(name: str) -> str:
    """A name without a number in parentheses at its end."""
    return re.sub(r"\s*\(\d+\)$", "", name)


def _free_code(name: str, taken: Sequence[str]) -> str:
    stem = _stem(plain_name(name))
    candidates = (stem if number == 1 else f"{stem[:3]}{number}" for number in count(1))
    return next(code for code in candidates if code not in taken)


def _stem(name: str) -> str:
    words = re.findall(r"[^\W_]+", name) or ["?"]
    return words[0][:4] if len(words) == 1 else "".join(word[:2] for word in words[:2])


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
