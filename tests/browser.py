"""Find a Chromium for the tests, or install one. Run as a program by `make browser`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """The path of a Chromium: the one that EXPOSING_BROWSER names, the system's, or Playwright's own."""
    if named := os.environ.get("EXPOSING_BROWSER"):
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return next((str(path) for path in (MAC, *_playwrights_own()) if path.exists()), None)


def _playwrights_own() -> list[Path]:
    """Asked in a process of its own, because Playwright cannot be started twice in one."""
    program = "from playwright.sync_api import *; p = sync_playwright().start(); print(p.chromium.executable_path); p.stop()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return [Path(line) for line in done.stdout.splitlines()]


def launch_options() -> dict[str, Any]:
    """What to start the browser with. The sandbox is off for root only, where Chromium refuses it."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {
        "executable_path": find(),
        "args": [*quiet, "--disable-quic", *(["--no-sandbox"] if root else [])],
    }


def install() -> bool:
    """Install one by Playwright, or by the system's packages where this user may do that."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    apt = [*([] if root else ["sudo", "-n"]), "apt-get"] if shutil.which("apt-get") else []
    playwright = [sys.executable, "-m", "playwright"]
    if _run(*playwright, "install", "chromium"):
        return not (root and apt) or _run(*playwright, "install-deps", "chromium")
    return bool(apt) and _run(*apt, "update", "-qq") and _run(*apt, "install", "-y", "-qq", "chromium")


def _run(*command: str) -> bool:
    print("$", " ".join(command), flush=True)
    unattended = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, env=unattended)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def main() -> int:
    """Say which browser the tests will use, after installing one if there is none; 2 if there is none."""
    named = os.environ.get("EXPOSING_BROWSER")
    if named and not shutil.which(named):
        fault = f"EXPOSING_BROWSER: {named} cannot be run; name a Chromium, or leave it unset"
    elif find() or (install() and find()):
        print(f"browser: {find()}")
        return 0
    else:
        fault = "no Chromium could be found or installed; install one and name it in EXPOSING_BROWSER"
    print(fault, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
