"""Starts the scheduler: ``python -m services.scheduler``."""

from functools import partial

from services.scheduler.admission import Admission
from services.scheduler.annealers import provide
from services.scheduler.annealing import compile_kernel
from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
from services.scheduler.price_rounding import compile_prices
from services.scheduler.servicer import register
from services.scheduler.settings import SchedulerSettings
from services.scheduler.tempering import compile_kernels
from serving.server import run
from serving.settings import read_settings


def main() -> None:
    """Read the settings, build the services and serve until SIGTERM."""
    settings = read_settings(SchedulerSettings)
    provide("digital_annealer", read_settings(DigitalAnnealerSettings))
    compile_kernel()
    compile_kernels()
    compile_prices()
    admission = Admission(settings.max_running, settings.max_waiting, settings.retry_delay_seconds)
    run(settings, partial(register, admission=admission))


if __name__ == "__main__":
    main()
