"""Blind rating: people mark restorations without knowing which method made which."""

from napari_relic_inpaint.measuring.ratings.details import Detail, find_details
from napari_relic_inpaint.measuring.ratings.marks import CRITERIA, MARKS, Rating, append, read
from napari_relic_inpaint.measuring.ratings.session import Candidate, Session, shuffled
from napari_relic_inpaint.measuring.ratings.summary import (
    Estimate,
    Summary,
    cautions,
    summarise,
    write_summary,
)

__all__ = [
    "CRITERIA",
    "MARKS",
    "Candidate",
    "Detail",
    "Estimate",
    "Rating",
    "Session",
    "Summary",
    "append",
    "cautions",
    "find_details",
    "read",
    "shuffled",
    "summarise",
    "write_summary",
]
