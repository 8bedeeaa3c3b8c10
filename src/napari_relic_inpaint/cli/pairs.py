"""Which restored picture of a folder belongs to which reference and which damage mask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_relic_inpaint.errors import FileError, InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


@dataclass(frozen=True)
class Pair:
    """The files of one evaluation."""

    restored: Path
    reference: Path
    damage: Path | None


def find_pairs(
    restored: Path, reference: Path, damage: Path | None
) -> tuple[list[Pair], list[str]]:
    """Pair the pictures of two folders by their names without suffix.

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
        A sentence about each picture without a partner.

    Raises
    ------
    InputError
        If no picture has a partner, or two references differ only in their suffix.
    """
    references = _by_stem(reference)
    masks = _masks(damage, references)
    pairs, used, unmatched = [], set(), []
    for path in _pictures(restored):
        partner = _match(path.stem, references)
        if partner is None:
            unmatched.append(f"{path} has no reference in {reference} whose name it begins with")
            continue
        used.add(partner)
        fitting = masks[partner]
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
    left = [path for path in references.values() if path not in used]
    unmatched += [f"{path} has no restored picture in {restored}" for path in left]
    return pairs, unmatched


def _masks(
    damage: Path | None, references: Mapping[str, Path]
) -> Mapping[Path, Sequence[Path | None]]:
    """Return the masks that fit each reference: those of exactly its name, or else all others."""
    if damage is None or not damage.is_dir():
        return dict.fromkeys(references.values(), (damage,))
    masks: defaultdict[Path, list[Path | None]] = defaultdict(list)
    pictures = _pictures(damage)
    for path in pictures:
        if path.stem in references:
            masks[references[path.stem]].append(path)
    exact = set(masks)
    for path in pictures:
        partner = _match(path.stem, references)
        if partner is not None and partner not in exact:
            masks[partner].append(path)
    return masks


def _match(stem: str, references: Mapping[str, Path]) -> Path | None:
    if stem in references:
        return references[stem]
    begins = [
        name for name in references if stem.startswith(name) and not stem[len(name)].isalnum()
    ]
    return references[max(begins, key=len)] if begins else None


def _by_stem(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in _pictures(folder):
        if path.stem in found:
            raise InputError(
                f"{found[path.stem].name} and {path.name} in {folder} have the same name: keep one "
                "of them there"
            )
        found[path.stem] = path
    return found


def _pictures(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
        )
    except OSError as error:
        raise FileError(f"{folder} cannot be read ({error.strerror}).") from error
