"""The gateway of the how-to is a real one: its adapter passes the contract that the page tells of."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-gateway.md"


def test_the_adapter_of_the_how_to_passes_its_contract(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "test_acme.py").write_text("\n".join(blocks), "utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_acme.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout
    assert re.search(r"\b\d\d passed, 2 skipped", run.stdout), run.stdout
