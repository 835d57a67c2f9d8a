"""Asking to be left out, on the page: a request is made here, names nobody, and is sent nowhere."""

import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Serve
from exposing import removals, withheld
from exposing.identifiers import understand
from mini import ALICE, BRUNO, SITE, add, built
from test_identifiers import mutated
from test_withheld import REMOVALS, as_object

PHOTO = "https://www.flickr.com/photos/alice-example/90000000101"
READ = """async ([module, texts]) => {
  const { read } = await import(module);
  return JSON.parse(texts).map((text) => read(text).map(({ keys, reason, taken, account }) => ({ keys, reason, taken, account })));
}"""


def line_of(key: str) -> str:
    return f"{key.split(':', maxsplit=1)[0]}:{hashlib.sha256(key.encode()).hexdigest()}"


@pytest.fixture
def form(site: Path, serve: Serve, page: Page) -> Page:
    """The page with the form, in English."""
    page.goto(f"{serve(site).url}about/#left-out")
    return page


def submit(form: Page, text: str) -> None:
    form.fill("#query", text)
    form.click("exposing-withhold [type=submit]")


def expect_said(form: Page, *texts: str) -> None:
    """What screen readers are told holds all of these."""
    for text in texts:
        expect(form.locator("exposing-withhold [role=status]")).to_contain_text(text)


def expect_no_request(form: Page) -> None:
    expect(form.locator("[data-request]")).to_be_hidden()


def read_by_page(site: Path, form: Page, texts: list[str]) -> list[list[dict[str, Any]]]:
    """What the page's script makes of texts. They travel as JSON text, which keeps lone surrogates whole."""
    folder = next((site / "assets").iterdir()).name
    module = urljoin(form.url, f"/assets/{folder}/js/removals.js")
    found: list[list[dict[str, Any]]] = form.evaluate(READ, [module, json.dumps(texts)])
    return found


def test_texts_are_read_as_the_command_reads_them(site: Path, form: Page) -> None:
    found = read_by_page(site, form, [vector["text"] for vector in REMOVALS])
    assert [pair for pair in zip(REMOVALS, found, strict=True) if pair[0]["removals"] != pair[1]] == []


def test_damaged_texts_are_read_alike(site: Path, form: Page) -> None:
    dice = random.Random(0)
    texts = [vector["text"] for vector in REMOVALS]
    texts = [
        mutated(dice, dice.choice((" ", "\n", ", ", " and ", "")).join(dice.choices(texts, k=2)))
        for _ in range(3_000)
    ]
    texts = [json.loads(json.dumps(text)) for text in texts]  # two halves that meet are one character
    for text, found in zip(texts, read_by_page(site, form, texts), strict=True):
        assert found == [as_object(one) for one in removals.read(text)], ascii(text)


@pytest.mark.parametrize(
    ("typed", "key", "said"),
    [
        (ALICE, f"nsid:{ALICE}", f"Flickr account {ALICE}"),
        (f"ID: {ALICE}", f"nsid:{ALICE}", f"Flickr account {ALICE}"),
        (
            " https://www.flickr.com/people/Alice-Example/ ",
            "name:alice-example",
            "The account named alice-example",
        ),
        (PHOTO, "photo:90000000101", "Photo 90000000101"),
        (
            "https://images.example.org/a.jpg",
            "image:images.example.org/a.jpg",
            "The image at images.example.org/a.jpg",
        ),
        ("name: ΑΛΙΚΗΣ", "name:αλικησ", "The account named αλικησ"),
    ],
)
def test_the_request_is_what_the_command_takes(
    site: Path, serve: Serve, page: Page, tmp_path: Path, typed: str, key: str, said: str
) -> None:
    served = serve(site)
    page.goto(f"{served.url}about/#left-out")
    before = len(served.log)
    submit(page, typed)
    expect_said(page, said, "Nothing has been sent")
    text = page.input_value("[data-text]")
    assert line_of(key) in text and typed.strip() not in text
    link = page.get_attribute("[data-mail]", "href") or ""
    body = parse_qs(urlsplit(link).query)["body"][0]
    assert link.startswith("mailto:hello@example.org?subject=") and body.strip() == text.strip()
    assert served.log[before:] == []  # nothing left the browser
    path = tmp_path / withheld.FILE
    withheld.add(path, [line_of(key)], "2026-01-01")
    assert path.read_text().splitlines()[-1] == f"{line_of(key)} 2026-01-01"
    # what the maintainer would type is the same
    assert withheld.add(path, [key], "2026-01-01") == [line_of(key)]


def test_a_text_beside_an_identifier_is_said_to_be_unread(form: Page) -> None:
    submit(form, f"ID: {ALICE}")
    expect_said(form, f"ID: {ALICE}", f"Flickr account {ALICE}", "Other words in it were not read.")
    submit(form, ALICE)
    expect_said(form, f"Flickr account {ALICE}")
    expect(form.locator("exposing-withhold [role=status]")).not_to_contain_text("not read")


def test_a_photo_is_said_to_be_asked_for_alone(form: Page) -> None:
    submit(form, PHOTO)
    expect_said(form, "Only this photo.", "add a line with its number or the address of its profile")
    submit(form, ALICE)
    expect(form.locator("exposing-withhold [role=status]")).not_to_contain_text("Only this photo.")


def test_several_lines_are_several_requests(form: Page) -> None:
    submit(form, f"{ALICE}\n\nname: bruno_b\n{PHOTO} {BRUNO}\n{ALICE}")
    expect_said(form, "Nothing has been sent", f"Flickr account {BRUNO}", "The account named bruno_b")
    keys = [f"nsid:{ALICE}", "name:bruno_b", "photo:90000000101", f"nsid:{BRUNO}"]
    command = f"exposing withhold {' '.join(map(line_of, keys))}\n"
    assert command in form.input_value("[data-text]")


def test_a_line_that_cannot_be_used_stops_the_request_and_is_named(form: Page) -> None:
    submit(form, f"{ALICE}\n#party")
    expect_said(form, f"Flickr account {ALICE}", "#party", "A tag is used by many people", "no request yet")
    expect_no_request(form)
    submit(form, ALICE)
    expect(form.locator("[data-text]")).to_have_value(re.compile(line_of(f"nsid:{ALICE}")))


def test_a_word_may_mean_two_things(form: Page) -> None:
    submit(form, "Eve Invented")
    expect_said(form, "This can mean several things.", "Please choose what you mean")
    expect_no_request(form)
    form.select_option("exposing-withhold select", label="The account named eve invented")
    area = form.locator("[data-text]")
    expect(area).to_have_value(re.compile(line_of("name:eve invented")))
    form.select_option("exposing-withhold select", label="The person named eve invented")
    person = understand("Eve Invented").keys[1]
    expect(area).to_have_value(re.compile(line_of(person)))
    form.select_option("exposing-withhold select", label="Please choose")
    expect_no_request(form)


def test_each_line_has_its_own_choice(form: Page) -> None:
    submit(form, f"Eve Invented\n{ALICE}\nmax-invented")
    choices = form.locator("exposing-withhold select")
    expect(choices).to_have_count(2)
    choices.nth(1).select_option("name:max-invented")
    expect_no_request(form)
    person = understand("Eve Invented").keys[1]
    choices.nth(0).select_option(person)
    lines = " ".join(map(line_of, [person, f"nsid:{ALICE}", "name:max-invented"]))
    expect(form.locator("[data-text]")).to_have_value(re.compile(lines))


def test_a_choice_is_not_kept_for_the_next_text(form: Page) -> None:
    submit(form, "Eve Invented")
    form.select_option("exposing-withhold select", index=2)
    expect(form.locator("[data-text]")).to_be_visible()
    submit(form, ALICE)
    expect(form.locator("[data-text]")).to_have_value(re.compile(line_of(f"nsid:{ALICE}")))
    submit(form, "Max Invented")
    expect_said(form, "Please choose what you mean")
    expect_no_request(form)


def test_no_request_stands_beside_another_text(form: Page) -> None:
    submit(form, ALICE)
    expect(form.locator("[data-text]")).to_be_visible()
    form.press("#query", "2")
    expect_no_request(form)
    expect(form.locator("exposing-withhold [role=status]")).to_have_text("")
    submit(form, "Eve Invented")
    form.fill("#query", "")
    expect(form.locator("exposing-withhold select")).to_have_count(0)


def test_a_request_that_is_late_does_not_stand_beside_another_text(form: Page) -> None:
    """The hash is ready only after the text was changed."""
    form.evaluate("""() => {
      const digest = crypto.subtle.digest.bind(crypto.subtle);
      crypto.subtle.digest = async (...given) => {
        await new Promise((resolve) => { globalThis.goOn = resolve; });
        return digest(...given);
      };
    }""")
    submit(form, ALICE)
    form.fill("#query", BRUNO)
    form.evaluate("async () => { goOn(); await new Promise((resolve) => setTimeout(resolve)); }")
    expect_no_request(form)
    expect(form.locator("exposing-withhold [role=status]")).to_have_text("")


def test_what_cannot_be_asked_for_is_said(form: Page) -> None:
    for typed, said in [
        ("#party", "A tag is used by many people"),
        ("", "Nothing is written"),
        (" \n ", "Nothing is written"),
        ("https://www.flickr.com/groups/x", "address of a group"),
        ("photo:abc", "not what the word before it says"),
    ]:
        submit(form, typed)
        expect_said(form, said)
        expect_no_request(form)


def test_a_contact_that_is_a_page_is_linked(tmp_path: Path, serve: Serve, page: Page) -> None:
    add(tmp_path, "a", nsid=[ALICE])
    (tmp_path / "site.toml").write_text(
        SITE.replace("mailto:hello@example.org", "https://example.org/issues")
    )
    page.goto(f"{serve(built(tmp_path)).url}about/")
    page.fill("#query", ALICE)
    page.click("exposing-withhold [type=submit]")
    expect(page.locator("[data-mail]")).to_have_text("Go to the page for requests")
    assert page.get_attribute("[data-mail]", "href") == "https://example.org/issues"


def test_without_scripts_the_page_says_whom_to_write_to(site: Path, serve: Serve, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{serve(site).url}about/")
    assert "Without JavaScript, write to hello@example.org" in plain.inner_text("main")
    expect(plain.locator("exposing-withhold")).to_be_hidden()
    context.close()
