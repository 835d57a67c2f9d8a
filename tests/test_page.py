"""The page as its visitors use it: every state, what it asks for, and what it never tells."""

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

import invented
from conftest import Serve, Served
from exposing.keys import QUERY_KINDS
from exposing.lookup import search as search_by_python
from mini import ALICE, OURS, ROOT, SEARCHED, add, built
from test_identifiers import QUERIES

SAMPLES = {  # dataset -> the entries that its sample makes
    folder.name: list(csv.DictReader((folder / "expected.csv").open(encoding="utf-8")))
    for folder in (ROOT / "data_sources" / slug for slug in OURS)
    if (folder / "expected.csv").exists()
}
OF_ALICE = (
    {  # photos that any sample says are Alice's, by number or by the name that another list joins to it
        row["photo_id"]
        for rows in SAMPLES.values()
        for row in rows
        if row["nsid"] == ALICE or row["alias"] == "alice-example"
    }
    - {""}
)
ALICES = {slug: {row["photo_id"] for row in rows} & OF_ALICE for slug, rows in SAMPLES.items()}
ALICES["megaface"] |= ALICES["diveface"]  # which is a part of it, as FDF is of YFCC100M
ALICES["yfcc100m"] |= ALICES["fdf"]
ALICES = {slug: photos for slug, photos in ALICES.items() if photos}
PHOTOS = f"{len(OF_ALICE)} photos"
FINDS = f"{PHOTOS}, found {sum(map(len, ALICES.values()))} times, in {len(ALICES)} of the "
NEWER = ["Flickr Diverse Faces (FDF)", "Images of Groups", "Open Images"]
BASE = "/exposing/"  # the path of the base_url
FIELD, RESULTS, TOTAL = "#query", "[data-results]", "[data-results] .total"


@pytest.fixture
def served(site: Path, serve: Serve) -> Served:
    """The site of the samples below a sub-path, as GitHub Pages serves a project."""
    return serve(site, BASE)


def ask(page: Page, query: str) -> None:
    """Type a query and wait for what comes of it."""
    page.fill(FIELD, query)
    page.press(FIELD, "Enter")
    page.wait_for_selector(f"{RESULTS}:not([aria-busy]) h2")


def card(page: Page, title: str) -> Locator:
    """The card of what one dataset holds."""
    return page.locator(".holding", has=page.locator("h4", has_text=re.compile(f"^{title}$")))


@pytest.mark.parametrize(
    ("query", "total", "titles"),
    [
        (
            ALICE,
            FINDS,
            [
                "Adience",
                "COCO",
                "DiveFace",
                "FFHQ",
                "Flickr-Suits-XL",
                "Google FEC",
                "MegaFace",
                "PIPA",
                "YFCC100M",
                *NEWER,
            ],
        ),
        ("bruno_b", None, None),
        ("https://www.flickr.com/photos/chiara/90000000301/", None, None),
        (
            "90000000101",
            "1 photo, found 5 times, in 5 of the ",
            ["DiveFace", "Google FEC", "MegaFace", "PIPA", "YFCC100M"],
        ),
        (
            "http://www.example.org/2014/jane.jpg",
            "Found in 2 of the ",
            ["FaceScrub", "VGG Face"],
        ),
        ("Jane Example", "Found in 2 of the ", ["FaceScrub", "VGG Face"]),
        ("#wedding", None, ["YFCC100M"]),
    ],
)
def test_found(
    page: Page, served: Served, site: Path, query: str, total: str | None, titles: list[str] | None
) -> None:
    """What was found, and in how many of the datasets that can be searched by it."""
    answer = search_by_python(query, str(site))
    named = {
        one["slug"]: one["title"] for one in json.loads((site / "index/current.json").read_text())["datasets"]
    }
    hits = {slug for result in answer["results"].values() for slug in result["datasets"]}
    kinds = {QUERY_KINDS[key.partition(":")[0]] for key in answer["understood"]}
    searched = hits.union(*(answer["searched"][kind] for kind in kinds))
    page.goto(served.url)
    ask(page, query)
    if total:
        expect(page.locator(TOTAL)).to_have_text(f"{total}{len(searched)} datasets searched.")
    found = set(page.locator(".holding h4 a").all_inner_texts())
    assert found == {named[slug] for slug in hits} == set(titles or found)
    expect(page.locator(TOTAL)).to_be_focused()
    assert page.locator(".roll .hit").count() == len(hits)
    assert page.locator(".roll .cannot").count() == SEARCHED - len(searched)
    for link in page.locator(".holding h4 a").all():
        assert re.fullmatch(rf"{served.url}datasets/\w+/", link.evaluate("link => link.href"))


@pytest.mark.parametrize(
    "query",
    [
        ALICE,
        "alice-example",
        "дмитрий",
        "early bird",
        "Chiara Esempio",
        "90000000301",
        "Ada Muster",
        "#Wedding",
        "nobody",
        "https://example.org/x.jpg",
    ],
)
def test_the_page_and_the_command_find_the_same(page: Page, served: Served, site: Path, query: str) -> None:
    page.goto(served.url)
    modules = page.locator("script[type=module]").get_attribute("src").removesuffix("search.js")  # type: ignore[union-attr]
    found = page.evaluate(
        """async ([modules, query, current]) => {
          const { Index } = await import(modules + "shards.js");
          const { lookup } = await import(modules + "lookup.js");
          const { understand } = await import(modules + "identifiers.js");
          const index = new Index(new URL("./", location.href), JSON.parse(current));
          return Object.fromEntries((await lookup(index, understand(query).keys)).answers);
        }""",
        [f"{served.url}{modules}", query, (site / "index" / "current.json").read_text()],
    )
    assert found == search_by_python(query, str(site))["results"]


def test_accounts_are_found_in_an_index_of_several_shards(page: Page, serve: Serve, tmp_path: Path) -> None:
    invented.write(tmp_path)
    served = serve(built(tmp_path))
    page.goto(served.url)
    for number in range(30000000, 30000008):
        ask(page, f"{number}@N99")
        expect(page.locator(TOTAL)).to_have_text("8 photos, found in 1 of the 4 datasets searched.")
        first = 90100000000 + 7919 * 8 * (number - 30000000)
        assert page.locator(".photos a").first.inner_text() == str(first)
    assert len({path for path in served.paths if "/accounts/" in path}) > 1


def test_photos_are_links_and_frames_only_after_a_click(
    page: Page, context: BrowserContext, served: Served
) -> None:
    context.route("https://**", lambda route: route.fulfill(body="a frame"))
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: None if request.url.startswith(served.url) else elsewhere.append(request.url),
    )
    page.goto(served.url)
    ask(page, ALICE)
    link = page.locator(".photos a").first
    assert link.get_attribute("href") == f"https://www.flickr.com/photo.gne?id={link.inner_text()}"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert elsewhere == []
    page.locator("[data-frames]").first.click()
    page.wait_for_selector(".photos iframe")
    page.wait_for_timeout(200)
    assert elsewhere and all(
        re.fullmatch(r"https://embedr\.flickr\.com/photos/9\d{10}", url) for url in elsewhere
    )


def test_many_photos_are_paged(page: Page, tmp_path: Path, serve: Serve) -> None:
    add(tmp_path, "a", nsid=[ALICE] * 70, photo_id=range(90000000000, 90000000070))
    page.goto(serve(built(tmp_path)).url)
    ask(page, ALICE)
    links, pages = page.locator(".photos a"), page.locator("[data-put=range]")
    expect(pages).to_have_text("1–30 of 70")
    assert links.all_inner_texts() == [str(number) for number in range(90000000000, 90000000030)]
    for _ in range(2):
        page.locator("[data-next]").press("Enter")
    expect(pages).to_have_text("61–70 of 70")
    assert links.all_inner_texts() == [str(number) for number in range(90000000060, 90000000070)]
    expect(page.locator("[data-next]")).to_be_disabled()
    expect(page.locator("[data-back]")).to_be_focused()
    page.locator("[data-back]").press("Enter")
    expect(pages).to_have_text("31–60 of 70")


def test_frames_show_the_photos_of_one_page_and_another_page_needs_another_click(
    page: Page, context: BrowserContext, tmp_path: Path, serve: Serve
) -> None:
    context.route("https://**", lambda route: route.fulfill(body="a frame"))
    add(tmp_path, "a", nsid=[ALICE] * 70, photo_id=range(90000000000, 90000000070))
    page.goto(serve(built(tmp_path)).url)
    ask(page, ALICE)
    page.locator("[data-frames]").click()
    expect(page.locator(".photos iframe")).to_have_count(30)
    assert page.locator(".photos iframe").last.get_attribute("loading") == "lazy"
    expect(page.locator(".photos a").first).to_be_focused()
    page.locator("[data-next]").click()
    expect(page.locator(".photos iframe")).to_have_count(0)
    expect(page.locator("[data-frames]")).to_be_visible()


def test_a_shared_name_shows_each_account_apart(page: Page, tmp_path: Path, serve: Serve) -> None:
    add(tmp_path, "a", nsid=[ALICE, "10000002@N99"], name=["sam", "Sam"], photo_id=[90000000001, 90000000002])
    page.goto(serve(built(tmp_path)).url)
    ask(page, "sam")
    expect(page.locator(RESULTS)).to_contain_text("2 accounts have used this name")
    assert page.locator("h4.account").all_inner_texts() == ["Account 1", "Account 2"]
    assert page.locator(".holding").count() == 2


def test_an_account_without_a_photo(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, "10000003@N99")
    expect(card(page, "VGG Face")).to_contain_text("The account is named, without a photo")


def test_not_found_says_what_was_searched_and_how_little_that_proves(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, "nobody-at-all")
    expect(page.locator(TOTAL)).to_have_text("Not found in the 13 datasets searched.")
    text = page.locator(RESULTS).inner_text()
    assert (
        "MegaFace not found · cannot be searched by person’s name" in text and "as of January 1, 2026" in text
    )
    assert "PIPA cannot be searched by account or person’s name" in text
    assert "Some datasets cannot be searched by this, but by photo" in text
    assert "This does not mean that your photos were not used." in text
    assert "TinyFace" not in text  # it is not searched


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("http://farm9.staticflickr.com/8499/72157600000000001_0a1b2c3d4e_n.jpg", "album"),
        ("alice@example.org", "e-mail address"),
        ("9.0E+10", "spreadsheet has rounded"),
        ("flickr://photos/alice/90000000101", "Flickr’s app"),
        ("IMG_1234.jpg", "name of a file"),
        ("https://www.flickr.com/groups/x", "group"),
        ("https://flic.kr/s/abc", "short link"),
        ("https://www.flickr.com/gp/alice/1", "guest pass"),
        ("https://flickr.com@evil.example/", "cannot be read"),
        ("x" * 3000, "2,048"),
        ("", "nothing to search"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_reason(
    page: Page, served: Served, query: str, said: str
) -> None:
    page.goto(served.url)
    before = len(served.log)
    ask(page, query)
    expect(page.locator(RESULTS)).to_contain_text(said)
    assert [path for path in served.paths[before:] if "/index/" in path] == []


def test_a_text_of_several_things_leads_to_check_many_with_it(page: Page, served: Served) -> None:
    """The text goes there in the fragment, which no host gets."""
    page.goto(served.url)
    text = "https://flic.kr/p/2P & https://flic.kr/p/3Q"
    ask(page, text)
    link = page.locator(RESULTS).get_by_role("link")
    expect(link).to_have_text("Check them all")
    href = link.get_attribute("href") or ""
    assert unquote(href.partition("many/#lines=")[2]) == text
    ask(page, "alice@example.org")
    expect(page.locator(RESULTS)).to_contain_text("e-mail address")
    expect(page.locator(RESULTS).get_by_role("link")).to_have_count(0)


def test_every_reason_and_kind_has_its_words(site: Path) -> None:
    words = json.loads(
        re.search(r'id="words">(.*?)</script>', (site / "index.html").read_text(), re.DOTALL)[1]
    )  # type: ignore[index]
    words |= json.loads((site / "more.json").read_text(encoding="utf-8"))["words"]
    assert {f"refused_{vector['reason']}" for vector in QUERIES if vector["reason"]} <= words.keys()
    for kind in ("nsid", "name", "photo", "image", "person", "tag"):
        assert {f"can_{kind}", f"as_{kind}", f"none_{kind}"} <= words.keys()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("alice", "Understood as the Flickr username “alice” or the name of a person."),
        ("90000000101", "Understood as a Flickr photo, number 90000000101."),
        ("my photo 90000000101", "Taken from your text: a Flickr photo, number 90000000101."),
        (
            "flickr.com/photos/10000001@n99/90000000101/",
            "Understood as a Flickr photo, number 90000000101 and a Flickr account, number 10000001@N99.",
        ),
        ("#Wedding", "Understood as the Flickr tag #wedding."),
        ("https://flic.kr/s/abc", "short link"),
        ("", ""),
    ],
)
def test_the_page_says_as_one_types_what_it_understood(
    page: Page, served: Served, typed: str, said: str
) -> None:
    page.goto(served.url)
    page.fill(FIELD, "x")
    page.fill(FIELD, typed)
    expect(page.locator("#hint")).to_contain_text(said)


Break = Callable[[bytes], bytes]
BROKEN: dict[str, Break] = {
    "cut off": lambda data: data[:-30],
    "one bit changed": lambda data: data.replace(b'"records":{', b'"records":[', 1),
    "empty": lambda _: b"",
    "a web page": lambda _: b"<!doctype html><title>Sign in</title>",
    "another shard": lambda data: resealed(data.replace(b'"kind":"accounts"', b'"kind":"people"')),
    "another build": lambda data: resealed(re.sub(rb'"build":"[0-9a-f]+"', b'"build":"000000000000"', data)),
}


def resealed(data: bytes) -> bytes:
    """A shard with a right digest for its changed body."""
    body = data.rpartition(b',"sha256":"')[0]
    return body + f',"sha256":"{hashlib.sha256(body).hexdigest()}"}}'.encode()


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_shard_is_never_a_no(page: Page, site: Path, serve: Serve, tmp_path: Path, how: str) -> None:
    broken = tmp_path / "site"
    shutil.copytree(site, broken)
    shard = next((broken / "index").glob("*/accounts/0.json"))
    whole = shard.read_bytes()
    shard.write_bytes(BROKEN[how](whole))
    assert shard.read_bytes() != whole
    page.goto(serve(broken).url)
    ask(page, ALICE)
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")
    expect(page.locator(RESULTS)).not_to_contain_text("Not found")
    shard.write_bytes(whole)
    page.locator("[data-action=retry]").click()
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_host_that_fails_is_never_a_no(page: Page, served: Served, status: int) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    page.goto(served.url)
    page.route("**/accounts/*.json", lambda route: route.fulfill(status=status))
    ask(page, ALICE)
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")
    page.unroute("**/accounts/*.json")
    page.locator("[data-action=retry]").click()
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)


def test_offline_is_never_a_no(page: Page, context: BrowserContext, served: Served) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    page.goto(served.url)
    context.set_offline(True)
    ask(page, "nobody-at-all")
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")
    context.set_offline(False)
    page.locator("[data-action=retry]").click()
    expect(page.locator(TOTAL)).to_contain_text("Not found")


def test_an_old_page_goes_on_after_a_new_deploy(page: Page, tmp_path: Path, serve: Serve) -> None:
    page.expected_noise.append("404")  # type: ignore[attr-defined]
    folder = add(tmp_path, "a", nsid=[ALICE], photo_id=[90000000001])
    page.goto(serve(built(tmp_path)).url)
    (folder / "raw" / "list.csv").write_text(f"nsid,photo_id\n{ALICE},90000000001\n{ALICE},90000000002\n")
    built(tmp_path)
    ask(page, ALICE)
    expect(page.locator(TOTAL)).to_have_text("2 photos, found in the one dataset searched.")


def test_an_index_of_another_format_asks_for_a_reload(
    page: Page, site: Path, serve: Serve, tmp_path: Path
) -> None:
    page.expected_noise.append("404")  # type: ignore[attr-defined]
    newer = tmp_path / "site"
    shutil.copytree(site, newer)
    page.goto(serve(newer).url)
    current = newer / "index" / "current.json"
    current.write_text(json.dumps(json.loads(current.read_text()) | {"format": 99}))
    shutil.rmtree(next(newer.glob("index/*/accounts")))
    ask(page, ALICE)
    expect(page.locator(RESULTS)).to_contain_text("This site was updated")
    expect(page.locator("[data-action=reload]")).to_be_visible()


def test_the_host_learns_only_shard_numbers_and_a_hit_looks_like_a_miss(
    browser: Browser, served: Served
) -> None:
    asked = {}
    for query in (
        "alice-example",
        "nobody-at-all",
        ALICE,
        "https://www.flickr.com/photos/alice-example/90000000106",
    ):
        page = browser.new_context().new_page()  # with an empty cache
        page.goto(served.url)
        before = len(served.log)
        ask(page, query)
        asked[query] = sorted(
            re.sub(r"/index/\w+/", "/", path) for path in served.paths[before:] if "/index/" in path
        )
        page.context.close()
    hit, miss, account, photo = asked.values()
    assert hit == miss == [f"{BASE}accounts/0.json", f"{BASE}people/0.json"]
    assert account == [f"{BASE}accounts/0.json"]
    assert photo == [f"{BASE}accounts/0.json", f"{BASE}photos/0.json"]
    sent = "".join(served.log).lower()
    private = ("alice", "nobody", ALICE.lower(), "90000000106", "referer")
    assert not [word for word in private if word in sent]
    assert not [path for path in served.paths if "?" in path]


def test_nothing_of_a_search_is_stored(page: Page, context: BrowserContext, served: Served) -> None:
    page.goto(served.url)
    ask(page, ALICE)
    assert page.url == served.url
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert "alice" not in json.dumps(page.evaluate("history.state"))


def test_a_copied_link_holds_the_search_in_its_fragment(
    page: Page, context: BrowserContext, served: Served
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(served.url)
    ask(page, "Chiara Esempio")
    page.locator("[data-action=copy]").click()
    expect(page.locator("[data-said]")).to_have_text("Copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{served.url}#q=Chiara%20Esempio"
    other = context.new_page()
    other.goto(link)
    expect(other.locator(TOTAL)).to_contain_text("photos")
    assert "hiara" not in "".join(served.log)


def test_back_and_forward(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, ALICE)
    ask(page, "nobody-at-all")
    page.go_back()
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)
    expect(page.locator(FIELD)).to_have_value(ALICE)
    page.go_back()
    expect(page.locator(FIELD)).to_have_value("")
    expect(page.locator(RESULTS)).to_be_empty()
    page.go_forward()
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)


def test_a_search_can_be_cancelled_by_another(page: Page, served: Served) -> None:
    page.goto(served.url)
    held: list[Route] = []
    page.route("**/photos/*.json", lambda route: held.append(route))  # noqa: PLW0108 - it looks at its arguments
    page.fill(FIELD, "90000000101")
    page.press(FIELD, "Enter")
    expect(page.locator("[data-status]")).to_have_text("Searching…")
    ask(page, "nobody-at-all")
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    expect(page.locator(TOTAL)).to_contain_text("Not found")


def test_a_new_search_takes_an_older_links_words_out_of_the_address(page: Page, served: Served) -> None:
    page.goto(f"{served.url}#q={ALICE}")
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)
    ask(page, "nobody-at-all")
    expect(page.locator(TOTAL)).to_contain_text("Not found")
    assert page.url == served.url
    page.go_back()
    expect(page.locator(FIELD)).to_have_value(ALICE)


def test_a_copied_link_works_on_a_page_that_is_open(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, "nobody-at-all")
    page.evaluate(f"location.hash = '#q={ALICE}'")
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)
    page.evaluate("location.hash = '#main'")  # as the link to skip the menu does
    page.wait_for_timeout(200)
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)
    page.evaluate("location.hash = '#q=%E0%A4%A'")
    page.wait_for_timeout(200)
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)


def test_where_copying_is_forbidden_the_link_is_shown(page: Page, served: Served) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")
    page.goto(served.url)
    ask(page, "Jane Example")
    page.locator("[data-action=copy]").click()
    expect(page.locator("[data-said]")).to_have_text(f"{served.url}#q=Jane%20Example")


def test_without_a_secure_connection_nothing_is_searched(page: Page, served: Served) -> None:
    page.add_init_script("delete Crypto.prototype.subtle")
    page.goto(served.url)
    ask(page, ALICE)
    expect(page.locator(RESULTS)).to_contain_text("needs a secure connection")
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")


def test_a_script_that_does_not_load_is_said(page: Page, served: Served) -> None:
    page.expected_noise.append("Failed to load resource")  # type: ignore[attr-defined]
    page.route("**/js/lookup.js", lambda route: route.abort())
    page.goto(served.url)
    expect(page.get_by_text("The search has not started.")).to_be_visible()
    expect(page.locator("noscript p")).to_have_count(0)


def test_an_answer_that_cannot_be_shown_is_never_a_no(page: Page, served: Served) -> None:
    page.expected_noise += ["Failed to load resource", "Failed to fetch dynamically"]  # type: ignore[attr-defined]
    page.route("**/js/photos.js", lambda route: route.abort())
    page.goto(served.url)
    ask(page, ALICE)
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")
    page.unroute("**/js/photos.js")
    page.locator("[data-action=retry]").click()
    expect(page.locator(TOTAL)).to_contain_text(PHOTOS)


def test_a_shard_that_is_missing_from_a_whole_site_is_never_a_no(
    page: Page, site: Path, serve: Serve, tmp_path: Path
) -> None:
    page.expected_noise.append("404")  # type: ignore[attr-defined]
    broken = tmp_path / "site"
    shutil.copytree(site, broken)
    shutil.rmtree(next(broken.glob("index/*/accounts")))
    shutil.rmtree(next(broken.glob("index/*/photos")))
    served = serve(broken)
    page.goto(served.url)
    ask(page, "https://www.flickr.com/photos/alice-example/90000000101/")
    expect(page.locator(RESULTS)).to_contain_text("could not be finished")
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")
    assert served.paths.count("/index/current.json") == 1


@pytest.mark.parametrize("shards", [0, 65537, 1.5, "1", None])
def test_a_number_of_shards_that_no_index_has_is_never_a_no(
    page: Page, site: Path, serve: Serve, tmp_path: Path, shards: object
) -> None:
    page.expected_noise.append("404")  # type: ignore[attr-defined]
    odd = tmp_path / "site"
    shutil.copytree(site, odd)
    shutil.rmtree(next(odd.glob("index/*/accounts")))  # so that the page looks for a new deploy
    path = odd / "index" / "current.json"
    current = json.loads(path.read_text())
    current["kinds"]["accounts"]["shards"] = shards
    path.write_text(json.dumps(current))
    page.goto(serve(odd).url)
    ask(page, ALICE)
    expect(page.locator(RESULTS)).to_contain_text("arrived damaged")
    expect(page.locator(RESULTS)).to_contain_text("This is not a “no”")


def test_the_collection_is_told_apart_from_face_datasets(page: Page, served: Served) -> None:
    page.goto(served.url)
    ask(page, ALICE)
    expect(card(page, "YFCC100M")).to_contain_text("not a face dataset itself")
    expect(card(page, "MegaFace")).not_to_contain_text("not a face dataset itself")


def tab_to(page: Page, target: str, limit: int = 60) -> None:
    """Press Tab until an element has the focus; whatever has it on the way must show it."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        focused = page.evaluate_handle("document.activeElement").as_element()
        elsewhere = "element => ['IFRAME', 'BODY'].includes(element.tagName)"  # in a frame, or leaving it
        style = "element => getComputedStyle(element).outlineStyle"
        assert focused and (focused.evaluate(elsewhere) or focused.evaluate(style) != "none")
        if focused.evaluate("(element, target) => element.matches(target)", target):
            return
    raise AssertionError(f"no Tab leads to {target}")


def test_by_keyboard_alone(page: Page, served: Served) -> None:
    """A search, its frames, a letter and another search, without a pointer and without a trap."""
    page.context.route("https://**", lambda route: route.fulfill(body="a frame"))
    page.goto(served.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, FIELD)
    page.keyboard.type("alice-example")
    page.keyboard.press("Enter")
    expect(page.locator(TOTAL)).to_be_focused()
    tab_to(page, "[data-action=copy]")
    tab_to(page, ".holding h4 a")
    tab_to(page, "[data-frames]")
    page.keyboard.press("Enter")
    expect(page.locator(".photos.framed a").first).to_be_focused()
    tab_to(page, "[data-letter] summary", 120)
    page.keyboard.press("Enter")
    tab_to(page, "[name=letter]")
    page.keyboard.press("End")
    expect(page.locator("[data-letter] textarea")).to_have_value(re.compile("Illinois"))
    tab_to(page, "[data-action=letter-copy]")
    for _ in range(200):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "query":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("nobody-at-all")
    page.keyboard.press("Enter")
    expect(page.locator(TOTAL)).to_contain_text("Not found")
    expect(page.locator(TOTAL)).to_be_focused()


@pytest.mark.parametrize(
    "path", ["", "datasets/", "datasets/vgg_face/", "datasets/ijb_c/", "about/", "privacy/", "no/such/page"]
)
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_its_width_and_asks_nobody_else(
    page: Page, served: Served, path: str, width: int
) -> None:
    page.expected_noise += ["404"] if "no/" in path else []  # type: ignore[attr-defined]
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: None if request.url.startswith(served.url) else elsewhere.append(request.url),
    )
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(served.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    assert elsewhere == []


def test_without_javascript_all_but_the_search_can_be_read(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.url)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator(".late")).to_be_hidden()
    page.fill(FIELD, "alice")
    page.locator(FIELD).press("Enter", no_wait_after=True)
    page.wait_for_timeout(200)
    assert not [path for path in served.paths if "alice" in path]
    context.close()


def test_the_policy_stops_what_it_should(page: Page, served: Served) -> None:
    page.expected_noise += ["Content Security Policy", "TrustedHTML"]  # type: ignore[attr-defined]
    page.goto(served.url)
    assert (
        page.evaluate(
            "(() => { try { document.body.innerHTML = '<b>'; return 'ran'; } catch { return 'stopped'; } })()"
        )
        == "stopped"
    )
    assert page.evaluate("fetch('https://example.org/').then(() => 'ran', () => 'stopped')") == "stopped"
