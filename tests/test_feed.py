"""The feed of the catalogue's changes, and the sitemap."""

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest

from exposing import feed
from exposing.manifest import Change, Manifest, load, load_all
from exposing.site import Site, load_site
from mini import ROOT, SITE, add, built

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
    return whole.model_copy(
        update={"changes": [Change.model_construct(date=date, text=text) for date, text in changes]}
    )


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


def test_changes_of_one_day_are_in_the_order_of_their_datasets(tmp_path: Path, site: Site) -> None:
    day = "2026-01-02"
    b = manifest(tmp_path, "b", (day, "b1"), (day, "b2"))
    manifests = {"b": b, "a": manifest(tmp_path, "a", (day, "a1"))}
    entries = Xml.fromstring(feed.atom(site, manifests, "2026-12-31")).iter(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}summary") for entry in entries] == ["a1", "b2", "b1"]


def test_sites_of_one_host_share_no_id(tmp_path: Path, site: Site) -> None:
    manifests = {"a": manifest(tmp_path, "a", ("2026-01-02", "Added."))}
    other = site.model_copy(update={"base_url": "https://example.org/fork/"})
    ids = [
        entry.text
        for one in (site, other)
        for entry in Xml.fromstring(feed.atom(one, manifests, "2026-12-31")).iter(f"{ATOM}id")
    ]
    assert len(set(ids)) == len(ids) == 4


def test_no_text_breaks_the_feed(tmp_path: Path, site: Site) -> None:
    text = "\x00\x0b]]> & <b> \ud800 \uffff “é” \U0001f4f7"
    manifests = {"a": manifest(tmp_path, "a", ("2026-01-02", text)).model_copy(update={"title": "\x1f<t>"})}
    written = feed.atom(site, manifests, "2026-12-31").encode("utf-8")
    entry = Xml.fromstring(written).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}summary") == "]]> & <b>   “é” \U0001f4f7"
    assert entry.findtext(f"{ATOM}title") == "<t>"


def test_the_projects_own_feed_is_what_atom_asks_for(site: Site) -> None:
    manifests = load_all(ROOT / "data_sources")
    assert feed.atom(site, manifests, "2026-12-31") == feed.atom(site, manifests, "2099-01-01")  # no clock
    root = Xml.fromstring(feed.atom(site, manifests, "2026-12-31"))
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == sum(len(manifest.changes) for manifest in manifests.values()) > 0
    for part in (root, *entries):
        for tag in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{tag}")) == 1 and part.findtext(f"{ATOM}{tag}"), tag
        assert datetime.fromisoformat(str(part.findtext(f"{ATOM}updated"))).utcoffset() is not None
    for entry in entries:
        tag = r"tag:example\.org,\d{4}-\d\d-\d\d:/exposing/datasets/[\w-]+/\d+"
        assert re.fullmatch(tag, str(entry.findtext(f"{ATOM}id")))
    dates = [str(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert dates == sorted(dates, reverse=True) and root.findtext(f"{ATOM}updated") == dates[0]
    ids = [element.text for element in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)


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
        for other in urls:  # a translation names this page too, or search engines believe neither
            if other.findtext(f"{MAP}loc") in links.values():
                assert {link.get("href") for link in other.findall(f"{XHTML}link")} == set(links.values())


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


def test_pages_name_the_feed(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    text = (built(tmp_path) / "index.html").read_text(encoding="utf-8")
    assert '<link rel="alternate" type="application/atom+xml"' in text
