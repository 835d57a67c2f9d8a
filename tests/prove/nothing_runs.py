"""Nothing runs from data: no list, manifest or page is ever executed, and read.py only where a builder says so."""

import ast
import re
from pathlib import Path

from mini import ROOT, dataset
from prove.ground import Ground, run

SOURCE = ROOT / "build" / "exposing"
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__", "breakpoint", "globals"}
FORBIDDEN_MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "yaml",
    "runpy",
    "code",
    "codeop",
    "subprocess",
}
FORBIDDEN_METHODS = {
    "extractall",
    "extract_all",
    "system",
    "popen",
    "literal_eval",
    "unpack_archive",
    "load_module",
}
LOADS_CODE = {"read_table.py": "exec_module"}
"""The one place that runs a program of a dataset, and by what means."""

RUNS_CODE = re.compile(
    r"^ +(?:- )?run: (?!gh release create ).*|uses: actions/(?:checkout|setup-)", re.MULTILINE
)
"""A workflow's steps that run what the repository or pip brings, or that make ready for it."""

SCRIPTS = r"\b(eval|Function|importScripts|document\.write|innerHTML|outerHTML|insertAdjacentHTML|setTimeout\(\s*[\"'`])\b"
READ = "from pathlib import Path\nPath({path!r}).write_text('ran')\ndef read(stream):\n    return iter(())\n"


def _calls(path: Path) -> list[str]:
    """What a module uses that could run something it was given."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            found.append(node.id)
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in FORBIDDEN_MODULES]
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            found.append(node.module or "")
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_METHODS:
            found.append(node.attr)
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "exec_module"
            and LOADS_CODE.get(path.name) != node.attr
        ):
            found.append(node.attr)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found.append(node.arg)
    return found


def _read_py(ground: Ground) -> str:
    """A dataset whose read.py leaves a trace, built and checked without and with leave."""
    home = ground.folder("home")
    trace = home / "trace"
    folder = dataset(home, "theirs", '[[files]]\npath = "list.bin"\nformat = "python"\n', {"list.bin": "x"})
    (folder / "read.py").write_text(READ.format(path=str(trace)))
    for command in ("build", "check"):
        done = run(home, command)
        assert done.returncode == 2 and "run_read_py" in done.stderr, (
            f"{command} runs a read.py unasked: {done.stderr}"
        )
        assert not trace.exists(), f"{command} ran read.py before it refused"
    settings = home / "site.toml"
    settings.write_text(settings.read_text() + 'run_read_py = ["theirs"]\n')
    done = run(home, "check")
    assert trace.exists(), f"with leave it does not run: {done.stderr}"
    ours = (ROOT / "site.toml").read_text()
    assert "run_read_py" not in ours and not list((ROOT / "data_sources").glob("*/read.py"))
    return "a dataset's read.py: refused by build and check (exit 2, not a line of it run) until `run_read_py` of site.toml names it"


def _jobs(workflow: str) -> dict[str, str]:
    """A workflow's jobs by name, as text."""
    _, _, jobs = workflow.partition("\njobs:\n")
    return dict(re.findall(r"^  ([a-z-]+):\n((?:    .*\n|\n)+)", jobs, re.MULTILINE))


def _may_write(workflow: str, job: str) -> bool:
    """Whether a job has a right to write: its own rights count, or else the workflow's."""
    own = re.search(r"^    permissions:.*\n(?:      .*\n)*", job, re.MULTILINE)
    general = re.search(r"^permissions:.*\n(?:  .*\n)*", workflow, re.MULTILINE)
    rights = own or general
    return rights is None or re.search(r": write(?:-all)?\b", rights[0]) is not None


def _workflows() -> list[str]:
    """What a pull request can reach: no secret, no right to write, no workflow of the base branch's rights.
    And what code can reach that a job runs: no right to write.
    """
    secret, publish, code = [], [], 0
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        assert "pull_request_target" not in text and "workflow_run" not in text, (
            f"{path.name} gives rights to a pull request"
        )
        on = re.search(r"^on:\n((?:  .*\n)+)", text, re.MULTILINE)
        assert on and re.search(r"^permissions:", text, re.MULTILINE), (
            f"{path.name} names no events or no permissions"
        )
        if "secrets." in text or re.search(r": write(?:-all)?$", text, re.MULTILINE):
            assert "pull_request" not in on[1], f"{path.name} shows secrets or rights to a pull request"
            secret.append(path.name)
        jobs = _jobs(text)
        assert len(jobs) == text.count("runs-on:"), f"{path.name} has jobs that are not seen here"
        for name, job in jobs.items():
            if _may_write(text, job):
                assert not (found := RUNS_CODE.search(job)), (
                    f"{path.name}: job {name} may write, and has `{found[0].strip()}`"
                )
                publish.append(f"{path.stem}/{name}")
            else:
                code += 1
    return [
        f"workflows with a secret or a right to write ({', '.join(secret)}) never run for a pull request",
        f"{code} jobs that run code of ours, of a dataset or of pip may write nothing; those that publish"
        f" ({', '.join(publish)}) run none of it",
    ]


def prove(ground: Ground) -> list[str]:
    """The source is read, and a hostile read.py is tried."""
    modules = sorted(SOURCE.glob("*.py"))
    for path in modules:
        assert not (found := _calls(path)), f"{path.name} uses {found[0]}"
    scripts = sorted((ROOT / "site_templates" / "js").glob("*.js"))
    for path in scripts:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not (found := re.findall(SCRIPTS, text)), f"{path.name} uses {found[0]}"
    return [
        f"{len(modules)} modules of Python: 0 uses of eval, exec, pickle, yaml, extractall and the like"
        f" ({len(FORBIDDEN_NAMES | FORBIDDEN_MODULES | FORBIDDEN_METHODS)} words)",
        f"{len(scripts)} scripts of the page: 0 uses of eval, Function, innerHTML and the like",
        _read_py(ground),
        *_workflows(),
    ]
