"""Start trainings at once: a process that has imported PyTorch, and forks for each.

Reads a line of JSON for each, its output file and arguments, and prints the process that runs it,
which leads a group of its own; on the next line, its exit code when it has ended.
"""

import importlib.util
import json
import os
import sys

import torch

torch.set_num_threads(1)

import lightning_fabric  # noqa: E402, F401 - ready before the fork

import training.fit  # noqa: E402, F401
from training import cli, watch  # noqa: E402

# A third of so short a run, and a thing of tests of its own.
watch.draw_curves = lambda _: None


def run(arguments):
    sys.argv = ["training", *arguments]
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def warm_up():
    """Do what takes every first process a second."""
    importlib.util.find_spec("tensorboard") and importlib.import_module("torch.utils.tensorboard")


def main():
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        said, arguments = json.loads(line)
        child = os.fork()
        if not child:
            os.setsid()
            with open(said, "w") as stream:  # noqa: PTH123
                os.dup2(stream.fileno(), 1)
                os.dup2(stream.fileno(), 2)
            sys.stdout.reconfigure(line_buffering=True)
            run(arguments)
        print(child, flush=True)
        sys.stdin.readline()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


# Workers are spawned: they import this file again.
if __name__ == "__main__":
    main()
