"""The feed of the catalogue's changes, the sitemap, and the card that is shown with a shared link."""

import struct
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
from PIL import Image

from exposing import card, feed
from exposing.manifest import Change, Manifest, Site, load, load_site
from mini import SITE, add, built

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = "https://example.org/exposing/"
HOMES = {"en": "", "de": "de/", "ar": "ar/"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    return load_site(tmp_path / "site.toml")


def manifest(root: Path, slug: str, *changes: tuple[str, str]) -> Manifest:
    folder = add(root, slug, photo_id=[90000000001])
    whole = load(folder)
    return whole.model_copy(update={"changes": [Change(date=date, text=text) for date, text in changes]})


def test_the_feed_has_every_change_the_latest_first(tmp_path: Path, site: Site) -> None:
    manifests = {
        "a": manifest(tmp_path, "a", ("2026-01-02", "Added."), ("2026-03-01", "A list & <more>.")),
        "b": manifest(tmp_path, "b", ("2026-02-01", "Added.")),
        "c": manifest(tmp_path, "c"),
    }
    root = Xml.fromstring(feed.atom(site, manifests, "2026-12-31"))
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [
        "2026-03-01T00:00:00Z",
        "2026-02-01T00:00:00Z",
        "2026-01-02T00:00:00Z",
    ]
    assert root.findtext(f"{ATOM}updated") == "2026-03-01T00:00:00Z"
    assert entries[0].findtext(f"{ATOM}summary") == "A list & <more>."
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    links = [link.get("href", "") for link in root.iter(f"{ATOM}link")]
    assert all(link.startswith(BASE) for link in links) and f"{BASE}feed.xml" in links
    assert root.find(f"{ATOM}author/{ATOM}name") is not None


def test_an_entry_keeps_its_id_whatever_else_changes(tmp_path: Path, site: Site) -> None:
    first = manifest(tmp_path, "a", ("2026-01-02", "Added."))
    later = first.model_copy(update={"changes": [*first.changes, Change(date="2026-05-01", text="More.")]})
    ids = [
        Xml.fromstring(feed.atom(site, {"a": one}, "2026-12-31"))
        .findall(f"{ATOM}entry")[-1]
        .findtext(f"{ATOM}id")
        for one in (first, later)
    ]
    assert ids[0] == ids[1]


def test_a_feed_without_a_change_is_dated_all_the_same(site: Site) -> None:
    assert (
        Xml.fromstring(feed.atom(site, {}, "2026-12-31")).findtext(f"{ATOM}updated") == "2026-12-31T00:00:00Z"
    )


def test_the_sitemap_has_every_page_in_every_language_with_its_translations(site: Site) -> None:
    pages = ["", "about/", "datasets/a&b/"]
    root = Xml.fromstring(feed.sitemap(site, pages, HOMES, "en"))
    urls = root.findall(f"{MAP}url")
    addresses = [url.findtext(f"{MAP}loc") for url in urls]
    assert sorted(map(str, addresses)) == sorted(
        f"{BASE}{home}{page}" for home in HOMES.values() for page in pages
    )
    for url in urls:
        links = {link.get("hreflang"): link.get("href") for link in url.findall(f"{XHTML}link")}
        assert links.keys() == {*HOMES, "x-default"} and links["x-default"] == links["en"]
        assert url.findtext(f"{MAP}loc") in links.values()
        assert set(links.values()) <= set(addresses)


def test_a_built_site_has_all_of_them_and_they_lead_to_its_pages(tmp_path: Path) -> None:
    folder = add(tmp_path, "a", photo_id=[90000000001])
    change = '[[changes]]\ndate = "2026-01-02"\ntext = "Added."\n'
    toml = folder / "dataset.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + change, encoding="utf-8")
    out = built(tmp_path)
    for name, tag in (("sitemap.xml", f"{MAP}loc"), ("feed.xml", f"{ATOM}summary")):
        assert list(Xml.parse(out / name).iter(tag)), name
    for url in Xml.parse(out / "sitemap.xml").iter(f"{MAP}loc"):
        path = urlsplit(str(url.text)).path.removeprefix("/exposing/")
        assert (out / path / "index.html").is_file(), path
    with Image.open(out / "card.png") as image:
        assert image.size == card.SIZE


@pytest.mark.parametrize(
    "title",
    [
        "Exposing",
        "A very long name of a site that somebody thought of in a long night " * 3,
        "كشف",
        "",
        "x" * 200,
    ],
)
def test_the_card_holds_what_its_site_says_within_its_marks(tmp_path: Path, title: str) -> None:
    path = tmp_path / "card.png"
    card.draw(path, title[:60], title or "Are your photos in a face-recognition dataset?")
    with Image.open(path) as image:
        pixels = image.convert("L")
        assert pixels.size == (1200, 630)
        edge = card.MARGIN - 4
        for box in (
            (0, 0, 1200, edge),
            (0, 0, edge, 630),
            (1200 - edge, 0, 1200, 630),
            (0, 630 - edge, 1200, 630),
        ):
            low, _ = pixels.crop(box).getextrema()
            assert low > 200, box  # paper only
    assert path.stat().st_size < 30_000


def test_the_card_is_the_same_bytes_every_time_and_tells_no_time(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for path in paths:
        card.draw(path, "Exposing", "Are your photos in a face-recognition dataset?")
    data = paths[0].read_bytes()
    assert data == paths[1].read_bytes()
    chunks, at = [], 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        chunks.append(name)
        at += 12 + length
    assert not {b"tIME", b"tEXt", b"iTXt", b"zTXt"} & set(chunks)


def test_pages_name_the_feed_and_the_card(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    text = (built(tmp_path) / "index.html").read_text(encoding="utf-8")
    assert f'content="{BASE}card.png"' in text and 'type="application/atom+xml"' in text
