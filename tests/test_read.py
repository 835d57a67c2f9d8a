"""Every list format, every packing, every way to name a column: the same rows come out."""

import io
import json
import random
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exposing import batches, read_json
from exposing.errors import ListError
from exposing.extract import Tally, entries
from exposing.lists import find
from exposing.manifest import ListFile, load
from mini import ALICE, dataset, packed

CSV = f"owner,photo\n{ALICE},90000000001\n{ALICE},90000000002\n"


def extracted(folder: Path) -> tuple[list[dict[str, object]], Tally]:
    """The entries of a dataset's lists without empty fields, and their tally."""
    work, _ = find(folder.name, folder, load(folder), folder / "raw")
    tally = Tally()
    rows = [row for task in work for batch in entries(task, tally) for row in batch.to_pylist()]
    return [{k: v for k, v in row.items() if v is not None and k != "row_hash"} for row in rows], tally


PHOTOS = [{"nsid": ALICE, "photo_id": 90000000001}, {"nsid": ALICE, "photo_id": 90000000002}]
COLUMNS = '[[files]]\npath = "list.{format}"\nformat = "{format}"\ncolumns = {{ nsid = "owner", photo_id = "photo" }}\n'
RECORDS = [{"owner": ALICE, "photo": 90000000001}, {"owner": ALICE, "photo": "90000000002"}]


@pytest.mark.parametrize("ending", ["", ".gz", ".bz2", ".xz", ".zip", ".tar.gz"])
def test_packing(tmp_path: Path, ending: str) -> None:
    content = CSV.encode()
    name = "list.csv" if ending in ("", ".gz", ".bz2", ".xz") else "pack"
    data = packed("deep/inside/list.csv", content, ending) if ending else content
    folder = dataset(tmp_path, "d", COLUMNS.format(format="csv"), {name + ending: data})
    assert extracted(folder)[0] == PHOTOS


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("csv", CSV),
        ("csv", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("csv", CSV.replace("90000000001", '"90000000001"')),
        ("tsv", CSV.replace(",", "\t")),
        ("json", json.dumps(RECORDS)),
        ("json", json.dumps({"0": RECORDS[0], "1": RECORDS[1]})),
        ("jsonl", "\n".join(map(json.dumps, RECORDS))),
    ],
)
def test_text_formats(tmp_path: Path, format: str, text: str) -> None:
    folder = dataset(tmp_path, "d", COLUMNS.format(format=format), {f"list.{format}": text})
    assert extracted(folder)[0] == PHOTOS


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_lines_that_end_as_on_older_macs(tmp_path: Path, header: bool, ending: str) -> None:
    columns = 'nsid = "owner", photo_id = "photo"' if header else "nsid = 0, photo_id = 1"
    table = f"header = {str(header).lower()}\ncolumns = {{ {columns} }}\n"
    text = f'owner,photo\r{ALICE},90000000001\r{ALICE},"90000000002"\r'.removeprefix(
        "" if header else "owner,photo\r"
    )
    data = packed("list.csv", text.encode(), ending) if ending else text
    files = f'[[files]]\npath = "list.csv"\nformat = "csv"\n{table}'
    rows, tally = extracted(dataset(tmp_path, "d", files, {f"list.csv{ending}": data}))
    assert (rows, tally.rows) == (PHOTOS, 2)


@pytest.mark.parametrize("mark", [";", " ", "|", "\t"])
def test_other_delimiters(tmp_path: Path, mark: str) -> None:
    files = COLUMNS.format(format="csv") + f"delimiter = {json.dumps(mark)}\n"
    text = CSV.replace(",", mark) + f'"{ALICE}"{mark}90000000003\n'
    rows, tally = extracted(dataset(tmp_path, "d", files, {"list.csv": text}))
    assert (rows[:2], len(rows), tally.rows) == (PHOTOS, 3, 3)


def test_what_a_mac_packs_beside_each_list_is_passed_over(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("lists/list.csv", CSV)
        archive.writestr("__MACOSX/lists/._list.csv", b"\0\5\x16\7")
        archive.writestr("lists/.DS_Store", b"\0")
    lists = {"lists.zip": buffer.getvalue(), ".DS_Store": b"\0"}
    files = COLUMNS.format(format="csv").replace("list.csv", "*.csv")
    folder = dataset(tmp_path, "d", files, dict(lists))
    rows, tally = extracted(folder)
    assert (rows, tally.rows) == (PHOTOS, 2)
    assert find("d", folder, load(folder), folder / "raw")[1] == []


def test_parquet_with_nested_columns(tmp_path: Path) -> None:
    folder = dataset(
        tmp_path,
        "d",
        '[[files]]\npath = "*.parquet"\nformat = "parquet"\ncolumns = { nsid = "who.id", photo_id = "photo" }\n',
        {"x": ""},
    )
    table = pa.table({"who": [{"id": ALICE}] * 2, "photo": [90000000001, 90000000002]})
    pq.write_table(table, folder / "raw" / "list.parquet")
    assert extracted(folder)[0] == PHOTOS


def test_records_inside_a_document(tmp_path: Path) -> None:
    document = {
        "info": {"images": 3},
        "images": [{"meta": {"url": "https://live.staticflickr.com/1/90000000001_ab.jpg"}}],
    }
    files = '[[files]]\npath = "*.json"\nformat = "json"\nrecords = "images"\ncolumns = { image_url = "meta.url" }\n'
    folder = dataset(tmp_path, "d", files, {"a.json": json.dumps(document)})
    assert extracted(folder)[0] == [{"photo_id": 90000000001}]


def test_python_reader(tmp_path: Path) -> None:
    folder = dataset(
        tmp_path, "d", '[[files]]\npath = "*.dat"\nformat = "python"\n', {"a.dat": f"{ALICE};90000000001"}
    )
    (folder / "read.py").write_text(
        "import pyarrow as pa\n"
        "def read(stream):\n"
        "    nsid, photo = stream.read().decode().split(';')\n"
        "    yield pa.record_batch({'nsid': [nsid], 'photo_id': [photo]})\n"
    )
    assert extracted(folder)[0] == PHOTOS[:1]


def test_lines_comments_crlf_and_a_last_line_without_newline(tmp_path: Path) -> None:
    files = """[[files]]\npath = "*.txt"\nformat = "lines"\ncomment = "#"
match = '^(?P<nsid>[0-9]+@N[0-9]{2})/(?P<photo_id>[0-9]+)_[0-9]+\\.jpg$'\n"""
    text = f"# a comment\r\n{ALICE}/90000000001_0.jpg\r\n\r\nrubbish\r\n{ALICE}/90000000002_1.jpg"
    rows, tally = extracted(dataset(tmp_path, "d", files, {"a.txt": text}))
    assert rows == PHOTOS
    assert (tally.kept, tally.rejected, tally.passed_over) == (2, Counter(no_match=1), 2)
    assert tally.examples == {"no_match": ["a.txt, row 4: rubbish"]}


def test_kinds_from_the_file_name(tmp_path: Path) -> None:
    files = """[[files]]\npath = "files/*.txt"\nformat = "lines"
match = '^[0-9]+ (?P<image_url>\\S+)'\nfile_match = '(?P<identity>[^/]+)\\.txt$'\n"""
    lists = {
        "x/files/Jane_Example.txt": "1 http://www.example.org/a.jpg",
        "x/files/Ada_Muster.txt": "1 http://example.org/b.jpg",
    }
    rows, _ = extracted(dataset(tmp_path, "d", files, lists))
    assert rows == [
        {"image_url": "example.org/b.jpg", "identity": "Ada Muster"},
        {"image_url": "example.org/a.jpg", "identity": "Jane Example"},
    ]


@pytest.mark.parametrize("how", ["columns", "match"])
def test_several_identifiers_in_a_row(tmp_path: Path, how: str) -> None:
    url = "http://farm4.staticflickr.com/1/9000000000{}_ab_b.jpg"
    row = f"{url.format(1)},0.5,{url.format(2)},0.5,{url.format(3)},0.5,{ALICE}"
    declared = {
        "columns": 'format = "csv"\nheader = false\ncolumns = { image_url = [0, 2, 4], nsid = 6 }',
        "match": "format = 'lines'\nmatch = '^(?P<image_url>[^,]+),.*?(?P<image_url_2>http[^,]+),.*?"
        "(?P<image_url_3>http[^,]+),.*?(?P<nsid>[0-9]+@N[0-9]{2})$'",
    }[how]
    rows, tally = extracted(
        dataset(tmp_path, "d", f'[[files]]\npath = "*.csv"\n{declared}\n', {"a.csv": row})
    )
    assert rows == [{"nsid": ALICE, "photo_id": 90000000000 + n} for n in (1, 2, 3)]
    assert tally.kept == tally.rows == 1


REASONS = {
    "bad_nsid": "12345@X99,90000000001",
    "bad_photo_id": f"{ALICE},9x10",
    "spoilt_number": f"{ALICE},9e10",
    "no_identifier": ",",
    "wrong_columns": f"{ALICE}",
    "control_character": f"{ALICE},9000000000\x001",
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_rejected_row_has_its_reason_and_stops_nothing(tmp_path: Path, reason: str) -> None:
    text = CSV + REASONS[reason] + f"\n{ALICE},90000000003\n"
    rows, tally = extracted(dataset(tmp_path, "d", COLUMNS.format(format="csv"), {"list.csv": text}))
    assert tally.rejected == Counter({reason: 1})
    assert len(rows) == tally.kept == 3
    assert tally.examples[reason][0].startswith("list.csv, row 4: ")


def test_bytes_that_are_not_utf8_are_a_rejected_row(tmp_path: Path) -> None:
    text = CSV.encode() + b"caf\xe9,90000000003\n"
    _, tally = extracted(dataset(tmp_path, "d", COLUMNS.format(format="csv"), {"list.csv": text}))
    assert tally.rejected == Counter(bad_utf8=1)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("list.csv.gz", b"not gzip", "list.csv"),
        ("list.csv", CSV.encode("utf-16"), "UTF-16"),
        ("list.csv", b"who,what\n1,2\n", "no column `owner`"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    folder = dataset(tmp_path, "d", COLUMNS.format(format="csv"), {name: data})
    with pytest.raises(ListError) as caught:
        extracted(folder)
    assert said in str(caught.value)
    assert "list.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_document_cut_off_is_named(tmp_path: Path) -> None:
    folder = dataset(tmp_path, "d", COLUMNS.format(format="json"), {"list.json": json.dumps(RECORDS)[:-5]})
    with pytest.raises(ListError, match=r"list\.json: cannot be read as json"):
        extracted(folder)


def test_form_encoded_text(tmp_path: Path) -> None:
    files = (
        '[[files]]\npath = "a.tsv"\nformat = "tsv"\nheader = false\nform_encoded = true\n'
        "columns = { nsid = 0, name = 1, tags = 2, uploaded = 3 }\n"
    )
    text = f"{ALICE}\tAlice+Example\tb%26w,black+and+white,wedding\t1388577600"
    rows, _ = extracted(dataset(tmp_path, "d", files, {"a.tsv": text}))
    assert rows[0]["name"] == "alice example"
    assert rows[0]["tags"] == ["bw", "blackandwhite", "wedding"]
    assert str(rows[0]["uploaded"]) == "2014-01-01"


@pytest.mark.parametrize("opening", [f'"{ALICE},90000000001', f'{ALICE},"90000000001'])
def test_a_quote_that_is_never_closed_is_named_and_swallows_nothing(tmp_path: Path, opening: str) -> None:
    text = CSV + opening + f"\n{ALICE},90000000003" * 1000 + "\n"
    folder = dataset(tmp_path, "d", COLUMNS.format(format="csv"), {"list.csv": text})
    with pytest.raises(ListError, match="a quote that opens in row 4 is never closed"):
        extracted(folder)


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_half_a_character_is_a_rejected_row(tmp_path: Path, format: str) -> None:
    records = [json.dumps(record) for record in [*RECORDS, {"owner": "\ud800", "photo": 1}]]
    text = f"[{','.join(records)}]" if format == "json" else "\n".join([*records, "", "{"])
    rows, tally = extracted(dataset(tmp_path, "d", COLUMNS.format(format=format), {f"list.{format}": text}))
    assert rows == PHOTOS
    expected = {"bad_nsid": 1} if format == "json" else {"bad_utf8": 1, "not_json": 1}  # ijson writes "?"
    assert tally.rejected == Counter(expected)


def test_records_read_by_arrow_are_those_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of lines, damaged and odd ones among them: the quick way and the slow one give the same rows."""
    spec = ListFile(path="a", format="jsonl", columns={"nsid": "n", "alias": "a"})
    dice = random.Random(3)
    odd = ["", "{}", "# c", "[1]", '{"n":"a"} {"n":"b"}', '{"n":"a"', "}{", '{"n":"a"},', '{"n":"a",}', "{'n':1}", '{"n":"a"}x',
           '  {"n":"s"} ', '{"n":"a","n":"b"}', '{"n":"\x01"}', "nul", '{"n":"\xff"}', '{"a":[{}', ',{}]}', '{"n":' + "[" * 999]  # fmt: skip
    values = [
        '"x"',
        '"é\\u00e9"',
        '"\\ud800"',
        "1",
        "1e400",
        "null",
        "true",
        '[1,"b"]',
        '{"q":1}',
        "NaN",
        '"\\n"',
        "9" * 25,
    ]

    def line(plain: str) -> str:
        if dice.random() < 0.05:
            return dice.choice(odd)
        value = dice.choice(values) if dice.random() < 0.1 else plain
        return "{" + ", ".join(f'"{key}": {value}' for key in dice.sample("naz", dice.randrange(1, 4))) + "}"

    plain = [chr(34) + "a" + chr(34), "90000000001", "-0"]
    blocks = [
        "".join(f"{line(plain[n % 3])}\n" for _ in range(dice.randrange(1, 6))).encode("latin-1")
        for n in range(3000)
    ]
    blocks += [block.decode("latin-1").encode() for block in blocks]
    quick = [read_json._jsonl_batch("list", 1, block, spec).to_pylist() for block in blocks]
    taken = [
        read_json._plain_records(block, batches.lines_of(block)[0], spec) is not None for block in blocks
    ]
    assert 1000 < sum(taken) < 5000
    monkeypatch.setattr(read_json, "_plain_records", lambda *_: None)
    assert quick == [read_json._jsonl_batch("list", 1, block, spec).to_pylist() for block in blocks]
