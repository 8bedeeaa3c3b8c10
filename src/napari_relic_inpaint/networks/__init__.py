"""The torch modules of the methods, and nothing else: no files, no settings, no losses.

``training`` imports exactly these classes, so a checkpoint trained there loads here unchanged.
"""

from napari_relic_inpaint.networks.contextual_attention import (
    ContextualAttentionCritic,
    ContextualAttentionGenerator,
)
from napari_relic_inpaint.networks.discriminator import PatchDiscriminator
from napari_relic_inpaint.networks.generators import EdgeGenerator, InpaintGenerator
from napari_relic_inpaint.networks.glcic import GlcicDiscriminator, GlcicGenerator
from napari_relic_inpaint.networks.spectral import fold_spectral_norm

COMPLETIONS: dict[str, type[GlcicGenerator] | type[ContextualAttentionGenerator]] = {
    "glcic": GlcicGenerator,
    "contextual-attention": ContextualAttentionGenerator,
}
"""The methods of a single network that fills the hole, and their networks."""

__all__ = [
    "COMPLETIONS",
    "ContextualAttentionCritic",
    "ContextualAttentionGenerator",
    "EdgeGenerator",
    "GlcicDiscriminator",
    "GlcicGenerator",
    "InpaintGenerator",
    "PatchDiscriminator",
    "fold_spectral_norm",
]
