"""The sample "fresco": a generated wall painting, a haloed figure on a lotus in mineral colours."""

import numpy as np
from brush import Canvas, Points, ellipse, leaf, mirrored, noise, spline, symmetric
from ornament import (
    AXIS,
    AZURITE,
    CINNABAR,
    EARTH_RED,
    GOLD,
    HAIR,
    HEIGHT,
    INK,
    LIME,
    MALACHITE,
    NIGHT,
    OCHRE,
    ROSE,
    SKIN,
    WIDTH,
    border,
    canopy,
    cloud,
    flames,
    lotus,
    scattered_blossoms,
)
from scipy.ndimage import gaussian_filter


def figure_painting(seed: int = 11) -> np.ndarray:
    """Paint the wall; uint8 (640, 768, 3)."""
    canvas = Canvas(HEIGHT, WIDTH, EARTH_RED, seed)
    _clouds(canvas)
    _lotus_stems(canvas)
    _mandorla(canvas)
    _scarves(canvas)
    _throne(canvas)
    _robe(canvas)
    _torso(canvas)
    _head(canvas)
    canopy(canvas)
    scattered_blossoms(canvas)
    border(canvas)
    return _age(canvas)


def _clouds(canvas: Canvas) -> None:
    places = (
        (118, 178, 0.95, 1, AZURITE),
        (92, 300, 0.8, 1, ROSE),
        (232, 112, 0.62, -1, MALACHITE),
    )
    for x, y, size, hand, tones in places:
        cloud(canvas, (x, y), size, hand, tones)
        cloud(canvas, (WIDTH - x, y + 4), size, -hand, tones)


def _lotus_stems(canvas: Canvas) -> None:
    stem = spline([(262, 560), (190, 548), (130, 500), (112, 440), (128, 398)])
    branch = spline([(150, 522), (196, 488), (206, 446), (198, 424)])
    for side in (1, -1):
        for path in (stem, branch):
            canvas.stroke(_sided(path, side), 8.5, INK)
            canvas.stroke(_sided(path, side), 5.5, MALACHITE[1])
        for x, y, length, angle in (
            (186, 547, 62, 2.6),
            (118, 470, 48, -2.7),
            (116, 450, 44, -0.5),
        ):
            outline = _sided(leaf(x, y, length, length * 0.42, angle, bend=0.2), side)
            canvas.graded(outline, MALACHITE, shrink=0.7)
        canvas_x = 128 if side == 1 else WIDTH - 128
        bud_x = 198 if side == 1 else WIDTH - 198
        lotus(canvas, canvas_x, 402, 46, ROSE)
        lotus(canvas, bud_x, 428, 30, AZURITE)


def _mandorla(canvas: Canvas) -> None:
    """Paint the body halo and the nimbus, ring within ring."""
    rings = ((186, MALACHITE[0]), (176, LIME), (172, CINNABAR), (146, LIME), (142, AZURITE[1]))
    for radius, colour in (*rings, (118, LIME), (114, OCHRE)):
        canvas.fill(ellipse(AXIS, 352, radius), colour, 1.6)
    flames(canvas, (AXIS, 352), 147, 40, GOLD)
    angle = np.linspace(0, 2 * np.pi, 900)
    for phase in (0, np.pi):
        r = 130 + 8 * np.sin(18 * angle + phase)
        canvas.stroke(
            np.stack([AXIS + r * np.cos(angle), 352 + r * np.sin(angle)], 1), 2.2, LIME, taper=False
        )
    for radius, colour in ((98, LIME), (94, NIGHT), (80, LIME), (76, MALACHITE[1]), (60, LIME)):
        canvas.fill(ellipse(AXIS, 206, radius), colour, 1.5)
    for k in range(28):
        turn = 2 * np.pi * k / 28
        at = (AXIS + 80 * np.cos(turn), 206 + 80 * np.sin(turn))
        canvas.graded(leaf(*at, 14, 13, turn), ROSE[1:], centre=at, shrink=0.6, contour=1.0)
    canvas.fill(ellipse(AXIS, 206, 57), CINNABAR, 1.5)


def _scarves(canvas: Canvas) -> None:
    upper = [(338, 292), (270, 262), (222, 318), (262, 372), (214, 416), (150, 352), (96, 372),
             (84, 330)]  # fmt: skip
    lower = [(322, 400), (262, 402), (236, 462), (290, 492), (262, 540), (190, 508), (128, 556),
             (84, 538)]  # fmt: skip
    for knots, faces, drift in (
        (lower, (CINNABAR, OCHRE), 0.0),
        (upper, (MALACHITE[1], AZURITE[0]), 0.6),
    ):
        path = spline(knots, step=1.2)
        way = np.linspace(0, 1, len(path))
        turn = 1.2 + drift + 0.9 * np.sin(2.3 * np.pi * way + drift) + 1.0 * way
        width = 26 * np.clip((1.0 - way) / 0.16, 0, 1) ** 0.6
        canvas.scarf(path, turn, width, faces)
        canvas.scarf(mirrored(path, AXIS), np.pi - turn, width, faces[::-1])


def _throne(canvas: Canvas) -> None:
    """Paint the lotus seat: two rows of broad petals, the lower one hanging."""
    canvas.fill(ellipse(AXIS, 500, 168, 30), MALACHITE[0], 1.8)
    for k in sorted(range(-5, 6), key=abs, reverse=True):
        x = AXIS + 30 * k * (1 - 0.012 * abs(k))
        petal = leaf(x, 506, 58 - abs(k), 50, np.pi / 2 - 0.085 * k)
        canvas.graded(petal, (ROSE, AZURITE)[k % 2], centre=(x, 508), shrink=0.8, contour=1.9)
    for k in sorted(range(-6, 6), key=lambda k: abs(k + 0.5), reverse=True):
        x = AXIS + 26 * (k + 0.5)
        petal = leaf(x, 518, 46 - abs(k + 0.5), 38, -np.pi / 2 + 0.11 * (k + 0.5))
        canvas.graded(petal, MALACHITE, centre=(x, 520), shrink=0.78, contour=1.8)
    canvas.fill(symmetric([(AXIS, 498), (440, 500), (510, 490), (546, 476)], AXIS), OCHRE)


def _robe(canvas: Canvas) -> None:
    """Paint the crossed legs under a skirt whose folds run from knee to knee."""
    lap = [(AXIS, 392), (428, 394), (470, 416), (524, 438), (548, 468), (520, 494), (450, 502),
           (AXIS, 492)]  # fmt: skip
    canvas.graded(symmetric(lap, AXIS), ROSE[:2], centre=(AXIS, 446), shrink=0.9, contour=2.2)
    for side in (1, -1):
        for k in range(6):
            lift = 11 * k
            fold = np.array(
                [(540 - 5 * k, 470 - 3 * k), (488, 446 - lift * 0.55 + 6), (430, 462 - lift * 0.8),
                 (372 + 6 * k, 484 - lift * 0.6)]
            )  # fmt: skip
            path = spline(_sided(fold, side))
            canvas.stroke(np.add(path, (0, 2.4)), 2.2, LIME if k % 2 else ROSE[0])
            canvas.stroke(path, 1.9)
    hem = spline([(232, 486), (300, 504), (AXIS, 488), (468, 504), (536, 486)])
    canvas.stroke(np.add(hem, (0, -5)), 7, INK)
    canvas.stroke(np.add(hem, (0, -5)), 5, GOLD[1])
    sash = spline([(AXIS, 398), (376, 430), (392, 462), (382, 508), (388, 548)], step=1.2)
    way = np.linspace(0, 1, len(sash))
    canvas.scarf(sash, 0.5 * np.sin(9 * way), 15 + 8 * way, (AZURITE[1], AZURITE[0]))


def _torso(canvas: Canvas) -> None:
    body = [(AXIS, 250), (404, 252), (410, 272), (446, 282), (462, 300), (436, 340), (424, 372),
            (434, 398), (AXIS, 406)]  # fmt: skip
    canvas.graded(symmetric(body, AXIS), (SKIN,), contour=2.0)
    for side in (1, -1):
        canvas.stroke(_sided(spline([(398, 352), (418, 350), (428, 336)]), side), 1.4)
        arm = [(446, 284), (468, 306), (478, 344), (470, 372), (440, 372), (404, 350), (388, 336),
               (390, 322), (406, 326), (436, 344), (446, 340), (440, 312), (434, 296)]  # fmt: skip
        outline = _sided(spline(arm, closed=True), side)
        canvas.fill(outline, SKIN)
        canvas.stroke(outline[: int(len(outline) * 0.93)], 2.1)
        for band in ([(441, 312), (456, 318), (472, 314)], [(404, 349), (412, 340), (416, 331)]):
            canvas.stroke(_sided(spline(band), side), 6.5, INK, taper=False)
            canvas.stroke(_sided(spline(band), side), 4, GOLD[1], taper=False)
        hand = [(AXIS, 280), (390, 294), (394, 316), (398, 336), (388, 346), (AXIS, 348)]
        canvas.fill(np.vstack([_sided(spline(hand), side), [(AXIS, 348), (AXIS, 280)]]), SKIN, 1.4)
        canvas.stroke(_sided(spline([(AXIS + 2, 336), (391, 322), (392, 306)]), side), 1.0)
    for drop, colour, width in ((0, GOLD[1], 5), (7, CINNABAR, 3.5), (12, MALACHITE[1], 4)):
        lace = spline([(352, 268 + drop), (366, 282 + drop), (402, 282 + drop), (416, 268 + drop)])
        canvas.stroke(lace, width + 1.6, INK)
        canvas.stroke(lace, width, colour)
    belt = spline([(336, 394), (AXIS, 402), (432, 394)])
    canvas.stroke(belt, 11, INK, taper=False)
    canvas.stroke(belt, 8, GOLD[1], taper=False)


def _head(canvas: Canvas) -> None:
    """Paint the face: long brows, lowered lids, a small mouth, heavy ear lobes."""
    canvas.fill(ellipse(AXIS, 146, 24, 28), HAIR, 1.8)
    canvas.fill(
        symmetric([(AXIS, 158), (412, 164), (426, 190), (422, 216), (AXIS, 222)], AXIS), HAIR, 1.8
    )
    neck = [(AXIS, 230), (402, 232), (403, 254), (414, 268), (AXIS, 276)]
    canvas.fill(symmetric(neck, AXIS), SKIN)
    for side in (1, -1):
        ear = [(418, 196), (428, 194), (430, 212), (428, 238), (421, 240), (417, 222)]
        canvas.fill(_sided(spline(ear, closed=True), side), SKIN, 1.5)
        canvas.stroke(_sided(spline([(402, 240), (402, 254), (412, 266)]), side), 1.6)
    face = [(AXIS, 176), (408, 182), (420, 202), (416, 226), (402, 244), (AXIS, 251)]
    canvas.fill(symmetric(face, AXIS), SKIN, 2.0)
    _features(canvas)
    _crown(canvas)


def _features(canvas: Canvas) -> None:
    for side in (1, -1):
        canvas.fill(_sided(ellipse(405, 226, 8, 6), side), (230, 178, 138))
        canvas.stroke(_sided(spline([(389, 202), (396, 195), (406, 195), (415, 201)]), side), 1.9)
        eye = [(390, 211), (397, 206.5), (405, 207), (413, 211), (404, 213.5), (396, 213)]
        canvas.fill(_sided(spline(eye, closed=True), side), LIME)
        canvas.fill(_sided(ellipse(401, 210.5, 3.2), side), INK)
        canvas.stroke(_sided(spline(eye[:4]), side), 2.0)
        canvas.stroke(_sided(spline(eye[3:] + eye[:1]), side), 0.8)
    nose = spline([(389, 204), (387, 216), (389, 225), (384, 228), (379, 226)])
    canvas.stroke(nose, 1.3)
    mouth = [(375, 236), (380, 233.5), (AXIS, 235), (388, 233.5), (393, 236), (AXIS, 241)]
    canvas.fill(spline(mouth, closed=True), CINNABAR)
    canvas.stroke(spline([(374, 236), (380, 236.5), (AXIS, 237.5), (388, 236.5), (394, 236)]), 1.1)
    for y in (257, 264):
        canvas.stroke(spline([(372, y), (AXIS, y + 2.5), (396, y)]), 1.0)
    canvas.stroke(spline([(378, 246.5), (AXIS, 248), (390, 246.5)]), 0.8)
    canvas.fill(ellipse(AXIS, 194, 2.6), CINNABAR)


def _crown(canvas: Canvas) -> None:
    for x, y, size, turn in ((362, 172, 30, -0.42), (406, 172, 30, 0.42), (AXIS, 172, 42, 0)):
        plate = leaf(x, y + 4, size, size * 0.8, turn - np.pi / 2)
        canvas.graded(plate, GOLD, centre=(x, y), shrink=0.8, contour=1.6)
        canvas.fill(ellipse(x + 9 * turn, y - size * 0.4, size * 0.15), AZURITE[0], 1.1)
    band = spline([(347, 186), (362, 177), (AXIS, 174), (406, 177), (421, 186)])
    canvas.stroke(band, 10, INK, taper=False)
    canvas.stroke(band, 7.5, GOLD[1], taper=False)
    for x, y in band[:: len(band) // 8]:
        canvas.fill(ellipse(x, y, 2.3), CINNABAR)


def _age(canvas: Canvas) -> np.ndarray:
    """Let the wall show: brush marks, worn pigment, plaster relief, fading, grain."""
    paint, line = canvas.develop()
    rng, shape = canvas.rng, line.shape
    turn = 0.5 + 0.5 * np.tanh(1.5 * noise(rng, shape, 30))
    streaks = turn * noise(rng, shape, (0.9, 4)) + (1 - turn) * noise(rng, shape, (4, 0.9))
    washes = noise(rng, shape, 14)
    tint = 1 + 0.026 * streaks + 0.05 * washes
    plaster = np.array([0.87, 0.81, 0.69])
    # Pigment gathers where a field ends, as a wet brush leaves it.
    pooled = np.abs(paint.mean(2) - gaussian_filter(paint.mean(2), 3))
    paint = paint * (tint - 0.35 * pooled)[..., None]
    worn = np.clip(0.10 + 0.05 * noise(rng, shape, 5) + 0.07 * noise(rng, shape, 22), 0.02, 0.5)
    paint += worn[..., None] * (plaster - paint)
    cover = line * np.clip(0.86 + 0.08 * noise(rng, shape, 3), 0.55, 1)
    paint += cover[..., None] * (np.array([0.17, 0.115, 0.095]) - paint)
    relief = noise(rng, shape, 1.6) + 2 * noise(rng, shape, 5)
    light = 1 + 0.012 * (relief - np.roll(relief, (1, 1), (0, 1)))
    fading = 1 + 0.02 * noise(rng, shape, 90)
    grain = 0.004 * noise(rng, shape, 0.6)
    wall = paint * (light * fading)[..., None] + grain[..., None]
    return np.round(np.clip(wall, 0, 1) * 255).astype(np.uint8)


def _sided(points: Points, side: int) -> np.ndarray:
    return mirrored(points, AXIS) if side < 0 else np.asarray(points, float)
