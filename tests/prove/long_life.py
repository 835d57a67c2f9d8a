"""Long life: a site that an earlier version built is still searched, or refused with a plain sentence.

`tests/formats/N/` holds a small index of each format that was ever published, and what it answers. When the format
changes, the last index of the old one goes there too: `python -m prove.long_life` writes that of the format of today.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

import invented
from exposing.errors import ShardError
from exposing.keys import FORMAT
from exposing.lookup import search
from mini import ALICE, BRUNO, add, built
from prove.faulty import host
from prove.ground import Ground, chromium

FORMATS = Path(__file__).parents[1] / "formats"
QUERIES = [ALICE, BRUNO, "alice-example", "sam", "Jane Example", "#wedding", invented.IMAGE, "90000000101", "nobody-at-all", "39999999@N99",
           "https://www.flickr.com/photos/alice-example/90000000101/"]  # fmt: skip
RESULTS = "[data-results]"

Change = Callable[[dict[str, Any]], dict[str, Any]]
STRANGE: dict[str, Change] = {
    "of the format before": lambda current: current | {"format": FORMAT - 1},
    "of a format to come": lambda current: current | {"format": FORMAT + 1, "kinds": {}, "new": True},
    "without a number": lambda current: {name: value for name, value in current.items() if name != "format"},
    "with a number in quotes": lambda current: current | {"format": str(FORMAT)},
}


def write(folder: Path, home: Path) -> None:
    """Write a small index of today's format, and its answers, as a folder of tests/formats/."""
    invented.write(home)
    shutil.rmtree(home / "data_sources" / "pool")
    (home / "data_sources" / "portraits" / "dataset.toml").write_text(
        (home / "data_sources" / "portraits" / "dataset.toml")
        .read_text()
        .replace('derived_from = ["pool"]\n', "")
    )
    at_work = home / "data_sources" / "at_work" / "dataset.toml"
    at_work.write_text(at_work.read_text().replace('derived_from = ["pool"]\n', ""))
    add(
        home,
        "tagged",
        nsid=[f"{30000000 + n}@N99" for n in range(25)],
        photo_id=range(90000002000, 90000002025),
        tags=["wedding"] * 25,
    )
    (home / "data_sources" / "tagged" / "raw").rename(home / "data_sources" / "tagged" / "sample")
    site = built(home)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site / "index", folder / "index")
    answers = {query: search(query, site) for query in QUERIES}
    (folder / "answers.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


def _by_reader(folder: Path) -> str:
    number = int(folder.name)
    answers = json.loads((folder / "answers.json").read_text())
    try:
        for query, answer in answers.items():
            assert search(query, folder) == answer, (
                f"format {number}: {query} is answered otherwise than when it was built"
            )
    except ShardError as error:
        assert number != FORMAT and f"format {number}" in error.message and str(FORMAT) in error.message, (
            error.message
        )
        return "refused with a sentence"
    return f"searched, {len(answers)} of {len(answers)} answers as when it was built"


def _refused(ground: Ground, golden: Path, name: str, change: Change) -> Path:
    folder = ground.folder(name.replace(" ", "-"))
    shutil.copytree(golden / "index", folder / "index")
    path = folder / "index" / "current.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    try:
        search(ALICE, folder)
    except ShardError as error:
        assert (
            "format" in error.message
            and "update whichever is older" in error.message
            and "\n" not in error.message
        )
        return folder
    raise AssertionError(f"an index {name} is believed by the Python reader")


def _page(browser: Browser, site: Path, index: Path, home: Path) -> str:
    """What today's page says above another index."""
    shutil.copytree(site, home, ignore=shutil.ignore_patterns("index"))
    shutil.copytree(index / "index", home / "index")
    with host(home) as one:
        page = browser.new_page()
        page.goto(one.url)
        page.fill("#query", ALICE)
        page.press("#query", "Enter")
        page.wait_for_selector(f"{RESULTS} h2")
        text = page.inner_text(RESULTS)
        page.close()
    return text


def prove(ground: Ground) -> list[str]:
    """Every index in tests/formats/, and some that say they are of another format."""
    folders = sorted(FORMATS.iterdir(), key=lambda folder: int(folder.name))
    assert [int(folder.name) for folder in folders] == list(range(1, FORMAT + 1)), (
        "an index of a format is not kept in tests/formats/"
    )
    home = ground.folder("site")
    add(home, "other", nsid=["39999998@N99"], photo_id=[90000000999])
    site = built(home)
    figures = []
    with chromium() as browser:
        for folder in folders:
            said = _by_reader(folder)
            text = _page(browser, site, folder, ground.home / f"page{folder.name}")
            if int(folder.name) == FORMAT:
                assert "photos" in text and "Not found" not in text, (
                    f"the page does not search format {folder.name}: {text[:80]}"
                )
            else:
                assert "This site was updated" in text or "photos" in text, (
                    f"format {folder.name}: {text[:80]}"
                )
            figures.append(
                f"an index of format {folder.name}, kept in tests/formats/: {said}, by page and Python reader"
            )
        for number, (name, change) in enumerate(STRANGE.items()):
            index = _refused(ground, folders[-1], name, change)
            text = _page(browser, site, index, ground.home / f"strange{number}")
            assert "This site was updated" in text and "Not found" not in text, (
                f"the page believes an index {name}: {text[:80]}"
            )
    figures.append(
        f"{len(STRANGE)} indexes of other formats ({'; '.join(STRANGE)}): each refused with one sentence, by page and Python reader"
    )
    return figures


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        write(FORMATS / str(FORMAT), Path(scratch))
