"""A small conditional generative adversarial network of hourly maps: a comparator (Table 2 of the OFFICERS paper)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_DAY, HOURS_PER_WEEK
from services.predictor.models.separable import cell_means
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_map import weekly_network
from serving.errors import Cancelled

NOISE_UNITS = 8
HIDDEN_UNITS = 48
STEPS = 400
BATCH_FRAMES = 64
LEARNING_RATE = 1e-3
DRAWS = 64
"""Maps drawn per hour of the week, whose mean is the intensity."""
NOISE_STREAM = 13
LEAST_COUNT = 1e-6


class Gan:
    """Generator and discriminator of two dense layers each, both told the hour of the week.

    The intensity of an hour is the mean of generated maps, scaled so that the window's total is the recorded one: an
    adversarial loss leaves the level free. For comparison only.
    """

    can_win = False
    core_seconds = 10.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        generator = np.random.default_rng([training.seed % 2**64, NOISE_STREAM])
        cell_count = int(np.prod(training.frames.counts.shape[1:]))
        maker, critic = _networks(cell_count, generator)
        _train(maker, critic, training, generator, watch)
        week = WeekCounts.of_window(training)
        means = np.stack([_mean_map(maker, hour, generator) for hour in range(HOURS_PER_WEEK)])
        expected = (means * week.frame_counts[:, None]).reshape(week.recorded.shape)
        scaled = cell_means(expected, 1.0) * (max(week.by_cell.sum(), 1.0) / max(float(expected.sum()), LEAST_COUNT))
        return weekly_network(scaled / np.maximum(week.frame_counts, 1.0)[:, None, None])


def _networks(cell_count: int, generator: np.random.Generator) -> tuple[keras.Model, keras.Model]:
    """Return the generator (noise and hour to counts) and the discriminator (counts and hour to a logit)."""

    def dense(units: int, activation: str | None) -> layers.Layer:
        seed = int(generator.integers(2**31))
        return layers.Dense(units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed))

    condition_units = _conditions(np.zeros(1, dtype=np.int32)).shape[1]
    maker = keras.Sequential(
        [keras.Input((NOISE_UNITS + condition_units,)), dense(HIDDEN_UNITS, "relu"), dense(cell_count, "softplus")]
    )
    critic = keras.Sequential(
        [keras.Input((cell_count + condition_units,)), dense(HIDDEN_UNITS, "relu"), dense(1, None)]
    )
    return maker, critic


def _train(
    maker: keras.Model, critic: keras.Model, training: TrainingSet, generator: np.random.Generator, watch: Watch
) -> None:
    """Take alternating steps on the non-saturating loss (Goodfellow et al. 2014)."""
    optimizers = [keras.optimizers.Adam(LEARNING_RATE, beta_1=0.5) for _ in range(2)]
    for optimizer, network in zip(optimizers, (maker, critic), strict=True):
        optimizer.build(network.trainable_variables)

    @tf.function  # type: ignore[untyped-decorator]
    def step(real: tf.Tensor, conditions: tf.Tensor, noise: tf.Tensor) -> None:
        with tf.GradientTape() as made_tape, tf.GradientTape() as judged_tape:
            made = maker(tf.concat([noise, conditions], 1), training=True)
            on_real = critic(tf.concat([real, conditions], 1), training=True)
            on_made = critic(tf.concat([made, conditions], 1), training=True)
            maker_loss = tf.reduce_mean(tf.nn.softplus(-on_made))
            critic_loss = tf.reduce_mean(tf.nn.softplus(-on_real) + tf.nn.softplus(on_made))
        parts = ((maker, made_tape, maker_loss), (critic, judged_tape, critic_loss))
        for optimizer, (network, tape, loss) in zip(optimizers, parts, strict=True):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    for number in range(STEPS):
        if watch.stop():
            raise Cancelled("The training was stopped.")
        frames = generator.choice(training.window_frames, BATCH_FRAMES)
        real = training.frames.at(frames).reshape(BATCH_FRAMES, -1)
        noise = generator.standard_normal((BATCH_FRAMES, NOISE_UNITS), dtype=np.float32)
        conditions = _conditions(training.reader.calendar.hours_of_week(frames))
        step(tf.constant(real), tf.constant(conditions), tf.constant(noise))
        if number % BATCH_FRAMES == 0:
            watch.report(number / STEPS, f"step {number} of {STEPS}")


def _mean_map(maker: keras.Model, hour_of_week: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return the mean of drawn maps, shape (n_cells,)."""
    noise = generator.standard_normal((DRAWS, NOISE_UNITS), dtype=np.float32)
    conditions = np.repeat(_conditions(np.array([hour_of_week])), DRAWS, axis=0)
    maps = np.asarray(maker(np.concatenate([noise, conditions], axis=1)), dtype=np.float64)
    return np.asarray(maps.mean(axis=0))


def _conditions(hours_of_week: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the hour on the circles of day and week, shape (n, 4)."""
    angles = [2 * np.pi * hours_of_week / length for length in (HOURS_PER_DAY, HOURS_PER_WEEK)]
    circles = [function(angle) for angle in angles for function in (np.sin, np.cos)]
    return np.column_stack(circles).astype(np.float32)


MODEL = Gan()
