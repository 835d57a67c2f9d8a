"""Lists lose nothing in silence: what people's lists really look like is read, or refused with what to do.

The lists are invented, after reports on other programs that read such lists; each names where.
"""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from exposing import read_text
from exposing.cli import main
from exposing.content import likely
from exposing.fetch import _MEDIA
from exposing.normalise import BY_KIND
from mini import ALICE, ANY, BRUNO, dataset, packed
from test_read import extracted

SHOWN = "https://img.example.org/"


def table(form: str, columns: str, more: str = "", path: str = "") -> str:
    """A `[[files]]` table; for lines `columns` is the pattern."""
    how = f"match = '{columns}'" if form == "lines" else f"columns = {{ {columns} }}"
    return f'[[files]]\npath = "{path or "list.*"}"\nformat = "{form}"\n{how}\n{more}'


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def checked(root: Path, files: str, lists: dict[str, str | bytes], monkeypatch: pytest.MonkeyPatch) -> str:
    """What `exposing check` prints of a dataset; its exit code first."""
    dataset(root, "d", files, lists)
    monkeypatch.chdir(root)
    done = CliRunner().invoke(main, ["check"])
    assert "Traceback" not in done.output and not isinstance(done.exception, ValueError), done.output
    return f"{done.exit_code} {done.output}"


IDS = 'photo_id = "id", nsid = "owner"'
ROW = {"photo_id": 90000000001, "nsid": "10000001@N99"}
TWO = "photo_id = 0, nsid = 1"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267793842\n"
DOUBLES = {"id": [90000000101.0, None, 90000000303.0], "owner": [ALICE, ALICE, BRUNO]}

READ: dict[str, tuple[str, str, str | bytes, int]] = {  # what is odd: (table, name, list, entries)
    # pandas#4623, duckdb#13162
    "a comment before the table": (table("tsv", "identity = 0, image_url = 2", 'header = false\ncomment = "#"\n'), "list.tsv", "# Invented faces v1\n# person\timagenum\turl\nAda Sample\t1\thttps://img.example.org/1.jpg\n", 1),
    "a comment before a header": (table("csv", IDS, 'comment = "#"\n'), "list.csv", f"# made by, nobody\nid,owner\n90000000001,{ALICE}\n", 1),
    "a comment before a header on a Mac": (table("csv", IDS, 'comment = "#"\n'), "list.csv", f"# made\r\rid,owner\r90000000001,{ALICE}\r", 1),
    "blank lines before a header (arrow#2883)": (table("csv", 'photo_id = "id"'), "list.csv", f"\n\nid,owner\n90000000001,{ALICE}\n", 1),
    "lines above a header": (table("csv", IDS, "skip = 2\n"), "list.csv", f"Export of 2024\nUniversity, of nowhere\n\nid,owner\n90000000001,{ALICE}\n", 1),
    "lines above a headerless table": (table("csv", TWO, "skip = 1\nheader = false\n"), "list.csv", f"Export of 2024\n90000000001,{ALICE}\n", 1),
    "lines above lines": (table("lines", "(?P<photo_id>[0-9]+)_", "skip = 1\n"), "list.txt", "90000000007_a.jpg, an example\n90000000001_b.jpg\n", 1),
    "lines above records": (table("jsonl", IDS, "skip = 1\n"), "list.jsonl", f'{{"version": 1}}\n{{"id": 90000000001, "owner": "{ALICE}"}}\n', 1),
    # img2dataset#89, petastorm#269, twarc-csv#51
    "numbers that became doubles": (table("parquet", IDS), "list.parquet", parquet(**DOUBLES), 3),
    "doubles with not-a-number for nothing": (table("parquet", IDS), "list.parquet", parquet(id=pa.array([90000000101.0, float("nan")]), owner=[ALICE, BRUNO]), 2),
    "doubles as text": (table("csv", IDS), "list.csv", f"id,owner\n90000000101.0,{ALICE}\n,{BRUNO}\n90000000102.,{BRUNO}\n", 3),
    "doubles in JSON": (table("jsonl", IDS), "list.jsonl", f'{{"id": 90000000101.0, "owner": "{ALICE}"}}\n{{"id": 9.0000000102E10, "owner": null}}\n', 2),
    "doubles in a JSON document": (table("json", IDS), "list.json", f'[{{"id": 90000000101.0, "owner": "{ALICE}"}}]', 1),
    "a power of ten with all its digits": (table("csv", IDS), "list.csv", f"id,owner\n9.0000000101E+10,{ALICE}\n", 1),
    "accounts dressed as mail (twarc-csv#51)": (table("csv", IDS), "list.csv", "id,owner\n90000000001,mailto:10000001%40N99\n90000000002,10000001%40N99\n", 2),
    # Where lists have nothing
    "NULL and \\N": (table("csv", IDS, "null = ['NULL', '\\N']\n"), "list.csv", f"id,owner\nNULL,{ALICE}\n90000000001, \\N \n", 2),
    "null inside a list of JSON": (table("jsonl", 'photo_id = "id", tags = "tags"'), "list.jsonl", '{"id": 90000000001, "tags": [null, "a"]}\n', 1),
    # csvkit#732, sqlite-utils#182
    "Latin-1 in a column that is not declared": (table("csv", IDS), "list.csv", f"id,owner,who\n90000000001,{ALICE},Jos\xe9\n".encode("latin-1"), 1),
    "Latin-1 in a header": (table("csv", IDS), "list.csv", f"id,owner,g\xe9n\n90000000001,{ALICE},x\n".encode("latin-1"), 1),
    "Latin-1, declared": (table("csv", 'photo_id = "id", name = "wh\u00f6"', 'encoding = "cp1252"\n'), "list.csv", "id,wh\xf6\n90000000001,Jos\xe9 \u201cX\u201d\n".encode("cp1252"), 1),
    "UTF-16 with a mark": (table("csv", IDS, 'encoding = "utf-16"\n'), "list.csv", f"id,owner\n90000000001,{ALICE}\n".encode("utf-16"), 1),
    "UTF-16 without a mark": (table("tsv", IDS, 'encoding = "utf-16-le"\n'), "list.tsv", f"id\towner\n90000000001\t{ALICE}\n".encode("utf-16-le"), 1),
    "UTF-16 in JSON": (table("json", IDS, 'encoding = "utf-16"\n'), "list.json", f'[{{"id": 90000000001, "owner": "{ALICE}"}}]'.encode("utf-16"), 1),
    "damage beside what a line says": (table("lines", "(?P<photo_id>[0-9]{11})_"), "list.txt", b"90000000001_ caf\xe9 \x01\n", 1),
    "damage in a key of JSON that is not declared": (table("jsonl", IDS), "list.jsonl", f'{{"id": 90000000001, "owner": "{ALICE}", "x": "\xe9\x01", "y": NaN}}\n'.encode("latin-1"), 1),
    "damage in a JSON document": (table("json", IDS), "list.json", f'[{{"id": 90000000001, "owner": "{ALICE}", "x": "\xe9\x01"}}]'.encode("latin-1"), 1),
    "control characters beside": (table("csv", IDS), "list.csv", f"id,owner,x\n90000000001,{ALICE},\x00\x1f\n", 1),
    # Keys with dots in them: json_normalize of pandas
    "a key with a dot": (table("jsonl", 'page_url = "metadata.photo_url"'), "list.jsonl", f'{{"metadata.photo_url":"https://www.flickr.com/photos/{ALICE}/90000000001"}}\n', 1),
    "a key with a dot inside another": (table("json", 'page_url = "a.b.c"'), "list.json", f'[{{"a": {{"b.c":"https://www.flickr.com/photos/{ALICE}/90000000001"}}}}]', 1),
    "a Parquet column with a dot": (table("parquet", 'photo_id = "meta.id"'), "list.parquet", parquet(**{"meta.id": [90000000001]}), 1),
    # arrow#36037
    "stray quotes in TSV": (table("tsv", 'photo_id = "id", name = "who"'), "list.tsv", 'id\twho\ttitle\n90000000001\tAlice\t"Hello\n90000000002\t"Bob" Smith\tx\n', 2),
    # GilLevi/AgeGenderDeepLearning#23
    "several faces of one image": (table("tsv", 'nsid = "user_id", image_name = "original_image"'), "list.tsv", f"user_id\toriginal_image\tface\n{ALICE}\t90000000001_0a1b2c3d4e_o.jpg\t1\n{ALICE}\t90000000001_0a1b2c3d4e_o.jpg\t2\n", 2),
    # Open Images with short addresses: cccatalog#142
    "short addresses": (table("csv", 'page_url = "u"'), "list.csv", "u\nhttps://flic.kr/p/2P\nhttps://www.flickr.com/photo.gne?short=2P\n", 2),
    "every match of a line": (table("lines", '(?P<image_url>http[^\"]+)', "all = true\n"), "list.txt", json.dumps([f"{SHOWN}{n}.jpg" for n in range(200)]), 200),
    "every match, with several groups": (table("lines", '(?:id|no)="(?P<photo_id>[0-9]+)" (?:by|of)="(?P<nsid>[^"]+)"', "all = true\n"), "list.txt", f'<a id="90000000001" by="{ALICE}"/><b/><a no="90000000002" of="{BRUNO}"/>\n<p>\n', 2),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_is_odd_is_read(tmp_path: Path, case: str) -> None:
    files, name, text, entries = READ[case]
    rows, tally = extracted(dataset(tmp_path, "d", files, {name: text}))
    assert (len(rows), dict(tally.rejected)) == (entries, {})


@pytest.mark.parametrize("case", [case for case in READ if not case.startswith("UTF-16")])
@pytest.mark.parametrize("packing", [".gz", ".zip", ".tar.gz"])
def test_what_is_odd_is_read_when_packed_under_any_name(tmp_path: Path, case: str, packing: str) -> None:
    files, name, text, entries = READ[case]
    data = packed(f"inside/{name}", text if isinstance(text, bytes) else text.encode(), packing)
    rows, tally = extracted(dataset(tmp_path, "d", files, {name: data}))
    assert (len(rows), dict(tally.rejected)) == (entries, {})


STOPPED: dict[str, tuple[str, dict[str, str | bytes], list[str]]] = {  # what is wrong: (table, lists, what is said)
    # img2dataset#208
    "an address cut at its commas": (table("csv", "image_url = 0", "header = false\n"), {"list.txt": f"{SHOWN}fill/w_303,h_170,al_c/90.jpg\n{SHOWN}2.jpg\n"}, ["row 1 looks like one address", 'format = "lines"']),
    "addresses of one form, all cut": (table("csv", "image_url = 0", "header = false\n"), {"list.txt": f"{SHOWN}w_1,h_2/1.jpg\n{SHOWN}w_1,h_2/2.jpg\n"}, ["row 1 looks like one address"]),
    "a header narrower than the rows": (table("csv", IDS), {"list.csv": f"id,owner\n90000000001,{ALICE},x\n90000000002,{ALICE},x\n"}, ["2 wrong_columns", "more or fewer columns than the first"]),
    "rows wider than the first": (table("tsv", TWO, "header = false\n"), {"list.tsv": f"90000000001\t{ALICE}\n" * 9 + f"90000000002\t{ALICE}\tx\n"}, ["1 rejected, expected at most 0 of 10", "list.tsv, row 10: 90000000002"]),
    "a header further down": (table("csv", IDS), {"list.csv": f"Export\n\nid,owner\n90000000001,{ALICE}\n"}, ["has its header in line 3; say skip = 2"]),
    "a line that matches twice": (table("lines", '(?P<image_url>http[^\"]+)'), {"list.txt": json.dumps([f"{SHOWN}{n}.jpg" for n in range(9)])}, ["1 more_in_line", "all = true", "list.txt, row 1"]),
    "one line of many that matches twice": (table("lines", "(?P<photo_id>[0-9]{11})_"), {"list.txt": "90000000001_a\n" * 50 + "90000000002_a 90000000003_b\n"}, ["1 more_in_line", "list.txt, row 51"]),
    "rounded numbers": (table("csv", IDS), {"list.csv": f"id,owner\n9.0E+10,{ALICE}\n\"1,89582E+09\",{ALICE}\n90000000001,1.23E+07@N99\n"}, ["3 spoilt_number", "a spreadsheet has rounded these numbers", "column as text"]),
    "rounded numbers in JSON": (table("jsonl", IDS), {"list.jsonl": f'{{"id": 9.0E+10, "owner": "{ALICE}"}}\n'}, ["1 spoilt_number"]),
    "rounded numbers in Parquet": (table("parquet", IDS), {"list.parquet": parquet(id=pa.array([90000000101.0], pa.float32()), owner=[ALICE])}, ["1 spoilt_number"]),
    "words for nothing": (table("csv", IDS), {"list.csv": f"id,owner\nNULL,{ALICE}\n90000000001,N/A\n90000000002,x\n"}, ['null = ["NULL", "N/A"]', "data_sources/d/dataset.toml"]),
    "Latin-1 in a name": (table("csv", 'photo_id = "id", name = "who"'), {"list.csv": "id,who\n90000000001,Jos\xe9\n90000000002,Ann\n".encode("latin-1")}, ["1 bad_utf8", 'say encoding = "cp1252"']),
    "Cyrillic in a name": (table("csv", 'photo_id = "id", name = "who"'), {"list.csv": "id,who\n90000000001,\u0418\u0432\u0430\u043d\n".encode("cp1251")}, ["1 bad_utf8", '"cp1251" (Cyrillic)']),
    "Latin-1 in a JSON document": (table("json", 'photo_id = "id", name = "who"'), {"list.json": '[{"id": 90000000001, "who": "Jos\xe9"}, {"id": 90000000002, "who": "Ann"}]'.encode("latin-1")}, ["1 bad_utf8", 'encoding = "cp1252"']),
    "control characters in a name": (table("csv", 'photo_id = "id", name = "who"'), {"list.csv": "id,who\n90000000001,A\x01\n90000000002,Ann\n"}, ["1 control_character"]),
    # git-lfs#4240
    "a Git LFS pointer": (table("csv", 'photo_id = "id"'), {"list.csv": LFS}, ["list.csv: is a Git LFS pointer", "git lfs pull", "media.githubusercontent.com"]),
    "a Git LFS pointer for Parquet": (table("parquet", 'photo_id = "id"'), {"list.parquet": LFS}, ["is a Git LFS pointer"]),
    "a Git LFS pointer in a zip": (table("csv", 'photo_id = "id"'), {"list.zip": packed("list.csv", LFS.encode(), ".zip")}, ["list.csv: is a Git LFS pointer"]),
    "a web page": (table("csv", 'photo_id = "id"'), {"list.csv": "<!DOCTYPE html><title>Sign in</title>"}, ["is a web page, not csv"]),
    "a web page, compressed": (table("jsonl", 'photo_id = "id"'), {"list.jsonl": gzip.compress(b"\n <HTML>")}, ["is a web page, not jsonl"]),
    "Parquet called CSV": (table("csv", 'photo_id = "id"'), {"list.csv": parquet(id=[1])}, ["is Parquet, and not csv", 'format = "parquet"']),
    "an SQLite database": (table("csv", 'photo_id = "id"'), {"list.csv": b"SQLite format 3\x00"}, ["is an SQLite database"]),
    "Zstandard": (table("csv", 'photo_id = "id"'), {"list.csv": b"\x28\xb5\x2f\xfd\x00"}, ["is packed by Zstandard"]),
    "UTF-16 that nothing declares": (table("csv", 'photo_id = "id"'), {"list.csv": "id\n90000000001\n".encode("utf-16-le")}, ["is UTF-16", 'say encoding = "utf-16-le"']),
    "a mistyped path of JSON lines": (table("jsonl", 'nsid = "meta.user.id", image_url = "meta.photo.uri"'), {"list.jsonl": '{"meta": {"user": {"id": "10000001@N99"}, "photo": {"url": "https://img.example.org/1.jpg"}}}\n' * 3}, ["column `meta.photo.uri` (image_url) is empty in every row of list.* (did you mean `meta.photo.url`?), which has meta.user.id, meta.photo.url"]),
    "a mistyped path of JSON": (table("json", 'nsid = "id", image_url = "uri"'), {"list.json": '[{"id": "10000001@N99", "url": "https://img.example.org/1.jpg"}]'}, ["column `uri` (image_url) is empty", "did you mean `url`?"]),
    "all paths of JSON mistyped": (table("json", 'nsid = "ids"'), {"list.json": '[{"id": "10000001@N99"}]'}, ["1 no_identifier", "did you mean `id`?"]),
    "a column of CSV that is there but empty": (table("csv", IDS), {"list.csv": "id,owner,account\n90000000001,,10000001@N99\n"}, ["column `owner` (nsid) is empty in every row of list.*", "which has id, account"]),
    "a column of NULL": (table("csv", IDS, 'null = ["NULL"]\n'), {"list.csv": "id,owner\n90000000001,NULL\n"}, ["column `owner` (nsid) is empty"]),
    "a column of Parquet that is there but empty": (table("parquet", IDS), {"list.parquet": parquet(id=[90000000001], owner=pa.nulls(1, pa.string()))}, ["column `owner` (nsid) is empty"]),
    "a nested column of Parquet that is not there": (table("parquet", 'photo_id = "meta.di"'), {"list.parquet": parquet(meta=[{"id": 90000000001}])}, ["has no column `meta.di` (did you mean `meta.id`?)"]),
    "texts in JSON": (table("json", 'image_url = "url"'), {"list.json": json.dumps([SHOWN + "1.jpg"])}, ["1 no_record", 'format = "lines"']),
    # img2dataset#317
    "a column missing in one part": (table("csv", 'image_url = "URL"'), {"list.a.csv": f"URL\n{SHOWN}1.jpg\n", "list.b.csv": f"url\n{SHOWN}2.jpg\n"}, ["list.b.csv: has no column `URL` (did you mean `url`?)"]),
}  # fmt: skip


@pytest.mark.parametrize("case", STOPPED)
def test_what_would_be_lost_stops_with_what_to_do(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, lists, said = STOPPED[case]
    output = checked(tmp_path, files, lists, monkeypatch)
    assert output.startswith("2 ")
    assert [part for part in said if part not in output] == [], output
    built = CliRunner().invoke(main, ["build", "--jobs", "1"])
    assert built.exit_code == 2 and not (tmp_path / "_site").exists()
    assert [part for part in said if part not in built.output] == [], built.output


@pytest.mark.parametrize("place", ["raw", "sample"])
@pytest.mark.parametrize(
    ("bad", "expect", "code"),
    [
        (1, "", 0),
        (2, "", 2),
        (2, "rejected = { max = 2 }", 0),
        (3, "rejected = { max = 2 }", 2),
        (2, "rejected = { share = 0.02 }", 0),
        (3, "rejected = { share = 0.02 }", 2),
        (3, "rejected = { share = 0.5, max = 2 }", 2),
    ],
)
def test_more_than_one_row_of_a_hundred_stops_unless_it_is_expected(
    tmp_path: Path, bad: int, expect: str, code: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{90000000000 + n}" for n in range(100 - bad)] + ["x"] * bad
    folder = dataset(
        tmp_path,
        "d",
        table("csv", 'photo_id = "id"') + (f"[expect]\n{expect}\n" if expect else ""),
        {"list.csv": "\n".join(["id", *rows])},
    )
    (folder / "raw").rename(folder / place)
    monkeypatch.chdir(tmp_path)
    for command in (["check"], ["build", "--jobs", "1"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == code, done.output
        assert ("d: " + str(bad) + " rejected, expected at most" in done.output) == (code == 2)
    shown = "list.csv, row 101: x" if bad == 1 else f"list.csv, row {102 - bad}: x"
    assert code == 0 or shown in done.output


def test_no_row_is_shown_where_anyone_can_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset(tmp_path, "d", table("csv", 'photo_id = "id"'), {"list.csv": "id\n90000000001\nsecret\n"})
    monkeypatch.chdir(tmp_path)
    assert "secret" in CliRunner().invoke(main, ["build", "--jobs", "1"]).output
    monkeypatch.delenv("EXPOSING_SHOW_ROWS")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    output = CliRunner().invoke(main, ["build", "--jobs", "1"]).output
    assert "1 bad_photo_id" in output and "secret" not in output


def test_a_column_that_one_of_many_lists_fills_is_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exposing.lists.TASK", 1)  # each is read by itself
    lists = {f"list.{n}.csv": f"id,owner\n9000000000{n},{ALICE if n == 3 else ''}\n" for n in range(1, 5)}
    assert checked(tmp_path, table("csv", IDS), {**lists}, monkeypatch).startswith("0 ")


@pytest.mark.parametrize("name", ["._list.csv", ".DS_Store", "__MACOSX/list.csv", "deep/._list.csv"])
def test_what_a_mac_puts_beside_a_list_is_passed_over(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """geo-activity-playground#83, cesium#262."""
    lists: dict[str, str | bytes] = {"list.csv": "id\n90000000001\n", name: b"\0\5\x16\7\0\2\0\0Mac OS X"}
    output = checked(tmp_path, table("csv", 'photo_id = "id"', path="*.csv"), lists, monkeypatch)
    assert output.startswith("0 ") and "not read" not in output


def test_an_archive_of_several_lists_may_be_called_anything(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", "id\n90000000001\n")
        archive.writestr("b.csv.gz", gzip.compress(b"id\n90000000002\n"))
    files = table("csv", 'photo_id = "id"', path="*.csv")
    rows, _ = extracted(dataset(tmp_path, "d", files, {"download": buffer.getvalue()}))
    assert sorted(row["photo_id"] for row in rows) == [90000000001, 90000000002]  # type: ignore[type-var]


def test_the_rest_of_a_preamble_is_counted(tmp_path: Path) -> None:
    files = table("csv", 'photo_id = "id"', 'skip = 1\ncomment = "#"\n')
    text = "Title\n\n# note\nid\n90000000001\n# note\nx\n"
    _, tally = extracted(dataset(tmp_path, "d", files + ANY, {"list.csv": text}))
    assert (tally.kept, tally.passed_over, dict(tally.rejected)) == (1, 4, {"bad_photo_id": 1})
    assert tally.examples["bad_photo_id"] == ["list.csv, row 7: x"]


@pytest.mark.parametrize(
    ("match", "anchored"),
    [
        ("^(?P<nsid>[0-9]+)/", True),
        ("(?P<nsid>[0-9]+)$", True),
        ("(?:^|/)(?P<nsid>[0-9]+)$", True),
        ("^a|(?P<nsid>[0-9]+)", False),
        (r"(?P<nsid>[0-9]+)\$", False),
        ("[|(](?P<nsid>[0-9]+)[)$]", False),
        ("(?P<nsid>[0-9]+)", False),
    ],
)
def test_patterns_that_fit_a_line_once_are_known(match: str, anchored: bool) -> None:
    assert read_text._is_anchored(match) == anchored


@pytest.mark.parametrize(
    ("value", "photo"),
    [
        ("90000000101.0", 90000000101),
        ("90000000101.", 90000000101),
        ("9.0000000101e10", 90000000101),
        ("9,0000000101E+10", 90000000101),
        ("9.000000011e+10", 90000000110),
        ("9.00000001E+10", None),
        ("9e10", None),
        ("90000000101.5", None),
        ("9.0E-10", None),
    ],
)
def test_numbers_are_read_where_no_digit_is_lost(value: str, photo: int | None) -> None:
    found = BY_KIND["photo_id"](pa.array([value, "90000000001"]), False)["photo_id"]
    assert found.to_pylist() == [photo, 90000000001]


def test_likely_encodings() -> None:
    assert likely(r"Jos\xe9") == 'encoding = "cp1252"'
    assert "shift_jis" in likely("\\x" + "\\x".join(f"{byte:02x}" for byte in "山田太郎".encode("shift_jis")))
    assert likely("plain") == ""


def test_addresses_of_files_that_git_lfs_holds() -> None:
    for address in ("raw.githubusercontent.com/o/r/main/a.csv", "github.com/o/r/raw/refs/heads/main/a.csv"):
        media = _MEDIA.sub(r"https://media.githubusercontent.com/media/\1/", f"https://{address}")
        assert media == "https://media.githubusercontent.com/media/o/r/main/a.csv"
