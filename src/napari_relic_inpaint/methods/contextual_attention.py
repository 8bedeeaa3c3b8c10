"""CA (Yu et al., 2018): paint coarsely, then refine with features copied from known parts."""

from __future__ import annotations

from napari_relic_inpaint.methods.completion import Completion


class ContextualAttention(Completion):
    """Completion with contextual attention; for comparison with the two-stage method."""

    title = "Contextual attention"
    method = "contextual-attention"
