"""The corpus of the benchmarks: always the same, in the forms of real lists, and found again after a build."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bench import corpus, entropy, report
from exposing.lookup import Reader
from mini import ROOT, built
from prove.ground import tree

COUNT = 4_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus, and the site of it."""
    root = tmp_path_factory.mktemp("corpus")
    corpus.write(root, COUNT)
    (root / "site_templates").symlink_to(ROOT / "site_templates")
    built(root)
    return root


def test_the_same_corpus_every_time(home: Path, tmp_path: Path) -> None:
    corpus.write(tmp_path, COUNT)
    assert tree(tmp_path / "data_sources") == tree(home / "data_sources")


def test_photos_are_distinct_and_accounts_heavy_tailed() -> None:
    photos = corpus.photos(100_000)
    assert len(np.unique(photos.photo)) == 100_000 == len(photos.owner)
    assert photos.photo.min() >= corpus.FIRST_PHOTO
    sizes = np.sort(np.bincount(photos.owner))[::-1]
    assert len(sizes) == corpus.account_count(100_000) and sizes.min() >= 1
    assert sizes[0] == 5_000  # a twentieth is the most that one account has
    assert sizes[: len(sizes) // 10].sum() > 0.6 * sizes.sum()


def test_every_row_is_read_and_every_account_is_found(home: Path) -> None:
    truth = pq.read_table(home / "truth.parquet").to_pylist()
    slugs = sorted(corpus.DATASETS)
    reader = Reader(str(home / "_site"))
    report = (home / "_site" / "build-report.json").read_text()
    assert report.count('"rejected": {}') == len(slugs)
    of_nsid: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    joined = {
        row["nsid"] for row in truth if slugs[row["dataset"]] == "columns"
    }  # it alone has NSID and alias
    for row in truth:
        slug = slugs[row["dataset"]]
        told = slug != "album" and (slug != "pages" or row["alias"] is None or row["nsid"] in joined)
        if told:
            of_nsid[row["nsid"]][slug].add(row["photo"])
    for row in truth:  # a list that names no owner counts where another names the photo's
        if any(row["photo"] in photos for photos in [*of_nsid.get(row["nsid"], {}).values()]):
            of_nsid[row["nsid"]][slugs[row["dataset"]]].add(row["photo"])
    for nsid, expected in list(of_nsid.items())[::7]:
        found = reader.answer(f"nsid:{nsid}")["datasets"]
        assert {slug: set(holding["ids"]) for slug, holding in found.items()} == expected


def test_no_index_is_smaller_than_the_bound(home: Path) -> None:
    weighed = entropy.weigh(home / "_site")
    assert 0.5 * weighed.wire < weighed.bound < weighed.wire < weighed.text


def test_the_report_is_made_of_its_figures() -> None:
    docs = ROOT / "docs"
    assert report.text(report.load(docs)) == (docs / "benchmarks.md").read_text(encoding="utf-8")
