"""The picture that is shown where somebody shares a link to the site: `card.png`."""

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
"""What Open Graph and others show whole."""

PAPER, INK, SOFT, ACCENT = "#f7f3ea", "#1a1512", "#5f554b", "#a8210f"
"""The colours of site.css by day."""

SCALE = 2
"""Drawn so many times larger and then made smaller, for smooth edges."""

MARGIN, ARM, THICK = 70, 120, 14
COLOURS = 32


def draw(path: Path, title: str, question: str) -> None:
    """Write the card: a site's title, and its question between the corner marks of a face detector.

    Pillow's own font has Latin letters only. What it cannot draw is left out: the marks say enough.
    """
    width, height = (side * SCALE for side in SIZE)
    image = Image.new("RGB", (width, height), PAPER)
    canvas = ImageDraw.Draw(image)
    _corners(canvas, MARGIN * SCALE, width, height)
    left, room = (MARGIN + 80) * SCALE, width - 2 * (MARGIN + 80) * SCALE
    lines, font = _fitted(canvas, _drawable(question), room)
    step = round(font.size * 1.14)
    top = round(height * 0.43) - step * len(lines) // 2
    for number, line in enumerate(lines):
        place = (left, top + number * step)
        canvas.text(
            place, _cut(canvas, line, font, room), fill=INK, font=font, stroke_width=SCALE, stroke_fill=INK
        )
    small: Any = ImageFont.load_default(30 * SCALE)
    name = _cut(canvas, _drawable(title), small, room)
    canvas.text((left, height - (MARGIN + 80) * SCALE), name, fill=SOFT, font=small)
    image = image.resize(SIZE, Image.Resampling.LANCZOS)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _corners(canvas: ImageDraw.ImageDraw, margin: int, width: int, height: int) -> None:
    arm, thick = ARM * SCALE, THICK * SCALE
    for x, along in ((margin, 1), (width - margin - 1, -1)):
        for y, down in ((margin, 1), (height - margin - 1, -1)):
            for end in ((x + along * arm, y + down * thick), (x + along * thick, y + down * arm)):
                box = (min(x, end[0]), min(y, end[1]), max(x, end[0]), max(y, end[1]))
                canvas.rectangle(box, fill=ACCENT)


def _drawable(text: str) -> str:
    """The text without what the font has no shape for."""
    plain = text.replace("’", "'").replace("\N{NON-BREAKING HYPHEN}", "-")
    return "".join(char for char in plain if char.isprintable() and ord(char) < 0x180).strip()


def _fitted(canvas: ImageDraw.ImageDraw, text: str, room: int) -> tuple[list[str], Any]:
    """The text in lines, and the largest font in which they are three at most."""
    for size in range(92, 20, -4):
        font = ImageFont.load_default(size * SCALE)
        lines = _wrapped(canvas, text, font, room)
        if len(lines) <= 3 and all(canvas.textlength(line, font=font) <= room for line in lines):
            break
    return lines, font


def _cut(canvas: ImageDraw.ImageDraw, text: str, font: Any, room: int) -> str:
    """The text, or as much of it as there is room for."""
    while canvas.textlength(text, font=font) > room:
        text = text.removesuffix("…")[:-1] + "…"
    return text


def _wrapped(canvas: ImageDraw.ImageDraw, text: str, font: Any, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and canvas.textlength(longer, font=font) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
