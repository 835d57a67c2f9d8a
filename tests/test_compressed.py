"""A site with `compress = true`: smaller on the disk, and every reader finds what it finds in a plain one."""

import gzip
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

import invented
from conftest import Serve
from exposing.errors import ShardError
from exposing.lookup import search
from mini import ALICE, built
from test_page import FIELD, TOTAL, ask
from test_privacy import MISSING, run_examples

QUERIES = (
    ALICE,
    "alice-example",
    "sam",
    "90000000101",
    "30000003@N99",
    "nobody-at-all",
    "#wedding",
    invented.IMAGE,
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same invented world: plain, and compressed."""
    made = []
    for compress in ("false", "true"):
        home = tmp_path_factory.mktemp("world")
        invented.write(home)
        with (home / "site.toml").open("a") as settings:
            settings.write(f"compress = {compress}\n")
        made.append(built(home))
    return made[0], made[1]


def test_the_same_shards_in_far_fewer_bytes(sites: tuple[Path, Path]) -> None:
    plain, packed = (
        {path.relative_to(site): path.read_bytes() for path in site.glob("index/*/*/*.json*")}
        for site in sites
    )
    assert {f"{path}.gz": data for path, data in plain.items()} == {
        str(path): gzip.decompress(data) for path, data in packed.items()
    }
    assert sum(map(len, packed.values())) < 0.6 * sum(map(len, plain.values()))
    for site, shards in zip(sites, (plain, packed), strict=True):
        kinds = json.loads((site / "build-report.json").read_text())["index"].values()
        assert sum(kind["stored_bytes"] for kind in kinds) == sum(map(len, shards.values()))
        assert sum(kind["bytes"] for kind in kinds) == sum(map(len, plain.values()))


def test_the_command_finds_the_same_in_a_folder_and_at_a_url(sites: tuple[Path, Path], serve: Serve) -> None:
    url = serve(sites[1]).url
    for query in QUERIES:
        expected = search(query, str(sites[0]))
        assert search(query, str(sites[1])) == expected
        assert search(query, url) == expected


@pytest.mark.parametrize("unpacked", [False, True])
def test_the_page_finds_the_same_whether_or_not_the_host_unpacks(
    page: Page, sites: tuple[Path, Path], serve: Serve, unpacked: bool
) -> None:
    served = serve(sites[1], "/some-repo/")

    def as_the_host_does(route: Route) -> None:
        data = gzip.decompress(route.fetch().body())
        route.fulfill(body=data, content_type="application/json")

    if unpacked:
        page.route("**/*.json.gz", as_the_host_does)
    page.goto(served.url)
    ask(page, "30000003@N99")
    expect(page.locator(TOTAL)).to_have_text("8 photos, found in 1 of the 4 datasets searched.")
    ask(page, "nobody-at-all")
    expect(page.locator("exposing-search h2").first).to_contain_text("Not found")


@pytest.mark.parametrize("damage", ["cut off", "changed", "no gzip"])
def test_a_damaged_file_is_never_a_no(
    page: Page, sites: tuple[Path, Path], serve: Serve, tmp_path: Path, damage: str
) -> None:
    served = serve(sites[1])

    def damaged(route: Route) -> None:
        data = route.fetch().body()
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        route.fulfill(
            body={"cut off": data[:middle], "changed": changed, "no gzip": b"<!doctype html>"}[damage]
        )

    page.route("**/*.json.gz", damaged)
    page.goto(served.url)
    page.fill(FIELD, ALICE)
    page.press(FIELD, "Enter")
    expect(page.locator("exposing-search")).to_contain_text("This is not a “no”")


def test_the_command_names_a_damaged_file(sites: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    current = json.loads((sites[1] / "index" / "current.json").read_text())
    (tmp_path / "index" / "current.json").write_text(json.dumps(current))
    for path in (sites[1] / "index").glob("*/accounts/*.gz"):
        copy = tmp_path / path.relative_to(sites[1])
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ShardError, match="damaged or incomplete"):
        search(ALICE, str(tmp_path))


def test_the_whole_index_can_be_loaded(page: Page, sites: tuple[Path, Path], serve: Serve) -> None:
    served = serve(sites[1])
    page.goto(served.url)
    page.locator(".offline summary").click()
    page.locator("[data-action=load]").click()
    expect(page.locator("[data-loaded]")).to_contain_text("The whole index is in this tab now.")
    page.context.set_offline(True)
    ask(page, ALICE)
    expect(page.locator(TOTAL)).to_contain_text("found")
    page.context.set_offline(False)


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_the_examples_of_the_api_page_unpack_first(sites: tuple[Path, Path], serve: Serve) -> None:
    assert all(run_examples(sites[1], serve(sites[1])))
