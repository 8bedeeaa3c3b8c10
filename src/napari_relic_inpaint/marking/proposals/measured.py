"""How often proposals were right, for people: ``benchmarks/proposals.py``, docs/proposals.md."""

CRACKS = (
    "Proposals, no decisions. Of cracks drawn over paintings, 4 in 10 pixels were found; 79 % "
    "(dark) and 92 % (light) of what was proposed was right. On small pictures of murals with real "
    "cracks, 1 of 11 pieces was: look at each."
)

LACUNAE = (
    "Proposals, no decisions. Of losses drawn over paintings, 83 % of the pieces pointed at were "
    "right, the others ran out into ground of their colour; of more like them, 81 % were right and "
    "71 % found."
)
