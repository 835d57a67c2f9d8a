"""A fork's own site: what site.toml says, and a folder whose files stand in for ours."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from conftest import Serve
from exposing.errors import BuildError
from exposing.lookup import search
from exposing.site import Site, contrast, load_site
from mini import ALICE, BRUNO, ROOT, ROWS, SITE, add, built, dataset


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    add(tmp_path, "first", nsid=[ALICE], photo_id=[90000000101])
    add(tmp_path, "second", nsid=[BRUNO], photo_id=[90000000201])
    path = tmp_path / "data_sources" / "second" / "dataset.toml"
    path.write_text(path.read_text().replace("[[files]]", 'derived_from = ["first"]\n[[files]]'))
    return tmp_path


def settings(fork: Path, text: str) -> None:
    (fork / "site.toml").write_text(SITE + text)


def own(fork: Path, **files: str) -> None:
    settings(fork, 'overrides = "mine"\n')
    for name, text in files.items():
        path = fork / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(site: Path, page: str = "index.html") -> str:
    return (site / page).read_text(encoding="utf-8")


def test_banner_and_maintainer_stand_on_every_page(fork: Path) -> None:
    settings(fork, 'banner = "Run by *us*. <b>"\nmaintainer = "The <Paper>"\n')
    site = built(fork)
    for page in ("index.html", "de/about/index.html", "ar/datasets/first/index.html", "404.html"):
        text = read(site, page)
        assert '<p dir="auto">Run by <em>us</em>. &lt;b&gt;</p>' in text
        assert "The &lt;Paper&gt;" in text


def test_only_the_languages_that_are_named_are_built(fork: Path) -> None:
    settings(fork, 'languages = ["de", "fr"]\n')
    site = built(fork)
    assert '<html lang="de"' in read(site) and '<html lang="fr"' in read(site, "fr/index.html")
    assert not (site / "de").exists() and not (site / "en").exists() and not (site / "es").exists()
    assert 'hreflang="en"' not in read(site) and "/es/" not in read(site, "sitemap.xml")


def test_only_the_datasets_that_are_named_are_shown_and_searched(fork: Path) -> None:
    settings(fork, 'datasets = ["second"]\n')
    site = built(fork)
    assert search(BRUNO, str(site))["found"] and not search(ALICE, str(site))["found"]
    assert not (site / "datasets" / "first").exists()
    assert "datasets/first" not in "".join(path.read_text() for path in site.rglob("*.html"))


def test_colours_are_ours_until_they_are_said(fork: Path, page: Page, serve: Serve) -> None:
    plain = built(fork)
    assert "own.css" not in read(plain) and not list(plain.glob("assets/*/own.css"))
    settings(fork, '[colours]\naccent = ["#004b8d", "#7cc4ff"]\n')
    site = built(fork)
    url = serve(site).url
    for scheme, colour in (("light", "rgb(0, 75, 141)"), ("dark", "rgb(124, 196, 255)")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{url}about/")
        assert page.eval_on_selector("main p a", "link => getComputedStyle(link).color") == colour


def test_our_own_colours_are_those_of_the_stylesheet_and_can_be_read() -> None:
    text = (ROOT / "site_templates" / "site.css").read_text()
    for name, (day, night) in load_site(ROOT / "site.toml").colours.model_dump().items():
        assert f"--{name.replace('_', '-')}: light-dark({day}, {night});" in text
    assert round(contrast("#000000", "#ffffff"), 1) == 21 and contrast("#123456", "#123456") == 1
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48  # just too little, as every checker says


def test_a_sentence_of_ones_own_stands_in_for_ours_and_the_others_stay(fork: Path) -> None:
    own(fork, **{"strings/en.json": json.dumps({"search": {"title": "Is it you?"}})})
    site = built(fork)
    assert "<h1>Is it you?</h1>" in read(site).replace("\n", "")
    assert "Is it you?" not in read(site, "de/index.html")
    assert "Skip to the content" in read(site)


def test_a_sentence_that_nothing_says_is_named(fork: Path) -> None:
    own(fork, **{"strings/en.json": json.dumps({"search": {"titel": "Is it you?"}})})
    with pytest.raises(BuildError, match=r"nothing says `search\.titel`; did you mean `search\.title`\?"):
        built(fork)


def test_a_language_of_ones_own_is_whole_or_named(fork: Path) -> None:
    words = json.loads((ROOT / "site_templates/strings/en.json").read_text())
    words["language"]["name"] = "Italiano"
    own(fork, **{"strings/it.json": json.dumps(words)})
    settings(fork, 'overrides = "mine"\nlanguages = ["en", "it"]\n')
    assert '<html lang="it"' in read(built(fork), "it/index.html")
    del words["search"]["title"]
    own(fork, **{"strings/it.json": json.dumps(words)})
    with pytest.raises(BuildError, match=r"strings/it\.json: no sentence `search\.title`"):
        built(fork)


def test_templates_styles_and_icon_of_ones_own(fork: Path) -> None:
    own(
        fork,
        **{
            "about.html.jinja": '{% extends "original/about.html.jinja" %}{% block main %}{{ super() }}{% include "own/more.jinja" %}{% endblock %}',
            "own/more.jinja": "<p>And more of ours.</p>",
            "own.css": "h1 { color: rebeccapurple }",
            "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        },
    )
    site = built(fork)
    about = read(site, "about/index.html")
    assert "<p>And more of ours.</p>" in about and 'id="left-out"' in about
    assert [path.read_text() for path in site.glob("assets/*/own.css")] == ["h1 { color: rebeccapurple }"]
    assert [path.read_text() for path in site.glob("assets/*/icon.svg")] == [
        '<svg xmlns="http://www.w3.org/2000/svg"/>'
    ]
    assert about.index("pages.css") < about.index("own.css")


def test_a_file_that_stands_in_for_nothing_is_named(fork: Path) -> None:
    own(fork, **{"abuot.html.jinja": ""})
    with pytest.raises(
        BuildError, match=r"stands in for no file of ours; did you mean `about\.html\.jinja`\?"
    ):
        built(fork)


def test_what_a_fork_changed_survives_an_upgrade(
    fork: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Newer templates of ours, with another sentence and another rule, meet the same folder of the fork's."""
    own(
        fork,
        **{"strings/en.json": json.dumps({"search": {"title": "Is it you?"}}), "own.css": "h1 { margin: 0 }"},
    )
    newer = tmp_path_factory.mktemp("newer") / "site_templates"
    for path in (ROOT / "site_templates").rglob("*"):
        if path.is_file():
            target = newer / path.relative_to(ROOT / "site_templates")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    words = json.loads((newer / "strings/en.json").read_text())
    words["search"] |= {"title": "A newer title of ours", "submit": "Look"}
    (newer / "strings/en.json").write_text(json.dumps(words))
    (fork / "site_templates").unlink()
    (fork / "site_templates").symlink_to(newer)
    text = read(built(fork))
    assert "Is it you?" in text and "A newer title" not in text and ">Look<" in text and "own.css" in text


def test_every_setting_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "site.md").read_text(encoding="utf-8")
    assert not [name for name in Site.model_fields if f"`{name}`" not in text]


def test_a_template_is_looked_at_before_the_lists_are_read(fork: Path) -> None:
    """Reading may take many minutes: nobody should wait for them to be told of a word in a template."""
    dataset(fork, "broken", ROWS.format('nsid = "nsid"'), {"list.csv": "no such column\n1\n"})
    own(
        fork,
        **{
            "faq.html.jinja": '{% extends "original/faq.html.jinja" %}{% block main %}{{ 1 | nine }}{% endblock %}'
        },
    )
    with pytest.raises(BuildError, match="nine"):
        built(fork)


def test_what_systems_hide_among_a_forks_files_is_passed_over(fork: Path) -> None:
    page = '{% extends "original/about.html.jinja" %}{% block main %}{% block mine %}Ours.{% endblock %}{% endblock %}'
    hidden = (".DS_Store", "._own.css", "strings/._en.json", ".git/config", "._about.html.jinja")
    own(fork, **{"about.html.jinja": page, **dict.fromkeys(hidden, "{% unseen")})
    site = built(fork)
    assert "Ours." in read(site, "about/index.html")
    assert not [path for path in site.rglob("*") if path.is_file() and "unseen" in path.read_text("latin-1")]


def test_the_blocks_of_a_page_are_documented() -> None:
    base = (ROOT / "site_templates" / "base.html.jinja").read_text(encoding="utf-8")
    text = (ROOT / "docs" / "site.md").read_text(encoding="utf-8")
    said = re.search(r"its blocks: ([^.]*)\.", text)
    assert said and set(re.findall(r"`(\w+)`", said[1])) == set(re.findall(r"block (\w+)", base))
