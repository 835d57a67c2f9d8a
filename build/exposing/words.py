"""The site's sentences, one file per language: found by key, gaps filled, in the right form of number."""

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from exposing.errors import BuildError
from exposing.models import did_you_mean, read_text

DEFAULT = "en"
"""The language that all others are translated from."""

Sentence = str | dict[str, str] | list[str]
"""A text; or one text per plural category; or paragraphs."""


@dataclass(frozen=True)
class Words:
    """All sentences of one language: section -> key -> sentence."""

    language: str
    sections: Mapping[str, Mapping[str, Sentence]]

    @property
    def name(self) -> str:
        """The language's own name for itself."""
        return str(self.sections["language"]["name"])

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.sections["language"]["direction"])

    def block(self, *sections: str) -> dict[str, Sentence]:
        """The sentences of some sections, for the scripts of a page; paragraphs as one text."""
        found = [item for section in sections for item in self.sections[section].items()]
        return {key: "\n\n".join(text) if isinstance(text, list) else text for key, text in found}

    def say(self, key: str, **gaps: Any) -> str:
        """The sentence `section.key` with its `{gaps}` filled; `n` chooses between the forms of number."""
        return self._filled(key, self._text(key, gaps), {gap: self.written(gaps[gap]) for gap in gaps})

    def inline(self, key: str, home: str, root: str, **gaps: Any) -> Markup:
        """The same for a sentence with Markdown in it, as HTML. `home` and `root` lead its links."""
        return self._html(key, _MARKDOWN.renderInline(self._text(key, gaps)), home, root, gaps)

    def prose(self, key: str, home: str, root: str, **gaps: Any) -> Markup:
        """The same for paragraphs and lists."""
        return self._html(key, _MARKDOWN.render(self._text(key, gaps)), home, root, gaps)

    def written(self, value: Any) -> str:
        """A number in the language's way of writing it, or a text as it is."""
        return self.number(value) if isinstance(value, int | float) else str(value)

    def number(self, value: float) -> str:
        """`1,234`, as the language writes it."""
        return _decimal(value, self.language)

    def percent(self, share: float) -> str:
        """A share between 0 and 1 as `12.3 %`, as the language writes it; never rounded up to the whole."""
        text = format_percent(min(share, 0.999) if share < 1 else 1, "#,##0.#%", locale=self.language)
        return str(text)

    def day(self, text: str) -> str:
        """`2026`, `2026-11` or `2026-11-23` in words."""
        year, month, day = (int(part) for part in [*text.split("-"), "1", "1"][:3])
        if len(text) == 4:
            return text
        pattern = "LLLL y" if len(text) == 7 else "long"
        return str(format_date(datetime.date(year, month, day), pattern, locale=self.language))

    def listed(self, words: Sequence[str], style: str = "standard") -> str:
        """Some words as a list: `a, b and c`; with style `or`, `a, b or c`."""
        return str(format_list(list(words), style, locale=self.language))  # type: ignore[arg-type]

    def _text(self, key: str, gaps: Mapping[str, Any]) -> str:
        section, _, name = key.partition(".")
        sentence = self.sections.get(section, {}).get(name)
        if sentence is None:
            raise self._fault(f"no sentence `{key}`", "add it")
        if isinstance(sentence, list):
            return "\n\n".join(sentence)
        if isinstance(sentence, dict):
            if "n" not in gaps:
                raise self._fault(f"nothing fills the gap 'n' of `{key}`", "write its gaps")
            return sentence.get(plural_form(self.language, gaps["n"]), sentence["other"])
        return sentence

    def _html(self, key: str, html: str, home: str, root: str, gaps: Mapping[str, Any]) -> Markup:
        """Links lead from the page, and gaps are filled after the Markdown was read: no gap can hold any."""
        links = re.sub(r'(?<= href=")(?![a-z]+:|\{)(/?)', lambda match: root if match[1] else home, html)
        escaped = {gap: escape(self.written(value)) for gap, value in gaps.items()}
        return Markup(self._filled(key, links, escaped))  # noqa: S704 - every gap is escaped

    def _filled(self, key: str, text: str, gaps: Mapping[str, str]) -> str:
        try:
            return re.sub(r"\{(\w+)\}", lambda match: gaps[match[1]], text)
        except KeyError as gap:
            raise self._fault(f"nothing fills the gap {gap} of `{key}`", "write its gaps") from None

    def _fault(self, what: str, fix: str) -> BuildError:
        return BuildError(
            what, where=f"strings/{self.language}.json", fix=f"{fix} as in strings/{DEFAULT}.json"
        )


@lru_cache(maxsize=1 << 12)
def _decimal(value: float, language: str) -> str:
    """A number in a language's way; the same few stand on page after page."""
    return str(format_decimal(value, locale=language))


def plural_form(language: str, number: float) -> str:
    """The plural category of a number: zero, one, two, few, many or other."""
    return str(Locale.parse(language).plural_form(number))


def plural_forms(language: str) -> set[str]:
    """The plural categories that a language has."""
    return {*Locale.parse(language).plural_form.tags, "other"}


def load_words(*folders: Path, wanted: Sequence[str] = ()) -> dict[str, Words]:
    """Every language of `<folder>/strings/<language>.json`, or those that are wanted, in that order.

    Sentences of a later folder stand in for those of an earlier one. Raises BuildError if a file is damaged,
    has a sentence that nothing says, or if a language is wanted that there is not.
    """
    ours: dict[str, dict[str, Any]] = {}
    for path in sorted(files_of(folders[0], "strings/*.json"), key=lambda path: path.stem != DEFAULT):
        ours[path.stem] = _read(path)
    for path in (path for folder in folders[1:] for path in files_of(folder, "strings/*.json")):
        own, known = _read(path), ours[DEFAULT]
        for section, sentences in own.items():
            for key in sentences if section in known else [""]:
                if key not in known.get(section, {}):
                    words = [f"{one}.{other}" for one in known for other in known[one]]
                    what = f"nothing says `{section}.{key}`{did_you_mean(f'{section}.{key}', words)}"
                    raise BuildError(what, where=str(path), fix="correct or remove it")
                if isinstance(sentences[key], dict) and not isinstance(known[section][key], dict):
                    what = f"`{section}.{key}` has no forms of number in strings/{DEFAULT}.json"
                    raise BuildError(what, where=str(path), fix="write one text")
        first = ours.get(path.stem, {section: {} for section in known})
        ours[path.stem] = {section: first[section] | own.get(section, {}) for section in known}
    for language in wanted:
        if language not in ours:
            what = f"no language `{language}`{did_you_mean(language, ours)}"
            raise BuildError(
                what, where="site.toml", fix=f"add strings/{language}.json, or correct `languages`"
            )
    for language, sections in ours.items():
        if missing := {"name", "direction"} - set(sections.get("language", {})):
            what = f"has no `language.{min(missing)}`"
            raise BuildError(
                what, where=f"strings/{language}.json", fix=f"add it as in strings/{DEFAULT}.json"
            )
    return {language: Words(language, ours[language]) for language in wanted or ours}


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(read_text(path))
    except ValueError as error:
        raise BuildError(f"not valid JSON: {error}", where=str(path), fix="correct it") from None
    if not isinstance(found, dict) or not all(isinstance(section, dict) for section in found.values()):
        raise BuildError("is no object of sections of sentences", where=str(path), fix="copy another's form")
    for section, sentences in found.items():
        for key, sentence in sentences.items():
            if not _is_sentence(sentence):
                what = f"`{section}.{key}` is no text (found {str(sentence)[:60]})"
                raise BuildError(what, where=str(path), fix='write it in "quotes"')
    try:
        Locale.parse(path.stem, sep="-")
    except (ValueError, UnknownLocaleError):
        what = f"there is no language `{path.stem}`"
        raise BuildError(
            what, where=str(path), fix="name the file after a language's code, as de.json"
        ) from None
    return found


def _is_sentence(found: Any) -> bool:
    """Whether this is a text, paragraphs, or a text for each form of number, of which `other` is needed."""
    texts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else [found]
    return all(isinstance(text, str) for text in texts) and (not isinstance(found, dict) or "other" in found)


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder of templates, in order, without those that systems hide there."""
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    return [path for path in found if not any(part[0] == "." for part in path.relative_to(folder).parts)]


def markdown(links: str) -> MarkdownIt:
    """A reader of Markdown without HTML or images in it, and with links of one form: a regular expression."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.validateLink = lambda url: bool(re.match(links, url))  # type: ignore[method-assign]
    reader.normalizeLink = lambda url: url  # type: ignore[method-assign]
    reader.add_render_rule("link_open", _quiet_link)
    return reader


def _quiet_link(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    if str(tokens[at].attrGet("href")).startswith(("http", "{")):
        tokens[at].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, at, options, _env)


_MARKDOWN = markdown(r"https://|mailto:|/?[a-z0-9#{]|$")
