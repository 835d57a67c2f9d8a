"""The five steps of README, as someone takes them who forks the project; and the workflows that follow."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from conftest import Serve
from mini import ALICE, ROOT, SITE, copy_ours

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = (ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8")
CHECK = (ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8")
LIST = "account,photo\n" + "".join(f"{ALICE},{90000000700 + n}\n" for n in range(7))


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A copy of what Git holds of ours: no lists, nothing built, and nothing of those who have forked."""
    copy_ours(tmp_path)
    shutil.copytree(ROOT / "site_templates", tmp_path / "site_templates")
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    shutil.copy(ROOT / ".gitignore", tmp_path)
    return tmp_path


def run(fork: Path, *command: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "exposing", *command],
        cwd=fork,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_steps_lead_from_a_fork_to_a_site_that_finds(fork: Path, serve: Serve, page: Page) -> None:
    for step in (
        "exposing new my-dataset",
        "data_sources/my-dataset/raw/",
        "exposing check my-dataset",
        "git push",
    ):
        assert step in README  # what is tried here is what it says
    run(fork, "new", "my-dataset")
    folder = fork / "data_sources" / "my-dataset"
    assert "no list" in run(fork, "check", "my-dataset").lower()  # it passes as it is, with its sample
    (folder / "raw" / "accounts.csv").write_text(LIST)
    manifest = (folder / "dataset.toml").read_text()
    manifest = manifest.replace('"my-dataset.csv" ', '"accounts.csv" ')
    manifest = re.sub(r"columns = .*\}", 'columns = { nsid = "account", photo_id = "photo" }', manifest)
    (folder / "dataset.toml").write_text(manifest)
    assert re.search(r"my-dataset +7 +7 +0 +0 +7 +1", run(fork, "check", "my-dataset"))
    assert "write your own address into `contact`" in README
    settings = fork / "site.toml"
    settings.write_text(settings.read_text().replace("hello@example.org", "someone@mail.invalid"))
    run(fork, "build", "--base-url", "https://someone.github.io/some-repo")
    served = serve(fork / "_site", "/some-repo/")
    page.goto(served.url)
    page.fill("#query", ALICE)
    page.press("#query", "Enter")
    expect(page.locator("[data-results] h2").first).to_contain_text("7 photos")
    assert all(path.startswith("/some-repo/") for path in served.paths)
    assert (
        "https://someone.github.io/some-repo/datasets/my-dataset/" in (fork / "_site/sitemap.xml").read_text()
    )


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_what_is_pushed_holds_no_list(fork: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=fork, check=True)
    run(fork, "new", "my-dataset")
    (fork / "data_sources/my-dataset/raw/my-dataset.csv").write_text(
        f"owner,url,label\n{ALICE},https://www.flickr.com/photos/{ALICE}/90000000001,Ada\n"
    )
    run(fork, "check", "my-dataset")
    subprocess.run([*git, "add", "."], cwd=fork, check=True)
    held = subprocess.run([*git, "ls-files"], cwd=fork, capture_output=True, text=True, check=True).stdout
    assert "data_sources/my-dataset/dataset.toml" in held
    assert "/raw/" not in held and ".cache" not in held


def test_the_archive_of_the_readme_is_what_fetch_takes(fork: Path) -> None:
    run(fork, "new", "my-dataset")
    command = re.search(r"`(tar czf [^`]+)`", README)
    assert command
    (fork / "data_sources/my-dataset/raw/my-dataset.csv").write_text("owner,url,label\n")
    subprocess.run(command[1].split(), cwd=fork, check=True)
    (fork / "data_sources/my-dataset/raw/my-dataset.csv").unlink()
    with tarfile.open(fork / "lists.tar.gz") as archive:
        assert "my-dataset/raw/my-dataset.csv" in archive.getnames()
    run(fork, "fetch", "my-dataset", EXPOSING_LISTS="lists.tar.gz")
    assert (fork / "data_sources/my-dataset/raw/my-dataset.csv").read_text() == "owner,url,label\n"


def test_the_workflow_publishes_an_artifact_of_the_site_alone() -> None:
    assert re.findall(r"path: (\S+)", PAGES) == ["data_sources/*/raw", "data_sources/*/raw", "_site"]
    assert "upload-pages-artifact" in PAGES and "gh-pages" not in PAGES and "upload-artifact@" not in PAGES
    before, after = PAGES.split("actions/cache/save@")
    assert "EXPOSING_LISTS:" not in before  # private lists come after the cache was saved
    assert after.count("secrets.") == PAGES.count("secrets.") == 1
    assert "${{ steps.pages.outputs.base_url }}/" in PAGES and "concurrency:" in PAGES


@pytest.mark.parametrize("text", [PAGES, CHECK], ids=["pages", "check"])
def test_workflows_have_few_rights_and_pinned_actions(text: str) -> None:
    assert "permissions:\n  contents: read\n" in text
    assert set(re.findall(r"^  ([a-z-]+): write", text, re.MULTILINE)) <= {"pages", "id-token"}
    uses = re.findall(r"uses: (\S+)", text)
    assert uses and all(re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", one) for one in uses)
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert "pull_request_target" not in text


def test_no_secret_meets_a_pull_request() -> None:
    assert "pull_request:" in CHECK and "secrets." not in CHECK
    assert "pull_request" not in PAGES


def test_the_site_holds_nothing_of_a_list_as_it_was(site: Path) -> None:
    names = {
        path.name
        for folder in ROOT.glob("data_sources/*/sample")
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert not [path for path in site.rglob("*") if path.name in names]
