"""Miniature projects for tests: real manifests and invented lists in a temporary folder."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import shutil
import tarfile
import zipfile
from pathlib import Path

from exposing.build import build_site
from exposing.project import Project

ROOT = Path(__file__).parent.parent

_SHIPPED = """
    adience aflw afw celeba coco diveface duke_mtmc facescrub fairface fdf fdh ffhq fsxl geofaces
    google_fec helen ibm_dif ijb_a ijb_b ijb_c images_of_groups imdb_wiki lfw megaface ms_celeb_1m
    open_images oxford_town_centre pascal_voc pipa tinyface utkface vgg_face vggface2 who_goes_there
    wider_face wildtrack yfcc100m
"""
OURS = [slug for slug in _SHIPPED.split() if (ROOT / "data_sources" / slug).is_dir()]
"""The datasets that this project ships. A fork may have others, which no test but the manifests' own looks at."""

SEARCHED = sum((ROOT / "data_sources" / slug / "sample").is_dir() for slug in OURS)
ALICE, BRUNO = "10000001@N99", "10000002@N99"

FACTS = """title = "{slug}"
description = "An invented dataset."
url = "https://example.org/{slug}"
license = ""
cite_as = "Nobody."
creators = ["Nobody"]
published = 2020
status = "unclear"
"""

SITE = """title = "Exposing"
base_url = "https://example.org/exposing/"
repository = "https://example.org/code"
contact = "mailto:hello@example.org"
smallest_shard = 1
"""


def copy_ours(root: Path) -> None:
    """Copy the datasets that this project ships, without any real lists, into a project."""
    for slug in OURS:
        folder = Path("data_sources") / slug
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("raw"))


def dataset(root: Path, slug: str, files: str, lists: dict[str, str | bytes]) -> Path:
    """Add a dataset to a miniature project; `lists` is path below raw/ -> content."""
    folder = root / "data_sources" / slug
    folder.mkdir(parents=True)
    (folder / "dataset.toml").write_text(FACTS.format(slug=slug) + files, encoding="utf-8")
    for name, content in lists.items():
        path = folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    if not (root / "site.toml").exists():
        (root / "site.toml").write_text(SITE, encoding="utf-8")
        (root / "site_templates").symlink_to(ROOT / "site_templates")
    return folder


def packed(name: str, content: bytes, ending: str) -> bytes:
    """The content compressed, or as member `name` of an archive, in the form that an ending means."""
    if ending in (".gz", ".bz2", ".xz"):
        return {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[ending](content)
    buffer = io.BytesIO()
    if ending == ".zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


ANY = "[expect]\nrejected = { share = 1 }\n"
"""The end of a manifest of which any rows may be rejected."""

ROWS = '[[files]]\npath = "list.csv"\nformat = "csv"\ncolumns = {{ {} }}\n'


def csv(**columns: list[object]) -> str:
    """A CSV text out of its columns."""
    return "\n".join(",".join(map(str, row)) for row in [columns, *zip(*columns.values(), strict=True)])


def add(root: Path, slug: str, more: str = "", **columns: list[object]) -> Path:
    """A dataset whose list's columns are named after the kinds that they hold; `more` ends its manifest."""
    kinds = ", ".join(f'{kind} = "{kind}"' for kind in columns)
    return dataset(root, slug, ROWS.format(kinds) + more, {"list.csv": csv(**columns)})


def built(root: Path, **options: object) -> Path:
    """Build the miniature project into `_site`."""
    project = Project(root / "data_sources", root / "site_templates", root / "site.toml")
    build_site(project, root / "_site", jobs=1, **options)  # type: ignore[arg-type]
    return root / "_site"


def sealed(file: dict[str, object]) -> bytes:
    """A file of an index as JSON, with the digest at its end that a reader checks."""
    text = json.dumps({name: value for name, value in file.items() if name != "sha256"})[:-1].encode()
    return text + f',"sha256":"{hashlib.sha256(text).hexdigest()}"}}'.encode()
