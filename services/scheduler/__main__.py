"""Starts the scheduler: ``python -m services.scheduler``."""

import uuid
from functools import partial

from services.scheduler.admission import Admission
from services.scheduler.annealers import provide
from services.scheduler.annealing import compile_kernel
from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
from services.scheduler.many_classes import compile_many_classes
from services.scheduler.replica_pool import ReplicaPool
from services.scheduler.servicer import Sampling, register
from services.scheduler.settings import SchedulerSettings
from services.scheduler.tempering import compile_kernels
from services.scheduler.trial_pool import LocalPool, TrialPool, core_count
from serving.channel import open_blocking_channel
from serving.server import run
from serving.settings import read_settings

TRIAL_DELAY_SECONDS = 0.3
"""When a trial for which there is no room is to come back; about half of its length."""


def main() -> None:
    """Read the settings, build the services and serve until SIGTERM."""
    settings = read_settings(SchedulerSettings)
    provide("digital_annealer", read_settings(DigitalAnnealerSettings))
    compile_kernel()
    compile_kernels()
    compile_many_classes()
    admission = Admission(settings.max_running, settings.max_waiting, settings.retry_delay_seconds)
    threads = LocalPool(settings.sampling_threads or core_count())
    waiting = settings.waiting_trials * threads.thread_count
    trials = Admission(threads.thread_count, waiting, TRIAL_DELAY_SECONDS)
    sampling = Sampling(trials, threads.executor, replica=uuid.uuid4().hex)
    pool: TrialPool = threads
    if settings.pool_address:
        channel = open_blocking_channel(settings.pool_address, settings.channel)
        pool = ReplicaPool(channel, sampling.replica, settings.trials_in_flight)
    run(settings, partial(register, admission=admission, pool=pool, sampling=sampling))


if __name__ == "__main__":
    main()
