"""The card that is shown with a shared link."""

import struct
from pathlib import Path

import pytest
from PIL import Image

from exposing import card
from mini import add, built

QUESTION = "Are your photos in a face‑recognition dataset?"
LONG = "A very long name of a site that somebody thought of in a long night " * 50


def drawn(path: Path, title: str, question: str) -> Image.Image:
    card.draw(path, title, question)
    assert path.stat().st_size < 25_000
    with Image.open(path) as image:
        assert image.format == "PNG" and image.mode == "P" and image.size == (1200, 630)
        return image.convert("RGB")


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> set[str]:
    """The colours in a part of the card."""
    found = image.crop(box).getcolors(1 << 20) or []
    return {"#" + bytes(colour).hex() for _, colour in found}  # type: ignore[arg-type]


@pytest.mark.parametrize("question", [QUESTION, "Where?", "word " * 2000, "y" * 3000, "Où ?", ""])
@pytest.mark.parametrize("title", ["Exposing", LONG, "x" * 3000, "كشف", ""])
def test_all_ink_is_within_the_margin_and_the_marks_are_whole(
    tmp_path: Path, title: str, question: str
) -> None:
    image = drawn(tmp_path / "card.png", title, question)
    width, height = card.SIZE
    edge = card.MARGIN - 4  # a curve may lean out of its line a little
    for box in (
        (0, 0, width, edge),
        (0, 0, edge, height),
        (width - edge, 0, width, height),
        (0, height - edge + 10, width, height),
    ):
        assert ink(image, box) == {card.PAPER}, box
    reds = [count for count, colour in image.getcolors(1 << 20) or [] if colour == rgb(card.ACCENT)]
    assert reds == [4 * card.THICK * (2 * card.ARM - card.THICK)]  # no letter covers any of it


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_the_question_is_between_the_marks_and_the_name_below(tmp_path: Path) -> None:
    image = drawn(tmp_path / "card.png", "Exposing", QUESTION)
    inside = card.MARGIN + card.THICK
    width, height = card.SIZE
    assert card.INK in ink(image, (inside, inside, width - inside, card.FOOT - card.THICK))
    assert card.INK in ink(image, (card.MARGIN, card.FOOT, width // 2, height - card.MARGIN + 10))
    assert card.INK not in ink(drawn(tmp_path / "b.png", "", QUESTION), (0, height - 40, width, height))


def test_a_text_with_a_letter_that_the_font_lacks_is_not_misspelt(tmp_path: Path) -> None:
    """Drawn, the letter would be an empty box; left out, the word would be another."""
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    texts = [("Über", QUESTION), ("", QUESTION), ("Exposing", "Où ?"), ("Exposing", "")]
    texts += [("كشف", "Où ?"), ("", "")]
    first, same, second, alike, third, mark = (
        drawn(path, *text).tobytes() for path, text in zip(paths, texts, strict=True)
    )
    assert first == same and second == alike and third == mark
    assert len({first, second, third}) == 3


def test_all_hyphens_and_spaces_are_drawn_alike(tmp_path: Path) -> None:
    cards = [
        drawn(tmp_path / "card.png", "Exposing", text).tobytes()
        for text in ("face-recognition data", "face‑recognition\u00a0 data\n", " face–recognition\u202fdata")
    ]
    assert len(set(cards)) == 1


def test_every_colour_is_the_sites(tmp_path: Path) -> None:
    style = (Path(__file__).parent.parent / "site_templates" / "site.css").read_text(encoding="utf-8")
    for name, colour in (("paper", card.PAPER), ("ink", card.INK), ("accent", card.ACCENT)):
        assert f"--{name}: light-dark({colour}," in style
    assert {card.PAPER, card.INK, card.ACCENT} <= ink(
        drawn(tmp_path / "card.png", "Exposing", QUESTION), (0, 0, *card.SIZE)
    )


def test_the_card_is_the_same_bytes_every_time_and_tells_no_time(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for path in paths:
        card.draw(path, "Exposing", QUESTION)
    data = paths[0].read_bytes()
    assert data == paths[1].read_bytes()
    chunks, at = [], 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        chunks.append(name)
        at += 12 + length
    assert set(chunks) == {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


def test_a_built_site_has_the_card_and_names_it(tmp_path: Path) -> None:
    add(tmp_path, "a", photo_id=[90000000001])
    out = built(tmp_path)
    text = (out / "index.html").read_text(encoding="utf-8")
    assert 'content="https://example.org/exposing/card.png"' in text
    with Image.open(out / "card.png") as image:
        assert image.size == card.SIZE
