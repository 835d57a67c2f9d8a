"""Never a no where there is no answer: what is said of each dataset, against a count that shares no code with ours."""

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from exposing.lookup import search
from mini import add
from prove.ground import Ground, chromium, make, served

SEED = 11
TOGETHER = 500
"""Queries that the page's own code is asked at a time."""

SLUGS = [f"d{number}" for number in range(8)]
OWNERLESS = {"d1", "d3", "d5", "d7"}
ASK = """async ([modules, queries]) => {
  const { Index } = await import(modules + "shards.js");
  const { lookup } = await import(modules + "lookup.js");
  const { kindsOf, statesOf, wordOf } = await import(modules + "states.js");
  const current = JSON.parse(document.querySelector("#current").textContent);
  globalThis.index ??= new Index(new URL("./", location.href), current);
  const keys = queries.map(([, key]) => key);
  const { answers } = await lookup(index, keys);
  return keys.map((key) => {
    const hits = new Set(Object.keys(answers.get(key).datasets));
    return Object.fromEntries(statesOf(current.datasets, kindsOf([key]), hits).map((one) => [one.dataset.slug, wordOf(one)]));
  });
}"""

LOOKED_FOR = """async (query) => {
  await customElements.whenDefined("exposing-search");
  document.querySelector("#query").value = query;
  document.querySelector("exposing-search form").requestSubmit();
  for (;;) {
    const heading = document.querySelector("[data-results] h2");
    if (heading) return heading.textContent;
    await new Promise((later) => setTimeout(later, 50));
  }
}"""

States = dict[str, str]
"""Dataset -> `found`, `not_found` or `not_searchable`."""


class World(NamedTuple):
    """What the lists hold, row by row, as it was written: nothing of it went through our code."""

    photos: dict[str, dict[int, str]]  # dataset -> photo -> the owner that it names, or ""
    images: dict[str, dict[str, str]]  # dataset -> address -> the person that it names, or ""
    people: dict[str, set[str]]  # dataset -> the people that it names
    owned: dict[str, set[int]]  # account -> photos of which any list names it as the owner


def _world(home: Path, dice: random.Random, shared: int) -> World:
    """Eight lists of photos, four of them without owners, that share most photos; and two of images."""
    accounts = [f"{20000000 + number}@N99" for number in range(max(30, shared // 60))]
    ids = [90000000000 + 13 * number for number in range(shared)]
    owner_of = dict(zip(ids, dice.choices(accounts, k=shared), strict=True))
    photos: dict[str, dict[int, str]] = {}
    for slug in SLUGS:
        some = sorted(dice.sample(ids, shared * 3 // 4))
        photos[slug] = {photo: "" if slug in OWNERLESS else owner_of[photo] for photo in some}
        columns: dict[str, list[object]] = {"photo_id": some}
        if slug not in OWNERLESS:
            columns["nsid"] = list(photos[slug].values())
        add(home, slug, **columns)
    images = {}
    for slug, named in (("faces", True), ("pictures", False)):
        numbers = dice.sample(range(shared), shared // 10)
        images[slug] = {
            f"images.example.org/{slug}/{number}.jpg": f"jane example {_letters(number % 900)}"
            if named
            else ""
            for number in numbers
        }
        columns = {"image_url": [f"https://{url}" for url in images[slug]]}
        add(home, slug, **(columns | ({"identity": list(images[slug].values())} if named else {})))
    owned: dict[str, set[int]] = {}
    for photo, owner in (row for rows in photos.values() for row in rows.items() if row[1]):
        owned.setdefault(owner, set()).add(photo)
    return World(photos, images, {slug: set(rows.values()) - {""} for slug, rows in images.items()}, owned)


def _letters(number: int) -> str:
    """A number as a word of letters, since names with digits are no names of people."""
    return "".join(chr(97 + int(digit)) for digit in f"{number:03}")


def _expected(world: World, kind: str, value: str) -> States:
    """What is true of each dataset, by a plain look at every list."""
    states = {}
    for slug, photos in world.photos.items():
        states[slug] = "not_searchable"
        if kind == "photo":
            states[slug] = "found" if int(value) in photos else "not_found"
        elif kind == "account":
            mine = {
                photo for rows in world.photos.values() for photo, owner in rows.items() if owner == value
            }
            nothing = "not_searchable" if slug in OWNERLESS else "not_found"
            states[slug] = "found" if mine & set(photos) else nothing
    for slug, images in world.images.items():
        states[slug] = "not_searchable"
        if kind == "image":
            states[slug] = "found" if value in images else "not_found"
        elif kind == "person" and world.people[slug]:
            states[slug] = "found" if value in world.people[slug] else "not_found"
    return states


def _queries(world: World, dice: random.Random, count: int) -> list[tuple[str, str]]:
    """So many of each kind, of which about half are in some list: kind and value."""
    accounts = sorted({owner for rows in world.photos.values() for owner in rows.values() if owner})
    photos = sorted({photo for rows in world.photos.values() for photo in rows})
    images = sorted({url for rows in world.images.values() for url in rows})
    people = sorted({name for rows in world.images.values() for name in rows.values() if name})
    return [
        *(("account", dice.choice([dice.choice(accounts), f"{dice.randrange(70000000, 80000000)}@N99"])) for _ in range(count)),
        *(("photo", str(dice.choice(photos) + dice.randrange(2))) for _ in range(count)),
        *(("image", dice.choice([dice.choice(images), f"images.example.org/none/{dice.randrange(10**6)}.jpg"])) for _ in range(count)),
        *(("person", dice.choice([dice.choice(people), f"john nobody {_letters(dice.randrange(900))}"])) for _ in range(count)),
    ]  # fmt: skip


KEYS = {"account": "nsid:", "photo": "photo:", "image": "image:", "person": "person:"}
"""How a key of each kind begins."""


def _by_python(site: Path, queries: list[tuple[str, str]]) -> list[States]:
    """What the Python reader says."""
    slugs = [*SLUGS, "faces", "pictures"]
    found = []
    for kind, value in queries:
        answer = search(f"https://{value}" if kind == "image" else value, site)
        result: Any = answer["results"][KEYS[kind] + value]
        can = answer["searched"][kind]
        words = {slug: "not_found" if slug in can else "not_searchable" for slug in slugs}
        found.append(words | dict.fromkeys(result["datasets"], "found"))
        assert result["found"] is (bool(result["datasets"]) if can or result["datasets"] else None), value
    return found


def _by_page(page: Page, modules: str, queries: list[tuple[str, str]]) -> list[States]:
    """What the page's own code says."""
    asked = [[kind, KEYS[kind] + value] for kind, value in queries]
    parts = [asked[at : at + TOGETHER] for at in range(0, len(asked), TOGETHER)]
    return [states for part in parts for states in page.evaluate(ASK, [modules, part])]


def _check(who: str, world: World, queries: list[tuple[str, str]], said: list[States]) -> dict[str, int]:
    """Raise AssertionError where anything said is not true; how often each state was said."""
    counts = dict.fromkeys(("found", "not_found", "not_searchable"), 0)
    for (kind, value), states in zip(queries, said, strict=True):
        true = _expected(world, kind, value)
        for slug, state in true.items():
            assert states[slug] == state, (
                f"{who}: {kind} {value}: {slug} is said to be {states[slug]}, and is {state}"
            )
            counts[state] += 1
    return counts


def prove(ground: Ground) -> list[str]:
    """Seeded accounts, photos, images and names, by the page's code and the Python reader."""
    shared, count = ground.count(100_000, 400), ground.count(1000, 15)
    home, dice = ground.folder("lists"), random.Random(SEED)
    world = _world(home, dice, shared)
    site = make(home)
    queries = _queries(world, dice, count)
    tag = search("#wedding", site)
    said = (tag["found"], tag["reason"], tag["results"]["tag:wedding"]["found"])
    assert said == (None, "not_searchable", None), (
        f"the Python reader: #wedding: no list has tags, and is said {said}"
    )
    by_python = _check("the Python reader", world, queries, _by_python(site, queries))
    with served(site) as (url, _), chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        tag = page.evaluate(LOOKED_FOR, "#wedding")
        assert "Not found" not in tag and "No dataset here can be searched by this." in tag, (
            f"the page: #wedding: {tag}"
        )
        script = page.locator("script[type=module]").first.get_attribute("src") or ""
        by_page = _check(
            "the page", world, queries, _by_page(page, url + script.removesuffix("search.js"), queries)
        )
    assert by_python == by_page
    report = json.loads((site / "build-report.json").read_text())["datasets"]
    joined = sum(report[slug]["owners_elsewhere"] for slug in OWNERLESS)
    counted = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in by_page.items())
    return [
        f"8 lists of photos, 4 of them without owners, that share {shared:,} photos, and 2 lists of images",
        f"{len(queries):,} queries, {count:,} of each of 4 kinds, by the page's code and the Python reader: 0 of"
        f" {sum(by_page.values()):,} statements of a dataset are untrue ({counted})",
        f"{joined:,} photos of the lists without owners count for the account that another list names",
    ]
