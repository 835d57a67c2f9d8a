"""The commands as a person runs them: what they print, and with which code they end."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from exposing.__main__ import tune
from exposing.cli import main
from mini import ALICE, ANY, ROOT, ROWS, SEARCHED, SITE, add, dataset


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The real program in a process of its own."""
    command = [sys.executable, "-m", "exposing", *arguments]
    env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_workers_end_with_the_program_that_is_killed(tmp_path: Path) -> None:
    """Nobody can tell them to: they would wait for work, and hold their memory, for ever."""
    files = '[[files]]\npath = "list.csv"\nformat = "python"\n'
    folder = dataset(tmp_path, "endless", files, {"list.csv": "photo_id\n1"})
    (folder / "read.py").write_text("import time\ndef read(stream):\n    time.sleep(600)\n")
    (tmp_path / "site.toml").write_text(SITE + 'run_read_py = ["endless"]\n')
    env = os.environ | {"PYTHONPATH": str(ROOT / "build"), "OF_THIS_TEST": str(tmp_path)}
    command = [sys.executable, "-m", "exposing", "build", "--jobs", "3"]
    program = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL)

    def running() -> list[str]:
        found = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"OF_THIS_TEST={tmp_path}".encode() in environment.read_bytes():
                    found.append(environment.parent.name)
        return found

    try:
        _wait(lambda: len(running()) >= 4)  # two of Python's own, and at least one that reads
    finally:
        program.kill()
    program.wait()
    _wait(lambda: not running())


def test_nothing_is_left_among_temporary_files(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    (scratch := tmp_path / "t").mkdir()
    env = os.environ | {"PYTHONPATH": str(ROOT / "build"), "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "exposing", "build", "--jobs", "2"]
    subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=True)
    assert list(scratch.iterdir()) == []


def test_a_folder_for_temporary_files_whose_name_is_too_long_for_a_socket(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    (long := tmp_path / ("x" * 120)).mkdir()
    env = os.environ | {"PYTHONPATH": str(ROOT / "build"), "TMPDIR": str(long)}
    command = [sys.executable, "-m", "exposing", "build", "--jobs", "2"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "_site" / "index.html").is_file()


def _wait(done: Callable[[], bool]) -> None:
    for _ in range(600):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("waited for half a minute")


@pytest.mark.parametrize("name", main.commands)
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"])
    assert shown.exit_code == 0
    assert f"Example: exposing {name}" in re.sub(r"\s+", " ", shown.output)


@pytest.mark.parametrize("name", main.commands)
def test_every_command_and_option_is_in_the_readme(name: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(f"| `exposing {name}"))
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in line


@pytest.mark.parametrize(
    ("query", "code", "understood"),
    [
        (ALICE, 0, [f"nsid:{ALICE}"]),
        ("https://www.flickr.com/photos/chiara/90000000306", 0, ["photo:90000000306", "name:chiara"]),
        ("nobody", 1, ["name:nobody", "person:nobody"]),
        ("https://www.flickr.com/groups/x", 2, []),
    ],
)
def test_search_prints_json_and_ends_with_its_code(
    site: Path, query: str, code: int, understood: list[str]
) -> None:
    done = run("search", query, "--site", str(site), "--json")
    assert done.returncode == code
    answer = json.loads(done.stdout)
    assert list(answer) == ["query", "understood", "taken", "reason", "found", "searched", "results"]
    found = {0: True, 1: False, 2: None}[code]
    assert (answer["query"], answer["understood"], answer["found"]) == (query, understood, found)
    assert list(answer["results"]) == understood
    assert list(answer["searched"]) == ["account", "photo", "image", "person", "tag"]
    assert len({slug for slugs in answer["searched"].values() for slug in slugs}) == SEARCHED
    assert bool(answer["reason"]) == (code == 2)


@pytest.mark.parametrize(
    ("vendor", "family", "before", "after"),
    [
        ("AuthenticAMD", 25, None, "X86_V4 AVX512_ICL AVX512_SPR"),
        ("AuthenticAMD", 25, "X86_V3", "X86_V3"),
        ("AuthenticAMD", 26, None, None),
        ("GenuineIntel", 25, None, None),
    ],
)
def test_zen_4_sorts_without_avx_512(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
    family: int,
    before: str | None,
    after: str | None,
) -> None:
    monkeypatch.setenv(NUMPY, before or "")  # so that what is set below is undone
    if not before:
        monkeypatch.delenv(NUMPY)
    (tmp_path / "cpuinfo").write_text(f"vendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: 17\n")
    tune(tmp_path / "cpuinfo")
    assert os.environ.get(NUMPY) == after
    tune(tmp_path / "none")


NUMPY = "NPY_DISABLE_CPU_FEATURES"

STILL_READING = """
import io, sys, time
from pyarrow import csv
from exposing.__main__ import run

class Slow(io.RawIOBase):
    reads = 0

    def read(self, size=-1):
        Slow.reads += 1
        time.sleep(0.2 if Slow.reads > 2 else 0)
        return b"1,2\\n" * (size // 4)

    def readable(self):
        return True

first = next(csv.open_csv(Slow(), csv.ReadOptions(use_threads=False, block_size=65536)))
sys.argv = ["exposing", *sys.argv[1:]]
run()
"""
"""A program that runs ours while a thread of Arrow's is inside a list: it aborts at its end if it is let."""


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["search", "nobody", "--site", "x"], 2)]
)
def test_a_list_that_is_still_being_read_does_not_change_how_it_ends(arguments: list[str], code: int) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
    done = subprocess.run(
        [sys.executable, "-c", STILL_READING, *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert len((done.stdout + done.stderr).splitlines()) == 1


def test_search_in_words(site: Path) -> None:
    done = run("search", "Jane Example", "--site", str(site))
    assert "name:jane example: not found" in done.stdout
    assert re.search(r"person:jane example: found\n  facescrub: 2 images \(Jane Example\)", done.stdout)


@pytest.mark.parametrize("damage", ["missing", "cut off", "no site"])
def test_what_cannot_be_told_is_not_a_no(site: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    shard = next(copy.glob("index/*/accounts/0.json"))
    if damage == "missing":
        shard.unlink()
    elif damage == "cut off":
        shard.write_bytes(shard.read_bytes()[:-40])
    else:
        shutil.rmtree(copy / "index")
    done = run("search", ALICE, "--site", str(copy))
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr


def test_check_shows_rejected_rows_with_file_and_line(tmp_path: Path) -> None:
    add(
        tmp_path,
        "a",
        ANY,
        nsid=[ALICE, "nonsense", *["12@N99"] * 9],
        photo_id=range(90000000000, 90000000011),
    )
    done = run("check", "a", cwd=tmp_path)
    assert done.returncode == 0
    assert re.search(r"a +11 +1 +0 +10 +1 +1", done.stdout)
    assert (
        "a: 10 rows rejected as bad_nsid, such as\n  list.csv, row 3: nonsense,90000000001\n" in done.stdout
    )
    assert done.stdout.count("12@N99") == 4
    assert not (tmp_path / "_site").exists()


def test_check_ends_with_2_where_counts_are_not_as_expected(tmp_path: Path) -> None:
    dataset(tmp_path, "a", '[[files]]\npath="*.csv"\nformat="csv"\ncolumns={nsid="n"}\n[expect]\nrejected={max=0}\n',
            {"list.csv": f"n\n{ALICE}\nx\n"})  # fmt: skip
    done = run("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "a: 1 rejected, expected at most 0" in done.stderr


def test_check_ends_with_2_where_nothing_of_a_list_is_kept(tmp_path: Path) -> None:
    folder = add(tmp_path, "a", nsid=["x", "12@N99"])
    with (folder / "dataset.toml").open("a") as manifest:
        manifest.write("[expect]\nkept = { min = 1 }\n")  # the same, said once
    for _ in ("list", "sample"):
        done = run("check", cwd=tmp_path)
        assert done.returncode == 2
        assert "list.csv, row 2: x" in done.stdout
        assert re.fullmatch(
            r"Error: a: 2 rows read, 2 rejected, none kept \(2 bad_nsid\); correct .*\n", done.stderr
        )
        if (folder / "raw").exists():
            (folder / "raw").rename(folder / "sample")


def test_lists_that_are_not_there_are_named(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE])
    add(tmp_path, "b", nsid=[ALICE])
    dataset(tmp_path, "closed", 'not_searchable = "Its list names no source of any picture."\n', {})
    assert "no list" not in run("build", cwd=tmp_path).stdout
    dataset(tmp_path, "c", ROWS.format('nsid = "n"'), {})
    for command in ("build", "check"):
        said = run(command, cwd=tmp_path).stdout.splitlines()
        assert "c: no list in data_sources/c/raw/, so not searchable" in said
    shutil.rmtree(tmp_path / "data_sources" / "b" / "raw")
    said = run("build", cwd=tmp_path).stdout.splitlines()
    assert "b, c: no list in data_sources/<dataset>/raw/, so not searchable" in said
    assert "no list" not in run("build", "--only", "a", cwd=tmp_path).stdout
    (tmp_path / "lists" / "b").mkdir(parents=True)
    (tmp_path / "lists" / "b" / "list.csv").write_text(f"nsid\n{ALICE}\n")
    said = run("build", "--raw", "lists", cwd=tmp_path).stdout.splitlines()
    assert f"a, c: no list in {tmp_path}/lists/<dataset>/, so not searchable" in said


@pytest.mark.parametrize(
    ("site", "fix"),
    [
        ("127.0.0.1:8943", "did you mean http://127.0.0.1:8943/"),
        ("localhost:8943/", "did you mean http://localhost:8943/"),
        ("someone.example.org/exposing", "did you mean http://someone.example.org/exposing/"),
        ("_sites", "name a site that `exposing build` made"),
        ("../nowhere/_site", "name a site that `exposing build` made"),
    ],
)
def test_an_address_without_http_is_no_folder(tmp_path: Path, site: str, fix: str) -> None:
    done = run("search", ALICE, "--site", site, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {site}: no such folder; {fix}\n"


def test_a_fault_is_one_line_and_leaves_the_site_alone(tmp_path: Path) -> None:
    folder = add(tmp_path, "a", nsid=[ALICE])
    assert run("build", cwd=tmp_path).returncode == 0
    before = sorted(path.stat().st_mtime_ns for path in (tmp_path / "_site").rglob("*"))
    (folder / "raw" / "list.csv").write_bytes("nsid\n".encode("utf-16"))
    done = run("build", cwd=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(r"Error: .*list\.csv.* is UTF-16; say encoding = .utf-16. in .*\n", done.stderr)
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "_site").rglob("*")) == before


def test_new_makes_a_dataset_that_passes(tmp_path: Path) -> None:
    add(tmp_path, "a", nsid=[ALICE])
    assert run("new", "my-dataset", cwd=tmp_path).returncode == 0
    done = run("check", "my-dataset", cwd=tmp_path)
    assert done.returncode == 0
    assert re.search(r"my-dataset +3 +3 +0 +0", done.stdout)
    assert "these are the invented samples" in done.stdout
    again = run("new", "my-dataset", cwd=tmp_path)
    assert again.returncode == 2 and "is there already" in again.stderr


def test_the_report_is_what_the_table_says(tmp_path: Path) -> None:
    add(tmp_path, "a", ANY, nsid=[ALICE, ALICE, "x"], photo_id=[90000000001, 90000000001, 90000000002])
    done = run("build", cwd=tmp_path)
    report = json.loads((tmp_path / "_site" / "build-report.json").read_text())
    counts = report["datasets"]["a"]
    assert counts["rows"] == counts["kept"] + counts["duplicates"] + sum(counts["rejected"].values()) == 3
    assert re.search(r"a +3 +1 +1 +1 +1 +1 +0 +0", done.stdout)
    assert "a: 1 bad_nsid" in done.stdout


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    folder = add(tmp_path, "a", nsid=[ALICE])
    (folder / "raw" / "notes.txt").write_text("mine")
    for command in ("check", "build"):
        assert (
            "a: not read, no `path` in its dataset.toml matches notes.txt"
            in run(command, cwd=tmp_path).stdout
        )
    (folder / "raw" / "list.csv").unlink()
    done = run("build", cwd=tmp_path)
    assert done.returncode == 2
    assert "a: no `path` matches notes.txt; correct `path` in data_sources/a/dataset.toml" in done.stderr
    (tmp_path / "lists" / "aa").mkdir(parents=True)
    (tmp_path / "lists" / "a").mkdir()
    (tmp_path / "lists" / "a" / "list.csv").write_text(f"nsid\n{ALICE}\n")
    assert "aa: not read, no such dataset" in run("build", "--raw", "lists", cwd=tmp_path).stdout


def test_a_port_that_is_taken_is_one_line(site: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("serve", "--site", str(site), "--port", port)
    assert done.returncode == 2
    assert re.fullmatch(rf"Error: --port: port {port} cannot be used \(.*\); name another .*\n", done.stderr)


def test_a_bug_is_one_line_and_never_means_not_found(site: Path, tmp_path: Path) -> None:
    """Exit code 1 says "not found" of a search: what nobody foresaw must not end so."""
    program = "import sys; from exposing import lookup; from exposing.__main__ import run; lookup.search = None; run()"
    env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
    command = [sys.executable, "-c", program, "search", ALICE, "--site", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 3
    assert re.fullmatch(r"Error: this is a bug in exposing: TypeError\(.*\n", done.stderr)
    traced = subprocess.run(
        command, capture_output=True, text=True, env=env | {"EXPOSING_TRACEBACK": "1"}, check=False
    )
    assert traced.returncode == 3 and "Traceback" in traced.stderr
