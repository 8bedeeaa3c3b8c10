"""The damaged pictures of a comparison: with artificial damage, and with real damage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import read_mask, read_picture
from napari_relic_inpaint.marking.damage import check_extent
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.picture import Picture
from training.errors import TrainingError
from training.pairs import Pair
from training.pictures import find_pictures

REAL = "real"
MASK_ENDINGS = ("_mask", "_damage")
"""How the name of a mask goes on after that of its picture."""

DETAILS = 10
"""Details in figures 4 and 5 of the paper; the first two of them make its table 1."""

DETAIL_KIND = "brush"
"""Kind of damage of these details: one for all, so that the curves show methods, not kinds."""


@dataclass(frozen=True)
class RealDamage:
    """A picture whose damage is real, so that nobody knows the truth.

    Attributes
    ----------
    file, mask : str
        The picture and its damage mask.
    """

    file: str
    mask: str
    kind: ClassVar[str] = REAL

    def truth(self) -> NDArray[Any]:
        """Read what the paper's table 2 compares with: the damaged picture itself."""
        return read_picture(self.file).data

    def hole(self) -> NDArray[np.bool_]:
        """Read the damage mask, ``(H, W)``, True = hole."""
        return read_mask(self.mask)

    def check(self) -> None:
        """Raise an error unless it is a single picture that its mask fits."""
        file = read_picture(self.file)
        picture = Picture(file.data, rgb=file.rgb)
        if picture.stack:
            raise TrainingError(f"{self.file} holds several planes: save each as its own file")
        try:
            hole = self.hole()
            PlaneMasks(hole, picture, f"{self.mask}")  # raises if it does not fit
            check_extent({(): int(hole.sum())}, hole.size)
        except InputError as error:
            raise TrainingError(f"{self.file}: {error}") from None


@dataclass(frozen=True)
class Case:
    """A damaged picture, under the name it has in the table of results."""

    name: str
    source: Pair | RealDamage

    @property
    def kind(self) -> str:
        """Kind of damage."""
        return self.source.kind


def cases_of(pairs: Sequence[Pair]) -> list[Case]:
    """Name the pairs of a manifest: kind and number, counted within the kind."""
    counts: dict[str, int] = {}
    cases = []
    for pair in pairs:
        counts[pair.kind] = counts.get(pair.kind, 0) + 1
        cases.append(Case(f"{pair.kind}-{counts[pair.kind]:03}", pair))
    return cases


def find_real_damage(folder: Path) -> tuple[list[Case], list[str]]:
    """Find the pictures in a folder that have a mask: ``wall.png`` with ``wall_mask.png``.

    Returns
    -------
    cases : list of Case
        In the order of their names.
    left_out : list of str
        A sentence about each picture without a mask.

    Raises
    ------
    TrainingError
        If no picture has a mask, two have the same name, or a mask does not fit.
    """
    files = find_pictures([str(folder)])
    masks = {path.with_suffix(""): path for path in files if path.stem.endswith(MASK_ENDINGS)}
    cases: dict[str, Case] = {}
    left_out = []
    for path in files:
        if path in masks.values():
            continue
        stem = path.with_suffix("")
        fitting = (masks.get(stem.with_name(stem.name + ending)) for ending in MASK_ENDINGS)
        mask = next((mask for mask in fitting if mask), None)
        if mask is None:
            left_out.append(f"{path}: has no mask {stem.name}{MASK_ENDINGS[0]}.png beside it")
            continue
        source = RealDamage(str(path), str(mask))
        source.check()
        case = Case(f"{REAL}-{stem.name}", source)
        if case.name in cases:
            raise TrainingError(
                f"{cases[case.name].source.file} and {path} have the same name: rename one of them"
            )
        cases[case.name] = case
    if not cases:
        raise TrainingError(
            f"{folder} holds no picture with a damage mask: wall.png needs wall_mask.png beside it"
        )
    return list(cases.values()), left_out


def choose_details(cases: Sequence[Case]) -> list[Case]:
    """Choose the ten details of the paper's figures: of one kind, from all over the pictures.

    Other kinds help out where there are too few of it.
    """
    wanted = [case for case in cases if case.kind == DETAIL_KIND]
    if len(wanted) < DETAILS:
        others = [case for case in cases if case.kind != DETAIL_KIND]
        return [*wanted, *others][:DETAILS]
    spread = np.linspace(0, len(wanted) - 1, DETAILS).round().astype(int)
    return [wanted[i] for i in spread]


def choose_shown(cases: Sequence[Case]) -> list[Case]:
    """Choose what the sheet shows: the two details of table 1, and one of each other kind."""
    shown = choose_details(cases)[:2]
    for case in cases:
        if case.kind not in {other.kind for other in shown}:
            shown.append(case)
    return shown
