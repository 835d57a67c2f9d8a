"""A site without any list: it is built on every path that leads there, and says so on every page."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from exposing.cli import main
from mini import ROOT, SITE, copy_ours

BANNER = {
    code: json.loads(path.read_text(encoding="utf-8"))["site"]["no_lists"].split("**")[1]
    for path in sorted((ROOT / "site_templates" / "strings").glob("*.json"))
    for code in [path.stem]
}
DEMONSTRATION = "This build holds invented sample rows only"


def catalogue_only(root: Path) -> None:
    """A fork that shows what it cannot search."""
    (root / "site.toml").write_text(SITE + 'datasets = ["lfw", "ijb_c"]\n', encoding="utf-8")


def not_there_yet(root: Path) -> None:
    """A dataset of one's own whose `path` was written before its list is there: its sample no longer fits."""
    CliRunner().invoke(main, ["new", "mine"], catch_exceptions=False)
    path = root / "data_sources" / "mine" / "dataset.toml"
    path.write_text(path.read_text().replace('path = "mine.csv"', 'path = "other.csv"'))
    (root / "site.toml").write_text(SITE + 'datasets = ["mine"]\n', encoding="utf-8")


def no_sample(root: Path) -> None:
    not_there_yet(root)
    shutil.rmtree(root / "data_sources" / "mine" / "sample")


def nothing(root: Path) -> None:
    shutil.rmtree(root / "data_sources")
    (root / "data_sources").mkdir()


@pytest.mark.parametrize(
    ("prepare", "options"),
    [
        (catalogue_only, []),
        (not_there_yet, []),
        (not_there_yet, ["--only", "mine"]),
        (no_sample, []),
        (nothing, []),
    ],
)
def test_a_site_without_any_list_says_so_on_every_page(
    tmp_path: Path, prepare: Callable[[Path], None], options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copy_ours(tmp_path)
    (tmp_path / "site_templates").symlink_to(ROOT / "site_templates")
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    prepare(tmp_path)
    done = CliRunner().invoke(main, ["build", "--jobs", "1", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "nothing can be searched on this site" in done.output
    current = json.loads((tmp_path / "_site/index/current.json").read_text())
    assert not current["sample"] and not any(one["answers"] for one in current["datasets"])
    said = dict.fromkeys(BANNER, 0)
    for path in (tmp_path / "_site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if '<main id="main"' in text:
            code = text.split('<html lang="')[1].split('"')[0]
            assert BANNER[code] in text and DEMONSTRATION not in text, path
            said[code] += 1
    assert all(said.values()), said
