"""A dataset's folder is data: no link in it leads out of it, and nothing is written out of its raw/."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exposing.cli import main
from mini import ROOT, built, dataset

LIST = "nsid,photo_id\n10000001@N99,90000000101\n"
TABLE = '[[files]]\npath = "list.csv"\nformat = "csv"\ncolumns = { nsid = "nsid", photo_id = "photo_id" }\n'
REFUSED = "is a link that leads out of the dataset's folder; remove it, and copy the list, or name the folder"


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(main, arguments)
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one dataset that can be built, beside a folder with files that are nobody's business."""
    dataset(tmp_path, "a", TABLE, {"list.csv": LIST})
    outside = tmp_path / "outside"
    (outside / "raw").mkdir(parents=True)
    for name in ("list.csv", "raw/list.csv", "dataset.toml", "about.md", "citations.csv", "read.py"):
        (outside / name).write_text("secret-token\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


LINKS = {  # what is a link: (its path below data_sources/, what it names beside the project's site.toml)
    "raw": ("a/raw", "outside/raw"),
    "raw, through another link": ("a/raw", "outside/again"),
    "sample": ("a/sample", "outside/raw"),
    "the story": ("a/about.md", "outside/about.md"),
    "the manifest": ("a/dataset.toml", "outside/dataset.toml"),
    "citations": ("a/citations.csv", "outside/citations.csv"),
    "the reader": ("a/read.py", "outside/read.py"),
    "a list": ("a/raw/list.csv", "outside/list.csv"),
    "a folder of lists": ("a/raw/deep", "outside"),
    "what is not there": ("a/raw/list.csv", "outside/nothing"),
    "another dataset's list": ("a/raw/more.csv", "data_sources/b.csv"),
    "the project's settings": ("a/about.md", "site.toml"),
    "all of the folder": ("c", "outside"),
}


@pytest.mark.parametrize("command", [["check"], ["build", "--jobs", "1"], ["fetch"]])
@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_leads_out_is_refused_by_name(project: Path, name: str, command: list[str]) -> None:
    link, target = LINKS[name]
    (project / "outside" / "again").symlink_to(project / "outside" / "raw")
    path = project / "data_sources" / link
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(project / target, path.parent))
    done = run(*command)
    assert done.exit_code == 2
    assert f"{path}: {REFUSED}" in done.output and len(done.output.splitlines()) == 1
    assert "secret" not in done.output and not (project / "_site").exists()


def test_a_link_that_stays_inside_is_read(project: Path) -> None:
    folder = project / "data_sources" / "a"
    (folder / "raw" / "list.csv").rename(folder / "raw" / "list.2020.csv")
    (folder / "raw" / "list.csv").symlink_to("list.2020.csv")
    (folder / "sample").symlink_to("raw")
    assert run("check", "a").exit_code == 0
    (folder / "about.md").symlink_to("about.md")
    assert run("check", "a").exit_code == 0  # a circle leads nowhere, so not out


def test_a_folder_that_the_command_line_names_may_be_anywhere(project: Path) -> None:
    lists = project / "lists"
    (lists / "a").mkdir(parents=True)
    (lists / "a" / "list.csv").write_text(LIST)
    (project / "way").symlink_to(lists)
    assert run("check", "a", "--raw", "way").exit_code == 0
    (lists / "a" / "list.csv").unlink()
    (lists / "a" / "list.csv").symlink_to(project / "outside" / "list.csv")
    done = run("check", "a", "--raw", "way")
    assert done.exit_code == 2 and "is a link that leads out of raw/" in done.output


def test_data_sources_may_be_a_link_itself(project: Path) -> None:
    (project / "data_sources").rename(project / "elsewhere")
    (project / "data_sources").symlink_to(project / "elsewhere")
    assert (built(project) / "index" / "current.json").is_file()


@pytest.mark.parametrize("place", [".", "sample", "raw/deep"])
def test_an_archive_is_unpacked_into_raw_itself_only(
    project: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A link within the dataset's folder is no way to its program or its manifest either."""
    folder = project / "data_sources" / "a"
    shutil.rmtree(folder / "raw")
    if place == "raw/deep":
        (folder / "raw").mkdir()
        (folder / "raw" / "deep").symlink_to("..")
    else:
        (folder / "sample").mkdir()
        (folder / "raw").symlink_to(place)
    with tarfile.open(project / "lists.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("a/raw/deep/read.py" if place == "raw/deep" else "a/raw/read.py")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    monkeypatch.setenv("EXPOSING_LISTS", str(project / "lists.tar.gz"))
    done = run("fetch")
    assert done.exit_code == 2 and "out of raw/, because a folder above it is a link" in done.output
    assert not list(project.glob("data_sources/**/read.py"))


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_takes_no_link_called_raw(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    (tmp_path / "data_sources" / "a").mkdir(parents=True)
    (tmp_path / "data_sources" / "a" / "raw").symlink_to("../..")
    command = ["git", "check-ignore", "data_sources/a/raw"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_two_fetches_run_nothing(project: Path) -> None:
    """A list whose raw/ is where Python looks for packages: the second run would run what the first wrote."""
    packages = project / "packages"
    packages.mkdir()
    evil = f"import pathlib; pathlib.Path({str(project / 'ran')!r}).write_text('ran')\n"
    with tarfile.open(project / "lists.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("a/raw/evil.pth")
        info.size = len(evil)
        tar.addfile(info, io.BytesIO(evil.encode()))
    raw = project / "data_sources" / "a" / "raw"
    shutil.rmtree(raw)
    raw.symlink_to(packages)
    start = f"import site; site.addsitedir({str(packages)!r}); from exposing.cli import main; main(['fetch'])"
    env = os.environ | {"PYTHONPATH": str(ROOT / "build"), "EXPOSING_LISTS": str(project / "lists.tar.gz")}
    codes = [
        subprocess.run([sys.executable, "-c", start], env=env, capture_output=True, check=False).returncode
        for _ in range(2)
    ]
    assert codes == [2, 2]
    assert not (project / "ran").exists() and not list(packages.iterdir())
