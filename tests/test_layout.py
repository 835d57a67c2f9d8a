"""The house rules: which way imports point, what is in the repository, and what never is."""

import ast
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from exposing import cache
from mini import ROOT

SOURCE = ROOT / "build" / "exposing"
MODULES = {path.stem: path for path in SOURCE.glob("*.py")}
FOUNDATION = {"closed", "errors", "keys", "names", "schema"}
ORDER = [  # each may import those before it
    *sorted(FOUNDATION), "urls", "texts", "identifiers", "removals", "years", "links", "models", "words", "manifest", "site", "content", "lists", "project", "web", "download", "fetch", "batches", "read_text", "read_csv", "read_json", "read_table", "read", "normalise", "columns", "entries", "extract", "occurring", "losses", "cache", "exchange",
    "relations", "output", "index", "catalogue", "citations", "charts", "croissant", "feed", "card", "templates", "pages", "records", "transport", "lookup", "serve", "scaffold", "processes", "engine", "sought", "withheld", "build", "removal_check", "cli", "reference", "__main__", "__init__",
]  # fmt: skip


def imports(path: Path) -> set[str]:
    """The modules of ours that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "exposing":
            parts = (node.module or "").split(".")[1:]
            found |= set(parts[:1]) or {alias.name for alias in node.names}
    return found


def committed() -> list[Path]:
    """Every file that git has or would take; of a copy that is no repository, what .gitignore lets through."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.strip("/").split("/")[-1] for line in lines if line and not line.startswith("#")]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not any(fnmatch(part, name) for part in path.relative_to(ROOT).parts for name in ignored)
    ]


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    allowed = set() if module in FOUNDATION else set(ORDER[: ORDER.index(module)])
    assert imports(MODULES[module]) <= allowed


def test_the_cache_knows_every_module_that_reads_lists() -> None:
    """One that it does not know could change, and entries that were read before it did would still be used."""
    reached, waiting = set(), ["cache"]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += imports(MODULES[module])
    assert reached - {"errors"} == set(cache._READING)


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_ignores_nothing_of_the_source(tmp_path: Path) -> None:
    """Asked in a repository of its own, where the project's .gitignore is all that counts."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    paths = [str(path.relative_to(ROOT)) for path in (ROOT / "build").rglob("*.py")]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *paths],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ignored.returncode, ignored.stdout) == (1, "")


def test_every_account_in_the_repository_is_invented() -> None:
    for path in committed():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found = re.findall(r"[0-9]{5,12}@[Nn](?!99)[0-9]{2}", text)
        assert not found, path


def test_the_repository_speaks_of_no_machine() -> None:
    for path in committed():
        if path.suffix not in (".png", ".json"):
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not re.search(r"(?<![\w.])/(home|root|Users|work|tmp)/\w", text), path


def test_no_list_is_committed() -> None:
    assert not [path for path in committed() if "raw" in path.relative_to(ROOT).parts]


def test_nothing_runs_from_data() -> None:
    forbidden = r"\b(eval|exec|pickle|extractall|yaml)\b"
    for path in SOURCE.glob("*.py"):
        text = re.sub(r"exec_module|execFile", "", path.read_text(encoding="utf-8"))
        assert not re.search(forbidden, text), path


def test_there_is_no_prose_in_javascript() -> None:
    """Sentences are in the templates and in strings/: a script holds no text with two words in a row."""
    for path in (ROOT / "site_templates" / "js").glob("*.js"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        code = "\n".join(line for line in code.splitlines() if "Error(" not in line)
        assert not re.findall(r"[\"'`][A-Z][a-z]+ [a-z]+", code), path
