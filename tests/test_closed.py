"""What is made of lists is for its owner alone; what is published is for everyone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from mini import ROOT, add


def modes(folder: Path) -> set[tuple[str, int]]:
    """Of a folder and all that is in it: what each is, and its mode."""
    found = [folder, *folder.rglob("*")]
    return {("folder" if path.is_dir() else "file", path.stat().st_mode & 0o777) for path in found}


def run(root: Path, *arguments: str) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "build"), "EXPOSING_LISTS": str(root / "lists.zip")}
    command = [sys.executable, "-m", "exposing", *arguments]
    subprocess.run(command, cwd=root, env=env, check=True, umask=0o022, capture_output=True)


def test_what_lists_become_is_closed_and_the_site_is_open(tmp_path: Path) -> None:
    folder = add(tmp_path, "a", nsid=["10000001@N99"], photo_id=[90000000101])
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        archive.write(folder / "raw" / "list.csv", "a/deep/list.csv")
    (folder / "raw" / "list.csv").unlink()
    (folder / "raw").rmdir()
    (tmp_path / ".cache").mkdir(mode=0o755)  # as older versions left it
    run(tmp_path, "fetch")
    run(tmp_path, "build", "--jobs", "2", "--out", "new/folder/site")
    closed = {("folder", 0o700), ("file", 0o600)}
    assert modes(folder / "raw") == closed
    assert modes(tmp_path / ".cache") == closed
    assert modes(tmp_path / "new") == {("folder", 0o755), ("file", 0o644)}
    run(tmp_path, "new", "b")
    assert modes(tmp_path / "data_sources" / "b" / "raw") == {("folder", 0o700)}
    assert (tmp_path / "data_sources" / "b" / "dataset.toml").stat().st_mode & 0o777 == 0o644


def test_work_in_progress_is_closed(tmp_path: Path) -> None:
    """A build that stops half-way to look at what it has made until then, in this process and in workers."""
    add(tmp_path, "a", nsid=["10000001@N99"], photo_id=[90000000101])
    look = (
        "import os; from pathlib import Path; from exposing import pages\n"
        "def looked(*_):\n"
        "    work = [one for one in Path('.').glob('_site.staging-*')]\n"
        "    modes = {oct(path.stat().st_mode & 0o077) for one in work for path in [one, *one.rglob('*/')]\n"
        "             if 'site' not in path.relative_to('.').parts[1:2]}\n"
        "    Path('seen').write_text(' '.join(sorted(modes)))\n"
        "    os._exit(0)\n"
        "pages.write_pages = looked\n"
        "from exposing.cli import main; main(['build', '--jobs', '2'])"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT / "build")}
    subprocess.run([sys.executable, "-c", look], cwd=tmp_path, env=env, umask=0o022, check=True)
    assert (tmp_path / "seen").read_text() == "0o0"
