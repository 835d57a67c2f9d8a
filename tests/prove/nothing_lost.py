"""Nothing lost: of random lists with random damage every row is kept, a duplicate, or rejected by name."""

import json
import shutil
from collections import Counter
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from exposing.build import build_site
from exposing.errors import BuildError
from exposing.project import Project
from mini import ANY, FACTS, ROOT, packed
from prove.ground import ONE_LANGUAGE, Ground, PlainReader, tree

SEED = 20_261_123


class Row(NamedTuple):
    """One row of a list as bytes, and what must become of it: kept under two keys, or rejected, or no row."""

    raw: bytes
    nsid: str = ""
    photo: int = 0
    reason: str = ""


ACCOUNTS = st.integers(0, 40).map(lambda n: f"{30000000 + n}@N99")
PHOTOS = st.integers(0, 300).map(lambda n: 90_000_000_000 + 7 * n)
PASSED_OVER = ("blank", "comment")


def _good(form: str) -> st.SearchStrategy[Row]:
    write = {
        "csv": lambda a, p: f"{a},{p}",
        "tsv": lambda a, p: f"{a}\t{p}",
        "lines": lambda a, p: f"{a}/{p}_0.jpg",
        "jsonl": lambda a, p: json.dumps({"nsid": a, "photo_id": p}),
        "json": lambda a, p: json.dumps({"nsid": a, "photo_id": p}),
    }[form]
    return st.builds(lambda a, p: Row(write(a, p).encode(), a, p), ACCOUNTS, PHOTOS)


TABLE = [
    (b"x%s%d", "bad_nsid"),
    (b"1@N9%s%d", "bad_nsid"),
    (b"30000001@N99%s-%d", "bad_photo_id"),
    (b"30000001@N99%s0%dx", "bad_photo_id"),
    (b"30000001@N99%s%d\x01", "control_character"),
    (b"30000001\xe9@N99%s%d", "bad_utf8"),
    (b"30000001@N99%s%d%sthird", "wrong_columns"),
]
DAMAGED: dict[str, list[tuple[bytes, str]]] = {
    "csv": [*[(text.replace(b"%s", b","), why) for text, why in TABLE], (b",", "no_identifier")],
    "tsv": [*[(text.replace(b"%s", b"\t"), why) for text, why in TABLE], (b"\t", "no_identifier")],
    "lines": [
        (b"rubbish %d", "no_match"),
        (b"30000001@N99/%d.png", "no_match"),
        (b"30000001@N99/\x00%d_0.jpg", "no_match"),
        (b"\xff%d", "bad_utf8"),
        (b"   ", "blank"),
        (b"# %d", "comment"),
    ],
    "jsonl": [
        (b'{"nsid": "x%d", "photo_id": 90000000001}', "bad_nsid"),
        (b'{"nsid": "30000001@N99", "nsid": "30000002@N99", "photo_id": %d}', "duplicate_key"),
        (b'{"nsid": "30000001@N99", "photo_id": %d', "not_json"),
        (b'{"nsid": "\\ud800", "photo_id": %d}', "bad_utf8"),
        (b'{"other": %d}', "no_identifier"),
        (b"[" * 5000 + b"%d", "not_json"),
        (b" ", "blank"),
    ],
    "json": [
        (b'{"nsid": "x%d", "photo_id": 90000000001}', "bad_nsid"),
        (b'{"nsid": "30000001@N99", "nsid": "30000002@N99", "photo_id": %d}', "duplicate_key"),
        (b'{"other": %d}', "no_identifier"),
        (b"%d", "no_record"),
    ],
}


def _rows(form: str) -> st.SearchStrategy[list[Row]]:
    """Rows of which some are damaged, and some stand there more than once."""
    damaged = st.builds(
        lambda one, number: Row(one[0].replace(b"%d", b"%d" % (90_000_000_000 + number)), reason=one[1]),
        st.sampled_from(DAMAGED[form]),
        st.integers(0, 5),
    )
    rows = st.lists(st.one_of(_good(form), _good(form), damaged), max_size=25)
    again = st.lists(st.integers(0, 24), max_size=4)
    return st.builds(lambda some, places: some + [some[at] for at in places if at < len(some)], rows, again)


class Dataset(NamedTuple):
    """An invented dataset: how its lists are written, and their rows."""

    form: str
    packing: str
    lists: list[list[Row]]


FORMS = sorted(DAMAGED)
DATASETS = st.sampled_from(FORMS).flatmap(
    lambda form: st.builds(
        Dataset,
        st.just(form),
        st.sampled_from(["", ".gz", ".xz", ".zip", ".tar.gz"]),
        st.lists(_rows(form), min_size=1, max_size=3),
    )
)
WORLDS = st.lists(DATASETS, min_size=1, max_size=3)
MANIFEST_DAMAGE = st.none() | st.tuples(
    st.integers(0, 600), st.sampled_from(["cut", "drop", "double", "turn", "bytes"])
)


def _table(form: str) -> str:
    text = f'[[files]]\npath = "list*.{form}"\nformat = "{form}"\n'
    if form == "lines":
        return (
            text
            + 'comment = "#"\n'
            + r"match = '^(?P<nsid>[0-9]+@N[0-9]{2})/(?P<photo_id>[0-9]+)_0\.jpg$'"
            + "\n"
        )
    return text + 'columns = { nsid = "nsid", photo_id = "photo_id" }\n'


def _text(form: str, rows: list[Row]) -> bytes:
    raw = [row.raw for row in rows]
    if form == "json":
        return b"[" + b",\n".join(raw) + b"]"
    head = {"csv": [b"nsid,photo_id"], "tsv": [b"nsid\tphoto_id"]}.get(form, [])
    text = b"".join(line + b"\n" for line in head + raw)
    return text[:-1] if len(raw) % 2 else text  # some lists end without a line's end


def _write(ground: Ground, world: list[Dataset]) -> Project:
    root = ground.home / "world"
    shutil.rmtree(root, ignore_errors=True)
    for number, dataset in enumerate(world):
        raw = root / "data_sources" / f"d{number}" / "raw"
        raw.mkdir(parents=True)
        (raw.parent / "dataset.toml").write_text(FACTS.format(slug=f"d{number}") + _table(dataset.form) + ANY)
        for at, rows in enumerate(dataset.lists):
            name, text = f"list{at}.{dataset.form}", _text(dataset.form, rows)
            packing = dataset.packing
            plain = packing in ("", ".gz", ".xz")
            path = raw / (f"{name}{packing}" if plain else f"archive{at}{packing}")
            path.write_bytes(packed(name, text, packing) if packing else text)
    (root / "site.toml").write_text(ONE_LANGUAGE)
    return Project(root / "data_sources", ROOT / "site_templates", root / "site.toml")


def _check_counts(report: dict[str, Any], world: list[Dataset], counts: Counter[str]) -> None:
    for number, dataset in enumerate(world):
        rows = [row for rows in dataset.lists for row in rows]
        good = [row for row in rows if row.nsid]
        rejected = Counter(row.reason for row in rows if row.reason and row.reason not in PASSED_OVER)
        facts = report["datasets"][f"d{number}"]
        said = (facts["rows"], facts["kept"], facts["duplicates"], facts["rejected"])
        distinct = len({row.raw for row in good})
        expected = (len(good) + rejected.total(), distinct, len(good) - distinct, dict(rejected))
        assert said == expected, f"d{number} ({dataset.form}): said {said}, must be {expected}"
        counts.update(rows=expected[0], kept=expected[1], duplicates=expected[2], rejected=rejected.total())
        counts.update(f"reason {reason}" for reason in rejected)


def _check_found(reader: PlainReader, world: list[Dataset], counts: Counter[str]) -> None:
    for number, dataset in enumerate(world):
        slug = f"d{number}"
        of: dict[str, set[int]] = {}
        for row in (row for rows in dataset.lists for row in rows if row.nsid):
            of.setdefault(row.nsid, set()).add(row.photo)
            assert slug in reader.photo(row.photo), f"photo {row.photo} of {slug} is lost"
            counts["found again"] += 1
        for nsid, photos in of.items():
            assert reader.account(f"nsid:{nsid}").get(slug) == sorted(photos), (
                f"{nsid} of {slug} is not whole"
            )


def _has_good(rows: list[Row]) -> bool:
    return any(row.nsid for row in rows)


def _damage(text: bytes, at: int, how: str) -> bytes:
    at %= len(text)
    lines = text.split(b"\n")
    line = lines[at % len(lines)]
    return {
        "cut": text[:at],
        "drop": text[:at] + text[at + 1 :],
        "double": text + line + b"\n",
        "turn": text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :],
        "bytes": text[:at] + b"\xff\x00" + text[at:],
    }[how]


def prove(ground: Ground) -> list[str]:
    """Random worlds, read by the whole program; what it says of them, and what its index holds, checked."""
    counts: Counter[str] = Counter()
    out = ground.home / "_site"

    @seed(SEED)
    @settings(
        max_examples=ground.count(1000, 40),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(WORLDS, MANIFEST_DAMAGE)
    def every_row(world: list[Dataset], damage: tuple[int, str] | None) -> None:
        counts["worlds"] += 1
        counts["manifests"] += len(world)
        project = _write(ground, world)
        if damage:
            path = project.data_sources / "d0" / "dataset.toml"
            path.write_bytes(_damage(path.read_bytes(), *damage))
        empty = {f"d{number}" for number, one in enumerate(world) if not any(map(_has_good, one.lists))}
        before = tree(out) if (damage or empty) and out.exists() else {}
        try:
            report = build_site(project, out, jobs=1)
        except BuildError as error:
            named = {line.split(":")[0] for line in error.message.splitlines()}
            assert damage or empty, f"refused without a reason: {error.message}"
            assert damage or named == empty, f"{empty} have nothing to find: {error.message}"
            assert "d0" in error.message or named <= empty, f"names no file: {error.message}"
            assert "\n\n" not in error.message and (not before or tree(out) == before), (
                "a refused build changed the site"
            )
            counts["manifests refused by name" if damage else "nothing to find"] += 1
            return
        assert empty <= ({"d0"} if damage else set()), f"searched, with nothing to find: {empty}"
        for facts in report["datasets"].values():  # whatever the damage did, this holds
            assert facts["rows"] == facts["kept"] + facts["duplicates"] + sum(facts["rejected"].values())
        if damage is None:
            _check_counts(report, world, counts)
            _check_found(PlainReader(out), world, counts)
        else:
            counts["damaged manifests that still mean something"] += 1

    every_row()
    reasons = sorted(name.removeprefix("reason ") for name in counts if name.startswith("reason "))
    assert counts["found again"] >= counts["kept"] > 0
    return [
        f"{counts['worlds']:,} random projects with {counts['manifests']:,} manifests:"
        f" {counts['rows']:,} rows = {counts['kept']:,} kept + {counts['duplicates']:,} duplicates"
        f" + {counts['rejected']:,} rejected, as they were made, each time",
        f"rejected for {len(reasons)} reasons: {', '.join(reasons)}",
        f"{counts['found again']:,} of {counts['kept'] + counts['duplicates']:,} good rows found again by a reader of its own",
        f"{counts['nothing to find']:,} projects refused for a list of which no row could be kept, by its name",
        f"{counts['manifests refused by name']:,} damaged manifests refused by name, the site as it was;"
        f" {counts['damaged manifests that still mean something']:,} still meant something, and added up",
    ]
