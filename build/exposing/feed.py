"""What tells others that something changed: an Atom feed of the catalogue, and a sitemap.

Atom is RFC 4287; the sitemap is sitemaps.org's, with a link to every translation.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

from exposing.manifest import Manifest
from exposing.site import Site

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML can hold, not even escaped."""


def atom(site: Site, manifests: Mapping[str, Manifest], as_of: str) -> str:
    """The feed: every change of every dataset's entry, the latest first. `as_of` dates a feed without any.

    An entry's id is its site, dataset and number, so that it stays the same whatever else changes.
    """
    changes = [
        (change.date, slug, number, change.text)
        for slug in sorted(manifests)
        for number, change in reversed([*enumerate(manifests[slug].changes, 1)])
    ]
    changes.sort(key=lambda change: change[0], reverse=True)  # of one day: by dataset, the latest first
    address = urlsplit(site.base_url)
    feed = Xml.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(feed, "title", site.title)
    _add(feed, "id", site.base_url)
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{site.base_url}feed.xml")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{site.base_url}datasets/")
    _add(feed, "updated", _moment(changes[0][0] if changes else as_of))
    _add(_add(feed, "author"), "name", site.title)
    for date, slug, number, text in changes:
        entry = _add(feed, "entry")
        _add(entry, "title", manifests[slug].title)
        _add(entry, "id", f"tag:{address.hostname},{date}:{address.path}datasets/{slug}/{number}")
        _add(entry, "link", rel="alternate", type="text/html", href=f"{site.base_url}datasets/{slug}/")
        _add(entry, "updated", _moment(date))
        _add(entry, "summary", text)
    return _text(feed)


def sitemap(site: Site, pages: Iterable[str], homes: Mapping[str, str], default: str) -> str:
    """The sitemap: every page in every language, each with links to its translations.

    `pages` are paths such as "" and "about/"; `homes` is language -> the folder of its pages, such as "de/".
    """
    urlset = Xml.Element("urlset", {"xmlns": _SITEMAP, "xmlns:xhtml": _XHTML})
    for page in pages:
        translations = {language: f"{site.base_url}{home}{page}" for language, home in homes.items()}
        for address in translations.values():
            url = _add(urlset, "url")
            _add(url, "loc", address)
            for language, other in [*translations.items(), ("x-default", translations[default])]:
                _add(url, "xhtml:link", rel="alternate", hreflang=language, href=other)
    return _text(urlset)


def _moment(date: str) -> str:
    return f"{date}T00:00:00Z"


def _add(parent: Xml.Element, tag: str, text: str | None = None, **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, tag, attributes)
    child.text = text and _NOT_XML.sub("", text)
    return child


def _text(root: Xml.Element) -> str:
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'
