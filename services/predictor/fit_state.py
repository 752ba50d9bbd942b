"""Where the fit of a network is: everything that the rest of it depends on, to and from a checkpoint."""

import json
from dataclasses import dataclass

import keras
import numpy as np
import structlog
from numpy.typing import NDArray

from services.predictor.checkpoints import Arrays

log = structlog.get_logger("training")

COUNTERS = ("epoch", "rate", "rate_epoch", "best_epoch")


@dataclass
class FitState:
    """State of a fit.

    Attributes
    ----------
    model, optimizer : their variables are part of the state (with those of random layers).
    generator : draws the order of the batches.
    best_deviance, best_weights, best_epoch : lowest deviance on validation so far, and the weights that reached it.
    epoch : epochs done.
    rate : number of the learning rate in use.
    rate_epoch : epochs done when its use began.
    is_finished : whether the fit has ended.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    generator: np.random.Generator
    best_deviance: float
    best_weights: list[NDArray[np.float32]]
    best_epoch: int = 0
    epoch: int = 0
    rate: int = 0
    rate_epoch: int = 0
    is_finished: bool = False

    def offer(self, deviance: float) -> None:
        """Keep the model's weights if they are the best so far."""
        if deviance < self.best_deviance:
            self.best_deviance, self.best_weights, self.best_epoch = deviance, self.model.get_weights(), self.epoch

    def arrays(self) -> Arrays:
        """Return the state as named arrays."""
        generator = json.dumps(self.generator.bit_generator.state).encode()
        return {
            "counters": np.array([getattr(self, name) for name in COUNTERS] + [self.is_finished], dtype=np.int64),
            "best_deviance": np.array(self.best_deviance, dtype=np.float64),
            "generator": np.frombuffer(generator, dtype=np.uint8),
            **{f"best_{k}": weight for k, weight in enumerate(self.best_weights)},
            **{f"variable_{k}": value.numpy() for k, value in enumerate(self._variables())},
        }

    def restore(self, stored: Arrays) -> bool:
        """Take over a stored state; False, with nothing changed, where it is that of another network."""
        variables = self._variables()
        if not self._is_of_this_network(stored):
            log.warning("a checkpoint is that of another network; the fit begins anew")
            return False
        for position, variable in enumerate(variables):
            variable.assign(stored[f"variable_{position}"])
        self.generator.bit_generator.state = json.loads(stored["generator"].tobytes())
        *counters, finished = stored["counters"].tolist()
        for name, value in zip(COUNTERS, counters, strict=True):
            setattr(self, name, value)
        self.is_finished = bool(finished)
        self.best_deviance = float(stored["best_deviance"])
        self.best_weights = [stored[f"best_{k}"] for k in range(len(self.best_weights))]
        return True

    def _variables(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.optimizer.variables]

    def _is_of_this_network(self, stored: Arrays) -> bool:
        expected = {name: value.shape for name, value in self.arrays().items() if name != "generator"}
        found = {name: value.shape for name, value in stored.items() if name != "generator"}
        return expected == found
