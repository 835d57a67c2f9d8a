"""The picture that is shown where somebody shares a link to the site: `card.png`."""

from pathlib import Path
from typing import cast

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

SIZE = (1200, 630)
"""What Open Graph and others show whole."""

PAPER, INK, ACCENT = "#f7f3ea", "#1a1512", "#a8210f"
"""The colours of site.css by day."""

MARGIN, ARM, THICK = 64, 120, 16
"""Room around everything, and the size of the corner marks, in pixels."""

FOOT = 446
"""Where the marks end if the name is below them."""

INSIDE = 56
"""From the marks to the question."""

LARGEST, LINES, NAME = 84, 3, 56
"""Height of the question's letters at most, its lines at most, and height of the name's letters."""

MOST = 200
"""Characters of a text that are looked at: more than there is ever room for."""

SCALE = 4
"""Drawn so many times larger and then made smaller, for smooth edges."""

SHADES = 15
"""From paper to ink. With the accent the palette has 16 colours, so that a pixel is half a byte."""

_SAME = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def draw(path: Path, title: str, question: str) -> None:
    """Write the card: a site's question between the corner marks of a face detector, its title below.

    Pillow's own font has few letters but the English. A text that it lacks a letter of is left out whole, so
    that nothing is misspelt: the title stands in for the question, and the dot of the site's icon for both.
    """
    question, title = _drawable(question), _drawable(title)
    looked_at, name = (question, title) if question else (title, "")
    width, height = SIZE
    left, right, bottom = MARGIN, width - MARGIN, FOOT if name else height - MARGIN
    letters = Image.new("L", (width * SCALE, height * SCALE))  # how much ink is on the paper
    canvas = ImageDraw.Draw(letters)
    if looked_at:
        _write(canvas, looked_at, (left + INSIDE, MARGIN, right - INSIDE, bottom), LARGEST, LINES)
    else:
        dot = [side * SCALE / 2 + turn * LARGEST * SCALE for turn in (-1, 1) for side in SIZE]
        canvas.ellipse(dot, fill=255)
    if name:
        _write(canvas, name, (left, bottom, right, height), NAME, 1)
    shades = letters.resize(SIZE, Image.Resampling.BOX).point(lambda ink: round(ink * (SHADES - 1) / 255))
    image = Image.frombytes("P", SIZE, shades.tobytes())
    image.putpalette(_palette())
    _corners(ImageDraw.Draw(image), left, MARGIN, right, bottom)
    image.save(path, optimize=True)


def _palette() -> list[int]:
    paper, ink, accent = ([*bytes.fromhex(colour[1:])] for colour in (PAPER, INK, ACCENT))
    steps = [step / (SHADES - 1) for step in range(SHADES)]
    shades = [round(a + (b - a) * step) for step in steps for a, b in zip(paper, ink, strict=True)]
    return shades + accent


def _corners(canvas: ImageDraw.ImageDraw, left: int, top: int, right: int, bottom: int) -> None:
    for x in (left, right - ARM):
        edge = left if x == left else right - THICK
        for y in (top, bottom - ARM):
            level = top if y == top else bottom - THICK
            canvas.rectangle((x, level, x + ARM - 1, level + THICK - 1), fill=SHADES)
            canvas.rectangle((edge, y, edge + THICK - 1, y + ARM - 1), fill=SHADES)


def _drawable(text: str) -> str:
    """The text in the font's letters, or nothing where it lacks one: it draws them all as the same box."""
    text = " ".join(text.translate(_SAME).split())[:MOST]
    font = _font(16)
    missing = bytes(font.getmask("\uffff"))
    return "" if any(bytes(font.getmask(letter)) == missing for letter in set(text)) else text


def _write(
    canvas: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int], largest: int, most: int
) -> None:
    """Write a text in the middle of a box's height, at its left, in `most` lines at most."""
    left, top, right, bottom = (side * SCALE for side in box)
    lines, font = _fitted(text, right - left, largest, most)
    capital, step, bold = font.size * 0.7, font.size * 1.14, round(font.size / 50)
    first = (top + bottom + capital - (len(lines) - 1) * step) / 2
    for number, line in enumerate(lines):
        blank = font.getmask(line).getbbox()[0]  # before the first letter's ink, which stands on the edge
        at = (left + bold - blank, round(first + number * step))
        canvas.text(at, line, fill=255, font=font, anchor="ls", stroke_width=bold)


def _fitted(text: str, room: int, largest: int, most: int) -> tuple[list[str], FreeTypeFont]:
    """The text in lines of about one length, and the largest font in which there is room for it.

    Below half of the largest size it is cut.
    """
    for size in range(largest, largest // 2, -2):
        font = _font(size * SCALE)
        lines = _wrapped(text, font, room)
        if len(lines) <= most and all(font.getlength(line) <= room for line in lines):
            break
    narrower = (_wrapped(text, font, width) for width in range(room // 2, room, 8 * SCALE))
    even = next((few for few in narrower if len(few) == len(lines)), lines)
    if len(even) > most:
        even = [*even[: most - 1], " ".join(even[most - 1 :])]
    return [_cut(line, font, room) for line in even], font


def _wrapped(text: str, font: FreeTypeFont, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, font: FreeTypeFont, room: int) -> str:
    while font.getlength(line) > room:
        line = line.removesuffix("…")[:-1] + "…"
    return line


def _font(size: int) -> FreeTypeFont:
    """Pillow's own font. With a size given it is never the bitmaps that Pillow falls back to."""
    return cast(FreeTypeFont, ImageFont.load_default(size))
