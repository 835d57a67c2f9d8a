"""docs/benchmarks.json, and what a person reads of it: docs/benchmarks.md with its pictures."""

import datetime
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "pyarrow", "pandas", "duckdb", "polars", "playwright")
INK, OURS, THEIRS, LEAST = "#333333", "#1a5fb4", "#9a9996", "#2e7d32"
_STYLE = {
    "svg.hashsalt": "exposing",
    "font.size": 9,
    "axes.edgecolor": INK,
    "text.color": INK,
    "svg.fonttype": "none",
}


def machine() -> dict[str, Any]:
    """What a run was made on, and with."""
    info = Path("/proc/cpuinfo")
    names = (
        [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        if info.exists()
        else []
    )
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "versions": versions,
    }


def load(folder: Path) -> dict[str, Any]:
    """The figures of earlier runs."""
    path = folder / "benchmarks.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"sizes": {}}
    return found


def save(folder: Path, found: dict[str, Any]) -> None:
    """Write the figures, the text and the pictures below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    found["sizes"] = dict(sorted(found["sizes"].items(), key=lambda one: one[1]["photos"]))
    (folder / "benchmarks.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    _draw(folder, found)
    (folder / "benchmarks.md").write_text(text(found))


# --- text ---------------------------------------------------------------------------------------------


def text(found: dict[str, Any]) -> str:
    """The report, in Markdown."""
    parts = [_HEAD]
    builds = [one for one in found["sizes"].values() if "ours" in one]
    if builds:
        parts += ["## Building\n", "![Seconds of every build](benchmarks-build.svg)\n"]
        parts += [_builds(one) for one in builds]
        parts.append(_growth(builds))
        parts.append(_bytes(builds))
    if "vgg" in found:
        parts.append(_vgg(found["vgg"]))
    searches = [one for one in found["sizes"].values() if "searches" in one]
    if searches:
        parts += ["## Searching\n", _SEARCH, "![Milliseconds of a search](benchmarks-search.svg)\n"]
        parts += [_searches(one) for one in searches]
        parts.append(_heavy(searches))
    parts.append(_machines(found))
    return "\n".join(parts)


_HEAD = """# Benchmarks

Written by `make bench`. `make bench SIZE=100k` runs the smallest size, in less than a minute; the others
are `3.6m`, `36m` and `100m`. Compare the lines of one table with each other: they were measured in one run, one after
the other. Up to 3.6 million photos every program that takes less than 30 seconds was run three times, in turns, and the
run that took the middle time is shown. Another machine has other seconds, and much the same ratios.

The lists are invented and always the same: eight overlapping datasets in the formats that real lists have, with a few
accounts of very many photos and very many accounts of a few. *Rows* are lines of lists. *Memory* is that of all processes
at the worst moment.
"""

_SEARCH = """Headless Chromium against a server on the same machine, 50 searches, each in a fresh profile: accounts by NSID and by
name, names that nobody has, and the largest account. The query is filled in, and sent 0.3 s later; the clock runs from
then to the frame that shows the result. *Fast 4G* is 9 Mbit/s down and 165 ms there and back. The limit is one round trip and the bytes at line rate. Every answer was
checked against the lists. From 36 million photos on, a search is more than the 40 kB that a part of the index is meant to
have: no part hides a search among fewer than 128 keys on average, and accounts of the larger corpora have more photos.
"""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _builds(one: dict[str, Any]) -> str:
    rows = [
        [
            line["what"],
            f"{line['wall']:.1f}",
            f"{line['cpu']:.1f}",
            f"{line['peak'] / 2**20:,.0f}",
            f"{line['rows'] / line['wall'] / 1e3:,.0f}",
            f"{line['size'] / 1e6:,.1f}",
            f"{line['files']:,}",
        ]
        for line in [*one["ours"], *one["peers"]]
    ]
    head = ["", "seconds", "processor seconds", "memory, MiB", "1,000 rows/s", "index, MB", "files"]
    title = f"### {one['photos']:,} photos, {one['accounts']:,} accounts, {one['rows']:,} rows, {one['list_bytes'] / 1e6:,.0f} MB of lists\n"
    ours, peers = one["ours"][0]["wall"], one["peers"]
    said = ", ".join(f"{line['wall'] / ours:.1f} times ours ({line['what'].split(',')[0]})" for line in peers)
    return "\n".join(
        [title, _table(head, rows), f"Seconds of the others' index alone: {said}.\n" if peers else ""]
    )


def _growth(builds: list[dict[str, Any]]) -> str:
    rows = []
    for one in builds:
        line = next((line for line in one["ours"] if line.get("packed")), one["ours"][0])
        each = [f"{line[name] / one['rows'] * 1e6:.2f}" for name in ("wall", "cpu")]
        rows.append([f"{one['photos']:,}", *each, f"{line['peak'] / 2**20:,.0f}"])
    head = ["photos", "seconds per million rows", "processor seconds per million rows", "memory, MiB"]
    why = (
        "All but the smallest are written with `compress = true`, as the host of the two largest would need it. Where other\n"
        "programs run beside, seconds grow, and processor seconds hardly do.\n"
    )
    return f"### Growth\n\n{_table(head, rows)}\n{why}"


def _bytes(builds: list[dict[str, Any]]) -> str:
    rows = []
    for one in builds:
        weighed = one["bytes"]
        rows.append(
            [
                f"{one['photos']:,}",
                f"{weighed['text'] / 1e6:,.1f}",
                f"{weighed['wire'] / 1e6:,.1f}",
                f"{weighed['packed'] / 1e6:,.1f}",
                f"{weighed['bound'] / 1e6:,.1f}",
                f"{weighed['packed'] / one['photos']:.1f}",
                f"{weighed['wire'] / weighed['bound']:.2f}",
                f"{weighed['packed'] / weighed['bound']:.2f}",
            ]
        )
    head = ["photos", "as JSON, MB", "packed by a host, MB", "packed by us, MB", "least, MB"]
    head += ["packed by us, bytes a photo", "by a host / least", "by us / least"]
    why = (
        "A host packs JSON as it sends it. With `compress = true` it is packed by us, on the disk and as it is sent. *Least* is the\n"
        "entropy of the very numbers in the index: see `tests/bench/entropy.py`. A photo is there under each name of its account.\n"
    )
    return "### Bytes\n\n" + _table(head, rows) + "\n" + why


def _vgg(one: dict[str, Any]) -> str:
    read, whole, built = one["check"] - one["again"], one["check"], one["build"]
    rates = [f"{one['rows'] / seconds / 1e3:,.0f} thousand rows/s" for seconds in (whole, read, built)]
    return (
        f"### Text in the form of VGG Face's list\n\n{one['rows']:,} rows in 2,622 files, two processes. `exposing check` takes"
        f" {whole:.1f} s ({rates[0]}), {one['again']:.1f} s when nothing has changed: so {read:.1f} s go into reading"
        f" ({rates[1]}), the rest into starting and counting. `exposing build` takes {built:.1f} s ({rates[2]}).\n"
    )


def _searches(one: dict[str, Any]) -> str:
    parts = [f"### {one['photos']:,} photos\n"]
    head = [
        "",
        "before the first search, kB",
        "requests",
        "requests a search",
        "kB a search",
        "median, ms",
        "largest account, ms",
    ]
    for network in dict.fromkeys(line["network"] for line in one["searches"]):
        lines = [line for line in one["searches"] if line["network"] == network]
        rows = [
            [
                line["what"],
                f"{line['first_bytes'] / 1e3:,.0f}",
                f"{line['first_requests']}",
                f"{line['requests']:g}",
                f"{line['bytes'] / 1e3:,.1f}",
                f"{line['median_ms']:,.0f}",
                f"{line['largest_ms']:,.0f}",
            ]
            for line in lines
        ]
        ours = lines[0]
        said = ""
        if ours["limit_ms"]:
            times = ours["median_ms"] / ours["limit_ms"]
            said = f"The limit for our bytes is {ours['limit_ms']:,.0f} ms: we take {times:.2f} times that. "
        if len(lines) > 1:
            bare = lines[1]["median_ms"]
            said += (
                f"A bare fetch of the same files in the same browser takes {bare:,.0f} ms: we take"
                f" {ours['median_ms'] / bare:.2f} times that."
            )
        parts += [f"Network: {network}\n", _table(head, rows), f"{said}\n"]
    return "\n".join(parts)


def _heavy(searches: list[dict[str, Any]]) -> str:
    rows = [
        [
            f"{one['photos']:,}",
            f"{one['heavy']['script_ms_4x']:.0f}",
            f"{one['heavy']['longest_task_ms']:.0f}",
            f"{one['heavy']['frames_per_second']:.0f}",
            f"{one['heavy']['long_ids_task_ms']:.0f}",
        ]
        for one in searches
        if one["heavy"]
    ]
    head = [
        "photos",
        "scripts of the page on a processor 4 times slower, ms",
        "longest task when the largest account is shown, ms",
        "frames/s while its list scrolls",
        "longest task when 10,000 ids are checked, ms",
    ]
    return "### The page's heaviest moments\n\n" + _table(head, rows)


def _machines(found: dict[str, Any]) -> str:
    rows = []
    for name, one in found["sizes"].items():
        made = one["machine"]
        with_ = ", ".join(f"{package} {number}" for package, number in made["versions"].items())
        what = f"{made['processor']}, {made['cores']} cores, {made['memory_gib']} GiB, {made['system']}"
        rows.append([name, made["date"], what, f"Python {made['python']}, {with_}"])
    return "## Measured on\n\n" + _table(["size", "day", "machine", "with"], rows)


# --- pictures -----------------------------------------------------------------------------------------


def _draw(folder: Path, found: dict[str, Any]) -> None:
    import matplotlib as mpl  # only who measures has it

    mpl.use("svg")
    with mpl.rc_context(_STYLE):
        _picture_of_builds(folder / "benchmarks-build.svg", found)
        _picture_of_searches(folder / "benchmarks-search.svg", found)


def _picture_of_builds(path: Path, found: dict[str, Any]) -> None:
    sizes = [one for one in found["sizes"].values() if "ours" in one]
    bars = [[one["ours"][0], *one["peers"]] for one in sizes]
    _bars(
        path,
        [f"{one['photos']:,} photos" for one in sizes],
        [[(line["what"].split(":")[0].split(",")[0], line["wall"]) for line in lines] for lines in bars],
        "seconds: Exposing makes the whole site, the others their index alone",
        alone=True,
    )


def _picture_of_searches(path: Path, found: dict[str, Any]) -> None:
    sizes = [one for one in found["sizes"].values() if "searches" in one]
    bars = [[line for line in one["searches"] if line["network"] != "none"] for one in sizes]
    _bars(
        path,
        [f"{one['photos']:,} photos" for one in sizes],
        [[(line["what"].split(" (")[0], line["median_ms"]) for line in lines] for lines in bars],
        "milliseconds from submit to result, Fast 4G, median",
        alone=False,
    )


def _bars(
    path: Path, titles: list[str], groups: list[list[tuple[str, float]]], label: str, *, alone: bool
) -> None:
    """Groups of bars; each with a scale of its own, or all with one."""
    from matplotlib import pyplot as plt

    if not groups:
        return
    heights = [len(group) + 1 for group in groups]
    figure, axes = plt.subplots(
        len(groups), 1, figsize=(7.5, 0.32 * sum(heights) + 0.4), height_ratios=heights, squeeze=False
    )
    for axis, title, group in zip(axes[:, 0], titles, groups, strict=True):
        names, values = zip(*group, strict=True)
        colours = [OURS if "Exposing" in name else LEAST if "limit" in name else THEIRS for name in names]
        drawn = axis.barh(names, values, color=colours, height=0.7)
        axis.bar_label(
            drawn, [f"{value:,.1f}" if value < 100 else f"{value:,.0f}" for value in values], padding=3
        )
        axis.set_ylim(len(group) - 0.5, -0.5)
        axis.set_title(title, loc="left", fontsize=9, fontweight="bold")
        axis.spines[["top", "right", "bottom"]].set_visible(False)
        axis.set_xticks([])
        most = max(value for _, value in (group if alone else [line for lines in groups for line in lines]))
        axis.set_xlim(0, 1.12 * most)
    figure.supxlabel(label, fontsize=9)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
