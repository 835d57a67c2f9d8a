"""What people reported of this and of other tools: each report has a test here, with its public source.

Texts that a search must understand are in `cases/queries.json`, all others in `cases/reports.json`.
"""

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPORTS = json.loads((HERE / "cases" / "reports.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report["what"])
def test_every_report_has_its_test(report: dict[str, str]) -> None:
    module, _, name = report["test"].partition("::")
    assert report["source"]
    assert re.search(rf"^def {name}\(", (HERE / module).read_text(encoding="utf-8"), re.MULTILINE)
