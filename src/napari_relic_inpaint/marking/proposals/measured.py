"""How often proposals were right, for people: ``benchmarks/proposals.py``, docs/proposals.md."""

CRACKS = ""
LACUNAE = ""
