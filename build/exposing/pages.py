"""The site's pages: templates filled, and what the browser gets under one content hash."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from exposing.manifest import Manifest, Site

ASSETS = ("site.css", "icon.svg", "js/*.js")
"""What is copied for the browser, as globs in the templates' folder."""


def write_pages(
    out: Path,
    templates: Path,
    site: Site,
    manifests: Mapping[str, Manifest],
    current: dict[str, Any],
    report: dict[str, Any],
    about: Mapping[str, str],
) -> None:
    """Write every page and asset of the site below `out`.

    `current` is index/current.json and `report` build-report.json; `about` is the Markdown of each dataset.
    Every link is relative, but on the 404 page, which is shown at any depth, it starts at the root.
    """
    assets = _copy_assets(templates, out)
    environment = _environment(templates)
    shared = {
        "site": site,
        "manifests": manifests,
        "current": current,
        "report": report,
        "searched": [dataset for dataset in current["datasets"] if dataset["searched"]],
    }

    def write(path: str, template: str, root: str, here: str, **more: Any) -> None:
        """Write one page; `root` leads from it to the site's own address, `here` is its place in the menu."""
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        page = environment.get_template(template)
        text = page.render(shared | more, root=root, here=here, assets=f"{root}{assets}/")
        target.write_text(text + "\n", encoding="utf-8")

    write("index.html", "search.html.jinja", "./", "", **_search_page(templates, manifests))
    write("datasets/index.html", "datasets.html.jinja", "../", "datasets/")
    write("about/index.html", "about.html.jinja", "../", "about/")
    write("privacy/index.html", "privacy.html.jinja", "../", "privacy/")
    write("404.html", "404.html.jinja", urlsplit(site.base_url).path, "404")
    markdown = _markdown()
    for slug, manifest in manifests.items():
        write(
            f"datasets/{slug}/index.html",
            "dataset.html.jinja",
            "../../",
            "dataset",
            manifest=manifest,
            facts=report["datasets"].get(slug),
            story=Markup(markdown.render(about[slug])),  # noqa: S704 - HTML in it is escaped
            parents=[(parent, manifests[parent].title) for parent in manifest.derived_from],
            children=[
                (child, other.title) for child, other in manifests.items() if slug in other.derived_from
            ],
        )


def _search_page(templates: Path, manifests: Mapping[str, Manifest]) -> dict[str, Any]:
    return {
        "modules": sorted(path.name for path in (templates / "js").glob("*.js")),
        "words": json.loads((templates / "strings" / "en.json").read_text(encoding="utf-8")),
        "collections": [slug for slug, manifest in manifests.items() if manifest.collection],
    }


def _copy_assets(templates: Path, out: Path) -> str:
    """Copy the assets to a folder named after their content, and give its path."""
    paths = sorted(path for pattern in ASSETS for path in templates.glob(pattern))
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(templates).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    folder = f"assets/{digest.hexdigest()[:12]}"
    for path in paths:
        target = out / folder / path.relative_to(templates)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": lambda number: f"{number:,}",
        "datablock": _data_block,
    }
    return environment


def _markdown() -> MarkdownIt:
    """A reader of about.md: no HTML or images in it, and links to https only."""
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    markdown.validateLink = lambda url: url.startswith("https://")  # type: ignore[method-assign]
    markdown.add_render_rule("link_open", _quiet_link)
    return markdown


def _quiet_link(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    tokens[at].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, at, options, _env)


def _data_block(value: Any) -> Markup:
    """JSON for a data block: `<` is written as an escape, so that no text in it can end the block."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - it has no `<` left
