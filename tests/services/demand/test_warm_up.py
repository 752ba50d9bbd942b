"""The kernel is compiled once, for all cases."""

import numpy as np

from services.demand.simulator.jit import sources_stamp
from services.demand.simulator.kernel import replay
from services.demand.simulator.placement import static_placement
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.warm_up import compile_kernel


def test_whatever_is_replayed_was_compiled_before(random_case):
    compile_kernel()
    case = random_case(1)
    object.__setattr__(case, "between_minutes", np.asfortranarray(case.between_minutes))
    case.calls.minute.setflags(write=False)
    Simulator(case).simulate(static_placement(np.array([1, 0, 2, 0]), 240.0))
    assert len(replay.signatures) == 1


def test_cached_code_goes_stale_with_any_module_of_the_kernel():
    index = replay._cache._cache_file
    compile_kernel()
    assert index._load_index()
    index._source_stamp, kept = "another module has changed", index._source_stamp
    try:
        assert index._load_index() == {}
    finally:
        index._source_stamp = kept
    assert kept == sources_stamp()
