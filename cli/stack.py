"""The local stack: every service and the model server as processes on loopback, with their state in one folder."""

import fcntl
import itertools
import os
import random
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cli.files import prepare_folder
from cli.processes import ChildProcess, ProcessSpec, stop_all, uninterrupted
from serving.errors import FailedPrecondition, Unavailable

HOST = "127.0.0.1"
START_SECONDS = 180.0
PORTS_TO_CHOOSE = range(20_000, 32_768)
SERVICES = ("model_server", "predictor", "demand", "scheduler", "routes", "gateway")
CALLED_BY_GATEWAY = ("predictor", "demand", "scheduler", "routes")
REPLICA_PORT_STEP = 10
"""Between the default ports of replicas of the scheduler."""


@dataclass(frozen=True)
class Ports:
    """Ports of the local stack; `more_schedulers` are those of further replicas of the scheduler."""

    gateway: int = 50050
    gateway_http: int = 8080
    predictor: int = 50051
    demand: int = 50052
    scheduler: int = 50053
    routes: int = 50054
    model_server: int = 8500
    more_schedulers: tuple[int, ...] = ()

    @property
    def by_name(self) -> dict[str, int]:
        """Ports by the name of their process (and ``gateway_http``); replicas are ``scheduler_2`` and so on."""
        ports: dict[str, int] = {**vars(self)}
        del ports["more_schedulers"]
        return ports | {f"scheduler_{number}": port for number, port in enumerate(self.more_schedulers, 2)}


def default_ports(scheduler_replicas: int = 1) -> Ports:
    """Return the default ports, with so many replicas of the scheduler."""
    first = Ports().scheduler
    return Ports(more_schedulers=tuple(first + REPLICA_PORT_STEP * number for number in range(1, scheduler_replicas)))


@dataclass(frozen=True)
class Addresses:
    """Where a running stack answers; several replicas of the scheduler are one gRPC target."""

    gateway: str
    gateway_http: str
    predictor: str
    demand: str
    scheduler: str
    routes: str
    model_server: str


def addresses_of(ports: Ports) -> Addresses:
    """Loopback addresses of the ports."""
    addresses = {name: f"{HOST}:{port}" for name, port in vars(ports).items() if name != "more_schedulers"}
    return Addresses(**{**addresses, "scheduler": scheduler_target(ports)})


def scheduler_target(ports: Ports) -> str:
    """Return the gRPC target of every replica of the scheduler.

    >>> scheduler_target(default_ports(2))
    'ipv4:127.0.0.1:50053,127.0.0.1:50063'
    """
    replicas = [f"{HOST}:{port}" for port in (ports.scheduler, *ports.more_schedulers)]
    return replicas[0] if len(replicas) == 1 else f"ipv4:{','.join(replicas)}"


def free_ports(scheduler_replicas: int = 1) -> Ports:
    """Choose ports that are free now, with so many replicas of the scheduler.

    They lie below those that the system gives to outgoing connections, which might take one before its service does.
    """
    names = list(default_ports(scheduler_replicas).by_name)
    drawn = random.SystemRandom().sample(PORTS_TO_CHOOSE, len(PORTS_TO_CHOOSE))
    free = itertools.islice(filter(_is_free, drawn), len(names))
    chosen = dict(zip(names, free, strict=True))
    more = tuple(chosen.pop(name) for name in names if name.startswith("scheduler_"))
    return Ports(**chosen, more_schedulers=more)


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def check_ports(ports: Mapping[str, int]) -> None:
    """Raise Unavailable if one of the named ports is in use, naming it and its service."""
    for name, port in ports.items():
        if not _is_free(port):
            raise Unavailable(f"Port {port} ({name.replace('_', ' ')}) is in use; stop what listens on it.")


def artifact_folder(state: Path) -> Path:
    """Folder of the artifact store of a stack."""
    return state.resolve() / "artifacts"


def process_specs(state: Path, ports: Ports) -> list[ProcessSpec]:
    """Describe the processes of a stack that keeps its state below the folder `state`."""
    folder, at = state.resolve(), addresses_of(ports)
    models, database = str(folder / "models"), f"sqlite:///{folder / 'gateway' / 'gateway.db'}"
    pool = {"POOL_ADDRESS": at.scheduler} if ports.more_schedulers else {}
    own: dict[str, tuple[str, Mapping[str, str]]] = {
        "model_server": ("services.predictor.model_server", {"MODELS_DIR": models}),
        "predictor": ("services.predictor", {"MODELS_DIR": models, "MODEL_SERVER_ADDRESS": at.model_server}),
        "demand": ("services.demand", {}),
        "scheduler": ("services.scheduler", pool),
        "routes": ("services.routes", {}),
        "gateway": (
            "gateway",
            {
                "HTTP_PORT": str(ports.gateway_http),
                "DATABASE_URL": database,
                **{f"{name.upper()}_ADDRESS": getattr(at, name) for name in CALLED_BY_GATEWAY},
            },
        ),
    }
    names = {**{name: name for name in own}, **{name: "scheduler" for name in ports.by_name if "scheduler_" in name}}
    return [_spec(name, service, ports.by_name[name], folder, own[service]) for name, service in names.items()]


def _spec(
    name: str, service: str, port: int, folder: Path, module_and_settings: tuple[str, Mapping[str, str]]
) -> ProcessSpec:
    module, settings = module_and_settings
    shared = {"HOST": HOST, "PORT": str(port), "ARTIFACT_URL": str(artifact_folder(folder))}
    return ProcessSpec(
        name=name,
        module=module,
        environment={f"{service.upper()}_{key}": value for key, value in {**shared, **settings}.items()},
        address=f"{HOST}:{port}",
        log_file=folder / "logs" / f"{name}.log",
    )


class Stack:
    """A running stack."""

    def __init__(self, specs: list[ProcessSpec], addresses: Addresses, artifact_folder: Path, lock: IO[str]) -> None:
        self.addresses = addresses
        self.artifact_folder = artifact_folder
        self._specs = {spec.name: spec for spec in specs}
        self._children: dict[str, ChildProcess] = {}
        self._lock = lock

    def start(self, on_ready: Callable[[int, str], None]) -> None:
        """Start every process and wait until all serve. Raises Unavailable, with the log's end, if one does not.

        `on_ready` is called with the number of processes that serve and the name of the one waited for.
        """
        for spec in self._specs.values():
            self._start(spec)
        deadline = time.monotonic() + START_SECONDS
        for ready, (name, child) in enumerate(self._children.items()):
            on_ready(ready, name.replace("_", " "))
            child.wait_until_serving(deadline, self.check)

    def check(self) -> None:
        """Raise Unavailable, with the end of its log, if a process has ended that nothing stands in for."""
        for name, child in self._children.items():
            if name not in self._replicas():
                child.check()

    def replace_lost_replicas(self) -> list[str]:
        """Start those of several replicas of the scheduler that have ended again, and return their names."""
        lost = [name for name in self._replicas() if not self._children[name].is_running]
        for name in lost:
            self._start(self._specs[name])
        return lost

    def _replicas(self) -> list[str]:
        names = [name for name in self._children if _service(name) == "scheduler"]
        return names if len(names) > 1 else []

    def kill(self, name: str) -> None:
        """Kill one process at once, as a crash would."""
        self._children[name].kill()

    def restart(self, name: str) -> None:
        """Start one process again after it has ended, and wait until it serves."""
        self._start(self._specs[name])
        self._children[name].wait_until_serving(time.monotonic() + START_SECONDS)

    def stop(self) -> None:
        """Stop every process."""
        stop_all(list(self._children.values()))

    def _start(self, spec: ProcessSpec) -> None:
        # children keep the lock open: the state stays locked as long as one of them lives
        self._children[spec.name] = ChildProcess(spec, keep_open=(self._lock.fileno(),))


@contextmanager
def running_stack(
    state: Path,
    ports: Ports,
    services: Collection[str] = SERVICES,
    on_ready: Callable[[int, str], None] = lambda _ready, _name: None,
) -> Iterator[Stack]:
    """Run the stack, or some services of it, for the block; whatever it started has ended after the block.

    Raises
    ------
    Unavailable
        A port is in use, or a process does not become ready.
    FailedPrecondition
        Another stack uses the folder `state`.
    InvalidArgument
        The folder `state` cannot be written to.
    """
    check_ports(_ports_of(services, ports))
    prepare_folder(state, "--state")
    with _locked(state) as lock:
        specs = [spec for spec in process_specs(state, ports) if _service(spec.name) in services]
        stack = Stack(specs, addresses_of(ports), artifact_folder(state), lock)
        try:
            stack.start(on_ready)
            yield stack
        finally:
            with uninterrupted():
                stack.stop()


def _ports_of(services: Collection[str], ports: Ports) -> dict[str, int]:
    return {name: port for name, port in ports.by_name.items() if _service(name) in services}


def _service(process: str) -> str:
    """Return the service of a process, or of the name of a port."""
    return "scheduler" if process.startswith("scheduler_") else process.removesuffix("_http")


@contextmanager
def _locked(state: Path) -> Iterator[IO[str]]:
    with (state / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise FailedPrecondition(
                "STATE_IN_USE",
                f"Process {owner} or a service it started uses the folder {state}; stop it or give another --state.",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock
