"""The sample "manuscript": a generated 16-bit page, broad-pen script and a painted initial."""

import numpy as np
from brush import Canvas, Colour, ellipse, leaf, noise, spiral, spline

HEIGHT, WIDTH = 520, 416
PARCHMENT: Colour = (231, 214, 178)
GOLD: Colour = (206, 158, 62)
BLUE = ((42, 66, 128), (92, 124, 176), (188, 204, 216))
RED = ((168, 48, 36), (206, 96, 72), (236, 186, 160))
GREEN = ((58, 104, 70), (112, 154, 104), (190, 208, 164))
RULE: Colour = (205, 176, 146)
TEXT_LEFT, TEXT_TOP, LEADING, X_HEIGHT, ROWS = 92, 74, 31, 13, 12
NIB_ANGLE = np.deg2rad(42)
# Strokes of each letter in units of the x height, y down from the headline.
MINIM = [(0.0, 0.1), (0.12, 0.0), (0.16, 0.85), (0.34, 0.95)]
LETTERS: dict[str, tuple[float, list[list[tuple[float, float]]]]] = {
    "i": (0.42, [MINIM, [(0.1, -0.45), (0.22, -0.55)]]),
    "n": (0.9, [MINIM, [(0.2, 0.2), (0.5, 0.0), (0.64, 0.2), (0.64, 0.85), (0.82, 0.95)]]),
    "m": (
        1.36,
        [
            MINIM,
            [(0.2, 0.2), (0.5, 0.0), (0.64, 0.2), (0.64, 0.95)],
            [(0.68, 0.2), (0.96, 0.0), (1.1, 0.2), (1.1, 0.85), (1.28, 0.95)],
        ],
    ),
    "u": (
        0.9,
        [
            [(0.05, 0.05), (0.16, 0.8), (0.4, 0.98), (0.64, 0.7)],
            [(0.62, 0.0), (0.66, 0.85), (0.82, 0.95)],
        ],
    ),
    "o": (
        0.8,
        [
            [(0.3, 0.02), (0.06, 0.3), (0.08, 0.75), (0.32, 0.98)],
            [(0.3, 0.02), (0.58, 0.25), (0.58, 0.7), (0.32, 0.98)],
        ],
    ),
    "e": (
        0.68,
        [
            [(0.3, 0.02), (0.06, 0.35), (0.1, 0.8), (0.34, 0.97), (0.55, 0.85)],
            [(0.3, 0.02), (0.54, 0.2), (0.46, 0.42), (0.12, 0.5)],
        ],
    ),
    "a": (
        0.78,
        [
            [(0.1, 0.12), (0.4, 0.02), (0.52, 0.25), (0.52, 0.85), (0.7, 0.95)],
            [(0.5, 0.45), (0.16, 0.52), (0.1, 0.82), (0.28, 0.96), (0.5, 0.8)],
        ],
    ),
    "l": (0.42, [[(-0.02, -0.72), (0.12, -0.85), (0.14, 0.82), (0.34, 0.95)]]),
    "c": (0.62, [[(0.5, 0.12), (0.3, 0.02), (0.06, 0.35), (0.1, 0.8), (0.34, 0.97), (0.52, 0.86)]]),
    "b": (
        0.84,
        [
            [(-0.02, -0.72), (0.12, -0.85), (0.13, 0.8), (0.34, 0.97)],
            [(0.16, 0.18), (0.46, 0.02), (0.62, 0.4), (0.54, 0.82), (0.34, 0.97)],
        ],
    ),
    "d": (
        0.84,
        [
            [(0.3, 0.02), (0.06, 0.3), (0.08, 0.75), (0.32, 0.98)],
            [(-0.02, -0.6), (0.3, -0.42), (0.58, 0.1), (0.6, 0.65), (0.32, 0.98)],
        ],
    ),
    "s": (0.56, [[(0.44, -0.72), (0.24, -0.85), (0.12, -0.6), (0.12, 0.98)]]),
    "t": (
        0.56,
        [[(0.14, -0.22), (0.14, 0.75), (0.3, 0.96), (0.46, 0.86)], [(0.0, 0.04), (0.42, 0.04)]],
    ),
    "r": (0.58, [MINIM, [(0.2, 0.22), (0.38, 0.02), (0.54, 0.1)]]),
    "p": (
        0.86,
        [
            [(0.02, 0.05), (0.14, 0.0), (0.14, 1.6)],
            [(0.16, 0.15), (0.46, 0.02), (0.62, 0.4), (0.52, 0.85), (0.18, 0.95)],
        ],
    ),
    "q": (
        0.86,
        [
            [(0.34, 0.02), (0.06, 0.3), (0.08, 0.75), (0.32, 0.96), (0.58, 0.8)],
            [(0.34, 0.02), (0.6, 0.12), (0.6, 1.6)],
        ],
    ),
}
# The painted initial is the U of "Ut".
TEXT = """
    t in nomine domini natura picta manet in pariete et color ille rubens et linea tenuis qua manus
    prima notat ora sanctorum aurum atque lapis laeti sed tempus edit muros et pluit sal lente
    in tectoria sicut somnus pulueris tum manus altera lenis et patiens redit ad lineam perditam
    sequitur quod restat et ducit id quod est non est nil addit
"""


def manuscript_page(seed: int = 5) -> np.ndarray:
    """Write the page; uint16 (520, 416, 3), in steps of 16 as a 12-bit camera gives them."""
    canvas = Canvas(HEIGHT, WIDTH, PARCHMENT, seed)
    _ruling(canvas)
    _margin_vine(canvas)
    _script(canvas)
    _initial(canvas)
    return _age(canvas)


def _ruling(canvas: Canvas) -> None:
    for x in (TEXT_LEFT - 6, WIDTH - 34):
        canvas.stroke([(x, 12), (x, HEIGHT - 12)], 0.9, RULE, taper=False)
    for k in range(ROWS):
        y = TEXT_TOP + X_HEIGHT + k * LEADING
        canvas.stroke([(TEXT_LEFT - 6, y), (WIDTH - 34, y)], 0.8, RULE, taper=False)


def _script(canvas: Canvas) -> None:
    words = TEXT.split()
    for row in range(ROWS):
        # The first lines make room for the initial.
        x = TEXT_LEFT + (112 if row < 4 else 0)
        while words and x + _length(words[0]) < WIDTH - 32:
            x = _write(canvas, words.pop(0), x, TEXT_TOP + row * LEADING) + 7


def _length(word: str) -> float:
    return sum(LETTERS[c][0] for c in word) * X_HEIGHT


def _write(canvas: Canvas, word: str, x: float, y: float) -> float:
    for character in word:
        advance, strokes = LETTERS[character]
        for points in strokes:
            hand = canvas.rng.normal(0, 0.018, (len(points), 2))
            path = (np.array(points) + hand) * X_HEIGHT + (x, y)
            canvas.nib(spline(path) if len(points) > 2 else path, 3.7, NIB_ANGLE)
        x += advance * X_HEIGHT * canvas.rng.uniform(0.97, 1.03)
    return x


def _initial(canvas: Canvas) -> None:
    """Paint a large U-shaped letter on gold, filled with a vine."""
    x, y, side = TEXT_LEFT - 8, TEXT_TOP - 14, 112
    for inset, colour in ((0, RED[0]), (4, GOLD), (9, BLUE[0])):
        a, b, c, d = x + inset, y + inset, x + side - inset, y + side - inset
        canvas.fill([(a, b), (c, b), (c, d), (a, d)], colour, 1.4)
    for cx, cy, radius, start, hand in (
        (x + 56, y + 62, 34, 0.4, 1),
        (x + 28, y + 30, 13, 2.5, -1),
        (x + 86, y + 30, 13, 0.6, 1),
    ):
        coil = spiral(cx, cy, radius, 1.3, start=start, hand=hand)
        canvas.stroke(coil, 5.2, (30, 24, 22))
        canvas.stroke(coil, 3.4, GREEN[1])
        for k in (8, 20, 32):
            angle = np.arctan2(*(coil[k] - (cx, cy))[::-1])
            petal = leaf(*coil[k], radius * 0.42, radius * 0.3, angle + 0.7 * hand)
            canvas.graded(petal, RED if k == 20 else GREEN, centre=coil[k], contour=1.1)
        canvas.graded(ellipse(cx, cy, radius * 0.2), RED, contour=1.1)
    bow = spline([(x + 30, y + 14), (x + 16, y + 44), (x + 22, y + 84), (x + 56, y + 99),
                  (x + 90, y + 84), (x + 96, y + 44), (x + 82, y + 14)])  # fmt: skip
    for width, colour in ((17, (40, 28, 22)), (14.5, GOLD), (8, RED[0]), (2.2, RED[2])):
        canvas.stroke(bow, width, colour)


def _margin_vine(canvas: Canvas) -> None:
    """Let a vine climb down the margin and along the foot of the page."""
    climb = [(66, 40), (44, 92), (66, 150), (40, 212), (62, 278), (40, 344), (60, 408), (62, 462)]
    foot = [(120, 488), (184, 470), (248, 492), (312, 472), (372, 488)]
    stem = spline(climb + foot)
    canvas.stroke(stem, 4.6, (44, 34, 28))
    canvas.stroke(stem, 2.8, GREEN[0])
    tangent = np.gradient(stem, axis=0)
    for number, k in enumerate(range(18, len(stem) - 10, 46)):
        heading = np.arctan2(tangent[k, 1], tangent[k, 0])
        side = 1 if number % 2 else -1
        tones = (RED, GREEN, BLUE)[number % 3]
        canvas.stroke(spiral(*stem[k], 9, 0.4, start=heading, hand=side), 1.5, GREEN[0])
        for spread in (0.55, 1.15, 1.75):
            petal = leaf(*stem[k], 21, 11, heading + side * spread, bend=0.12 * side)
            canvas.graded(petal, tones, centre=stem[k], contour=1.1)
        bezant = stem[k] - 12 * side * np.array([-np.sin(heading), np.cos(heading)])
        canvas.fill(ellipse(*bezant, 3.6), GOLD, 1.1)


def _age(canvas: Canvas) -> np.ndarray:
    """Let the skin, the thinning of the ink and the fall of light show."""
    paint, line = canvas.develop()
    rng, shape = canvas.rng, line.shape
    ink = line * np.clip(0.88 + 0.06 * noise(rng, shape, 2.5) + 0.05 * noise(rng, shape, 20), 0, 1)
    paint = paint + ink[..., None] * (np.array([0.18, 0.12, 0.085]) - paint)
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    skin = 0.022 * noise(rng, shape, 45) + 0.010 * noise(rng, shape, 7)
    rim = np.minimum.reduce([x, 1 - x, y, 1 - y])
    browned = np.clip(1 - rim / (0.07 + 0.02 * noise(rng, shape, 30)).clip(0.02), 0, 1) ** 2
    light = 1.0 + skin - 0.10 * x - 0.04 * y + 0.0025 * noise(rng, shape, 0.7)
    page = paint * light[..., None] * (1 - browned[..., None] * np.array([0.22, 0.32, 0.45]))
    return (np.round(np.clip(page, 0, 1) * 4095) * 16).astype(np.uint16)
