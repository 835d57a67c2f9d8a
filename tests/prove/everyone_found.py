"""Everyone found, no one invented: seeded accounts, photos and images, and as many strangers, of a large corpus."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from playwright.sync_api import Page

from bench import corpus
from exposing.lookup import search
from mini import FACTS, ROOT
from prove.ground import Ground, chromium, make, served

SEED = 7
TOGETHER = 500
"""Keys that the page's own code is asked for at a time."""

IMAGES = '[[files]]\npath = "list.csv"\nformat = "csv"\ncolumns = { image_url = "url", identity = "name" }\n'
ASK = """async ([modules, keys]) => {
  const { Index } = await import(modules + "shards.js");
  const { lookup } = await import(modules + "lookup.js");
  const current = JSON.parse(document.querySelector("#current").textContent);
  globalThis.index ??= new Index(new URL("./", location.href), current);
  const { answers } = await lookup(index, keys);
  return keys.map((key) => answers.get(key));
}"""

Answers = Callable[[list[str]], list[dict[str, Any]]]
Truth = dict[str, dict[str, Any]]
"""Key -> dataset -> what it holds."""


def _write_images(home: Path, count: int) -> list[str]:
    folder = home / "data_sources" / "faces"
    (folder / "raw").mkdir(parents=True)
    (folder / "dataset.toml").write_text(FACTS.format(slug="faces") + IMAGES)
    addresses = [f"images.example.org/people/{number:07d}.jpg" for number in range(count)]
    rows = "".join(f"http://{url},Person_{number % 997}\n" for number, url in enumerate(addresses))
    (folder / "raw" / "list.csv").write_text(f"url,name\n{rows}")
    return addresses


def _truth(home: Path, dice: random.Random, count: int) -> tuple[Truth, Truth]:
    """Accounts and photos with all that the corpus itself says of them.

    An account's photos are those of which any list names it as the owner, in every dataset that holds them.
    """
    slugs = sorted(corpus.DATASETS)
    truth = pq.read_table(home / "truth.parquet")
    joined = pc.unique(truth.filter(pc.equal(truth["dataset"], slugs.index("columns")))["nsid"])
    told = pc.not_equal(truth["dataset"], slugs.index("album"))  # its list names no owners
    by_alias = pc.and_(pc.equal(truth["dataset"], slugs.index("pages")), pc.is_valid(truth["alias"]))
    told = pc.and_(told, pc.or_(pc.invert(by_alias), pc.is_in(truth["nsid"], joined)))
    owners = truth.filter(told)
    accounts: Truth = {nsid: {} for nsid in _some(dice, pc.unique(owners["nsid"]), count)}
    theirs = pc.unique(owners.filter(pc.is_in(owners["nsid"], pa.array(list(accounts))))["photo"])
    for row in truth.filter(pc.is_in(truth["photo"], theirs)).to_pylist():
        accounts[row["nsid"]].setdefault(slugs[row["dataset"]], set()).add(row["photo"])
    photos: Truth = {photo: {} for photo in _some(dice, pc.unique(truth["photo"]), count)}
    for row in truth.filter(pc.is_in(truth["photo"], pa.array(list(photos)))).to_pylist():
        photos[row["photo"]][slugs[row["dataset"]]] = {row["photo"]}
    return (
        {f"nsid:{nsid}": found for nsid, found in accounts.items()},
        {f"photo:{photo}": found for photo, found in photos.items()},
    )


def _some(dice: random.Random, values: Any, count: int) -> list[Any]:
    return [values[at].as_py() for at in dice.sample(range(len(values)), min(count, len(values)))]


def _strangers(home: Path, dice: random.Random, count: int) -> list[str]:
    """Accounts, photos and images of the same form that no list has; photos lie between those of the lists."""
    known = set(pq.read_table(home / "truth.parquet", columns=["photo"])["photo"].to_pylist())
    low, high = min(known), max(known)
    photos: set[int] = set()
    while len(photos) < count:
        photos |= {
            one
            for one in np.random.default_rng(SEED).integers(low, high, 2 * count).tolist()
            if one not in known
        }
    return [
        *(f"nsid:{dice.randrange(70_000_000, 99_999_999)}@N99" for _ in range(count)),
        *(f"photo:{one}" for one in sorted(photos)[:count]),
        *(f"image:images.example.org/people/{dice.randrange(10**8, 10**9)}.jpg" for _ in range(count)),
    ]


def _by_python(site: Path) -> Answers:
    def ask(keys: list[str]) -> list[dict[str, Any]]:
        return [
            dict(
                search(key.partition(":")[2] if not key.startswith("image:") else f"http://{key[6:]}", site)[
                    "results"
                ][key]
            )
            for key in keys
        ]

    return ask


def _by_page(page: Page, modules: str) -> Answers:
    def ask(keys: list[str]) -> list[dict[str, Any]]:
        parts = [keys[at : at + TOGETHER] for at in range(0, len(keys), TOGETHER)]
        return [answer for part in parts for answer in page.evaluate(ASK, [modules, part])]

    return ask


def _check(who: str, ask: Answers, truth: Truth, strangers: list[str]) -> None:
    for key, answer in zip(truth, ask(list(truth)), strict=True):
        held = {slug: set(one.get("ids", [])) or one["images"] for slug, one in answer["datasets"].items()}
        assert held == truth[key], f"{who}, {key}: {held}, must be {truth[key]}"
        for slug, one in answer["datasets"].items():
            assert one.get("photos", one.get("images")) == (len(held[slug]) if "photos" in one else 1), (
                f"{who}, {key}: {one}"
            )
    invented = [
        key
        for key, answer in zip(strangers, ask(strangers), strict=True)
        if answer["found"] or answer["datasets"]
    ]
    assert not invented, f"{who} invents {len(invented)} strangers, such as {invented[0]}"


def prove(ground: Ground) -> list[str]:
    """A corpus of 3.6 million photos: built, and searched by the page's code and the Python reader."""
    size, count = ground.count(3_600_000, 20_000), ground.count(10_000, 300)
    home, dice = ground.home / "corpus", random.Random(SEED)
    rows = corpus.write(home, size)
    addresses = _write_images(home, 6 * count)
    (home / "site_templates").symlink_to(ROOT / "site_templates")
    site = make(home)
    accounts, photos = _truth(home, dice, count)
    images: Truth = {f"image:{url}": {"faces": 1} for url in dice.sample(addresses, count)}
    truth, strangers = accounts | photos | images, _strangers(home, dice, count)
    _check("the Python reader", _by_python(site), truth, strangers)
    with served(site) as (url, _), chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        script = page.locator("script[type=module]").first.get_attribute("src") or ""
        _check("the page", _by_page(page, url + script.removesuffix("search.js")), truth, strangers)
    return [
        f"{size:,} photos, {rows:,} rows of 8 lists, and a list of {len(addresses):,} images",
        f"{len(accounts):,} accounts, {len(photos):,} photos and {len(images):,} images found, with exactly the photos"
        " of each dataset, by the page's code in a browser and by the Python reader",
        f"{len(strangers):,} strangers, {count:,} of each kind: 0 found",
    ]
