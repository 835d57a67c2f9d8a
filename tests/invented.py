"""An invented world for the tests of the page: small datasets that hold every kind of answer."""

from pathlib import Path

from mini import ALICE, ANY, BRUNO, dataset

SAM_ONE, SAM_TWO, NAMED_ONLY = "10000005@N99", "10000006@N99", "10000007@N99"
ALICE_PHOTOS = range(90000000101, 90000000201)  # a hundred: four pages
SHARED_PHOTO, OF_BRUNO = 90000000101, 90000000201
IMAGE = "https://images.example.org/people/jane.jpg?size=large"
FILLERS = 60_000  # photos: enough for several shards

ABOUT = """## What it is

An *invented* dataset, with a [safe link](https://example.org/), a [plain one](http://example.org/),
a [bad one](javascript:alert(1)) and <script>alert("raw HTML")</script>.
"""

MORE = """derived_from = ["pool"]
sources = ["https://example.org/paper?a=1&b=2"]
[[facts]]
what = "Faces <counted>"
value = "1,234"
source = "https://example.org/paper"
[published_counts]
photos = 4000
source = "https://example.org/counts"
"""


def _list(columns: str, *rows: tuple[object, ...]) -> tuple[str, dict[str, str | bytes]]:
    """A `[[files]]` table and its list, whose columns are named after what they hold."""
    names = columns.split()
    files = '[[files]]\npath = "list.csv"\nformat = "csv"\n[files.columns]\n' + "".join(
        f'{n} = "{n}"\n' for n in names
    )
    lines = [",".join(f'"{cell}"' for cell in row) for row in [tuple(names), *rows]]
    return files, {"list.csv": "\n".join(lines) + "\n"}


def write(root: Path) -> None:
    """Write the datasets and `site.toml`; the lists are samples, but for one that is not there at all."""
    _write(
        root,
        "faces",
        "",
        *_list(
            "nsid alias photo_id",
            *((ALICE, "", photo) for photo in ALICE_PHOTOS),
            (BRUNO, "bruno_b", OF_BRUNO),
        ),
    )
    _write(
        root,
        "at_work",
        MORE,
        *_list(
            "nsid alias name photo_id license uploaded",
            (ALICE, "alice-example", "Alice Example", SHARED_PHOTO, "CC BY 2.0", "2009-05-01"),
            (ALICE, "alice-example", "Alice Example", SHARED_PHOTO, "CC BY 2.0", "2009-05-01"),
            (ALICE, "alice-example", "Alice Example", 90000000301, "CC BY-NC-SA 2.0", "2012-08-30"),
            (BRUNO, "bruno_b", "Bruno B.", "x", "CC BY 2.0", "2010-01-01"),
            (SAM_ONE, "", "Sam", 90000000501, "CC BY 2.0", "2012-01-01"),
            (SAM_TWO, "", "sam", 90000000601, "CC BY-NC 2.0", "2013-01-01"),
        ),
    )
    _write(
        root,
        "portraits",
        "",
        *_list(
            "image_url identity",
            (IMAGE, "Jane_Example"),
            ("https://images.example.org/2.jpg", "Jane_Example"),
            ("https://images.example.org/3.jpg", "Alice Example"),
            (f"https://farm6.staticflickr.com/5/{SHARED_PHOTO}_0a1b2c3d4e_z.jpg", "Jane Example"),
            (f"https://farm6.staticflickr.com/5/buddyicons/{NAMED_ONLY}_r.jpg", "John Q. Sample"),
        ),
    )
    _write(
        root,
        "pool",
        "collection = true\n",
        *_list(
            "nsid photo_id tags",
            *(
                (f"{30000000 + n // 8}@N99", 90100000000 + 7919 * n, "wedding" if n % 50 == 0 else "")
                for n in range(FILLERS)
            ),
        ),
    )
    _write(root, "closed", 'not_searchable = "Its list names no source of any picture."\n', "", {})
    files, _ = _list("photo_id")
    _write(root, "kept_back", "", files, {})


def add_list(root: Path, slug: str, columns: str, *rows: tuple[object, ...]) -> None:
    """Add one more dataset, whose list's columns are named after what they hold."""
    _write(root, slug, "", *_list(columns, *rows))


def _write(root: Path, slug: str, more: str, files: str, lists: dict[str, str | bytes]) -> None:
    folder = dataset(root, slug, more + files + (ANY if lists else ""), lists)
    (folder / "about.md").write_text(ABOUT, encoding="utf-8")
    if lists:
        (folder / "raw").rename(folder / "sample")
