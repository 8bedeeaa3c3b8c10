"""How close a restoration is to the intact picture: all of it, its hole, its edges, its texture.

Pictures are ``(H, W)`` grey or ``(H, W, C)`` colour of any dtype, holes ``(H, W)`` of bool, True =
hole. ``data_range`` is the distance from black to white in the pictures' values. Left out, it is 1
for floats (which then are in [0, 1]) and for bool, and the whole range of the type for integers:
255 for uint8, 65535 for uint16.

What is scored over no pixels (an empty hole, a hole that leaves nothing outside) is NaN. All
arithmetic is in float64.
"""

from napari_relic_inpaint.measuring.metrics.colour import ciede2000, ciede2000_map
from napari_relic_inpaint.measuring.metrics.differences import (
    decibel,
    hole_psnr,
    largest_change_outside,
    psnr,
)
from napari_relic_inpaint.measuring.metrics.edges import (
    EdgeCounts,
    EdgeScores,
    count_edges,
    edge_scores,
)
from napari_relic_inpaint.measuring.metrics.similarity import (
    SSIM_REACH,
    edgeconnect_ssim,
    hole_ssim,
    ssim,
    ssim_map,
)
from napari_relic_inpaint.measuring.metrics.texture import (
    TEXTURE_REACH,
    TEXTURE_WINDOW,
    texture,
    texture_map,
    texture_share,
)

__all__ = [
    "SSIM_REACH",
    "TEXTURE_REACH",
    "TEXTURE_WINDOW",
    "EdgeCounts",
    "EdgeScores",
    "ciede2000",
    "ciede2000_map",
    "count_edges",
    "decibel",
    "edge_scores",
    "edgeconnect_ssim",
    "hole_psnr",
    "hole_ssim",
    "largest_change_outside",
    "psnr",
    "ssim",
    "ssim_map",
    "texture",
    "texture_map",
    "texture_share",
]
