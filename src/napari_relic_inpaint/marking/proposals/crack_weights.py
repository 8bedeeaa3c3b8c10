"""What speaks for a crack, and how much: log odds for dark lines, and for light ones.

Fitted by ``benchmarks/proposals.py --fit`` to cracks that were drawn over 120 paintings and murals,
each pixel of a line counting alike. Replace both tables by what it prints, but for "closed": that
is set by hand, since the pictures had too few lines that end where they begin to say.
"""

ALONE: dict[str, tuple[float, float]] = {
    "1": (-12.82, -13.35),
    "log length": (-0.7405, -1.017),
    "log contrast": (-3.38, -4.03),
    "log contrast above noise": (1.922, 1.969),
    "log unlike sides": (0.5596, 0.6676),
    "chroma": (-2.229, -4.633),
    "log width": (0.4161, 0.263),
    "bent": (11.8, 14.39),
    "jagged": (-11.33, -13.54),
    "straight": (4.308, 4.421),
    "free ends": (-0.1882, -0.365),
    "closed": (-3.0, -3.0),
    "other fields": (0.557, 0.6114),
    "log lines around": (0.7438, 1.14),
    "bent x bent": (-11.43, -15.15),
    "log contrast x log contrast": (-0.6271, -0.7563),
    "log length x log unlike sides": (-0.436, -0.52),
    "log length x log width": (-0.7798, -0.6668),
    "log length x jagged": (3.528, 4.179),
}
"""For a branch on its own, see `features`; products come last."""

AMONG: dict[str, tuple[float, float]] = {
    "1": (-0.806, -0.7337),
    "alone": (0.777, 0.7905),
    "neighbours": (0.4368, 0.4859),
    "log length of neighbours": (0.5202, 0.5309),
}
"""For the same branch among those that it meets."""
