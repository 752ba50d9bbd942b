"""One loaded SavedModel: its signatures, and how a request is checked against them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.protobuf import saved_model_pb2

from serving.errors import FailedPrecondition, InvalidArgument

Array = NDArray[Any]


@dataclass(frozen=True)
class LoadedModel:
    """A loaded version; `meta_graph` is its MetaGraphDef."""

    name: str
    version: int
    loaded: Any
    meta_graph: Any

    @classmethod
    def read(cls, name: str, version: int, folder: Path) -> "LoadedModel":
        """Load a version folder."""
        loaded = tf.saved_model.load(str(folder))
        contents = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
        return cls(name, version, loaded, contents.meta_graphs[0])

    def signature(self, name: str) -> Any:
        """Return a signature's SignatureDef.

        Raises
        ------
        FailedPrecondition
            The model has no such signature.
        """
        if name not in self.meta_graph.signature_def:
            raise FailedPrecondition("SIGNATURE_NOT_FOUND", f'Serving signature key "{name}" not found.')
        return self.meta_graph.signature_def[name]

    def run(self, signature: str, inputs: dict[str, Array]) -> dict[str, Array]:
        """Compute a signature's outputs by name.

        Raises
        ------
        FailedPrecondition
            The model has no such signature.
        InvalidArgument
            Inputs are missing, unknown, or of another type or shape than the signature asks for.
        """
        expected = self.signature(signature).inputs
        extra, missing = sorted(set(inputs) - set(expected)), sorted(set(expected) - set(inputs))
        if extra or missing:
            raise InvalidArgument(
                "inputs",
                f"input size does not match signature: {len(inputs)}!={len(expected)}. "
                f"Sent extra: {{{','.join(extra)}}}. Missing but required: {{{','.join(missing)}}}.",
            )
        for name, value in inputs.items():
            _check_input(name, value, expected[name])
        # The loaded SavedModel is ours: signatures of a folder that only the predictor writes.
        outputs = self.loaded.signatures[signature](**{name: tf.constant(value) for name, value in inputs.items()})
        return {name: value.numpy() for name, value in outputs.items()}


def _check_input(name: str, value: Array, expected: Any) -> None:
    wanted_type = tf.dtypes.as_dtype(expected.dtype)
    if value.dtype != wanted_type.as_numpy_dtype:
        raise InvalidArgument(f"inputs.{name}", f"Expected {name} to be {wanted_type.name}, got {value.dtype.name}.")
    wanted_shape = [dimension.size for dimension in expected.tensor_shape.dim]
    fits = len(wanted_shape) == value.ndim and all(
        wanted in (-1, actual) for wanted, actual in zip(wanted_shape, value.shape, strict=True)
    )
    if not fits:
        raise InvalidArgument(
            f"inputs.{name}", f"Expected {name} of shape {wanted_shape} (-1: any), got {list(value.shape)}."
        )
