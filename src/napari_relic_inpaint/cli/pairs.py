"""Which restored picture of a folder belongs to which reference and which damage mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.folders import is_plain
from napari_relic_inpaint.files.matching import Names, by_key, masks_in, match, pictures_in


@dataclass(frozen=True)
class Pair:
    """The files of one evaluation."""

    restored: Path
    reference: Path
    damage: Path | None


def find_pairs(
    restored: Path, reference: Path, damage: Path | None
) -> tuple[list[Pair], list[str]]:
    """Pair the pictures of two folders by their names without suffix and without regard to case.

    A restored picture, and a mask, belongs to the reference of the same name or else to the one
    with the longest name that its own begins with, followed by anything but a letter or digit:
    ``wall_12_restored.tif`` belongs to ``wall_12.png``, not to ``wall_1.png``.

    Parameters
    ----------
    restored, reference : Path
        The two folders.
    damage : Path, optional
        A folder of masks, or one mask for all.

    Returns
    -------
    pairs : list of Pair
        In the order of the restored pictures' names.
    unmatched : list of str
        A sentence about each picture without a partner, or with more than one.

    Raises
    ------
    InputError
        If no picture has a partner.
    """
    references = by_key(pictures_in(reference))
    masks = _masks(damage, references)
    pairs, unmatched = [], []
    used: set[Path] = set()
    for path in pictures_in(restored):
        found = match(path, references)
        if not found:
            unmatched.append(f"{path} has no reference in {reference} whose name it begins with")
            continue
        used.update(found)
        partner, *others = found
        if others:
            both = " and ".join(str(other) for other in found)
            unmatched.append(f"{path} could belong to {both}: keep one of them there")
            continue
        fitting = masks.get(partner, ())
        if len(fitting) == 1:
            pairs.append(Pair(path, partner, fitting[0]))
        elif fitting:
            unmatched.append(
                f"{path} has {len(fitting)} damage masks in {damage}: name one of them "
                f"{partner.stem}, exactly as the reference"
            )
        else:
            unmatched.append(f"{path} has no damage mask in {damage}")
    if not used:
        raise InputError(
            f"no picture in {restored} has the name of one in {reference}, or begins with it: "
            "rename them alike"
        )
    left = [path for paths in references.values() for path in paths if path not in used]
    unmatched += [f"{path} has no restored picture in {restored}" for path in left]
    return pairs, unmatched


def _masks(damage: Path | None, references: Names) -> Mapping[Path, Sequence[Path | None]]:
    if damage is None or not is_plain(damage):
        return {path: (damage,) for paths in references.values() for path in paths}
    return masks_in(damage, references)
