"""Brushes for the generated sample pictures: splines, contours, graded fields, folded scarves."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter

Points = np.ndarray | Sequence[tuple[float, float]]
Colour = tuple[int, int, int]

SUPERSAMPLING = 3
SELVAGE: Colour = (226, 206, 166)


def spline(points: Points, *, closed: bool = False, step: float = 0.7) -> np.ndarray:
    """Draw a smooth curve through `points`, one (x, y) about every `step` pixels."""
    knots = np.asarray(points, float)
    if closed:
        knots = np.vstack([knots, knots[:1]])
    # Centripetal spacing: uniform knots would throw loops where two points lie close together.
    gaps = np.linalg.norm(np.diff(knots, axis=0), axis=1)
    times = np.concatenate([[0], np.cumsum(np.sqrt(gaps))])
    curve = CubicSpline(times, knots, bc_type="periodic" if closed else "natural")
    return curve(np.linspace(0, times[-1], max(8, int(gaps.sum() / step))))


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> np.ndarray:
    """Outline of an ellipse around (x, y)."""
    angle = np.linspace(0, 2 * np.pi, max(16, int(8 * rx**0.7)), endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + (ry or rx) * np.sin(angle)], axis=1)


def mirrored(points: Points, axis: float) -> np.ndarray:
    """Reflect `points` about the vertical line x = `axis`."""
    return np.asarray(points, float) * (-1, 1) + (2 * axis, 0)


def symmetric(half: Points, axis: float) -> np.ndarray:
    """Close the right half of an outline with its mirror image."""
    right = spline(half)
    return np.vstack([right, mirrored(right, axis)[::-1]])


def spiral(
    x: float, y: float, radius: float, turns: float, *, start: float, hand: int
) -> np.ndarray:
    """Volute that begins at `radius` and angle `start` and winds inwards."""
    way = np.linspace(0, 1, 60)
    angle = start + hand * 2 * np.pi * turns * way
    r = radius * (1 - 0.88 * way)
    return np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)


def leaf(
    x: float, y: float, length: float, width: float, angle: float, *, bend: float = 0.0
) -> np.ndarray:
    """Outline of a petal or leaf from its base at (x, y), pointing along `angle`."""
    way = np.linspace(0, 1, 28)
    half = width / 2 * np.sin(np.pi * way**0.8) ** 0.85
    spine = bend * length * way**2
    local = np.concatenate(
        [
            np.stack([way * length, spine + half], axis=1),
            np.stack([way * length, spine - half], axis=1)[::-1],
        ]
    )
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return local @ turn + (x, y)


class Canvas:
    """Paint and contour kept apart, so that the wall can wear them differently."""

    def __init__(self, height: int, width: int, ground: Colour, seed: int) -> None:
        size = (width * SUPERSAMPLING, height * SUPERSAMPLING)
        self.height, self.width = height, width
        self.paint = Image.new("RGB", size, ground)
        self.line = Image.new("L", size, 0)
        self.rng = np.random.default_rng(seed)
        self._paint = ImageDraw.Draw(self.paint)
        self._line = ImageDraw.Draw(self.line)

    def fill(self, outline: Points, colour: Colour, contour: float = 0.0) -> None:
        """Fill an outline; it covers older contours, and may get one of its own."""
        corners = [tuple(p) for p in np.asarray(outline, float) * SUPERSAMPLING]
        self._paint.polygon(corners, fill=colour)
        self._line.polygon(corners, fill=0)
        if contour:
            self.stroke(np.vstack([outline, outline[:1]]), contour, taper=False)

    def stroke(
        self, path: Points, width: float, colour: Colour | None = None, *, taper: bool = True
    ) -> None:
        """Draw with a round brush under changing pressure: a contour, or paint of a `colour`."""
        path = np.asarray(path, float)
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        way = np.linspace(0, length[-1], max(4, int(length[-1] / 0.35)))
        dots = np.stack([np.interp(way, length, path[:, i]) for i in (0, 1)], axis=1)
        pressure = gaussian_filter(self.rng.standard_normal(way.size + 400), 25)[200:-200]
        radius = width / 2 * np.clip(1 + 1.6 * pressure, 0.7, 1.4)
        if taper:
            radius *= 0.35 + 0.65 * np.sin(np.pi * np.linspace(0, 1, way.size)) ** 0.5
        for (x, y), r in zip(dots * SUPERSAMPLING, radius * SUPERSAMPLING, strict=True):
            box = (x - r, y - r, x + r, y + r)
            self._line.ellipse(box, fill=255 if colour is None else 0)
            if colour is not None:
                self._paint.ellipse(box, fill=colour)

    def is_bare(self, x: float, y: float, radius: float, ground: Colour) -> bool:
        """Whether nothing has been painted around (x, y) yet."""
        box = [round(v * SUPERSAMPLING) for v in (x - radius, y - radius, x + radius, y + radius)]
        return bool((np.asarray(self.paint.crop(tuple(box))) == ground).all())

    def graded(
        self,
        outline: Points,
        tones: Sequence[Colour],
        *,
        centre: Points | None = None,
        shrink: float = 0.76,
        contour: float = 1.6,
    ) -> None:
        """Fill in nested steps of tone, as the layered colours of Dunhuang painters."""
        outline = np.asarray(outline, float)
        heart = outline.mean(0) if centre is None else np.asarray(centre, float)
        for depth, tone in enumerate(tones):
            inner = heart + (outline - heart) * shrink**depth
            self.fill(inner, tone, contour if depth == 0 else 0.0)

    def scarf(
        self, path: np.ndarray, turn: np.ndarray, width: np.ndarray, faces: tuple[Colour, Colour]
    ) -> None:
        """Lay a ribbon along `path` whose cross direction turns: it shows front and back."""
        across = np.stack([np.cos(turn), np.sin(turn)], axis=1) * width[:, None] / 2
        left, right = path + across, path - across
        tangent = np.gradient(path, axis=0)
        front = tangent[:, 0] * across[:, 1] - tangent[:, 1] * across[:, 0] > 0
        for i in range(len(path) - 1):
            corners = np.array([left[i], left[i + 1], right[i + 1], right[i]])
            self.fill(corners, faces[0] if front[i] else faces[1])
            # The edges follow a few steps behind, piece by piece: the next fill must not cut
            # into them, yet a later fold must cover those below it.
            j = slice(max(i - 3, 0), max(i - 3, 0) + 2)
            self.stroke((path + across * 0.45)[j], 1.5, SELVAGE, taper=False)
            for edge in (left, right):
                self._contour_piece(edge[j])

    def _contour_piece(self, ends: np.ndarray) -> None:
        for x, y in np.linspace(*ends, 4) * SUPERSAMPLING:
            r = 0.85 * SUPERSAMPLING
            self._line.ellipse((x - r, y - r, x + r, y + r), fill=255)

    def nib(self, path: np.ndarray, width: float, angle: float) -> None:
        """Write with a broad pen held at `angle`: thick and thin come from the direction."""
        edge = np.array([np.cos(angle), -np.sin(angle)]) * width / 2
        for a, b in pairwise(path):
            corners = np.array([a + edge, b + edge, b - edge, a - edge]) * SUPERSAMPLING
            self._line.polygon([tuple(p) for p in corners], fill=255)
            self._line.line([tuple(p) for p in corners[[0, 3]]], fill=255, width=2)

    def develop(self) -> tuple[np.ndarray, np.ndarray]:
        """Paint as (H, W, 3) and contour coverage as (H, W), both in 0..1."""
        paint = self.paint.reduce(SUPERSAMPLING)
        line = self.line.reduce(SUPERSAMPLING)
        return np.asarray(paint, float) / 255, np.asarray(line, float) / 255


def noise(
    rng: np.random.Generator, shape: tuple[int, ...], sigma: float | Sequence[float]
) -> np.ndarray:
    """Smooth noise of unit variance, `sigma` pixels wide."""
    field = gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return field / field.std()
