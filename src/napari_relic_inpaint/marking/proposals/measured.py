"""How often proposals were right, for people: ``benchmarks/proposals.py``, docs/proposals.md."""

CRACKS = (
    "Proposals, no decisions. Of cracks drawn over paintings a third was found, and 80 % of what "
    "was proposed was right. On small pictures of murals, 1 of 8 pieces was a real crack: look at "
    "each."
)

LACUNAE = (
    "Proposals, no decisions. Of losses drawn over paintings, 83 % of the pieces pointed at were "
    "right, the others ran out into ground of their colour; of more like them, 81 % were right and "
    "71 % found."
)
