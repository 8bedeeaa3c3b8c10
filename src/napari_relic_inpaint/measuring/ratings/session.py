"""What one person has still to mark, and in which order it is shown without names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_uppercase

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.targets import check_target
from napari_relic_inpaint.measuring.ratings.marks import Rating, append, read
from napari_relic_inpaint.record import software_version

LETTERS = ascii_uppercase
"""What restorations are known by, so there are at most as many."""


@dataclass(frozen=True)
class Candidate:
    """A restoration under the letter that hides what made it.

    Attributes
    ----------
    method : str
        What made it; for the file, not for the rater's eyes.
    order : int
        Its place, from 1.
    """

    method: str
    order: int

    @property
    def letter(self) -> str:
        """What the rater knows it by: A, B, C ..."""
        return LETTERS[self.order - 1]


def shuffled(names: Iterable[str], *occasion: str) -> list[str]:
    """Return names in an order that looks random, and is always the same for one occasion.

    Sorting by a hash is a draw that needs no state: a session goes on tomorrow, or with a method
    more, as it began, and nobody sees in the letters what made a restoration.

    Parameters
    ----------
    names : iterable of str
        What to put in order.
    *occasion : str
        What the order belongs to: a rater, a picture, a detail.
    """

    def draw(name: str) -> bytes:
        return hashlib.sha256(json.dumps((*occasion, name)).encode()).digest()

    return sorted(names, key=draw)


class Session:
    """One person's way through the details of one picture.

    Parameters
    ----------
    path : Path
        The file of ratings to continue, or to begin.
    rater, picture : str
        Who marks what.
    details : sequence of str
        The details to look at.
    methods : sequence of str
        What made the restorations, each once.

    Attributes
    ----------
    details : list of str
        Those that this person has not marked completely, in an order of their own.

    Raises
    ------
    InputError
        If there are fewer than two methods or more than there are letters.
    FileError
        If the file holds anything but ratings or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        rater: str,
        picture: str,
        details: Sequence[str],
        methods: Sequence[str],
    ) -> None:
        if not 2 <= len(methods) <= len(LETTERS):
            raise InputError(
                f"there are {len(methods)} restorations: choose 2 to {len(LETTERS)} to compare"
            )
        # Nobody shall mark first and learn afterwards that it cannot be kept.
        check_target(path, overwrite=True)
        self._path = path
        self._rater = rater
        self._picture = picture
        self._methods = tuple(methods)
        self._marked = {rating.key for rating in read([path])} if path.exists() else set()
        self.details = [
            detail for detail in shuffled(details, rater, picture) if self.candidates(detail)
        ]

    def candidates(self, detail: str) -> list[Candidate]:
        """Return what is left to mark at a detail, in the order to show it."""
        order = shuffled(self._methods, self._rater, self._picture, detail)
        return [
            Candidate(method, place)
            for place, method in enumerate(order, start=1)
            if (self._rater, self._picture, detail, method) not in self._marked
        ]

    def save(self, detail: str, marks: Mapping[Candidate, Mapping[str, int]]) -> None:
        """Add marks to the file.

        Parameters
        ----------
        detail : str
            What was looked at.
        marks : mapping of Candidate to mapping of str to int
            A mark from 1 to 5 for each of `CRITERIA`.

        Raises
        ------
        FileError
            If the file cannot be written; nothing is lost then, saving can be tried again.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ratings = [
            Rating(
                time=now,
                rater=self._rater,
                picture=self._picture,
                detail=detail,
                method=candidate.method,
                order=candidate.order,
                version=software_version(),
                **given,
            )
            for candidate, given in marks.items()
        ]
        append(self._path, ratings)
        self._marked |= {rating.key for rating in ratings}
