"""What the site says of datasets to machines is accepted by Croissant's own validator."""

import json
import re
from pathlib import Path

import pytest
from mlcroissant import Dataset

from exposing.croissant import describe
from exposing.manifest import load_all
from mini import ROOT, add, built

BASE = "https://example.org/exposing/"
MANIFESTS = load_all(ROOT / "data_sources")

ODD = """derived_from = ["plain"]
used_for = 'Made for "tests" & <more>.'
bibtex = '''
@misc{odd, title = {An odd one: ümlaut}}
'''
[[history]]
date = "2015-12"
event = "published"
text = "It was published."
source = "https://example.org/history"
"""


def validated(described: object) -> Dataset:
    """The dataset as the validator reads it; it raises where it finds an error."""
    return Dataset(jsonld=json.loads(json.dumps(described)))


@pytest.mark.parametrize("slug", MANIFESTS)
def test_every_dataset_is_accepted(slug: str) -> None:
    described = describe(slug, MANIFESTS, BASE)
    dataset = validated(described)
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.name == MANIFESTS[slug].title
    missing = {re.findall(r"org/(\w+)\"", warning)[0] for warning in dataset.metadata.ctx.issues.warnings}
    assert missing <= ({"license"} if not MANIFESTS[slug].license else set())  # never made up
    assert len(described["description"]) >= 50  # what search engines ask for
    for file in described.get("distribution", []):
        assert re.fullmatch(r"[0-9a-f]{64}", file["sha256"]) and file["contentUrl"].startswith("https://")


def test_odd_texts_are_accepted_and_told_whole(tmp_path: Path) -> None:
    add(tmp_path, "plain", photo_id=[90000000001])
    folder = add(tmp_path, "odd", photo_id=[90000000002])
    toml = folder / "dataset.toml"
    head, files = toml.read_text(encoding="utf-8").split("[[files]]")
    listed = files.replace(
        'path = "list.csv"', f'path = "list.csv"\nurl = "https://example.org/list.csv"\nsha256 = "{"0" * 64}"'
    )
    toml.write_text(f"{head}{ODD}[[files]]{listed}", encoding="utf-8")
    out = built(tmp_path)
    described = json.loads((out / "datasets" / "odd" / "croissant.json").read_text(encoding="utf-8"))
    dataset = validated(described)
    assert 'Made for "tests" & <more>.' in described["description"]
    assert described["isBasedOn"] == [f"{BASE}datasets/plain/"]
    assert described["datePublished"] == "2015-12-01" and "ümlaut" in described["citeAs"]
    assert [file.content_url for file in dataset.metadata.distribution] == ["https://example.org/list.csv"]
    for page in (out / "datasets/odd/index.html", out / "de/datasets/odd/index.html"):
        text = page.read_text(encoding="utf-8")
        block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
        assert block and json.loads(block[1]) == described
