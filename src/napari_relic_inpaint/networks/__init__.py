"""The torch modules of the two-stage method, and nothing else: no files, no settings, no losses.

``training`` imports exactly these classes, so a checkpoint trained there loads here unchanged.
"""

from napari_relic_inpaint.networks.discriminator import PatchDiscriminator
from napari_relic_inpaint.networks.generators import EdgeGenerator, InpaintGenerator
from napari_relic_inpaint.networks.spectral import fold_spectral_norm

__all__ = ["EdgeGenerator", "InpaintGenerator", "PatchDiscriminator", "fold_spectral_norm"]
