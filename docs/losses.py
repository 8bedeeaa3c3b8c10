"""Damage for the sample pictures: where paint is lost, and what a camera sees there."""

import numpy as np
from brush import noise
from scipy.ndimage import binary_dilation, gaussian_filter
from skimage.draw import disk

LACUNA, CRACK, FLAKING = 1, 2, 3


def lacunae(
    rng: np.random.Generator, shape: tuple[int, int], places: list[tuple[int, int, int]]
) -> np.ndarray:
    """Blotchy losses around (row, column) of about the given radius; bool (H, W)."""
    y, x = np.indices(shape)
    ragged = 0.26 * noise(rng, shape, 7) + 0.10 * noise(rng, shape, 2)
    lost = np.zeros(shape, bool)
    for row, column, radius in places:
        flat = rng.uniform(0.75, 1.3)
        lost |= np.hypot((y - row) * flat, (x - column) / flat) / radius + ragged < 1
    return lost


def cracks(
    rng: np.random.Generator,
    shape: tuple[int, int],
    count: int,
    *,
    length: int,
    stiffness: float = 0.16,
    branching: float = 0.012,
    radius: float = 1.5,
) -> np.ndarray:
    """Thin random walks that branch and taper, 1 to 4 pixels wide; bool (H, W)."""
    lost = np.zeros(shape, bool)
    starts = rng.uniform((0, 0, 0), (*shape, 2 * np.pi), (count, 3))
    walks = [(*start, length, radius) for start in starts]
    while walks:
        row, column, heading, steps, thick = walks.pop()
        for step in range(int(steps)):
            heading += rng.normal(0, stiffness)
            row, column = row + np.sin(heading), column + np.cos(heading)
            width = max(0.6, thick * (1 - 0.7 * step / steps) + rng.normal(0, 0.12))
            lost[disk((row, column), width, shape=shape)] = True
            if rng.random() < branching and steps - step > 15:
                turn = heading + rng.choice((-1, 1)) * rng.uniform(0.6, 1.3)
                walks.append((row, column, turn, 0.6 * (steps - step), 0.7 * thick))
    return lost


def flaking(
    rng: np.random.Generator, shape: tuple[int, int], clusters: int, *, spots: int, spread: float
) -> np.ndarray:
    """Clusters of many small spots; bool (H, W)."""
    lost = np.zeros(shape, bool)
    for _ in range(clusters):
        centre = rng.uniform((0, 0), shape)
        for row, column in rng.normal(centre, spread, (spots, 2)):
            lost[disk((row, column), 0.8 + rng.gamma(2.0, 0.62), shape=shape)] = True
    # A ragged rim: round spots would look punched.
    return lost & (noise(rng, shape, 1.2) > -1.3)


def labelled(lacuna: np.ndarray, crack: np.ndarray, flakes: np.ndarray) -> np.ndarray:
    """One label per pixel, the gravest loss first; uint8 (H, W)."""
    return np.select([lacuna, crack, flakes], [LACUNA, CRACK, FLAKING], 0).astype(np.uint8)


def photographed(
    rng: np.random.Generator,
    reference: np.ndarray,
    damage: np.ndarray,
    materials: dict[int, tuple[tuple[float, ...], float]],
) -> np.ndarray:
    """Show what lies under each class of damage; untouched pixels are kept to the bit.

    `materials` maps a class to the colour (0..1, one value per channel) and the contrast of the
    bare material.
    """
    shape = damage.shape
    limit = np.iinfo(reference.dtype).max
    lost = damage > 0
    depth = gaussian_filter((damage == LACUNA).astype(float), 1.6)
    # Raking light from the upper left: the rim throws its shadow into the hollow.
    slope = depth - np.roll(depth, (3, 3), (0, 1))
    rim = binary_dilation(damage == 0, iterations=2) & (damage == LACUNA)
    texture = 0.6 * noise(rng, shape, 1.1) + 0.8 * noise(rng, shape, 6)
    picture = reference.copy()
    for label, (colour, contrast) in materials.items():
        light = 1 + contrast * texture - 0.45 * slope.clip(0) - 0.10 * rim
        bare = np.multiply.outer(light, np.array(colour)).reshape(*shape, len(colour))
        bare = np.round(np.clip(bare, 0, 1) * limit).astype(reference.dtype)
        if reference.dtype == np.uint16:
            bare &= 0xFFF0  # the steps of the 12-bit camera that took the rest
        where = lost & (damage == label)
        picture[where] = bare.reshape(reference.shape)[where]
    return picture
