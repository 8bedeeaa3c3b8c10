"""Make the sample pictures that ship with the package: ``python docs/make_samples.py``.

Every run writes the same bytes (with the same versions of NumPy, SciPy and Pillow).
"""

from pathlib import Path

import imagecodecs
import numpy as np
from fresco import figure_painting
from losses import CRACK, FLAKING, LACUNA, cracks, flaking, labelled, lacunae, photographed
from manuscript import manuscript_page
from skimage.data import coins

SAMPLES = Path(__file__).parents[1] / "src" / "napari_relic_inpaint" / "samples"

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


def main() -> None:
    for name, make in (("fresco", fresco), ("coins", greek_coins), ("manuscript", manuscript)):
        reference, damage, picture = make()
        _write(SAMPLES / f"{name}_reference.png", reference)
        _write(SAMPLES / f"{name}_damage.png", damage)
        _write(SAMPLES / f"{name}.png", picture)
        print(f"{name}: {reference.shape} {reference.dtype}, {(damage > 0).mean():.1%} lost")


def fresco() -> Parts:
    """Wall painting with holes in the plaster, a crack net and flaking paint."""
    reference = figure_painting()
    rng, shape = np.random.default_rng(21), reference.shape[:2]
    holes = [(206, 452, 24), (470, 170, 26), (440, 462, 27), (300, 286, 19), (92, 196, 22),
             (352, 660, 26), (596, 330, 24), (152, 90, 17), (540, 596, 22)]  # fmt: skip
    damage = labelled(
        lacunae(rng, shape, holes),
        cracks(rng, shape, 10, length=330, stiffness=0.11, branching=0.009),
        flaking(rng, shape, 22, spots=34, spread=13),
    )
    materials = {
        LACUNA: ((0.80, 0.73, 0.62), 0.035),
        CRACK: ((0.20, 0.155, 0.13), 0.10),
        FLAKING: ((0.85, 0.79, 0.69), 0.04),
    }
    return reference, damage, photographed(rng, reference, damage, materials)


def greek_coins() -> Parts:
    """Photograph of coins with corrosion and scratches in the print."""
    reference = coins()
    rng, shape = np.random.default_rng(8), reference.shape
    spots = [(48, 96, 11), (120, 214, 13), (196, 52, 10), (262, 300, 12), (150, 340, 9)]
    damage = labelled(
        lacunae(rng, shape, spots),
        cracks(rng, shape, 10, length=150, stiffness=0.015, branching=0.0, radius=1.0),
        flaking(rng, shape, 6, spots=16, spread=9),
    )
    materials = {LACUNA: ((0.16,), 0.12), CRACK: ((0.88,), 0.05), FLAKING: ((0.20,), 0.1)}
    return reference, damage, photographed(rng, reference, damage, materials)


def manuscript() -> Parts:
    """Parchment page with stains that took the ink, creases and flaked paint."""
    reference = manuscript_page()
    rng, shape = np.random.default_rng(34), reference.shape[:2]
    stains = [(112, 300, 19), (262, 150, 17), (330, 318, 21), (84, 108, 13), (430, 66, 16),
              (474, 262, 15)]  # fmt: skip
    damage = labelled(
        lacunae(rng, shape, stains),
        cracks(rng, shape, 6, length=190, stiffness=0.04, branching=0.004, radius=1.3),
        flaking(rng, shape, 8, spots=26, spread=10),
    )
    materials = {
        LACUNA: ((0.66, 0.52, 0.35), 0.06),
        CRACK: ((0.45, 0.35, 0.25), 0.08),
        FLAKING: ((0.88, 0.82, 0.68), 0.03),
    }
    return reference, damage, photographed(rng, reference, damage, materials)


def _write(path: Path, pixels: np.ndarray) -> None:
    path.write_bytes(imagecodecs.png_encode(pixels, level=9))


if __name__ == "__main__":
    main()
