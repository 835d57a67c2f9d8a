"""Every dataset folder: its manifest is sound; and of ours, the sample becomes exactly what expected.csv says."""

import csv
import re
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from exposing.extract import Tally, entries
from exposing.lists import find
from exposing.manifest import Manifest, load_all
from exposing.scaffold import new
from mini import OURS, ROOT

FOLDERS = ROOT / "data_sources"
ALL = load_all(FOLDERS)  # a fork's own datasets are held to no more than this
MANIFESTS = {slug: ALL[slug] for slug in OURS}
SEARCHABLE = [slug for slug, manifest in MANIFESTS.items() if manifest.files]
COLUMNS = ("nsid", "alias", "name", "photo_id", "image_url", "identity", "license", "uploaded", "tags")


def canonical(folder: Path, manifest: Manifest, lists: str) -> list[dict[str, str]]:
    """What extract makes of a folder's lists, as text."""
    work, unread = find(folder.name, folder, manifest, folder / lists)
    assert not unread
    rows = [row for task in work for batch in entries(task, Tally()) for row in batch.to_pylist()]
    for row in rows:
        row["tags"] = " ".join(row["tags"]) if row["tags"] else None
    return [{column: "" if row[column] is None else str(row[column]) for column in COLUMNS} for row in rows]


@pytest.mark.parametrize("slug", SEARCHABLE)
def test_the_sample_becomes_what_is_expected(slug: str) -> None:
    with (FOLDERS / slug / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert canonical(FOLDERS / slug, MANIFESTS[slug], "sample") == expected
    assert len(expected) >= 3


@pytest.mark.parametrize("slug", SEARCHABLE)
def test_the_sample_is_invented(slug: str) -> None:
    for row in canonical(FOLDERS / slug, MANIFESTS[slug], "sample"):
        assert row["nsid"] == "" or row["nsid"].endswith("@N99")
        assert row["photo_id"] == "" or int(row["photo_id"]) >= 90_000_000_000
        assert row["image_url"] == "" or row["image_url"].split("/")[0].split(":")[0].endswith("example.org")


@pytest.mark.parametrize("slug", MANIFESTS)
def test_every_dataset_has_its_story_and_sourced_facts(slug: str) -> None:
    manifest = MANIFESTS[slug]
    story = (FOLDERS / slug / "about.md").read_text(encoding="utf-8")
    assert len(story.split()) >= 15 and story.startswith("## ")
    assert manifest.facts and manifest.sources and manifest.cite_as and manifest.creators


def test_a_dataset_without_identifiers_says_why() -> None:
    reasons = {slug: manifest.not_searchable for slug, manifest in MANIFESTS.items() if not manifest.files}
    assert {"ijb_c", "tinyface"} <= set(reasons)
    assert all(re.fullmatch(r"[A-Z].{40,}\.", reason) for reason in reasons.values())


def test_a_new_dataset_passes_as_it_is(tmp_path: Path) -> None:
    folder = new(tmp_path, "My-Dataset")
    manifest = load_all(tmp_path)["my-dataset"]
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        assert canonical(folder, manifest, "sample") == list(csv.DictReader(file))


@pytest.mark.parametrize("slug", MANIFESTS)
def test_the_catalogue_says_of_each_dataset_what_its_page_promises(slug: str) -> None:
    manifest, story = MANIFESTS[slug], (FOLDERS / slug / "about.md").read_text(encoding="utf-8")
    assert manifest.used_for and manifest.history and manifest.changes and manifest.sources
    published = [event.date for event in manifest.history if event.event == "published"]
    assert published and published[0].startswith(str(manifest.published))
    dates = [event.date[:4] for event in manifest.history]
    assert dates == sorted(dates)
    assert ("withdrawn" in [event.event for event in manifest.history]) == (manifest.status == "withdrawn")
    headings = re.findall(r"^## (.*)$", story, re.MULTILINE)
    assert "What it is" in headings
    assert any(re.match("What can be searched here|Why it cannot be searched here", one) for one in headings)
    assert all(
        text.endswith(".") for text in [manifest.used_for, *(event.text for event in manifest.history)]
    )


@pytest.mark.parametrize("slug", MANIFESTS)
def test_every_dataset_says_what_is_still_missing(slug: str) -> None:
    assert re.fullmatch(r"[A-Z].{15,}\.", MANIFESTS[slug].missing)


@pytest.mark.parametrize("slug", MANIFESTS)
def test_every_dataset_says_whom_to_write_to_or_that_nobody_was_found(slug: str) -> None:
    assert MANIFESTS[slug].contact or "whom to write to was not found" in MANIFESTS[slug].missing.lower()


@pytest.mark.parametrize("slug", MANIFESTS)
def test_every_statement_with_a_date_or_a_figure_has_its_source_among_the_sources(slug: str) -> None:
    manifest = MANIFESTS[slug]
    counts = [manifest.published_counts] if manifest.published_counts else []
    said = {one.source for one in [*manifest.facts, *manifest.history, *counts]}
    assert said <= set(manifest.sources)
    assert len(manifest.facts) >= 2 and manifest.bibtex.startswith("@")
    assert all(url.startswith(("https://", "http://")) for url in manifest.sources)


VOC = """<annotation>
\t<filename>{number:06}.jpg</filename>
\t<source>
\t\t<database>The VOC2007 Database</database>
\t\t<annotation>PASCAL VOC2007</annotation>
\t\t<image>flickr</image>
\t\t<flickrid>{photo}</flickrid>
\t</source>
\t<owner>
\t\t<flickrid>{owner}</flickrid>
\t\t<name>Nobody</name>
\t</owner>
\t<object>
\t\t<name>person</name>
\t</object>
</annotation>
"""


def test_the_command_that_pascal_voc_tells_makes_a_list_such_as_its_sample(tmp_path: Path) -> None:
    folder = FOLDERS / "pascal_voc"
    sample = (folder / "sample" / "voc2007.csv").read_bytes()
    files = tmp_path / "VOCdevkit" / "VOC2007" / "Annotations"
    files.mkdir(parents=True)
    for number, row in enumerate(csv.DictReader(sample.decode("utf-8").splitlines()), start=1):
        text = VOC.format(number=number, photo=row["photo"], owner=escape(row["owner"]))
        (files / f"{number:06}.xml").write_text(text, encoding="utf-8")
    manifest = (folder / "dataset.toml").read_text(encoding="utf-8")
    command = re.search(
        r"^#   python3 (-X utf8 -c '\n(?:#   .*\n)+?#   ' > voc2007\.csv)$", manifest, re.MULTILINE
    )
    assert command
    script = f'"{sys.executable}" ' + command[1].replace("\n#   ", "\n")
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    assert (tmp_path / "voc2007.csv").read_bytes() == sample
