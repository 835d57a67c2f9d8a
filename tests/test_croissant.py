"""What the site says of datasets to machines is accepted by Croissant's own validator, without a network."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mlcroissant import Dataset

from exposing.croissant import describe
from exposing.manifest import Manifest, load, load_all
from mini import ROOT, add, built

BASE = "https://example.org/exposing/"
MANIFESTS = load_all(ROOT / "data_sources")

ODD = """derived_from = ["plain"]
used_for = 'Made for "tests" & <more></script>.'
bibtex = '''
@misc{odd,
  author = {Example, Jane and {The Odd Institute} and Doe, J.},
  title = {An odd one: ümlaut, \\"quotes\\" & <angles>},
}
'''
[[history]]
date = "2020-12"
event = "published"
text = "It was published."
source = "https://example.org/history"
[[history]]
date = "2019"
event = "published"
text = "A part of it was, before."
source = "https://example.org/history"
"""


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be asked of any other machine."""

    def refuse(*_: object) -> None:
        raise AssertionError("something wants the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def validated(described: dict[str, Any]) -> Dataset:
    """The dataset as the validator reads it, without an error and lacking nothing but what nobody knows."""
    dataset = Dataset(jsonld=json.loads(json.dumps(described)))
    issues = dataset.metadata.ctx.issues
    missing = {re.findall(r"/(\w+)\"", warning)[0] for warning in issues.warnings}
    assert not issues.errors
    assert missing == {"citeAs", "license", "version"} - described.keys()  # never made up
    assert 50 <= len(described["description"]) <= 5000  # what search engines take
    return dataset


def changed(root: Path, **changes: Any) -> Manifest:
    """A small dataset's manifest with some of its values changed."""
    return load(add(root, "small", photo_id=[90000000001])).model_copy(update=changes)


@pytest.mark.parametrize("slug", MANIFESTS)
def test_every_dataset_is_accepted(slug: str) -> None:
    described = describe(slug, MANIFESTS, BASE)
    dataset = validated(described)
    assert dataset.metadata.name == MANIFESTS[slug].title
    assert [creator.name for creator in dataset.metadata.creators] == MANIFESTS[slug].creators
    assert described["datePublished"][:4] == str(MANIFESTS[slug].published)
    assert ("license" in described) == bool(MANIFESTS[slug].license)
    declared = {(file.url, file.sha256) for file in MANIFESTS[slug].files if file.url and file.sha256}
    told = {(file["contentUrl"], file["sha256"]) for file in described.get("distribution", [])}
    assert told == declared


def test_odd_texts_are_accepted_and_told_whole(tmp_path: Path) -> None:
    add(tmp_path, "plain", photo_id=[90000000001])
    folder = add(tmp_path, "odd", photo_id=[90000000002])
    toml = folder / "dataset.toml"
    head, files = toml.read_text(encoding="utf-8").split("[[files]]")
    head = head.replace(
        '["Nobody"]', """["Jane Example", "The Odd Institute", "O'Neil & \\"Søns\\" <Łódź>"]"""
    )
    listed = files.replace(
        'path = "list.csv"',
        f'path = "list.csv"\nurl = "https://example.org/a%20list.csv.gz?é=1"\nsha256 = "{"0" * 64}"',
    )
    toml.write_text(f"{head}{ODD}[[files]]{listed}[[files]]{listed}", encoding="utf-8")
    out = built(tmp_path)
    path = out / "datasets" / "odd" / "croissant.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    dataset = validated(described)
    assert 'Made for "tests" & <more></script>.' in described["description"]
    assert described["isBasedOn"] == [f"{BASE}datasets/plain/"]
    assert described["datePublished"] == "2020-12" and "ümlaut" in described["citeAs"]
    assert [(type(maker).__name__, maker.name) for maker in dataset.metadata.creators] == [
        ("Person", "Jane Example"),
        ("Organization", "The Odd Institute"),
        ("Organization", 'O\'Neil & "Søns" <Łódź>'),
    ]
    assert [(file.content_url, file.encoding_formats) for file in dataset.metadata.distribution] == [
        ("https://example.org/a%20list.csv.gz?é=1", ["application/gzip"])
    ]
    for page in (out / "datasets/odd/index.html", out / "de/datasets/odd/index.html"):
        text = page.read_text(encoding="utf-8")
        block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
        assert block and json.loads(block[1]) == described
    command = "import sys; from mlcroissant.scripts.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", command, "validate", "--jsonld", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Done." in done.stderr, done.stderr


def test_hardly_anything_known_is_accepted(tmp_path: Path) -> None:
    bare = changed(tmp_path, creators=[], cite_as="")
    described = describe("small", {"small": bare}, BASE)
    validated(described)
    for key in ("license", "creator", "citeAs", "keywords", "isBasedOn", "distribution", "version"):
        assert key not in described, key
    assert described["datePublished"] == "2020"


def test_a_long_description_is_cut(tmp_path: Path) -> None:
    described = describe("small", {"small": changed(tmp_path, used_for="It is long. " * 1000)}, BASE)
    validated(described)
    assert described["description"].endswith("…")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC BY-NC-SA 2.5", "https://creativecommons.org/licenses/by-nc-sa/2.5/"),
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC BY", "CC BY"),
        ("Annotations: CC BY 4.0", "Annotations: CC BY 4.0"),
        ("https://example.org/terms", "https://example.org/terms"),
    ],
)
def test_only_a_licence_named_in_full_becomes_its_address(tmp_path: Path, name: str, told: str) -> None:
    described = describe("small", {"small": changed(tmp_path, license=name)}, BASE)
    assert described["license"] == told and validated(described).metadata.license == [told]


def test_a_keyword_is_one_that_the_description_names(tmp_path: Path) -> None:
    text = "Faces of statues behind glass, for interfaces and face recognition."
    described = describe("small", {"small": changed(tmp_path, description=text)}, BASE)
    assert described["keywords"] == ["face recognition", "faces"]
    surfaces = changed(
        tmp_path / "other", description="Addresses of pictures of many surfaces and interfaces."
    )
    assert "keywords" not in describe("small", {"small": surfaces}, BASE)
