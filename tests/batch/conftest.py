from pathlib import Path

import numpy as np
import pytest
from galleries import NAMES, draw, draw_mask


@pytest.fixture
def gallery(tmp_path, monkeypatch):
    """The folders ``scans`` and ``masks`` with three pictures, in the working directory."""
    monkeypatch.chdir(tmp_path)
    for folder in ("scans", "masks"):
        Path(folder).mkdir()
    for seed, name in enumerate(NAMES):
        picture = Path("scans", name)
        draw(picture, seed, dtype=np.uint16 if picture.suffix == ".tif" else np.uint8)
        draw_mask(Path("masks", f"{picture.stem}_damage.png"), row=5 + seed)
    return tmp_path


@pytest.fixture
def restored(gallery, relic):
    """The gallery with its results in ``out``."""
    code, *_ = relic("batch", "scans", "--damage", "masks", "-o", "out", "--method", "membrane")
    assert code == 0
    return Path("out")
