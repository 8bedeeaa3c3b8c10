import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST_S = 500
"""What hangs ends then; a walk takes half a minute, or minutes where a machine does much else."""


@pytest.fixture
def napari(tmp_path):
    """Start the installed ``napari`` with a walk as its start-up script.

    Returns its exit code, what the walk found, and what was printed.
    """

    def run(walk: str, *arguments: str | Path):
        settings = tmp_path / "settings.yaml"
        script = HERE / "walks" / f"{walk}.py"
        settings.write_text(f"application:\n  startup_script: {json.dumps(str(script))}\n")
        result = tmp_path / "found.json"
        result.unlink(missing_ok=True)
        environment = os.environ | {
            "NAPARI_CONFIG": str(settings),
            "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
            "WALK_RESULT": str(result),
            "RELIC_INPAINT_STATE": str(tmp_path / "state"),
            "PYTHONFAULTHANDLER": "1",
        }
        ended = subprocess.run(
            [Path(sys.executable).with_name("napari"), *map(str, arguments)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
        found = json.loads(result.read_text()) if result.exists() else None
        return ended.returncode, found, ended.stdout + ended.stderr

    return run
