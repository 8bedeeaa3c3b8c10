"""Cracks drawn over pictures, as they are in plaster and paint, to measure proposals with.

A crack is a broken line whose every stretch is broken again (midpoint displacement), so that it is
jagged at all sizes; it branches, tapers to nothing, and swells and fades on the way. Craquelure is
the same on the borders of cells, of which some are missing. Lines are drawn at a multiple of the
picture's size and averaged, so that a crack of half a pixel is a faint one; then the lens blurs
them, and the camera adds its noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import Voronoi

from napari_relic_inpaint.opencv import cv2

FINER = 4
"""How many times finer than the picture lines are drawn."""

SEEN = 0.02
"""Change of luminance, as a share of black to white, below which nobody sees a crack."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One crack without its branches.

    Attributes
    ----------
    points : (n, 2) array
        Rows and columns, half a pixel apart or so.
    widths : (n,) array
        In pixels.
    """

    points: Points
    widths: NDArray[np.float64]


def cracked(
    picture: NDArray[np.float32], rng: np.random.Generator, *, light: bool
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Draw cracks over a picture.

    Parameters
    ----------
    picture : (h, w, 3) array
        RGB in [0, 1].
    rng : numpy.random.Generator
        Source of all randomness.
    light : bool
        Whether the ground shows, which is light; else depth, and the dirt in it.

    Returns
    -------
    (h, w, 3) array, (h, w) array of bool
        The picture, and where cracks can be seen in it.
    """
    shape = picture.shape[:2]
    lines = list(_craquelure(shape, rng) if rng.random() < 0.35 else _branching(shape, rng))
    covered = _drawn(shape, lines)
    # Deep here and shallow there.
    covered *= np.float32(rng.uniform(0.55, 1)) * (0.55 + 0.45 * _varying(shape, rng, 9))
    filled = _ground(picture, rng) if light else _depth(picture, rng)
    share = gaussian_filter(covered, rng.uniform(0.35, 0.8))[..., None]
    shown = picture * (1 - share) + filled * share
    change = np.abs((shown - picture) @ np.float32([0.2126, 0.7152, 0.0722]))
    seen = (share[..., 0] > 0.2) & (change > SEEN)
    shown += rng.uniform(0, 0.02) * rng.standard_normal(picture.shape)
    return np.clip(shown, 0, 1).astype(np.float32), seen


def _branching(shape: tuple[int, int], rng: np.random.Generator) -> Iterator[Line]:
    """Draw some cracks that cross a part of the picture, with all their branches."""
    for _ in range(rng.integers(2, 7)):
        start = rng.uniform(0, shape)
        turn = rng.uniform(0, 2 * np.pi)
        length = rng.uniform(0.15, 0.8) * max(shape)
        yield from _grown(start, turn, length, float(rng.choice([0.7, 1.1, 1.7, 2.6])), rng)


def _grown(
    start: Points, turn: float, length: float, width: float, rng: np.random.Generator
) -> Iterator[Line]:
    end = start + length * np.array([np.sin(turn), np.cos(turn)])
    points = _broken(np.array([start, end]), rng.uniform(0.05, 0.13), rng)
    yield Line(points, width * _uneven(len(points), rng) * _taper(len(points), rng))
    for _ in range(rng.poisson(length / 90) if length > 25 and width > 0.5 else 0):
        at = points[int(len(points) * rng.uniform(0.05, 0.9))]
        aside = turn + rng.choice([-1, 1]) * rng.uniform(0.35, 1.4)
        yield from _grown(
            at, aside, length * rng.uniform(0.1, 0.5), width * rng.uniform(0.4, 0.8), rng
        )


def _craquelure(shape: tuple[int, int], rng: np.random.Generator) -> Iterator[Line]:
    """Draw the net of cracks of an old paint layer, within a part of the picture."""
    cell = rng.uniform(14, 55)
    middle, reach = rng.uniform(0, shape), rng.uniform(0.2, 0.5) * max(shape)
    places = middle + rng.uniform(-reach, reach, (max(int((2 * reach / cell) ** 2), 8), 2))
    # Panels crack along the grain, canvas around its knots.
    stretch = np.array([1.0, rng.uniform(1, 2.2)])[:: rng.choice([-1, 1])]
    net = Voronoi(places * stretch)
    width = rng.uniform(0.5, 1.8)
    for one, other in net.ridge_vertices:
        if one < 0 or rng.random() < 0.25:
            continue
        ends = net.vertices[[one, other]] / stretch
        if np.linalg.norm(ends - middle, axis=1).max() > reach:
            continue
        points = _broken(ends, rng.uniform(0.05, 0.13), rng)
        thinner = _taper(len(points), rng) if rng.random() < 0.3 else 1.0
        yield Line(points, width * rng.uniform(0.5, 1.2) * _uneven(len(points), rng) * thinner)


def _broken(points: Points, rough: float, rng: np.random.Generator) -> Points:
    """Move the middle of each stretch aside, again and again, until stretches are short."""
    while np.linalg.norm(np.diff(points, axis=0), axis=1).max() > 1:
        along = np.diff(points, axis=0)
        across = along[:, ::-1] * (1, -1)
        middles = (points[1:] + points[:-1]) / 2 + across * rng.normal(0, rough, (len(along), 1))
        # Large stretches bend less than small ones are jagged: cracks follow the tension.
        rough = min(rough * rng.uniform(0.9, 1.25), 0.2)
        both = np.empty((len(points) + len(middles), 2))
        both[::2], both[1::2] = points, middles
        points = both
    return points


def _uneven(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    smooth = 30.0
    noise = gaussian_filter(rng.standard_normal(count), smooth, mode="nearest")
    # So much is left of the noise's deviation.
    return np.exp(0.25 * noise * np.sqrt(2 * np.sqrt(np.pi) * smooth)).clip(0.4, 2)


def _taper(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return (1 - np.linspace(0, 1, count) ** rng.uniform(0.8, 3)).clip(0.12)


def _drawn(shape: tuple[int, int], lines: list[Line]) -> NDArray[np.float32]:
    """Return how much of each pixel lines cover."""
    fine = np.zeros([n * FINER for n in shape], np.uint8)
    for line in lines:
        places = np.rint((line.points[:, ::-1] + 0.5) * FINER * 16).astype(np.int64)
        inside = np.all((places > -(2**14)) & (places < 2**18), axis=1)
        thick = np.maximum(np.rint(line.widths * FINER), 1).astype(int)
        for at in np.flatnonzero(inside[1:] & inside[:-1]):
            one, other = (tuple(int(n) for n in places[n]) for n in (at, at + 1))
            cv2.line(fine, one, other, 255, int(thick[at]), shift=4)
    small = cv2.resize(fine, shape[::-1], interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def _depth(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return what shows in dark cracks: shadow of the paint, or dirt."""
    dirt = np.float32([0.16, 0.13, 0.1]) * rng.uniform(0.2, 1.6)
    share = rng.uniform(0, 1)
    return share * picture * rng.uniform(0.15, 0.55) + (1 - share) * dirt


def _ground(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return what shows in light cracks: white ground, plaster or the panel."""
    ground = np.float32([[0.95, 0.93, 0.88], [0.82, 0.75, 0.64], [0.7, 0.64, 0.58]])
    colour = ground[rng.integers(len(ground))] * rng.uniform(0.85, 1.05)
    return np.clip(np.broadcast_to(colour, picture.shape), 0, 1).astype(np.float32)


def _varying(shape: tuple[int, ...], rng: np.random.Generator, size: float) -> NDArray[np.float32]:
    """Smooth noise from 0 to 1."""
    noise = gaussian_filter(rng.standard_normal(shape).astype(np.float32), size)
    return (noise - noise.min()) / np.ptp(noise)
