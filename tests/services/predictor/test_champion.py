import keras
import numpy as np
import pytest

from services.predictor.candidates import Candidate
from services.predictor.champion import choose_champion
from services.predictor.residual_network import FittedNetwork
from serving.errors import FailedPrecondition

NETWORK = FittedNetwork(keras.Sequential())


def candidate(name, deviance, can_win=True):
    return Candidate(name, np.zeros((0, 1, 1), np.float32), deviance, NETWORK if can_win else None)


BASELINES = (candidate("separable", 0.2), candidate("climatology", 0.21))


def test_the_lowest_deviance_wins_among_those_that_can():
    candidates = (*BASELINES, candidate("low_rank", 0.18), candidate("gan", 0.1, can_win=False))
    assert choose_champion(candidates, (), allow_worse=False).name == "low_rank"


def test_a_baseline_may_win_where_nothing_is_asked_for():
    candidates = (*BASELINES, candidate("st_resnet", 0.3))
    assert choose_champion(candidates, (), allow_worse=False).name == "separable"


def test_models_asked_for_enter_alone():
    candidates = (*BASELINES, candidate("low_rank", 0.18), candidate("st_resnet", 0.19))
    assert choose_champion(candidates, ("st_resnet",), allow_worse=False).name == "st_resnet"


@pytest.mark.parametrize("deviance", [0.2, 0.25])
def test_a_model_asked_for_that_is_not_better_is_refused(deviance):
    candidates = (*BASELINES, candidate("st_resnet", deviance))
    with pytest.raises(FailedPrecondition, match=r"st_resnet has a validation deviance of 0\.2.*, not below") as caught:
        choose_champion(candidates, ("st_resnet",), allow_worse=False)
    assert caught.value.reason == "MODEL_NOT_BETTER"
    assert choose_champion(candidates, ("st_resnet",), allow_worse=True).name == "st_resnet"


def test_the_reference_may_be_asked_for():
    assert choose_champion(BASELINES, ("separable",), allow_worse=False).name == "separable"
    with pytest.raises(FailedPrecondition):
        choose_champion(BASELINES, ("climatology",), allow_worse=False)
