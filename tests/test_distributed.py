"""The same work on a Dask cluster: the same bytes, also when workers die of a sudden."""

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import s3fs
from distributed import LocalCluster
from moto.server import ThreadedMotoServer

from exposing import cache, engine
from exposing.errors import BuildError
from exposing.project import place
from mini import ROOT, add, built
from prove.ground import tree

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two workers in processes of their own, which are started again when they die."""
    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", str(ROOT / "build"))
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(tmp_path_factory.mktemp("dask")),
        silence_logs=50,
    ) as started:
        yield started
    patch.undo()


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Lists of every kind of index, each long enough to be at work on when a worker dies; one without owners."""
    for slug in "abcdef":
        count = range(ord(slug), 60_000, 2)
        owners = {
            "nsid": [f"{30000000 + n % 997}@N99" for n in count],
            "name": [f"n{n % 997}" for n in count],
        }
        add(
            tmp_path,
            slug,
            **(owners if slug != "f" else {}),
            photo_id=[90000000000 + 17 * n for n in count],
            identity=[f"Person {n % 9}" for n in count],
            tags=["wedding"] * len(count),
        )
    return tmp_path


def pids(cluster: LocalCluster) -> set[int]:
    return {worker.pid for worker in cluster.workers.values()}


def test_the_same_bytes_as_in_one_process(cluster: LocalCluster, world: Path) -> None:
    here = tree(built(world))
    assert tree(built(world, scheduler=cluster.scheduler_address, work=world / "work")) == here
    assert list((world / "work").iterdir()) == []


def test_workers_that_die_in_each_map_change_nothing(
    cluster: LocalCluster, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tree(built(world))
    died: dict[str, int] = {}

    def kill_one(label: str, items: Iterable[Any], _length: int) -> Iterator[Any]:
        for item in items:
            if label not in died and label != "Sealing shards":
                died[label] = min(pids(cluster))
                os.kill(died[label], signal.SIGKILL)
            yield item

    site = built(world, scheduler=cluster.scheduler_address, kept=world / "kept", progress=kill_one)
    assert tree(site) == here
    assert set(died) == {"Reading lists", "Sending entries", "Joining owners", "Making shards"}
    assert not pids(cluster) & set(died.values())


def test_a_fault_of_a_list_is_told_as_ever(cluster: LocalCluster, tmp_path: Path) -> None:
    folder = add(tmp_path, "a", nsid=["10000001@N99"], photo_id=[90000000001])
    (folder / "raw" / "list.csv").write_bytes(b"\xff\xfen\x00")
    with pytest.raises(BuildError, match="is UTF-16"):
        built(tmp_path, scheduler=cluster.scheduler_address)
    assert not (tmp_path / "_site").exists()


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TIMEOUT", 1)
    with (
        pytest.raises(BuildError, match=r"--scheduler: no Dask scheduler answers at tcp://127.0.0.1:9"),
        engine.cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_a_worker_with_another_program_is_refused(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.program.cache_clear()
    monkeypatch.setattr(pa, "__version__", "0.0")
    with (
        pytest.raises(BuildError, match="has another version of exposing"),
        engine.cluster(cluster.scheduler_address),
    ):
        pass
    cache.program.cache_clear()


def test_lists_and_work_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a server on this machine that speaks S3's protocol."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (settings | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "build"))
    bucket = s3fs.S3FileSystem(skip_instance_cache=True)
    bucket.mkdir("bucket")
    for slug in "ab":
        count = range(3000 + ord(slug))
        add(
            tmp_path,
            slug,
            nsid=[f"{30000000 + n % 97}@N99" for n in count],
            photo_id=[90000000000 + 7 * n for n in count],
        )
        bucket.put(
            str(tmp_path / "data_sources" / slug / "raw" / "list.csv"), f"bucket/lists/{slug}/list.csv"
        )
    here = tree(built(tmp_path))
    folders = {
        name: place(f"s3://bucket/{folder}")
        for name, folder in (("raw", "lists"), ("kept", "kept"), ("work", "work"))
    }
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        for _ in range(2):  # the second time from what was kept
            assert tree(built(tmp_path, scheduler=cluster.scheduler_address, **folders)) == here
    assert len(bucket.find("bucket/kept")) == 4 and not bucket.find("bucket/work")
    server.stop()


def test_an_address_that_nothing_speaks_is_one_line() -> None:
    with pytest.raises(
        BuildError, match=r"nonsense://x: cannot be reached .*; pip install -e '\.\[distributed\]'"
    ):
        place("nonsense://x")
