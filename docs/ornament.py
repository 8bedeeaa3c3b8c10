"""Ornament of the sample "fresco": its colours, blossoms, clouds, canopy and border."""

from collections.abc import Sequence

import numpy as np
from brush import Canvas, Colour, ellipse, leaf, spiral, spline

HEIGHT, WIDTH = 640, 768
AXIS = WIDTH / 2
Tones = Sequence[Colour]
Box = tuple[float, float, float, float]

EARTH_RED: Colour = (150, 68, 47)
CINNABAR: Colour = (190, 67, 43)
OCHRE: Colour = (207, 155, 74)
LIME: Colour = (238, 226, 200)
SKIN: Colour = (232, 199, 158)
INK: Colour = (44, 28, 24)
HAIR: Colour = (45, 52, 66)
NIGHT: Colour = (38, 56, 92)
AZURITE = ((46, 78, 128), (92, 130, 168), (158, 186, 196))
MALACHITE = ((52, 104, 84), (98, 152, 118), (168, 200, 162))
ROSE = ((176, 70, 52), (212, 128, 96), (238, 196, 164))
GOLD = ((186, 124, 50), (218, 172, 92), (240, 214, 150))


def blossom(canvas: Canvas, x: float, y: float, radius: float, tones: Tones) -> None:
    """Paint a flower seen from above."""
    for k in range(6):
        petal = leaf(x, y, radius, radius * 0.72, k * np.pi / 3 + 0.3)
        canvas.graded(petal, tones[1:], centre=(x, y), shrink=0.62, contour=1.1)
    canvas.fill(ellipse(x, y, radius * 0.24), GOLD[1], 1.0)


def scattered_blossoms(canvas: Canvas) -> None:
    """Strew blossoms where the ground is still bare: half hidden ones would look like slips."""
    count = 0
    for _ in range(600):
        x, y = canvas.rng.uniform((74, 120), (WIDTH - 74, HEIGHT - 74))
        if canvas.is_bare(x, y, 19, EARTH_RED):
            blossom(canvas, x, y, 10, (AZURITE, MALACHITE, ROSE)[count % 3])
            count += 1


def cloud(canvas: Canvas, at: tuple[float, float], size: float, hand: int, tones: Tones) -> None:
    """Paint a cloud head of three volutes with a long tail, blown along `hand`."""
    x, y = at
    for k, tone in enumerate(tones):
        lift = 1 - 0.26 * k
        top = [(0, -9 * lift), (38, -20 * lift), (78, -6 * lift), (118, -22 * lift), (165, -20)]
        low = [(118, 2 * lift - 6), (78, 17 * lift), (38, 5 * lift), (0, 16 * lift)]
        tail = spline(np.array([*top, *low]) * (hand, 1) * size + (x, y), closed=True)
        canvas.fill(tail, tone, 1.7 if k == 0 else 0)
    for dx, dy, r in ((-2, -15, 17), (-22, 3, 16), (8, 9, 15), (-6, -2, 13)):
        cx, cy = x + hand * dx * size, y + dy * size
        canvas.graded(ellipse(cx, cy, r * size), tones, shrink=0.78)
        start = np.pi if hand > 0 else 0
        canvas.stroke(spiral(cx, cy, r * size * 0.72, 1.1, start=start, hand=hand), 1.4)


def lotus(canvas: Canvas, x: float, y: float, size: float, tones: Tones) -> None:
    """Paint an open lotus seen from the side, back petals first."""
    fans = ((1.0, 0.30, (-1.15, -0.6, 0.0, 0.6, 1.15)), (0.82, 0.40, (-0.85, -0.3, 0.3, 0.85)))
    for reach, broad, turns in fans:
        for turn in sorted(turns, key=abs, reverse=True):
            petal = leaf(x, y, size * reach, size * broad * 1.4, turn - np.pi / 2)
            canvas.graded(petal, tones, centre=(x, y), shrink=0.78)
    for turn in (-1.9, 1.9, -1.45, 1.45):
        petal = leaf(x, y, size * 0.62, size * 0.3, turn - np.pi / 2, bend=0.22 * np.sign(turn))
        canvas.graded(petal, MALACHITE, centre=(x, y), shrink=0.75)


def flames(
    canvas: Canvas, centre: tuple[float, float], radius: float, count: int, tones: Tones
) -> None:
    """Paint a wheel of leaning flames."""
    x, y = centre
    for k in range(count):
        angle = 2 * np.pi * k / count - np.pi / 2
        at = (x + radius * np.cos(angle), y + radius * np.sin(angle))
        flame = leaf(*at, radius * 0.17, radius * 0.13, angle, bend=0.35)
        canvas.graded(flame, tones, centre=at, shrink=0.66, contour=1.3)


def canopy(canvas: Canvas) -> None:
    """Hang a valance with tassels along the top."""
    canvas.fill([(56, 52), (712, 52), (712, 74), (56, 74)], NIGHT, 1.6)
    step = 41
    for k in range(16):
        x = 56 + step * k
        tones = (MALACHITE, ROSE, GOLD, AZURITE)[k % 4]
        swag = spline([(x, 72), (x + step * 0.22, 90), (x + step / 2, 97), (x + step * 0.78, 90),
                       (x + step, 72)])  # fmt: skip
        canvas.graded(swag, tones, centre=(x + step / 2, 70), shrink=0.78, contour=1.8)
        canvas.fill(ellipse(x + step / 2, 62, 7), GOLD[2], 1.2)
        canvas.fill(ellipse(x + step / 2, 62, 3.4), CINNABAR)
    for k in range(1, 16):
        x = 56 + step * k
        canvas.stroke([(x, 74), (x, 100)], 2.2, INK, taper=False)
        canvas.fill(ellipse(x, 92, 4.2), LIME, 1.2)
        canvas.fill(leaf(x, 97, 15, 9, np.pi / 2), CINNABAR, 1.2)


def border(canvas: Canvas) -> None:
    """Frame the picture with a running vine between lime bands."""
    outer, inner = (0, 0, WIDTH, HEIGHT), (54, 54, WIDTH - 54, HEIGHT - 54)
    for box, colour in ((outer, EARTH_RED), ((8, 8, WIDTH - 8, HEIGHT - 8), LIME)):
        _frame(canvas, box, inner, colour)
    _frame(canvas, (13, 13, WIDTH - 13, HEIGHT - 13), (49, 49, WIDTH - 49, HEIGHT - 49), NIGHT)
    for start, end, waves in (
        ((50, 31), (WIDTH - 50, 31), 8),
        ((50, HEIGHT - 31), (WIDTH - 50, HEIGHT - 31), 8),
        ((31, 50), (31, HEIGHT - 50), 6),
        ((WIDTH - 31, 50), (WIDTH - 31, HEIGHT - 50), 6),
    ):
        _vine(canvas, np.array(start, float), np.array(end, float), waves)
    for x in (31, WIDTH - 31):
        for y in (31, HEIGHT - 31):
            canvas.fill(ellipse(x, y, 21), LIME, 1.6)
            canvas.fill(ellipse(x, y, 18.5), CINNABAR, 1.2)
            blossom(canvas, x, y, 17, GOLD)


def _frame(canvas: Canvas, outer: Box, inner: Box, colour: Colour) -> None:
    (a, b, c, d), (e, f, g, h) = outer, inner
    for box in ((a, b, c, f), (a, h, c, d), (a, b, e, d), (g, b, c, d)):
        x, y, right, low = box
        canvas.fill([(x, y), (right, y), (right, low), (x, low)], colour)
    for x, y, right, low in (outer, inner):
        canvas.stroke([(x, y), (right, y), (right, low), (x, low), (x, y)], 1.8, taper=False)


def _vine(canvas: Canvas, start: np.ndarray, end: np.ndarray, waves: int) -> None:
    along = end - start
    length = np.linalg.norm(along)
    along /= length
    across = np.array([-along[1], along[0]])
    heading = np.arctan2(along[1], along[0])
    way = np.linspace(0, 1, 600)
    path = start + np.outer(way * length, along)
    path = path + np.outer(9 * np.sin(2 * np.pi * waves * way), across)
    canvas.stroke(path, 4.6, INK, taper=False)
    canvas.stroke(path, 2.8, MALACHITE[2], taper=False)
    for k in range(2 * waves):
        side = 1 if k % 2 else -1
        heart = start + along * length * (k + 0.5) / (2 * waves) + across * side * 4
        for spread in (-1.25, 1.25, -0.65, 0.65, 0.0):
            outline = leaf(*heart, 15, 8.5, heading + side * np.pi / 2 + spread)
            tones = ROSE[1:] if k % 4 < 2 else AZURITE[1:]
            canvas.graded(outline, tones, centre=heart, shrink=0.68, contour=1.1)
        for spread in (-2.05, 2.05):
            outline = leaf(*heart, 17, 7, heading + side * np.pi / 2 + spread, bend=-0.1 * spread)
            canvas.graded(outline, MALACHITE[1:], centre=heart, shrink=0.7, contour=1.1)
        canvas.fill(ellipse(*heart, 2.8), GOLD[1], 1.0)
