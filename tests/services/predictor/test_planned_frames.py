import numpy as np
import pytest

from services.predictor.planned_frames import predict_ahead, predict_planned
from serving.errors import Cancelled
from serving.work import never_stop


@pytest.fixture
def asked(training):
    return training.reader, training.frames, training.validation_frames[:30]


def first_map(inputs):
    """Stands for a model that expects again what the last frame held."""
    return inputs.closeness[..., 0] + 1.0


def test_one_frame_ahead_sees_the_latest_frames(asked):
    reader, frames, numbers = asked
    predicted = predict_ahead(*asked, first_map, 7, never_stop)
    np.testing.assert_array_equal(predicted, first_map(reader.read(frames, numbers)))


def test_a_plan_sees_what_the_model_expects_of_them_and_the_rest_as_recorded(asked):
    reader, frames, numbers = asked
    expected = np.arange(30, dtype=np.float32)[:, None, None] + np.zeros((30, *frames.counts.shape[1:]), np.float32)
    seen = []

    def predict(inputs):
        seen.append(inputs)
        return first_map(inputs)

    planned = predict_planned(*asked, expected, predict, 30)
    np.testing.assert_array_equal(planned[1:], expected[:-1] + 1.0)
    np.testing.assert_array_equal(planned[0], frames.at(numbers[:1] - 1)[0] + 1.0)
    recorded = reader.read(frames, numbers)
    for name in ("period", "trend", "recent", "level", "external", "hour_of_week"):
        np.testing.assert_array_equal(getattr(seen[0], name), getattr(recorded, name))


def test_predictions_can_be_stopped(asked):
    with pytest.raises(Cancelled):
        predict_ahead(*asked, first_map, 7, lambda: True)
