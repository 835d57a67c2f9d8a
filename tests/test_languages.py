"""Every language says everything, with the same gaps and links; and no script says anything by itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exposing.errors import BuildError
from exposing.words import DEFAULT, Sentence, Words, load_words, plural_forms
from mini import ROOT

STRINGS = ROOT / "site_templates" / "strings"
LANGUAGES = load_words(STRINGS.parent)
ENGLISH = LANGUAGES[DEFAULT]
OTHERS = [language for language in LANGUAGES if language != DEFAULT]


def texts_of(sentence: Sentence) -> list[str]:
    """A sentence's text, or one per plural category, or paragraphs joined."""
    if isinstance(sentence, dict):
        return list(sentence.values())
    return ["\n\n".join(sentence) if isinstance(sentence, list) else sentence]


def gaps_of(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def links_of(text: str) -> list[str]:
    return sorted(re.findall(r"\]\(([^)]*)\)", text))


def pairs(words: Words) -> Iterator[tuple[str, Sentence, Sentence]]:
    """Every sentence of the default language beside another language's."""
    for section, sentences in ENGLISH.sections.items():
        for key, english in sentences.items():
            yield f"{section}.{key}", english, words.sections[section][key]


def test_the_languages_that_are_promised_are_there() -> None:
    assert {"en", "de", "fr", "es", "ar"} <= LANGUAGES.keys()
    assert LANGUAGES["ar"].direction == "rtl"


@pytest.mark.parametrize("language", OTHERS)
def test_every_key_is_there_and_no_other(language: str) -> None:
    keys = {
        code: {f"{section}.{key}" for section in words.sections for key in words.sections[section]}
        for code, words in LANGUAGES.items()
    }
    assert keys[language] ^ keys[DEFAULT] == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_the_forms_that_the_language_has(language: str) -> None:
    wanted = plural_forms(language)
    for key, english, sentence in pairs(LANGUAGES[language]):
        assert isinstance(sentence, dict) == isinstance(english, dict), key
        if isinstance(sentence, dict):
            assert sentence.keys() == wanted, key


@pytest.mark.parametrize("language", OTHERS)
def test_gaps_links_and_code_are_the_same(language: str) -> None:
    for key, english, sentence in pairs(LANGUAGES[language]):
        original = texts_of(english)[-1]
        for text in texts_of(sentence):
            may_miss = {"n"} if isinstance(sentence, dict) else set()  # "two photos" needs no number
            assert (gaps_of(original) ^ gaps_of(text)) <= may_miss, (key, text)
            assert links_of(text) == links_of(original), (key, text)
            assert re.findall(r"`([^`]*)`", text) == re.findall(r"`([^`]*)`", original), (key, text)
            assert text.count("**") == original.count("**"), (key, text)
        if isinstance(english, list):
            assert isinstance(sentence, list) and len(sentence) == len(english), key


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_are_translated(language: str) -> None:
    """Names, and letters to the United States, are the same in every language; sentences are not."""
    same = {
        key
        for key, english, sentence in pairs(LANGUAGES[language])
        if english == sentence and len(texts_of(english)[0].split()) > 3
    }
    assert same <= {"letters.california_text", "letters.illinois_text"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_that_a_text_names_has_that_name(language: str) -> None:
    sections = LANGUAGES[language].sections
    named = [
        ("act.keep", ["search.csv", "search.json", "search.print"]),
        ("act.letters", ["search.letter_title"]),
    ]
    named += [
        ("privacy.others", ["search.frames"]),
        ("privacy.link", ["search.copy"]),
        ("privacy.letters", ["site.many"]),
    ]
    for text, buttons in named:
        section, key = text.split(".")
        for button in buttons:
            of, name = button.split(".")
            assert str(sections[of][name]) in str(sections[section][key]), (text, button)


def test_templates_say_what_is_there_and_nothing_is_left_over() -> None:
    templates = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "site_templates").glob("*.jinja"))
    )
    source = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "build" / "exposing").glob("*.py"))
    )
    said = set(re.findall(r'\b(?:t|md|prose|say)\("([a-z_]+\.\w+)"[,)]', templates + source))
    families = tuple(
        {*re.findall(r'"([a-z_]+\.\w*)" ~', templates), *re.findall(r'f"([a-z_]+\.\w*)\{', source)}
    )
    quoted = set(re.findall(r'"([a-z_]+\.\w+)"', templates + source))
    keys = {f"{section}.{key}" for section in ENGLISH.sections for key in ENGLISH.sections[section]}
    assert said <= keys
    scripts = (
        "script.",
        "later.",
        "many_script.",
        "datasets_script.",
        "privacy_script.",
        "refusals.",
        "withhold_script.",
        "letters.",
        "language.",
    )
    left = {key for key in keys - quoted if not key.startswith(families + scripts)}
    assert left == set()


def test_there_is_no_prose_in_a_script() -> None:
    """No text in a script holds two words in a row, but selectors, lists to be split, and errors for programmers."""
    for path in sorted((ROOT / "site_templates" / "js").glob("*.js")):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        code = re.sub(r"(?m)(^|\s)//.*$", "", code)
        code = re.sub(r"(querySelector(All)?|closest|matches|Error)\([^)]*\)", "", code)
        code = re.sub(r'"[^"\n]*"\.split', "", code)
        for text in re.findall(r'"([^"\n]*)"', code) + re.findall(r"`([^`]*)`", code):
            assert not re.search(r"[A-Za-z]{2,}[.,:]? +[A-Za-z]{2,}", re.sub(r"\$\{[^}]*\}", "", text)), (
                path.name,
                text,
            )


def test_a_file_of_sentences_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "strings").mkdir()
    (tmp_path / "strings" / "en.json").write_text('{"site": {"search": ', encoding="utf-8")
    with pytest.raises(BuildError, match="not valid JSON"):
        load_words(tmp_path)


def test_a_sentence_that_is_missing_is_named_with_its_file() -> None:
    with pytest.raises(BuildError, match=r"no sentence `site\.nothing`") as raised:
        ENGLISH.say("site.nothing")
    assert "en.json" in str(raised.value)


@pytest.mark.parametrize(
    ("language", "n", "expected"),
    [("en", 1, "1 photo"), ("en", 1234, "1,234 photos"), ("de", 1234, "1.234 Fotos"), ("es", 1, "1 foto")],
)
def test_numbers_are_written_as_the_language_writes_them(language: str, n: int, expected: str) -> None:
    assert LANGUAGES[language].say("script.photos", n=n) == expected


def test_a_gap_cannot_hold_markup_or_markdown() -> None:
    sections = {"x": {"y": "**{name}** [here](datasets/)"}}
    html = Words("en", sections).inline("x.y", "../", "../", name="<b>[a](b)</b>")
    assert html == '<strong>&lt;b&gt;[a](b)&lt;/b&gt;</strong> <a href="../datasets/">here</a>'


def test_data_of_words_is_json() -> None:
    assert json.loads(json.dumps(ENGLISH.block("script"))) == ENGLISH.sections["script"]
