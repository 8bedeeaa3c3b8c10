"""What importing the package costs, and whether napari starts slower with the plugin installed.

xvfb-run -a python benchmarks/startup.py      (without xvfb-run on a desktop)
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from rich.console import Console
from rich.table import Table

ROUNDS = 5
IMPORT = """
import time; t = time.perf_counter()
import napari_relic_inpaint
print(time.perf_counter() - t)
"""
VIEWER = """
import time; t = time.perf_counter()
from npe2 import PluginManager
manager = PluginManager.instance(); manager.discover()
if {disabled}: manager.disable("napari-relic-inpaint")
import napari
viewer = napari.Viewer(); print(time.perf_counter() - t); viewer.close()
"""


def seconds(code: str) -> float:
    """Median of what the code prints, each time in a fresh interpreter."""
    times = []
    for _ in range(ROUNDS):
        run = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        times.append(float(run.stdout.split()[0]))
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    table = Table("what", "seconds (median of 5)")
    table.add_row("import napari_relic_inpaint", f"{seconds(IMPORT):.3f}")
    table.add_row("napari with the plugin", f"{seconds(VIEWER.format(disabled=False)):.2f}")
    table.add_row("napari without it", f"{seconds(VIEWER.format(disabled=True)):.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
