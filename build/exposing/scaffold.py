"""`exposing new`: a dataset folder that passes `exposing check` as it is, with invented rows."""

import os
import re
from pathlib import Path

from exposing.errors import BuildError

_MANIFEST = """#:schema ../dataset.schema.json
title = "{title}"
description = "One or two sentences: what this dataset is."
url = "https://example.org/{slug}"
license = ""
cite_as = "Authors. Title. Venue, year."
creators = ["Institution"]
published = 2020
status = "unclear"                # available, on_request, withdrawn or unclear
used_for = "One or two sentences: what it was made and used for."
missing = "What is still not known of it, or which list is not here."
derived_from = []                 # slugs of datasets that its photos were drawn from
sources = ["https://example.org/{slug}"]

[[facts]]                         # as many as you like, each with the page where it can be read
what = "Photos"
value = "3"
source = "https://example.org/{slug}"

[[history]]                       # what became of it: published, changed, reported or withdrawn
date = "2020"                     # a year, a month (2020-06) or a day (2020-06-30)
event = "published"
text = "It was published with a paper."
source = "https://example.org/{slug}"

[[changes]]                       # of this entry of the catalogue: they make the news feed
date = "2026-01-01"
text = "Added to the catalogue."

[[files]]
path = "{slug}.csv"               # a glob; the file goes into raw/, also as .gz, or inside a .zip or .tar.gz
format = "csv"                    # csv tsv json jsonl lines parquet python
columns = {{ nsid = "owner", page_url = "url", identity = "label" }}   # kind = column of the list
"""

_ABOUT = """## What it is

Say in your own words what this dataset is, who made it and where its photos came from.

## What can be searched here

Say what its list names: accounts, photos, images or people.
"""

_LIST = """owner,url,label
70000001@N99,https://www.flickr.com/photos/70000001@N99/99000000001,Max Invented
70000001@N99,https://www.flickr.com/photos/70000001@N99/99000000002,
70000002@N99,https://www.flickr.com/photos/70000002@N99/99000000003,Eve Invented
"""

_EXPECTED = """nsid,alias,name,photo_id,image_url,identity,license,uploaded,tags
70000001@N99,,,99000000001,,Max Invented,,,
70000001@N99,,,99000000002,,,,,
70000002@N99,,,99000000003,,Eve Invented,,,
"""


def new(data_sources: Path, name: str) -> Path:
    """Make `data_sources/<slug>/`. Raises BuildError if the name cannot be a slug or is taken."""
    slug = name.lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", slug):
        raise BuildError(f"`{name}` cannot name a dataset", fix="use letters, digits, _ and -")
    folder = data_sources / slug
    if os.path.lexists(folder):  # also a link that leads nowhere
        raise BuildError("is there already", where=str(folder), fix="choose another name")
    title = re.sub("[_-]", " ", slug).title()
    files = {
        "dataset.toml": _MANIFEST.format(slug=slug, title=title),
        "about.md": _ABOUT,
        f"sample/{slug}.csv": _LIST,
        "expected.csv": _EXPECTED,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "raw").mkdir(mode=0o700)
    return folder
