"""What can be given to "Check many": lists, documents, workbooks, archives and folders as people have them."""

import io
import json
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conftest import Serve, Served
from mini import ALICE, add, built
from test_many import BASE, PROFILE, RESULTS, TOTAL, File, check, choose, keys, rows, shards

COMMAS = "https://img.example.org/fill/w_303,h_170,al_c/90.jpg"
PAGE = "https://www.flickr.com/photos/nobody/90000000777"
ONE, TWO, SEVEN = "Flickr photo 90000000101", "Flickr photo 90000000102", "Flickr photo 90000000777"
ACCOUNT = {f"Flickr account {ALICE}", "Flickr username alice-example", "Flickr username alice example"}
STATIC = "https://c1.staticflickr.com/5/4129/90000000101_46f356962f_o.jpg"
PARTS = """
    albums contacts_part001 faves_part001 followers_part001 galleries groups group_discussions
    photos_comments_part001 sets_comments_part001 galleries_comments_part001 apps_comments_part001
    account_testimonials sent_flickrmail_part001 received_flickrmail_part001
"""
OTHERS = json.dumps({"faves": [{"photo_url": "https://www.flickr.com/photos/bruno_b/90000000999/"}]}).encode()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two datasets: two photos, and an address with commas in it."""
    root = tmp_path_factory.mktemp("small")
    add(root, "faces", photo_id=[90000000101, 90000000777])
    add(root, "pictures", image_url=[f'"{COMMAS}"', "https://img.example.org/plain.jpg"])
    return built(root)


@pytest.fixture
def served(small: Path, serve: Serve) -> Served:
    return serve(small, BASE)


@pytest.fixture
def many(page: Page, served: Served) -> Page:
    page.goto(f"{served.url}many/")
    return page


def understood(page: Page) -> set[str]:
    """What was looked up."""
    if not page.locator(TOTAL).count():
        return set()
    return {key for key in keys(page) if not key.startswith(("Passed over", "Not understood"))}


def said(page: Page) -> str:
    return page.locator(RESULTS).inner_text()


def zipped(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    """A zip archive of some members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
        archive.comment = comment
    return buffer.getvalue()


# Lines


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (COMMAS, {"Image address img.example.org/fill/w_303,h_170,al_c/90.jpg"}),
        (f"{COMMAS}\n{COMMAS.replace('90', '91')}", {"Image address img.example.org/fill/w_303,h_170,al_c/90.jpg", "Image address img.example.org/fill/w_303,h_170,al_c/91.jpg"}),
        ("https://img.example.org/a;id=1/b.jpg", {"Image address img.example.org/a;id=1/b.jpg"}),
        ("https://img.example.org/w_1,h_2", {"Image address img.example.org/w_1,h_2"}),
        ("https://img.example.org/a.jpg,https://img.example.org/b,c.jpg", {"Image address img.example.org/a.jpg", "Image address img.example.org/b,c.jpg"}),
        (f"{PAGE},Alice\n{PAGE},Bruno", {SEVEN, "Flickr username nobody"}),
        ("https://img.example.org/a.jpg,5\nhttps://img.example.org/b.jpg,6", {"Image address img.example.org/a.jpg", "Image address img.example.org/b.jpg"}),
        ("https://img.example.org/a.jpg?fit=3,5\nhttps://img.example.org/b.jpg?fit=3,6", {f"Image address img.example.org/{x}.jpg?fit=3{y}" for x, y in (("a", ",5"), ("b", ",6"), ("a", ""), ("b", ""))}),
        (f"1. {PAGE}\n- {PAGE}\nAlice: {PAGE}", {SEVEN, "Flickr username nobody"}),
        (f"[my photo]({PAGE}) and ![it](https://img.example.org/a.jpg)", {SEVEN, "Flickr username nobody", "Image address img.example.org/a.jpg"}),
        (f'<a href="{PAGE}/"><img src="{STATIC}"></a>\n<p>Hello there</p>', {SEVEN, "Flickr username nobody", ONE}),
        (f"[url={PAGE}][img]{STATIC}[/img][/url]", {SEVEN, "Flickr username nobody", ONE}),
        (f"[{PAGE} a title]\n{{{{Flickr|90000000102}}}}\n== A heading ==", {SEVEN, "Flickr username nobody"}),
        (f"Dear Bruno, these are the photos that I wrote you of:\n{PAGE}\nYours ever", {SEVEN, "Flickr username nobody", "Flickr username yours ever", "Name of a person yours ever"}),
        ("1. 90000000101\n2) 90000000102", {ONE, TWO}),
        ("alice-example\n10000001@N99\n", {"Flickr username alice-example", "Name of a person alice-example", f"Flickr account {ALICE}"}),
        ("90000000101, 90000000102\nbruno", {ONE, TWO, "Flickr username bruno", "Name of a person bruno"}),
        (f"00000001 {STATIC} 128.33 85.67 320.00 1", {ONE}),
        ("90000000101.0\n9.0000000777E+10\n9E+10\n9.00E+10", {ONE, SEVEN}),
        ("90,000,000,101\n'90000000102\n=\"90000000777\"", {ONE, TWO, SEVEN}),
    ],
)  # fmt: skip
def test_lines_with_other_text(many: Page, lines: str, wanted: set[str]) -> None:
    check(many, lines=lines)
    assert understood(many) == wanted


def test_an_address_with_commas_is_found(many: Page) -> None:
    check(many, lines=COMMAS)
    expect(many.locator(TOTAL)).to_contain_text("Found in 1")


def test_other_text_is_said_once(many: Page) -> None:
    check(many, lines=f"1: {PAGE}\nAlice: {PAGE}\n<hr>\nbruno")
    assert "3 lines held other text, which was left aside." in said(many)
    assert "not understood" not in said(many)


def test_a_rounded_number_is_said_to_be_spoilt(many: Page) -> None:
    check(many, ("floats.csv", b"90000000101.0\n9.0E+10\n"))
    assert understood(many) == {ONE}
    assert "1 line or cell was not understood:" in said(many)
    assert "floats.csv, line 2: “9.0E+10”. A spreadsheet has rounded this number" in said(many)


def test_the_lines_of_a_link_are_taken_and_leave_the_address(page: Page, served: Served) -> None:
    lines = f"{PAGE}\n#wedding, 100 %"
    page.goto(f"{served.url}many/#lines={urllib.parse.quote(lines, safe='')}")
    expect(page.locator("#lines")).to_have_value(lines)
    expect(page.locator("[type=submit]")).to_be_focused()
    assert page.url == f"{served.url}many/"
    page.evaluate("location.hash = '#lines=bruno_b'")
    expect(page.locator("#lines")).to_have_value("bruno_b")
    page.evaluate("location.hash = '#lines=%'")
    expect(page).to_have_url(f"{served.url}many/")
    expect(page.locator("#lines")).to_have_value("bruno_b")
    assert "bruno" not in "".join(served.log) and page.evaluate("history.length") <= 4


# Tables


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (f"ImageID,Subset,OriginalURL\n106528377697029,train,{STATIC}\n", {ONE}),
        (f"ImageID,Subset,OriginalURL\n000a1249af2bc5f0,train,{STATIC}\n", {ONE}),
        (f"id,flickr_url,width\n397133,{STATIC},640\n90000000102,,640\n", {ONE}),
        (f"id,page\n90000000777,{PAGE}\n90000000102,\n", {SEVEN, "Flickr username nobody", TWO}),
        ("image_id,category_id,bbox\n90000000101,1,2\n", set()),
        ("AnnotationID,photo_id,size\n90000000777,90000000101,90000000102\n", {ONE}),
        ("id,title\n1,a\n2,b\n3,c\n", set()),
        (f"90000000102,{STATIC},5\n90000000777,{STATIC},6\n", {ONE}),
        (f"90000000102\t{STATIC}\t20140102\n", {ONE}),
        ("90000000101,20140102,19991231235959\n", {ONE}),
        ("photo_id;note\n90000000101.0;1,5\n90000000102.0;2,5\n", {ONE, TWO}),
        ('id,title\n90000000101,"two\nlines, and ""quotes"""\n', {ONE}),
        ("url,file\nhttps://img.example.org/a.jpg,images/a.jpg\n", {"Image address img.example.org/a.jpg"}),
        (f"url,width,height\n{COMMAS},5,6\nhttps://img.example.org/a.jpg,5,6\nhttps://img.example.org/b.jpg,5,6\n", {"Image address img.example.org/fill/w_303,h_170,al_c/90.jpg", "Image address img.example.org/a.jpg", "Image address img.example.org/b.jpg"}),
        (f"License,note\nhttps://creativecommons.org/licenses/by/2.0/,see {PAGE} for it\n", {SEVEN, "Flickr username nobody"}),
        ("90000000101,a\nalone\n", {ONE, "Flickr username alone", "Name of a person alone"}),
    ],
)  # fmt: skip
def test_only_photo_numbers_are_taken_from_a_table(many: Page, table: str, wanted: set[str]) -> None:
    check(many, ("list.csv", table.encode()))
    assert understood(many) == wanted


def test_a_lone_cell_of_a_wide_table_is_no_name(many: Page) -> None:
    check(many, ("list.csv", b"owner,photo_id\nalice,90000000101\nbruno,\n"))
    assert understood(many) == {ONE}


SHARED = "<sst><si><t>photo_id</t></si><si><r><t>ti</t></r><r><t>tle</t></r></si><si><t>see https://img.example.org/a.jpg?x=1&amp;y=2</t></si></sst>"
SHEET = """<?xml version="1.0"?><worksheet><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
<row r="2"><c r="A2"><v>90000000101</v></c><c r="C2" t="s"><v>2</v></c></row>
<row r="3"><c r="A3"><v>9.0000000102E10</v></c><c r="B3"/><c r="C3" t="inlineStr"><is><t>90000000777</t></is></c></row>
</sheetData></worksheet>"""
LINKS = f'<Relationships><Relationship Id="rId1" Target="{PAGE}" TargetMode="External"/></Relationships>'


def test_a_workbook_is_read(many: Page) -> None:
    members = {"xl/workbook.xml": "", "xl/sharedStrings.xml": SHARED, "xl/worksheets/sheet1.xml": SHEET}
    data = zipped(*((name, text.encode()) for name, text in members.items()))
    check(many, ("list.xlsx", data))
    assert understood(many) == {ONE, TWO, "Image address img.example.org/a.jpg?x=1&y=2"}
    linked = zipped(
        ("xl/worksheets/sheet1.xml", SHEET.encode()), ("xl/worksheets/_rels/sheet1.xml.rels", LINKS.encode())
    )
    check(many, ("list.xlsx", linked))
    assert SEVEN in understood(many)


def test_other_documents_are_refused_with_what_to_do(many: Page) -> None:
    check(
        many,
        ("list.ods", zipped(("mimetype", b"x"), ("content.xml", b"<x/>"))),
        ("old.xls", b"\xd0\xcf\x11\xe0"),
    )
    assert said(many).count("Please save it as CSV, with the columns as text") == 2


# Documents


BOOKMARKS = f"""<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE><DL><p>
<DT><H3>My folder</H3>
<DT><A HREF="{PAGE}/" ADD_DATE="1">x</A>
<DT><A HREF="https://news.example.org/today">News</A>
</DL>"""
FEED = f"""<?xml version="1.0"?><rss><channel><link>https://blog.example.org/</link><item><title>A day</title>
<link>{PAGE}/</link><media:content url="https://img.example.org/show/7"/>
<description>&lt;img src=&quot;{STATIC}&quot;/&gt;</description></item></channel></rss>"""
WIKI = f"== Files ==\n{{{{Information\n|source=[{PAGE} Flickr]\n|author=somebody}}}}\n[[Category:People]]\n"
COCO = {"images": [{"id": 397133, "file_name": "000000397133.jpg", "flickr_url": STATIC, "width": 640}], "annotations": [{"id": 900100397133, "image_id": 90000000102, "category_id": 1}]}  # fmt: skip
ANSWER = {"photos": {"photo": [{"id": "90000000101", "owner": ALICE, "secret": "46f356962f", "title": "x"}]}}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("bookmarks.html", BOOKMARKS, {SEVEN, "Flickr username nobody"}),
        ("bookmarks.html", f'<DT><A HREF="{PAGE}/" ADD_DATE="1">x</A>\n', {SEVEN, "Flickr username nobody"}),
        ("saved", BOOKMARKS, {SEVEN, "Flickr username nobody"}),
        ("feed.xml", FEED, {SEVEN, "Flickr username nobody", ONE, "Image address img.example.org/show/7"}),
        ("page.wiki", WIKI, {SEVEN, "Flickr username nobody"}),
        ("readme.md", f"# My photos\n\n* [one]({PAGE})\n* two\n", {SEVEN, "Flickr username nobody"}),
        ("coco.json", json.dumps(COCO), {ONE}),
        ("answer.json", json.dumps(ANSWER), {ONE, f"Flickr account {ALICE}"}),
        ("ids.json", "[90000000101, 90000000102]", {ONE, TWO}),
        ("ids.json", '{"photos": ["90000000101"], "users": [90000000102]}', {ONE}),
        (
            "other.json",
            '{"id": 90000000102, "links": ["' + PAGE + '"]}',
            {SEVEN, "Flickr username nobody", TWO},
        ),
        ("other.json", '{"x": {"id": 90000000102}, "photo_id": "90000000101"}', {ONE}),
        ("lines.jsonl", '{"photo_id": 90000000101}\n{"photo_id": 90000000102}\n', {ONE, TWO}),
        ("cut.json", '{"url": "' + PAGE + '", ', {SEVEN, "Flickr username nobody"}),
        ("photoIndex.js", 'const photoIndex = {"90000000101":{"title":"x"}};', {ONE}),
    ],
)
def test_documents(many: Page, name: str, text: str, wanted: set[str]) -> None:
    check(many, (name, text.encode()))
    assert understood(many) == wanted
    assert f"{name}: " in said(many) and "All other text was left aside." in said(many)


def test_a_large_document(many: Page) -> None:
    links = "".join(
        f'<a href="https://www.flickr.com/photos/x/{n}">x</a>' for n in range(90000000000, 90000030000)
    )
    check(many, ("all.html", f"<html>{links}".encode()))
    assert "Of the 30,000 photos checked by their number, 2 are on a list." in said(many)


# Exports


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("dsc_0026_90000000101_o.jpg", {ONE}),
        ("90000000777_b941ab820b_o.jpg", {SEVEN}),
        ("90000000777_b941ab820b.png", {SEVEN}),
        ("90000000777_b941ab820b_k (1).jpg", {SEVEN}),
        ("my-film_90000000102.mp4", {TWO}),
        ("my-film_90000000102_o.mov", {TWO}),
        ("photo_90000000101 (1).json", {ONE}),
        ("photo_90000000101 copy 2.json", {ONE}),
        ("IMG_20140102_123456.jpg", set()),
        ("20140102_123456_o.jpg", set()),
        ("pxl_20140102_123456789_90000000101_o.jpg", {ONE}),
        ("VID_20140102_123456.mp4", set()),
        ("dsc_0026.jpg", set()),
    ],
)
def test_the_photo_number_in_a_name(many: Page, name: str, wanted: set[str]) -> None:
    check(many, (name, b"\xff\xd8\xff\xe0\0"))
    assert understood(many) == wanted
    if not wanted:
        assert (
            f"1 picture or video has no Flickr photo number in its name, so it could not be checked: {name}"
            in said(many)
        )


def test_an_archive_of_pictures(many: Page) -> None:
    names = [
        "dsc_0026_90000000101_o.jpg",
        "sub/90000000777_b941ab820b_o.jpg",
        "film_90000000102.mp4",
        "plain.jpg",
    ]
    check(many, ("data-download-1.zip", zipped(*((name, b"x") for name in names))))
    assert understood(many) == {ONE, TWO, SEVEN}
    assert (
        "data-download-1.zip: 3 pictures or videos, checked by the photo numbers in their names. Other files in it: 1."
        in said(many)
    )


def test_what_else_an_export_holds_is_named_once(many: Page) -> None:
    parts: list[File] = [(f"{name}.json", OTHERS) for name in PARTS.split()]
    check(many, ("photo_90000000101.json", b"{}"), *parts)
    assert understood(many) == {ONE}
    assert (
        "14 files are part of a Flickr data export, and are not needed here: albums.json, contacts_part001.json, faves_part001.json, …"
        in said(many)
    )
    assert "not understood" not in said(many) and many.locator("[data-refusals]").count() == 0
    check(many, ("albums.json", b'{"albums": [{"photos": ["90000000102"]}]}'))
    expect(many.locator(f"{RESULTS} h2")).to_have_text("There is nothing to check")
    assert "1 file is part of a Flickr data export, and is not needed here: albums.json" in said(many)
    check(many, ("contacts.json", f'["{PAGE}"]'.encode()))  # somebody's own list
    assert understood(many) == {SEVEN, "Flickr username nobody"}


@pytest.mark.parametrize("names", ["{}", "export/{}", "C:\\export\\{}", "café/{}"])
def test_an_export_archive_as_it_is(many: Page, names: str) -> None:
    members = [
        "photo_90000000101.json",
        "photo_90000000102 (1).json",
        *(f"{name}.json" for name in PARTS.split()),
    ]
    data = zipped(
        *((names.format(name), OTHERS) for name in members),
        (names.format("account_profile.json"), json.dumps(PROFILE).encode()),
        ("__MACOSX/._photo_90000000777.json", b"x"),
        (".DS_Store", b"x"),
    )
    check(many, ("72157_part1.zip", data))
    assert understood(many) == {ONE, TWO, *ACCOUNT}
    assert "a Flickr data export with 2 photos. Files in it that were not opened: 14." in said(many)


def test_a_part_of_an_export_without_photos_is_no_fault(many: Page) -> None:
    check(many, ("part3.zip", zipped(("contacts_part001.json", OTHERS))), lines="90000000101")
    assert understood(many) == {ONE}
    assert many.locator("[data-refusals]").count() == 0


def test_archives_inside_archives(many: Page) -> None:
    inner = zipped(("photo_90000000101.json", b"{}"))
    check(many, ("all.zip", zipped(("1.zip", inner), ("2.zip", inner))))
    assert (
        "all.zip: 2 zip archives inside it were not opened. Please unpack it, and choose what is in it."
        in said(many)
    )
    assert understood(many) == set()


def test_a_lifeboat(many: Page) -> None:
    index = b'const photoIndex = {"90000000101":{"title":"x"}};'
    members = [
        ("metadata/photoIndex.js", index),
        ("README.html", b"<p>Hello"),
        ("media/originals/90000000102_0a1b2c3d4e_o.jpg", b"x"),
    ]
    check(many, ("lifeboat.zip", zipped(*members)))
    assert understood(many) == {ONE, TWO}


def test_an_archive_with_a_list(many: Page) -> None:
    check(
        many,
        (
            "lists.zip",
            zipped(("a/list.csv", b"photo_id,x\n90000000101,y\n"), ("readme.txt", b"Hello\nbruno")),
        ),
    )
    assert understood(many) == {ONE}


def test_an_old_browser_reads_the_names_in_an_export(page: Page, served: Served) -> None:
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(f"{served.url}many/")
    data = zipped(("photo_90000000101.json", b"{}"), ("account_profile.json", json.dumps(PROFILE).encode()))
    check(page, ("export.zip", data), ("list.xlsx", zipped(("xl/worksheets/sheet1.xml", SHEET.encode()))))
    assert understood(page) == {ONE}
    assert "The account in account_profile.json could not be read. The photos were." in said(page)
    assert "list.xlsx: This browser is too old to unpack this archive." in said(page)


# Folders and very many files


def test_thousands_of_files(many: Page, tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"photo_{90000000101 + number}.json").write_bytes(b"{}")
    many.set_input_files("#files", sorted(tmp_path.iterdir()))
    chosen = many.locator("[data-chosen]")
    expect(chosen).to_have_text(
        "3,000 files chosen: photo_90000000101.json, photo_90000000102.json, photo_90000000103.json, and 2,997 more"
    )
    many.click("[type=submit]")
    many.wait_for_selector(f"{RESULTS} h2")
    assert "Of the 3,000 photos checked by their number, 2 are on a list." in said(many)
    assert "3,000 files were checked by the photo numbers in their names" in said(many)


def test_many_refusals_are_said_together(many: Page) -> None:
    check(many, *((f"{n}.rar", b"Rar!") for n in range(20)))
    expect(many.locator(f"{RESULTS} li")).to_have_text(
        [
            "0.rar, 1.rar, 2.rar, and 17 more: This kind of archive cannot be opened here. Please unpack it, and choose its files or its folder."
        ]
    )


def folder(tmp_path: Path) -> Path:
    """An unpacked export, with more files in a folder than a browser lists at a time."""
    root = tmp_path / "export"
    (root / "data" / "more").mkdir(parents=True)
    for number in range(250):
        (root / "data" / f"photo_{90000000101 + number}.json").write_bytes(b"{}")
    (root / "data" / "more" / "dsc_1_90000000777_o.jpg").write_bytes(b"x")
    (root / "account_profile.json").write_text(json.dumps(PROFILE))
    return root


def test_a_folder_is_chosen(many: Page, tmp_path: Path) -> None:
    expect(many.get_by_label("Or a folder")).to_be_visible()
    many.set_input_files("#folder", folder(tmp_path))
    choose(many, ("a.txt", b"90000000102"))
    expect(many.locator("[data-chosen]")).to_contain_text("253 files chosen: a.txt")
    many.click("[type=submit]")
    expect(many.locator(RESULTS)).to_contain_text("Of the 251 photos checked by their number")
    many.click("[data-action=clear]")
    expect(many.locator("[data-chosen]")).to_have_text("")


def test_without_folders_there_is_no_button_for_them(page: Page, served: Served) -> None:
    page.add_init_script("delete HTMLInputElement.prototype.webkitdirectory")
    page.goto(f"{served.url}many/")
    expect(page.locator("#files")).to_be_visible()
    expect(page.locator("#folder")).to_be_hidden()


def test_a_folder_is_dropped(many: Page, tmp_path: Path) -> None:
    box = many.locator("[data-form]").bounding_box()
    assert box
    session = many.context.new_cdp_session(many)
    data = {"items": [], "files": [str(folder(tmp_path))], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send(
            "Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 50, "y": box["y"] + 20, "data": data}
        )
    expect(many.locator("[data-chosen]")).to_contain_text("252 files chosen")
    many.click("[type=submit]")
    expect(many.locator(RESULTS)).to_contain_text("Of the 251 photos checked by their number")
    assert f"Flickr account {ALICE}" in understood(many)


# Archives as other programs make them


def local(name: bytes, data: bytes, flags: int = 0, size: int | None = None) -> bytes:
    """A stored member: its header and data."""
    long = len(data) if size is None else size
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, 0, 0, 0, zlib.crc32(data), long & 0xFFFFFFFF, long & 0xFFFFFFFF, len(name), 0) + name + data  # fmt: skip


def entry(
    name: bytes, data: bytes, offset: int, flags: int = 0, size: int | None = None, extra: bytes = b""
) -> bytes:
    """A member's entry in the directory."""
    long = len(data) if size is None else size
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, flags, 0, 0, 0, zlib.crc32(data), long & 0xFFFFFFFF, long & 0xFFFFFFFF, len(name), len(extra), 0, 0, 0, 0, offset) + name + extra  # fmt: skip


def end(count: int, length: int, start: int, comment: bytes = b"", disk: int = 0) -> bytes:
    return struct.pack("<IHHHHIIH", 0x06054B50, disk, disk, count & 0xFFFF, count & 0xFFFF, length, start & 0xFFFFFFFF, len(comment)) + comment  # fmt: skip


MEMBERS = [(b"photo_90000000101.json", b"{}"), (b"caf\x82/photo_90000000777.json", b"{}"), (b"account_profile.json", json.dumps(PROFILE).encode())]  # fmt: skip


def archive(
    before: bytes = b"", shift: int = 0, rest: bytes = b"", flags: int = 0, gap: bytes = b"", **more: Any
) -> bytes:
    """An export whose every byte is known; `shift` is added to all offsets."""
    data, directory = before, b""
    for name, content in MEMBERS:
        directory += entry(name, content, len(data) + shift, flags)
        data += local(name, content, flags)
    return (
        data
        + directory
        + rest
        + gap
        + end(len(MEMBERS), len(directory) + len(rest), len(data) + shift, **more)
    )


def zip64(before: bytes = b"", shift: int = 0) -> bytes:
    """A small export with zip64 numbers only, and 0xFFFF for the disks."""
    data, directory = before, b""
    for name, content in MEMBERS:
        directory += entry(name, content, 0xFFFFFFFF, extra=struct.pack("<HHQ", 1, 8, len(data) + shift))
        data += local(name, content)
    at = len(data) + len(directory)
    whole = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, len(MEMBERS), len(MEMBERS), len(directory), len(data) + shift)  # fmt: skip
    locator = struct.pack("<IIQI", 0x07064B50, 0, at + shift, 1)
    return (
        data
        + directory
        + whole
        + locator
        + struct.pack("<IHHHHIIH", 0x06054B50, *[0xFFFF] * 4, *[0xFFFFFFFF] * 2, 0)
    )


FAKE = end(3, 200, 458)  # an end in a comment
READ: dict[str, Callable[[], bytes]] = {
    "as it should be, with names of another encoding": archive,
    "bytes in front": lambda: archive(before=b"#!/bin/sh\n" * 9, shift=-90),
    "bytes in front that the offsets count": lambda: archive(before=b"#!/bin/sh\n" * 9),
    "a web page after it": lambda: archive() + b"<!doctype html><p>Thanks for your visit</p>" * 2000,
    "padding after it": lambda: archive() + b"\0" * 5000,
    "an end in the comment": lambda: archive(comment=FAKE + b"Z" * 20),
    "an end in the comment that reaches the end of the file": lambda: archive(comment=b"Z" * 20 + FAKE),
    "a comment that holds the mark of an end": lambda: archive(
        comment=b"PK\5\6" + b"\0" * 16 + b"\0\0" + b"PK\5\6"
    ),
    "0xFFFF as the disk": lambda: archive(disk=0xFFFF),
    "zip64 in a small file": zip64,
    "zip64 with bytes in front": lambda: zip64(before=b"x" * 50, shift=-50),
}


@pytest.mark.parametrize("name", READ)
def test_odd_archives_are_read(many: Page, name: str) -> None:
    check(many, ("export.zip", READ[name]()))
    assert understood(many) == {ONE, SEVEN, *ACCOUNT}
    assert many.locator("[data-refusals]").count() == 0


DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "something after the directory": (lambda: archive(rest=b"x" * 60), "damaged or cut off"),
    "something in place of the directory": (lambda: archive(gap=b"x" * 60, shift=7), "damaged or cut off"),
    "a wrong number of members": (lambda: archive().replace(struct.pack("<HH", 3, 3), struct.pack("<HH", 4, 4)), "damaged or cut off"),
    "cut off": (lambda: archive()[:-30], "damaged or cut off"),
    "the profile is not where it is said to be": (lambda: archive().replace(b"PK\3\4", b"PK\3\5"), "damaged or cut off"),
    "no archive": (lambda: b"<!doctype html><p>Please sign in</p>", "This is not a zip archive, though its name says so"),
    "encrypted": (lambda: archive(flags=1), "encrypted"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_archives_are_refused(many: Page, name: str) -> None:
    make, why = DAMAGED[name]
    check(many, ("export.zip", make()), lines="90000000102")
    expect(many.locator("[data-refusals]")).to_contain_text(why)
    assert understood(many) == {TWO}


def large(path: Path, pictures: int, photos: int, form: str, first: str = "") -> None:
    """An archive as the Mac writes it, without zip64 whatever its size, or with it; its pictures are holes in the file."""
    size, entries = 1_600_000_000, []
    profile = (b"account_profile.json", json.dumps(PROFILE).encode(), None)
    members: list[tuple[bytes, bytes, int | None]] = [
        (f"dsc_{n}_9100000{n:04}_o.jpg".encode(), b"", size) for n in range(pictures)
    ]
    members += [(f"photo_{90000000101 + n}.json".encode(), b"{}", None) for n in range(photos)]
    members.insert(0 if first else len(members), profile)
    with path.open("wb") as file:
        for name, data, hole in members:
            at = file.tell()
            file.write(local(name, data, size=hole))
            file.seek(hole or 0, 1)
            wide = form == "zip64" and at > 0xFFFFFFFF
            extra = struct.pack("<HHQ", 1, 8, at) if wide else b""
            entries.append(entry(name, data, 0xFFFFFFFF if wide else at & 0xFFFFFFFF, size=hole, extra=extra))
        start, directory = file.tell(), b"".join(entries)
        file.write(directory)
        if form == "zip64":
            numbers = (len(members), len(members), len(directory), start)
            file.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, *numbers))
            file.write(struct.pack("<IIQI", 0x07064B50, 0, start + len(directory), 1))
        file.write(end(len(members), len(directory), start))


@pytest.mark.parametrize(
    ("pictures", "photos", "form", "first"),
    [(4, 200, "mac", ""), (4, 200, "mac", "profile"), (0, 70_000, "mac", ""), (4, 200, "zip64", "")],
)
def test_large_archives(
    many: Page, tmp_path: Path, pictures: int, photos: int, form: str, first: str
) -> None:
    path = tmp_path / "large.zip"
    large(path, pictures, photos, form, first)
    many.set_input_files("#files", path)
    many.click("[type=submit]")
    many.wait_for_selector(f"{RESULTS} h2", timeout=60_000)
    assert f"Of the {pictures + photos:,} photos checked by their number" in said(many)
    assert many.locator("[data-refusals]").count() == 0
    many.select_option("#filter", "all")
    many.click("[data-column=read_as]")
    assert f"Flickr account {ALICE}" in many.locator(".sorted").inner_text()


def test_nothing_of_what_was_given_reaches_the_host(many: Page, served: Served) -> None:
    linked = zipped(("xl/worksheets/sheet1.xml", SHEET.encode()))
    check(many, ("a.html", BOOKMARKS.encode()), ("b.xlsx", linked), ("dsc_90000000102_o.jpg", b"x"))
    assert len(rows(many)) == 4 and shards(served)
    sent = "".join(served.log)
    assert [word for word in ("90000000", "nobody", "example.org", "dsc") if word in sent] == []
