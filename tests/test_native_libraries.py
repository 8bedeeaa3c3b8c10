"""What may not be loaded into napari's process.

Triton's native library and Mesa's OpenGL both bring LLVM: loading the first after napari has drawn
with the second ends the process (tests/napari_process shows it).
"""

import json
import subprocess
import sys
from importlib.util import find_spec

from onnx_networks import painting_network
from tiny_completion import save_tiny

from napari_relic_inpaint.methods import names
from napari_relic_inpaint.networks import COMPLETIONS

TABOO = ("triton", "torch._dynamo", "torch._inductor", "torchvision")

# Every module is imported, then a damaged picture is restored by each method.
SCRIPT = """
import json, pkgutil, sys
from importlib import import_module
import numpy as np
import napari_relic_inpaint

taboo, models = json.loads(sys.argv[1])
loaded = {}

def note(after):
    for name in taboo:
        if name in sys.modules:
            loaded.setdefault(name, after)

modules = []
for found in pkgutil.walk_packages(napari_relic_inpaint.__path__, "napari_relic_inpaint."):
    import_module(found.name)
    modules.append(found.name)
    note(found.name)
picture = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
damage = np.zeros((80, 80), bool)
damage[30:50, 30:50] = True
for method, model in models.items():
    result = napari_relic_inpaint.restore(picture, damage, method=method, model=model)
    assert (result.picture[damage] != picture[damage]).any()
    note(method)
print(json.dumps([modules, loaded]))
"""


def test_nothing_that_napari_loads_of_ours_loads_triton(tiny_model, tmp_path):
    # Without Triton this test would show nothing.
    assert find_spec("triton"), "install torch as PyPI has it for Linux: it brings Triton"
    models = dict.fromkeys(names(), "auto") | {
        "two-stage": tiny_model,
        "onnx": str(painting_network(tmp_path / "network.onnx", {})),
    }
    models |= {name: str(save_tiny(name, tmp_path / name)) for name in COMPLETIONS}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps([TABOO, models])],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    modules, loaded = json.loads(run.stdout.splitlines()[-1])
    assert {f"napari_relic_inpaint.{name}" for name in ("widgets.restore", "cli", "batch")} <= {
        *modules
    }
    assert loaded == {}
