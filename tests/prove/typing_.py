"""Hostile typing: whatever is typed, Python and the page understand the same, and soon."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exposing.identifiers import understand
from mini import add, built
from prove import fuzz
from prove.ground import Ground, chromium, environment, served
from test_identifiers import QUERIES, mutated

RUNS, FEW = 10_000_000, 20_000
MOST = 0.020
"""Seconds that one text may take."""

COMPARE = """async ([module, batch]) => {
  const { understand } = await import(module);
  const { texts, answers } = JSON.parse(batch);
  const differing = [];
  let slowest = 0, of = "";
  for (let at = 0; at < texts.length; at += 1) {
    const timed = () => { const from = performance.now(); understand(texts[at]); return performance.now() - from; };
    const from = performance.now();
    const { keys, reason, taken } = understand(texts[at]);
    let took = performance.now() - from;
    if (took > Math.max(2, slowest)) took = Math.min(took, timed(), timed(), timed());
    if (took > slowest) [slowest, of] = [took, texts[at]];
    const answer = [...keys, taken ? "taken" : "", reason].join("\\n");
    if (answer !== answers[at]) differing.push([at, answer]);
  }
  return [slowest, of.slice(0, 60), differing.slice(0, 3)];
}"""


def _guided(folder: Path, runs: int) -> Iterator[dict[str, Any]]:
    """Batches of the coverage-guided typist."""
    for number, vector in enumerate(QUERIES):
        text = vector["query"].encode("utf-8", "surrogatepass")
        (folder / f"{number:05}").write_bytes(b"\0" + text[: fuzz.LONGEST - 1])
    command = [sys.executable, "-m", "prove.fuzz", str(runs), str(folder)]
    with (folder.parent / "said").open("w") as said, subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=said, text=True
    ) as process:  # fmt: skip
        assert process.stdout
        ended = False
        for line in process.stdout:
            batch = json.loads(line)
            if not batch:
                ended = True
                process.kill()
                break
            yield batch
    assert ended, f"a text raised: {(folder.parent / 'said').read_text()[-2000:]}"


def prove(ground: Ground) -> list[str]:
    """Texts by the million to both; every answer compared."""
    home = ground.folder("site")
    add(home, "a", nsid=["10000001@N99"], photo_id=[90000000001])
    if ground.full:
        batches: Any = _guided(ground.folder("texts"), RUNS)
    else:
        texts = [vector["query"] for vector in QUERIES if len(vector["query"]) < 300]
        batches = fuzz.mutations(understand, texts, FEW, mutated)
    typed, python, page_worst = 0, (0.0, ""), (0.0, "")
    answers: set[str] = set()
    with served(built(home)) as (url, _), chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        script = page.locator("script[type=module]").first.get_attribute("src") or ""
        module = url + script.replace("search.js", "identifiers.js")
        for batch in batches:
            slowest, of, differing = page.evaluate(COMPARE, [module, json.dumps(batch)])
            for at, other in differing:
                raise AssertionError(
                    f"{batch['texts'][at]!a}: Python {batch['answers'][at]!a}, the page {other!a}"
                )
            typed += len(batch["texts"])
            python = max(python, (batch["slowest"][0], batch["slowest"][1][:60]))
            page_worst = max(page_worst, (slowest / 1000, of))
            answers |= {text.rpartition("\n")[2] or text.partition(":")[0] for text in batch["answers"]}
    assert typed >= (RUNS if ground.full else FEW), f"only {typed:,} texts"
    for who, (seconds, text) in (("Python", python), ("the page", page_worst)):
        assert seconds <= MOST, f"{who} takes {seconds * 1000:.0f} ms for {text!a}"
    how = "guided by coverage of Python's code" if ground.full else "damaged copies of known ones"
    return [
        f"{typed:,} texts, {how}: 0 exceptions, 0 disagreements between Python and the page in a browser",
        f"slowest: Python {python[0] * 1000:.1f} ms, the page {page_worst[0] * 1000:.1f} ms",
        f"kinds of answer reached: {', '.join(sorted(answers))}",
        "left out: characters that this Python's Unicode does not know yet, which a newer browser may fold differently",
    ]
