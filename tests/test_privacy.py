"""The privacy page shows the very requests of a search; the API page's examples run as they stand."""

import json
import random
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import invented
from conftest import Serve, Served
from exposing import index
from exposing.lookup import search as search_by_python
from mini import ALICE, add, built
from test_pages_static import BASE_URL

FIELD = "exposing-privacy input"


def test_the_privacy_page_shows_every_request_of_its_search(page: Page, site: Path, serve: Serve) -> None:
    served = serve(site, "/exposing/")
    page.goto(f"{served.url}privacy/")
    before = len(served.log)
    page.fill(FIELD, "alice-example")
    page.press(FIELD, "Enter")
    expect(page.locator("exposing-privacy [role=status]")).to_have_text("2 requests were made.")
    asked = [path for path in served.paths[before:] if "/index/" in path]
    shown = page.locator("exposing-privacy tbody tr")
    addresses = shown.locator("code").all_inner_texts()
    assert sorted(addresses) == sorted(
        f"{served.url.rstrip('/')}{path.removeprefix('/exposing')}" for path in asked
    )
    assert {row.locator("td").first.inner_text() for row in shown.all()} == {"200"}
    sizes = [int(row.locator("td").last.inner_text().replace(",", "")) for row in shown.all()]
    paths = [site / path.removeprefix("/exposing/") for path in sorted(asked)]
    assert sorted(sizes) == sorted(path.stat().st_size for path in paths)
    assert "alice" not in "".join(served.log)


def test_a_search_that_cannot_be_made_asks_for_nothing(page: Page, site: Path, serve: Serve) -> None:
    served = serve(site)
    page.goto(f"{served.url}privacy/")
    before = len(served.log)
    page.fill(FIELD, "https://flic.kr/s/abc")
    page.press(FIELD, "Enter")
    expect(page.locator("exposing-privacy [role=status]")).to_contain_text("short link")
    expect(page.locator("exposing-privacy table")).to_be_hidden()
    assert not [path for path in served.paths[before:] if "/index/" in path]


MISSING = [tool for tool in ("bash", "curl", "gunzip", "jq", "sha256sum") if not shutil.which(tool)]


def run_examples(site: Path, served: Served) -> list[Any]:
    """What the examples of the API page print, run as they stand."""
    text = (site / "api" / "index.html").read_text(encoding="utf-8")
    examples = [unescape(code) for code in re.findall(r'<code class="run">(.*?)</code>', text, re.DOTALL)]
    assert len(examples) == 2
    printed = []
    for example in examples:
        script = example.replace(BASE_URL, served.url)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True
        )
        printed.append(json.loads(done.stdout))
    return printed


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
@pytest.mark.parametrize("several", [False, True])
def test_the_examples_of_the_api_page_find_what_the_command_finds(
    site: Path, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, several: bool
) -> None:
    if several:
        invented.write(tmp_path)
        photos = random.Random(1).sample(range(91000000000, 94000000000), 20_000)
        raw = add(tmp_path, "flood", photo_id=photos) / "raw"
        raw.rename(raw.with_name("sample"))
        monkeypatch.setattr(index, "SHARD_BYTES", 1000)
        site = built(tmp_path)
    kinds = json.loads((site / "index" / "current.json").read_text())["kinds"]
    assert all((kinds[kind]["shards"] > 16) == several for kind in ("accounts", "photos"))  # of two digits
    printed = run_examples(site, serve(site))
    numbers = json.loads((site / "index" / "current.json").read_text())["datasets"]
    by_number = {str(number): dataset["slug"] for number, dataset in enumerate(numbers)}
    account = search_by_python(ALICE, str(site))["results"][f"nsid:{ALICE}"]["datasets"]
    found: dict[str, list[int]] = {}
    for among, steps in printed[0].items():
        ids = [sum(steps[: at + 1]) for at in range(len(steps))]
        for number in among.replace("+", ",").split(","):
            found[by_number[number]] = sorted(found.get(by_number[number], []) + ids)
    by_parts = {
        slug: set().union(*holding.get("from_parts", {}).values()) for slug, holding in account.items()
    }
    own = {slug: [one for one in held["ids"] if one not in by_parts[slug]] for slug, held in account.items()}
    assert found == {slug: ids for slug, ids in own.items() if ids}  # what parts add is said in current.json
    photo = search_by_python("90000000101", str(site))["results"]["photo:90000000101"]["datasets"]
    assert {by_number[number] for number in printed[1]} == set(photo)
