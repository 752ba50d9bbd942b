"""A route in words: which streets, how far, and where to turn."""

from dataclasses import dataclass

from services.routes.arrays import IntArray
from services.routes.network import StreetNetwork
from services.routes.turns import turn_degrees, turn_name


@dataclass(frozen=True)
class Stretch:
    """A stretch of one street: how it is entered, its name (empty: unknown) and its length in metres."""

    turn: str
    street: str
    length_m: float

    @property
    def text(self) -> str:
        """The stretch in words, such as "turn left into Main Street, 120 m"."""
        way = f"{self.turn} into {self.street}" if self.street else self.turn
        return f"{way}, {self.length_m:.0f} m"


def turn_list(network: StreetNetwork, directed: IntArray) -> tuple[Stretch, ...]:
    """Return the stretches of a route, shape (n_steps,) directed segments.

    Going straight on along the same street begins no new one.
    """
    stretches: list[Stretch] = []
    turns = [turn_name(degrees) for degrees in turn_degrees(network, directed[:-1], directed[1:])]
    for segment, turn in zip((directed // 2).tolist(), ["start", *turns], strict=True):
        name, length_m = network.names[segment], float(network.lengths_m[segment])
        if stretches and turn == "straight on" and stretches[-1].street == name:
            last = stretches.pop()
            stretches.append(Stretch(last.turn, name, last.length_m + length_m))
        else:
            stretches.append(Stretch(turn, name, length_m))
    return tuple(stretches)
