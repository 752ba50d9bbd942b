import hashlib
import subprocess
import sys
import threading

import pyarrow as pa
import pytest

from officers.scheduler.v1 import scheduler_pb2 as pb
from serving.artifacts import ArtifactStore, request_key
from serving.errors import NotFound


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return ArtifactStore(str(tmp_path) if request.param == "folder" else f"memory://{tmp_path.name}")


def test_content_comes_back_under_its_sha256(store):
    sha256 = store.put(b"plan")
    assert sha256 == hashlib.sha256(b"plan").hexdigest()
    assert store.get(sha256) == b"plan"
    assert store.put(b"plan") == sha256


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63])
def test_unknown_and_impossible_names_are_not_found(store, name):
    with pytest.raises(NotFound):
        store.get(name)


def test_damaged_content_is_refused(tmp_path):
    store = ArtifactStore(str(tmp_path))
    sha256 = store.put(b"plan")
    (tmp_path / sha256[:2] / sha256).write_bytes(b"plam")
    with pytest.raises(NotFound, match="damaged"):
        store.get(sha256)


def test_content_that_was_cut_short_is_written_again(tmp_path):
    store = ArtifactStore(str(tmp_path))
    sha256 = store.put(b"plan")
    (tmp_path / sha256[:2] / sha256).write_bytes(b"")
    assert store.put(b"plan") == sha256
    assert store.get(sha256) == b"plan"


def test_tables_keep_values_types_and_metadata(store):
    table = pa.table({"scenario": pa.array([0, 1], pa.int32()), "minute": [0.5, 7.25]}).replace_schema_metadata(
        {b"span_minutes": b"720"}
    )
    assert store.put_table(table) == store.put_table(table)
    again = store.get_table(store.put_table(table))
    assert again.equals(table, check_metadata=True)


def test_requests_are_remembered(store):
    assert store.recall("ab12") is None
    store.remember("ab12", "cd34")
    assert store.recall("ab12") == "cd34"


def test_key_depends_on_type_content_and_parts():
    request = pb.SolveRequest(options=pb.SolveOptions(seed=1))
    keys = {
        request_key(request),
        request_key(pb.SolveRequest(options=pb.SolveOptions(seed=2))),
        request_key(pb.WatchSolveRequest(options=pb.SolveOptions(seed=1))),
        request_key(request, "a", "b"),
        request_key(request, "ab"),
    }
    assert len(keys) == 5
    assert request_key(pb.SolveRequest(options=pb.SolveOptions(seed=1))) in keys


def test_many_writers_of_the_same_content_leave_one_whole_file(tmp_path):
    store = ArtifactStore(str(tmp_path))
    content = b"x" * 2_000_000
    threads = [threading.Thread(target=store.put, args=(content,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get(hashlib.sha256(content).hexdigest()) == content
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_another_process_reads_what_one_wrote(tmp_path):
    sha256 = ArtifactStore(str(tmp_path)).put(b"plan")
    code = f"from serving.artifacts import ArtifactStore; print(ArtifactStore({str(tmp_path)!r}).get({sha256!r}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "b'plan'"
