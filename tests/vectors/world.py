"""Make build/exposing/world.json, the outline of the land: `python world.py land-110m.json`.

The input is of the npm package `world-atlas` 2.0.2 (ISC licence), which holds Natural Earth's land at 1:110,000,000
(https://www.naturalearthdata.com, public domain) as TopoJSON. `npm pack world-atlas@2.0.2` fetches it.
"""

import json
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

Point = tuple[float, float]
"""Longitude and latitude in degrees."""

OUT = Path(__file__).parents[2] / "build" / "exposing" / "world.json"
SMALLEST = 0.5
"""A corner that makes a triangle of fewer square degrees with its neighbours is left out."""
ISLAND = 1.2
"""An island of fewer square degrees is left out."""
SOUTH = -60
"""What lies wholly south of this latitude is left out: Antarctica."""


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    """A TopoJSON's arcs in degrees: each is written as steps from the point before, in units of its transform."""
    (scale_x, scale_y), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda at, step: (at[0] + step[0], at[1] + step[1]))
        found.append([(x * scale_x + left, y * scale_y + bottom) for x, y in steps])
    return found


def rings_of(topology: dict[str, Any]) -> list[list[Point]]:
    """Every ring of the land, without the point that closes it. An arc's number below 0 means it backwards."""
    arcs = arcs_of(topology)
    rings = []
    for shape in topology["objects"]["land"]["geometries"]:
        for polygon in shape["arcs"]:
            for numbers in polygon:
                ring: list[Point] = []
                for number in numbers:
                    ring += (arcs[number] if number >= 0 else arcs[~number][::-1])[:-1]
                rings += cut(ring)
    return rings


def cut(ring: list[Point]) -> list[list[Point]]:
    """The parts of a ring on either side of the 180th meridian; each closes along it."""
    jumps = [at for at in range(len(ring)) if abs(ring[at][0] - ring[at - 1][0]) > 180]
    if not jumps:
        return [ring]
    turned = ring[jumps[0] :] + ring[: jumps[0]]
    starts = [at - jumps[0] for at in jumps]
    pieces = [turned[start:end] for start, end in zip(starts, [*starts[1:], len(turned)], strict=True)]
    west = [point for piece in pieces if piece[0][0] < 0 for point in piece]
    east = [point for piece in pieces if piece[0][0] >= 0 for point in piece]
    return [part for part in (west, east) if part]


def triangle(before: Point, at: Point, after: Point) -> float:
    """The area of a triangle in square degrees."""
    (ax, ay), (bx, by), (cx, cy) = before, at, after
    return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2


def area(ring: list[Point]) -> float:
    """The area within a ring in square degrees."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def simplified(ring: list[Point]) -> list[Point]:
    """A ring without its least corners, the least first (Visvalingam's way)."""
    ring = list(ring)
    while len(ring) > 4:
        areas = [triangle(ring[at - 1], ring[at], ring[(at + 1) % len(ring)]) for at in range(len(ring))]
        least = min(range(len(ring)), key=areas.__getitem__)
        if areas[least] >= SMALLEST:
            break
        del ring[least]
    return ring


def main() -> None:
    """Read the TopoJSON that the command line names, and write the outline."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rings = [ring for ring in rings_of(topology) if max(y for _, y in ring) > SOUTH and area(ring) > ISLAND]
    rings = [simplified(ring) for ring in sorted(rings, key=area, reverse=True)]
    lines = [
        json.dumps([round(value, 1) for point in ring for value in point], separators=(",", ":"))
        for ring in rings
    ]
    OUT.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{len(rings)} rings, {sum(map(len, rings))} points, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
