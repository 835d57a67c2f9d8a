"""A dataset's facts as Croissant 1.0, which is schema.org's Dataset in JSON-LD with a vocabulary of its own.

The format is https://docs.mlcommons.org/croissant/docs/croissant-spec.html. It describes what the dataset's
makers published, not this site's index. What nobody knows is left out, though the validator would like it:
a licence that is not stated, a version that the makers never numbered. No file is named that cannot be had at
an address with a digest, and no record set is declared: rows come out of a list by this program's own rules.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from exposing.manifest import ListFile, Manifest

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_MEDIA = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "jsonl": "application/jsonlines",
    "lines": "text/plain",
    "parquet": "application/vnd.apache.parquet",
    "python": "application/octet-stream",
}
_PACKED = {
    ".gz": "application/gzip",
    ".tgz": "application/gzip",
    ".bz2": "application/x-bzip2",
    ".xz": "application/x-xz",
    ".tar": "application/x-tar",
    ".zip": "application/zip",
}
_TOPICS = ("face recognition", "faces", "photos", "Flickr")
"""The keywords of those datasets whose description names them: not all are of faces, or from Flickr."""

_SHORTEST, _LONGEST = 50, 5000
"""Characters of a description that search engines take."""


def describe(slug: str, manifests: Mapping[str, Manifest], base_url: str) -> dict[str, Any]:
    """The JSON-LD of one dataset. `base_url` is the site's address."""
    manifest = manifests[slug]
    description = _description(manifest)
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest.title,
        "description": description,
        "url": manifest.url,
        "mainEntityOfPage": f"{base_url}datasets/{slug}/",
        "license": _license(manifest.license),
        "creator": [_creator(name, manifest.bibtex) for name in manifest.creators],
        "datePublished": _published(manifest),
        "citeAs": manifest.bibtex.strip() or manifest.cite_as,
        "keywords": [topic for topic in _TOPICS if re.search(rf"\b{topic}\b", description, re.IGNORECASE)],
        "isBasedOn": [f"{base_url}datasets/{parent}/" for parent in manifest.derived_from],
        "distribution": _files(manifest),
    }
    return {key: value for key, value in found.items() if value}


def _description(manifest: Manifest) -> str:
    """What it is and was used for; who made it and when, where that is short; cut where it is too long."""
    text = f"{manifest.description} {manifest.used_for}".strip()
    if len(text) < _SHORTEST:
        makers = f" by {'; '.join(manifest.creators)}" if manifest.creators else ""
        text = f"{text} {manifest.title} is a dataset{makers}, published in {manifest.published}."
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _license(name: str) -> str:
    """The address of a Creative Commons licence that is named and nothing more; else the manifest's words."""
    if name == "CC0 1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    terms = re.fullmatch(r"CC (BY(?:-NC)?(?:-SA|-ND)?) (2\.0|2\.5|3\.0|4\.0)", name)
    return f"https://creativecommons.org/licenses/{terms[1].lower()}/{terms[2]}/" if terms else name


def _creator(name: str, bibtex: str) -> dict[str, str]:
    """A maker: a person if the BibTeX lists one of that name as an author, else an organisation."""
    listed = re.search(r"\bauthor\s*=\s*[{\"](.*?)[\"}]\s*,?\s*$", bibtex, re.DOTALL | re.MULTILINE)
    authors = re.split(r"\s+and\s+", listed[1]) if listed else []  # in braces of its own: no person
    people = [sorted(re.findall(r"[^\s,]+", author)) for author in authors if "{" not in author]
    return {"@type": "sc:Person" if sorted(name.split()) in people else "sc:Organization", "name": name}


def _published(manifest: Manifest) -> str:
    """The year in which it was published, or the month or day if its history tells."""
    dates = [event.date for event in manifest.history if event.event == "published"]
    year = str(manifest.published)
    return min((date for date in dates if date.startswith(year)), default=year)


def _files(manifest: Manifest) -> list[dict[str, str]]:
    """The lists that anyone can fetch and check; once each, however many tables read it."""
    lists = {file.url: file for file in manifest.files if file.url and file.sha256}
    return [_file(number, file) for number, file in enumerate(lists.values(), 1)]


def _file(number: int, file: ListFile) -> dict[str, str]:
    name = posixpath.basename(urlsplit(str(file.url)).path) or file.path
    ending = posixpath.splitext(name)[1].lower()
    return {
        "@type": "cr:FileObject",
        "@id": f"list-{number}",  # not its address: the validator takes no escaped space in it
        "name": name,
        "contentUrl": str(file.url),
        "encodingFormat": _PACKED.get(ending) or _MEDIA[file.format],
        "sha256": str(file.sha256),
    }
