"""A program that types: guided by what parts of `identifiers` each text reaches, it looks for others that reach more.

It writes batches to its standard output, a line each: texts, what Python makes of them, and the slowest of them.
"""

import json
import random
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import Any

SEED = 7
BATCH = 5_000
LONGEST = 2_200
"""Bytes of a text: some are longer than what is looked at."""

Batch = dict[str, Any]


class Typist:
    """Gives texts to `understand` and collects what comes of it."""

    def __init__(self, understand: Callable[[str], Any], give: Callable[[Batch], None]) -> None:
        self.understand, self.give = understand, give
        self.texts: list[str] = []
        self.answers: list[str] = []
        self.slowest = (0.0, "")

    def type(self, text: str) -> None:
        """Understand one text. Raises AssertionError where that raises anything."""
        started = time.perf_counter()
        try:
            keys, reason, taken = self.understand(text)
        except Exception as error:
            raise AssertionError(f"{text!a}: {error!r}") from error
        seconds = time.perf_counter() - started
        if seconds > max(0.002, self.slowest[0]):  # it may have been the machine
            seconds = min(seconds, *(self._timed(text) for _ in range(3)))
        self.slowest = max(self.slowest, (seconds, text))
        if bool(keys) == bool(reason):
            raise AssertionError(f"neither keys nor a reason, or both: {text!a}")
        self.texts.append(text)
        self.answers.append("\n".join([*keys, "taken" if taken else "", reason]))
        if len(self.texts) == BATCH:
            self.flush()

    def _timed(self, text: str) -> float:
        started = time.perf_counter()
        self.understand(text)
        return time.perf_counter() - started

    def flush(self) -> None:
        """Give away what there is."""
        self.give({"texts": self.texts, "answers": self.answers, "slowest": self.slowest})
        self.texts, self.answers = [], []


def text_of(data: bytes) -> str:
    """A fuzzer's bytes as a text. The first says whether what is not UTF-8 is dropped, or is half a character.

    Characters that this Python does not know yet are left out: a browser may know them.
    """
    text = data[1:].decode("utf-8", "ignore" if data[:1] < b"\x80" else "surrogateescape")
    return "".join(char for char in text if unicodedata.category(char) != "Cn")


def main(runs: int, corpus: str) -> None:
    """Type so many texts, beginning with those of a folder."""
    import atheris  # noqa: PLC0415

    with atheris.instrument_imports(
        include=["exposing.identifiers", "exposing.names", "exposing.texts", "exposing.urls"]
    ):
        from exposing.identifiers import understand  # noqa: PLC0415

    out = sys.stdout
    typist = Typist(understand, lambda batch: print(json.dumps(batch), file=out, flush=True))
    typed = 0

    def one(data: bytes) -> None:
        nonlocal typed
        typed += 1
        typist.type(text_of(data))
        if typed == runs:
            typist.flush()
            print("{}", file=out, flush=True)

    options = [
        f"-runs={2 * runs}",
        f"-seed={SEED}",
        f"-max_len={LONGEST}",
        "-verbosity=0",
        "-timeout=60",
        corpus,
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def mutations(
    understand: Callable[[str], Any],
    texts: list[str],
    count: int,
    mutated: Callable[[random.Random, str], str],
) -> list[Batch]:
    """Without a guide: damaged copies of known texts."""
    dice, batches = random.Random(SEED), list[Batch]()
    typist = Typist(understand, batches.append)
    for _ in range(count):
        text = mutated(dice, dice.choice(texts))
        typist.type("".join(char for char in text if unicodedata.category(char) != "Cn"))
    typist.flush()
    return batches


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
