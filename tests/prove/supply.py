"""Supply chain: what the program is made with is listed, known faults are looked up, and a release can be repeated."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mini import ROOT
from prove.broken import COPIED
from prove.ground import EPOCH, Ground, tree

MORE = ("LICENSE", "CHANGELOG.md", ".gitignore", ".ci")
MASK = "import os, sys; os.umask(int(sys.argv[1], 8)); os.execv(sys.argv[2], sys.argv[2:])"


def _copy(folder: Path, when: int) -> Path:
    """The project as someone else has it: in another folder, written at another time, by another user."""
    for name in (*COPIED, *MORE):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("raw", "__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    for path in folder.rglob("*"):
        os.utime(path, (when, when))
        path.chmod(0o700 if path.is_dir() else 0o600 if when % 2 else 0o664)
    return folder


def _run(folder: Path, mask: str, *command: str | Path) -> str:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    environment.pop("PYTHONPATH", None)
    words = [sys.executable, "-c", MASK, mask, *map(str, command)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-500:]}{done.stderr[-1500:]}"
    return done.stdout


def _archives(folder: Path, mask: str) -> dict[str, bytes]:
    _run(folder, mask, sys.executable, "-m", "hatchling", "build", "-d", "dist")
    return tree(folder / "dist")


def _parts(folder: Path) -> Path:
    """What the release needs, installed by itself, and the list of it."""
    venv = folder / "released"
    _run(folder, "022", sys.executable, "-m", "venv", venv)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet"]
    _run(folder, "022", *pip, "--no-index", "--no-deps", "--find-links", "dist", "exposing")
    _run(folder, "022", *pip, *(folder / "dist").glob("*.whl"))
    listed = folder / "exposing.cdx.json"
    _run(
        folder,
        "022",
        Path(sys.executable).with_name("cyclonedx-py"),
        "environment",
        "--output-reproducible",
        "--of",
        "JSON",
        "-o",
        listed,
        venv / "bin" / "python",
    )
    return listed


def _audit(venv: Path) -> str:
    """What is known of faults in what was installed; or why nothing could be looked up."""
    site = next(venv.glob("lib/python*/site-packages"))
    command = [str(Path(sys.executable).with_name("pip-audit")), "--path", str(site), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answers = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return f"pip-audit could not reach its list of known faults ({done.stderr.strip().splitlines()[-1][:100]})"
    audited = [one for one in answers if "vulns" in one and one["name"] != "exposing"]
    faults = [f"{one['name']} {one['version']}: {fault['id']}" for one in audited for fault in one["vulns"]]
    assert not faults, f"known faults: {'; '.join(faults)}"
    if not audited:
        return "pip-audit could look up none of them from here, so that their versions are listed instead"
    return f"pip-audit: {len(audited)} of {len(answers)} packages looked up, 0 with known faults"


def prove(ground: Ground) -> list[str]:
    """A release made twice, and all that it needs."""
    made = [
        _archives(_copy(ground.folder(name), when), mask)
        for name, when, mask in (("one", 1_000_000_001, "077"), ("another folder", 1_700_000_000, "000"))
    ]
    differing = [name for name in made[0].keys() | made[1].keys() if made[0].get(name) != made[1].get(name)]
    assert len(made[0]) == 2 and not differing, f"differ: {differing}"
    sizes = ", ".join(f"{name} {len(data):,} bytes" for name, data in sorted(made[0].items()))
    figures = [
        f"a release made twice, in other folders, at other times and under other masks: 0 differing bytes ({sizes})"
    ]
    if ground.full:
        lists = [_parts(ground.home / name) for name in ("one", "another folder")]
        assert lists[0].read_bytes() == lists[1].read_bytes(), "two lists of parts differ"
        text = lists[0].read_text()
        assert str(ground.home) not in text, "a list of parts names a folder of this machine"
        parts = [
            f"{one['name']} {one['version']}"
            for one in json.loads(text)["components"]
            if one["name"] not in ("exposing", "pip", "setuptools")
        ]
        figures += [
            f"list of parts (CycloneDX), the same both times: {len(parts)} packages: {', '.join(parts)}",
            _audit(ground.home / "one" / "released"),
        ]
    return figures
