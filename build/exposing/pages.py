"""The site's pages: templates filled in every language, and what the browser gets under one content hash."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from exposing import card, charts, croissant, feed, years
from exposing.citations import Citation
from exposing.errors import BuildError
from exposing.manifest import Manifest, wholes
from exposing.models import did_you_mean, read_text
from exposing.site import Site
from exposing.templates import check_blocks, explained, theirs
from exposing.words import DEFAULT, Words, files_of, load_words, markdown

ASSETS = ("*.css", "icon.svg", "js/*.js")
"""What is copied for the browser, as globs in the templates' folder."""

OWN = "own.css"
"""The stylesheet of a fork: its colours and its own rules."""

_COMMENT = re.compile(
    rb"^[ \t]*(?://[^\n]*|/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*)?\n|/\*\* @(?:[^*]|\*(?!/))*\*/ ?", re.MULTILINE
)
"""Comments on lines of their own, empty lines, and types beside code."""

_CSS_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)

EAGER = ("identifiers", "keys", "lookup", "more", "names", "search", "shards", "texts", "urls", "words")
"""The scripts that a first search needs. The others are fetched once the page is there, found or not."""


class Page(NamedTuple):
    """A page that is there once per language."""

    path: str  # below the language's home: "" or "about/"
    template: str
    sections: tuple[str, ...] = ()  # of the strings, for its scripts


PAGES = (
    Page("", "search.html.jinja", ("script",)),
    Page("many/", "many.html.jinja", ("script", "refusals", "many_script")),
    Page("datasets/", "datasets.html.jinja", ("datasets_script",)),
    Page("act/", "act.html.jinja"),
    Page("about/", "about.html.jinja", ("script", "refusals", "withhold_script")),
    Page("faq/", "faq.html.jinja"),
    Page("privacy/", "privacy.html.jinja", ("script", "refusals", "privacy_script")),
    Page("accessibility/", "accessibility.html.jinja"),
    Page("api/", "api.html.jinja"),
    Page("patterns/", "patterns.html.jinja", ("script",)),
)


class Sources(NamedTuple):
    """What pages are made from: templates and words, ours and a fork's."""

    folders: list[Path]
    site: Site
    languages: dict[str, Words]
    reasons: Mapping[str, Any]  # why rows are rejected, in the words of DEFAULT
    styled: str
    environment: Environment


def load_sources(folders: list[Path], site: Site) -> Sources:
    """Read all templates and words. Raises BuildError for what a fork's have wrong, as far as it is seen now.

    `folders` are where the templates are; what a later one holds stands in for an earlier one's.
    """
    languages = load_words(*folders, wanted=site.languages)
    reasons = load_words(*folders)[DEFAULT].sections["labels"]
    styled = _styles(folders, site)
    environment = _environment(folders)
    check_blocks(environment, folders)
    names = {path.relative_to(one).as_posix() for one in folders for path in files_of(one, "**/*.jinja")}
    with explained(environment, folders):
        for name in sorted(names):  # of several faults the same one is told each time
            environment.get_template(name)
    return Sources(folders, site, languages, reasons, styled, environment)


def write_pages(
    out: Path,
    sources: Sources,
    manifests: Mapping[str, Manifest],
    current: dict[str, Any],
    report: dict[str, Any],
    about: Mapping[str, str],
    citations: Mapping[str, list[Citation]],
) -> None:
    """Write every page and asset of the site below `out`, and what tells others about them.

    `current` is index/current.json and `report` build-report.json; `about` is the Markdown of each dataset,
    `citations` who used it.
    Every link is relative, but on the 404 page, which is shown at any depth, it starts at the root.
    """
    folders, site, languages = sources.folders, sources.site, sources.languages
    default = next(iter(languages))
    assets = _copy_assets(folders, sources.styled, out)
    stories = markdown("https://")
    shared = {
        "site": site,
        "manifests": manifests,
        "current": current,
        "report": report,
        "searched": [dataset for dataset in current["datasets"] if dataset["answers"]],
        "languages": languages,
        "eager": EAGER,
        "years": years,
        "charts": charts,
        "Citation": Citation,
        "banner": Markup(stories.renderInline(site.banner)),  # noqa: S704 - HTML in it is escaped
        "default": default,
        "styled": bool(sources.styled),
        "reasons": sources.reasons,
    }

    def write(words: Words, page: Page, root: str | None = None, **more: Any) -> None:
        """Write a page in one language; `root` leads from it to the site's own address."""
        path = _home(words, default) + page.path
        root = root or "../" * path.count("/") or "./"
        context = (
            shared | more | _speaking(words, _home(words, default), root) | {"here": page.path, "root": root}
        )
        context |= {"assets": f"{root}{assets}/", "words": words.block(*page.sections)}
        target = out / path / "index.html" if path.endswith("/") or not path else out / path
        with explained(sources.environment, folders):
            text = sources.environment.get_template(page.template).render(context)
        _write(target, text + "\n")

    croissants = {slug: croissant.describe(slug, manifests, site.base_url) for slug in manifests}
    for words in languages.values():
        later = words.block("later", "refusals", "letters")
        more = {"datasets": _datasets(manifests, words), "words": later, "years": years.YEARS}
        _write_json(out / _home(words, default) / "more.json", more)
        for page in PAGES:
            write(words, page)
        for slug, manifest in manifests.items():
            write(
                words,
                Page(f"datasets/{slug}/", "dataset.html.jinja"),
                slug=slug,
                croissant=croissants[slug],
                manifest=manifest,
                facts=report["datasets"].get(slug),
                citations=citations[slug],
                story=Markup(stories.render(about[slug])),  # noqa: S704 - HTML in it is escaped
                children=[child for child, other in manifests.items() if slug in other.derived_from],
                wholes=wholes(slug, manifests),
                parts=[part for part in manifests if slug in wholes(part, manifests)],
            )
    write(languages[default], Page("404.html", "404.html.jinja"), urlsplit(site.base_url).path)
    for slug, described in croissants.items():
        _write_json(out / "datasets" / slug / "croissant.json", described)
    paths = [page.path for page in PAGES] + [f"datasets/{slug}/" for slug in manifests]
    homes = {language: _home(words, default) for language, words in languages.items()}
    _write(out / "sitemap.xml", feed.sitemap(site, paths, homes, default))
    _write(out / "feed.xml", feed.atom(site, manifests, current["as_of"]))
    card.draw(out / "card.png", site.title, languages[default].say("search.title"))


def _home(words: Words, default: str) -> str:
    return "" if words.language == default else f"{words.language}/"


def _speaking(words: Words, below: str, root: str) -> dict[str, Any]:
    """What templates say things with, in one language, whose home is `below` the root."""
    home = root + below

    def inline(key: str, **gaps: Any) -> Markup:
        return words.inline(key, home, root, **gaps)

    def prose(key: str, **gaps: Any) -> Markup:
        return words.prose(key, home, root, **gaps)

    return {"t": words.say, "md": inline, "prose": prose, "say": words, "home": home}


def _datasets(manifests: Mapping[str, Manifest], words: Words) -> dict[str, dict[str, Any]]:
    """What the search says of each dataset where something was found in it."""
    return {
        slug: {
            "description": manifest.description,
            "used_for": manifest.used_for,
            "makers": "; ".join(manifest.creators),
            "year": str(manifest.published),
            "status": words.say(f"labels.{manifest.status}"),
            "collection": manifest.collection,
            "derived_from": manifest.derived_from,
            "title": manifest.title,
            "url": manifest.url,
            "contact": manifest.contact.model_dump(exclude={"source"}) if manifest.contact else None,
        }
        for slug, manifest in manifests.items()
    }


def _write_json(path: Path, value: Any) -> None:
    _write(path, json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _styles(folders: list[Path], site: Site) -> str:
    """The stylesheet of a fork: its colours, then its own rules. Refuses files that stand in for nothing."""
    ours = {path.relative_to(folders[0]).as_posix() for path in files_of(folders[0], "**/*")}
    for folder, path in theirs(folders):
        name = path.relative_to(folder).as_posix()
        if name not in ours and not name.startswith(("own", "strings/")):
            what = f"stands in for no file of ours{did_you_mean(name, ours)}"
            raise BuildError(
                what, where=str(path), fix="rename it; files that only you have begin with `own`"
            )
    own = [folder / OWN for folder in folders if (folder / OWN).is_file()]
    return site.styles() + "".join(read_text(path) for path in own)


def _copy_assets(folders: list[Path], styled: str, out: Path) -> str:
    """Copy the assets to a folder named after their content, and give its path."""
    paths = {
        path.relative_to(folder).as_posix(): path
        for folder in folders
        for pattern in ASSETS
        for path in files_of(folder, pattern)
    }
    files = {name: _lean(path) for name, path in paths.items() if name != OWN}
    files |= {OWN: styled.encode()} if styled else {}
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(name.encode() + b"\0" + data + b"\0")
    below = f"assets/{digest.hexdigest()[:12]}"
    for name, data in files.items():
        target = out / below / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return below


def _lean(path: Path) -> bytes:
    """A file as it is published: scripts and styles without comments and indentation.

    They are a third of what a visitor would load. A script with a text of several lines is left as it is.
    """
    data = path.read_bytes()
    if path.suffix not in (".js", ".css"):
        return data
    lines = (_COMMENT if path.suffix == ".js" else _CSS_COMMENT).sub(b"", data).splitlines()
    if any(line.count(b"`") % 2 for line in lines):
        return data
    return b"\n".join(stripped for line in lines if (stripped := line.strip())) + b"\n"


def _environment(folders: list[Path]) -> Environment:
    """Templates by their name: the last folder's; those of ours also as `original/<name>`."""
    found = FileSystemLoader([*reversed(folders)])
    environment = Environment(
        loader=ChoiceLoader([found, PrefixLoader({"original": FileSystemLoader(folders[0])})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["datablock"] = _data_block
    return environment


def _data_block(value: Any) -> Markup:
    """JSON for a data block: `<` is written as an escape, so that no text in it can end the block."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - it has no `<` left
