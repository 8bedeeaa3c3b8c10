"""Pictures that look alike: copies of one, at another size or compression, or photographed anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from training.collection.facts import Facts

LARGEST_DIFFERENCE = (8, 12)
"""Bits of 64 in which the two hashes of pictures that look alike differ at most.

Of 480 copies at a third to twice the size and JPEG quality 30 to 80, none differed in more than 4
and 6. Of 834,000 pairs of reproductions, 7 differ in fewer, most of them of one painting.
"""

EACH_WITH_EACH = 4 * 10**8
"""Pairs that are all compared; of more, those that agree in a quarter of the first hash."""

ROWS = 512
"""Pictures that are compared with all others at once."""

BITS = np.array([bin(value).count("1") for value in range(256)], np.uint8)


def groups_alike(pictures: Sequence[Facts]) -> NDArray[np.intp]:
    """Return a number for each picture, the same for those that look alike, ``(N,)``.

    A picture that shows nothing, or black, is like no other but its exact copies.
    """
    hashes = np.array([_hashes(facts) for facts in pictures], np.uint64).reshape(-1, 2)
    telling = np.array([bool(f.look) and not f.flat for f in pictures], bool)
    where = np.flatnonzero(telling)
    pairs = [
        (where[a], where[b])
        for a, b in _candidates(hashes[where])
        if _alike(hashes[where[a]], hashes[where[b]])
    ]
    first_with: dict[str, int] = {}
    for i, facts in enumerate(pictures):
        if facts.sha256:
            pairs.append((first_with.setdefault(facts.sha256, i), i))
    ends = np.array(pairs, np.intp).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), tuple(ends)), shape=(len(pictures),) * 2)
    _, numbers = connected_components(graph, directed=False)
    return np.asarray(numbers)


def _hashes(facts: Facts) -> tuple[int, int]:
    return (int(facts.look[:16], 16), int(facts.look[16:], 16)) if facts.look else (0, 0)


def _alike(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> bool:
    differences = (bin(int(a) ^ int(b)).count("1") for a, b in zip(one, other, strict=True))
    return all(d <= most for d, most in zip(differences, LARGEST_DIFFERENCE, strict=True))


def _candidates(hashes: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    if len(hashes) ** 2 > EACH_WITH_EACH:
        yield from _of_equal_quarters(hashes)
        return
    looks = hashes[:, 0]
    for start in range(0, len(looks), ROWS):
        different = looks[start : start + ROWS, None] ^ looks[None, start:]
        bits = BITS[different.view(np.uint8).reshape(*different.shape, 8)].sum(-1, dtype=np.uint8)
        for a, b in np.argwhere(bits <= LARGEST_DIFFERENCE[0]):
            if a < b:
                yield start + int(a), start + int(b)


def _of_equal_quarters(hashes: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """Yield pairs with 16 equal bits; so are all that differ in three, and most of the others."""
    for quarter in range(4):
        keys = (hashes[:, 0] >> np.uint64(16 * quarter)) & np.uint64(0xFFFF)
        order = np.argsort(keys, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
            for i, a in enumerate(group):
                for b in group[i + 1 :]:
                    yield int(a), int(b)
