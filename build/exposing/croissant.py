"""A dataset's facts as Croissant 1.0, which is schema.org's Dataset in JSON-LD with a vocabulary of its own.

The format is https://docs.mlcommons.org/croissant/docs/croissant-spec.html. It describes what the dataset's
makers published, not this site's index; no file is named that cannot be had at an address with a digest.
"""

import mimetypes
import posixpath
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
_MEDIA = {"csv": "text/csv", "tsv": "text/tab-separated-values", "json": "application/json"}
_MEDIA |= {
    "jsonl": "application/jsonlines",
    "lines": "text/plain",
    "parquet": "application/vnd.apache.parquet",
}


def describe(slug: str, manifests: Mapping[str, Manifest], base_url: str) -> dict[str, Any]:
    """The JSON-LD of one dataset. `base_url` is the site's address."""
    manifest = manifests[slug]
    parents = [f"{base_url}datasets/{parent}/" for parent in manifest.derived_from]
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest.title,
        "description": f"{manifest.description} {manifest.used_for}".strip(),
        "url": manifest.url,
        "mainEntityOfPage": f"{base_url}datasets/{slug}/",
        "creator": [{"@type": "sc:Organization", "name": name} for name in manifest.creators],
        "datePublished": _published(manifest),
        "citeAs": manifest.bibtex.strip() or manifest.cite_as,
        "version": f"{manifest.published}.0.0",
        "keywords": ["face recognition", "Flickr"],
    }
    if manifest.license:
        found["license"] = manifest.license
    if parents:
        found["isBasedOn"] = parents
    files = [_file(file) for file in manifest.files if file.url and file.sha256]
    if files:
        found["distribution"] = files
    return found


def _published(manifest: Manifest) -> str:
    """The first day that history or manifest tell, whole: what is unknown of it is the first of its kind."""
    dates = [event.date for event in manifest.history if event.event == "published"]
    date = min(dates, default=str(manifest.published))
    return (date + "-01-01")[:10] if len(date) == 4 else (date + "-01")[:10]


def _file(file: ListFile) -> dict[str, Any]:
    url = str(file.url)
    name = posixpath.basename(urlsplit(url).path) or file.path
    packed, _ = mimetypes.guess_type(name)
    return {
        "@type": "cr:FileObject",
        "@id": url,
        "name": name,
        "contentUrl": url,
        "encodingFormat": packed
        if packed and packed.startswith("application/")
        else _MEDIA.get(file.format, "text/plain"),
        "sha256": file.sha256,
    }
