"""Exports a fitted network as SavedModel with named raw inputs and the named output `intensity`."""

import shutil
from pathlib import Path

import keras
import tensorflow as tf

from services.predictor.residual_network import FittedNetwork

SIGNATURE = "serving_default"


def write_saved_model(network: FittedNetwork, folder: Path) -> None:
    """Write the SavedModel into an existing empty folder."""
    model = network.keras_model
    inputs = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name=name) for name, tensor in sorted(model.input.items())
    }
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(SIGNATURE, lambda values: model(values, training=False), [inputs])
    exported = folder / "exported"
    archive.write_out(str(exported), verbose=False)
    for child in exported.iterdir():
        shutil.move(child, folder / child.name)
    exported.rmdir()
