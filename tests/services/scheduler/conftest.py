"""Kernels are compiled before any test, as the service does before it serves: time limits are for solving alone."""

import pytest

from services.scheduler.annealing import compile_kernel
from services.scheduler.many_classes import compile_many_classes
from services.scheduler.tempering import compile_kernels


@pytest.fixture(scope="session", autouse=True)
def compiled_kernels() -> None:
    compile_kernel()
    compile_kernels()
    compile_many_classes()
