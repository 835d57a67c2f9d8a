"""What GitHub does with this repository: see also test_fork.py, and prove/nothing_runs.py for its rights."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from exposing.manifest import load_all
from mini import ROOT

WORKFLOWS = {path.stem: path.read_text(encoding="utf-8") for path in ROOT.glob(".github/workflows/*.yml")}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_and_the_workflow_itself_may_only_read(name: str) -> None:
    text = WORKFLOWS[name]
    assert "\npermissions:\n  contents: read\n" in text
    uses = re.findall(r"uses: (\S+)", text)
    assert uses and all(re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", one) for one in uses)
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")


@pytest.mark.parametrize("name", ["pages", "release"])
def test_one_job_builds_and_the_other_publishes_what_it_built(name: str) -> None:
    build, publish = WORKFLOWS[name].split("\n  publish:\n")
    assert "make " in build and "write" not in build.split("\njobs:\n")[1]
    assert "    needs: build\n" in publish and ": write\n" in publish
    assert "\nconcurrency:\n" in build and "cancel-in-progress: false" in build


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="the workflow's machine has it")
def test_of_an_older_cache_only_lists_stay_that_their_manifest_names(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"kept").hexdigest()
    manifest = f'[[files]]\npath = "a list.csv"\nsha256 = "{digest}"\n'
    (tmp_path / "data_sources/mine/raw/deep").mkdir(parents=True)
    (tmp_path / "data_sources/mine/dataset.toml").write_text(manifest)
    (tmp_path / "data_sources/mine/raw/deep/a list.csv").write_text("kept")
    (tmp_path / "data_sources/mine/raw/older.csv").write_text("another version")
    (tmp_path / "data_sources/gone/raw").mkdir(parents=True)
    (tmp_path / "data_sources/gone/raw/list.csv").write_text("kept")
    subprocess.run([ROOT / ".ci/keep-pinned"], cwd=tmp_path, check=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["a list.csv", "dataset.toml"]
    pages = WORKFLOWS["pages"]
    assert "restore-keys: lists-" in pages
    assert pages.index("cache/restore@") < pages.index(".ci/keep-pinned") < pages.index("make lists")


def test_readme_names_the_lists_that_the_workflow_gets_unasked() -> None:
    manifests = load_all(ROOT / "data_sources")
    named = [slug for slug, manifest in manifests.items() if any(file.url for file in manifest.files)]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sentence = re.search(r"\*\*The workflow also gets[^.]*\.", readme)
    assert sentence and re.findall(r"`([a-z0-9_]+)`", sentence[0]) == sorted(named)
