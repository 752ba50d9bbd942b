import grpc
import pytest
import trustme
from pydantic import ValidationError

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1 import scheduler_pb2_grpc as rpc
from serving.channel import open_channel
from serving.server import start_server
from serving.settings import ChannelSettings, ServiceSettings


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def files(authority, tmp_path):
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "certificate.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path


async def answer(register, settings, channel_settings):
    running = await start_server(settings, register)
    channel = open_channel(f"127.0.0.1:{running.port}", channel_settings)
    try:
        return await rpc.SchedulerServiceStub(channel).Solve(pb.SolveRequest(), timeout=10)
    finally:
        await channel.close(None)
        await running.drain(0)


async def test_tls_answers_who_trusts_the_authority(register, files):
    settings = ServiceSettings(tls_certificate_file=files / "certificate.pem", tls_key_file=files / "key.pem")
    response = await answer(register, settings, ChannelSettings(ca_file=files / "ca.pem"))
    assert response.schedule.wall_seconds == 1.5


async def test_tls_refuses_plain_calls(register, files):
    settings = ServiceSettings(tls_certificate_file=files / "certificate.pem", tls_key_file=files / "key.pem")
    with pytest.raises(grpc.aio.AioRpcError):
        await answer(register, settings, ChannelSettings())


@pytest.mark.parametrize("shows_certificate", [True, False])
async def test_mutual_tls_asks_clients_for_a_certificate(register, files, shows_certificate):
    settings = ServiceSettings(
        tls_certificate_file=files / "certificate.pem",
        tls_key_file=files / "key.pem",
        tls_client_ca_file=files / "ca.pem",
    )
    own = {"certificate_file": files / "certificate.pem", "key_file": files / "key.pem"} if shows_certificate else {}
    client = ChannelSettings(ca_file=files / "ca.pem", **own)
    if shows_certificate:
        assert (await answer(register, settings, client)).schedule.wall_seconds == 1.5
    else:
        with pytest.raises(grpc.aio.AioRpcError):
            await answer(register, settings, client)


@pytest.mark.parametrize("given", [{"tls_key_file": "k"}, {"tls_certificate_file": "c"}, {"tls_client_ca_file": "a"}])
def test_incomplete_certificates_are_refused(given):
    with pytest.raises(ValidationError, match="tls_certificate_file"):
        ServiceSettings(**given)


@pytest.mark.parametrize("given", [{"port": 70000}, {"log_level": "LOUD"}, {"drain_seconds": -1}])
def test_impossible_settings_are_refused(given):
    with pytest.raises(ValidationError):
        ServiceSettings(**given)
