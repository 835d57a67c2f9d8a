"""The page's own identifiers and keys, in a real browser, against the vectors that Python is held to."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from conftest import Serve
from exposing.identifiers import find_all, understand
from mini import ROOT
from test_identifiers import PLACES, QUERIES, TEXTS, mutated

UNDERSTAND = """async ([module, queries]) => {
  const { understand, findAll } = await import(module);
  return JSON.parse(queries).map((query) => ({ ...understand(query), all: findAll(query) }));
}"""
PLACE = """async ([module, places]) => {
  const { place } = await import(module);
  const kinds = ["accounts", "photos", "images", "people", "tags"];
  return Promise.all(places.map((one) => place(one.key, new Map(kinds.map((kind) => [kind, one.shards])))));
}"""


@pytest.fixture
def modules(site: Path, serve: Serve, page: Page) -> str:
    """The address of the modules, on a page that may run them."""
    served = serve(site)
    page.goto(served.url)
    folder = next((site / "assets").iterdir()).name
    return f"{served.url}assets/{folder}/js"


def understood(page: Page, modules: str, queries: list[str]) -> list[dict[str, Any]]:
    """What the browser makes of queries. They travel as JSON text, which keeps lone surrogates whole."""
    found: list[dict[str, Any]] = page.evaluate(
        UNDERSTAND, [f"{modules}/identifiers.js", json.dumps(queries)]
    )
    return found


def test_queries(page: Page, modules: str) -> None:
    found = understood(page, modules, [vector["query"] for vector in QUERIES])
    asked = ("keys", "reason", "taken")
    wrong = [
        one for one, got in zip(QUERIES, found, strict=True) if any(one[name] != got[name] for name in asked)
    ]
    assert wrong == []


def test_texts(page: Page, modules: str) -> None:
    found = understood(page, modules, [one["text"] for one in TEXTS])
    assert [one["all"] for one in found] == [one["all"] for one in TEXTS]


def test_places(page: Page, modules: str) -> None:
    found = page.evaluate(PLACE, [f"{modules}/keys.js", PLACES])
    assert found == [{"kind": one["kind"], "shard": one["shard"], "entry": one["entry"]} for one in PLACES]


CELLS = {  # a cell: whether a spreadsheet could take it for a formula, or for more than one cell
    "=1": True, "+1": True, "-1": True, "@x": True, "\t=1": True, "\r=1": True, "\n=1": True, "\0=1": True,
    "\ufeff=1": True, "\ufeff\ufeff@x": True, " =1": True, "\u200b=1": True, "\u2060=1": True, "\0": True,
    "＝1": True, "＋1": True, "－1": True, "＠x": True, "\ufeff＝1": True, "\n": True,
    "": False, "1=1": False, "a@b": False, "alice": False, "10000001@N99": False, " x": False, "'=1": False,
}  # fmt: skip


def test_no_cell_is_a_formula(page: Page) -> None:
    text = (ROOT / "site_templates" / "js" / "files.js").read_text(encoding="utf-8")
    script = "async ([text, rows]) => (await import(`data:text/javascript,${encodeURIComponent(text)}`)).csvOf(rows)"
    page.goto("about:blank")
    for cell, guarded in CELLS.items():
        found = page.evaluate(script, [text, [[cell]]])
        assert found == f'"{chr(39) if guarded else ""}{cell}"\r\n', ascii(cell)


@pytest.mark.parametrize("seed", range(2))
def test_damaged_queries_are_understood_alike(page: Page, modules: str, seed: int) -> None:
    dice = random.Random(seed)
    texts = [vector["query"] for vector in QUERIES if len(vector["query"]) < 300]
    queries = [mutated(dice, dice.choice(texts)) for _ in range(50_000)]
    queries = [json.loads(json.dumps(query)) for query in queries]  # two halves that meet are one character
    found = understood(page, modules, queries)
    for query, one in zip(queries, found, strict=True):
        keys, reason, taken = understand(query)
        everything = [list(keys) for keys in find_all(query)]
        assert one == {"keys": list(keys), "reason": reason, "taken": taken, "all": everything}, ascii(query)
