"""Start command lines at once: a process that has imported all of it, and forks for each.

Reads a line of JSON for each, its working directory and arguments, and prints the process that
runs it, which keeps its number until the next line is read; then, when it has ended, its exit code,
below 0 where a signal killed it.
"""

import importlib
import json
import os
import sys

from napari_relic_inpaint import cli, measure_damage, samples

USED = (
    "cli.app",
    "batch.work",
    "files.zarr_writer",
    "marking.changes",
    "marking.damage_table",
    "marking.proposals.cracks",
    "marking.thinning",
    "measuring.evaluation",
    "methods.classical",
)


def run():
    """Run the command line, and end without the second that taking down an interpreter lasts."""
    try:
        cli.main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code or 0)


def main():
    for name in USED:
        importlib.import_module(f"napari_relic_inpaint.{name}")
    # What reads PNG is imported then, and what was compiled is loaded.
    measure_damage(samples.load("coins").damage)
    print("ready", flush=True)
    for line in sys.stdin:
        folder, arguments = json.loads(line)
        child = os.fork()
        if not child:
            os.chdir(folder)
            with open("said.txt", "w") as said:  # noqa: PTH123
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
            sys.argv = ["relic-inpaint", *arguments]
            run()
        print(child, flush=True)
        sys.stdin.readline()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
