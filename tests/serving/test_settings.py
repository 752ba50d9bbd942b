import subprocess
import sys

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.settings import ServiceSettings, read_settings


class TownSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TOWN_")
    cars: int = Field(default=1, ge=1)


def test_values_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("TOWN_PORT", "1234")
    monkeypatch.setenv("TOWN_CARS", "7")
    settings = read_settings(TownSettings)
    assert (settings.port, settings.cars) == (1234, 7)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TOWN_PORT": "abc"}, "TOWN_PORT: "),
        ({"TOWN_CARS": "0"}, "TOWN_CARS: Input should be greater than or equal to 1"),
        ({"TOWN_TLS_KEY_FILE": "key.pem"}, "TOWN_*: Expected tls_certificate_file and tls_key_file together."),
    ],
)
def test_an_impossible_value_ends_the_process_with_one_line(monkeypatch, capsys, given, said):
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as caught:
        read_settings(TownSettings)
    assert caught.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_every_fault_is_named(monkeypatch, capsys):
    monkeypatch.setenv("TOWN_PORT", "70000")
    monkeypatch.setenv("TOWN_LOG_LEVEL", "LOUD")
    with pytest.raises(SystemExit):
        read_settings(TownSettings)
    said = capsys.readouterr().err
    assert "TOWN_PORT" in said
    assert "TOWN_LOG_LEVEL" in said


def test_a_port_in_use_ends_the_process_with_one_line(tmp_path):
    code = (
        "import socket; taken = socket.socket(); taken.bind(('127.0.0.1', 0)); taken.listen()\n"
        "from serving.server import run\nfrom serving.settings import ServiceSettings\n"
        "run(ServiceSettings(port=taken.getsockname()[1]), lambda server: [])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "is the port in use?" in done.stderr
