"""The pictures of a run as they were at its start, in ``pictures.json`` in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_relic_inpaint.files import write_json
from training.collection.choice import Chosen
from training.collection.facts import Facts, list_hash
from training.errors import TrainingError


class PictureList(BaseModel):
    """What a run trains on and is validated on, whatever is added to its folders later.

    Attributes
    ----------
    train, val, masks : tuple of Facts
        In the order in which batches draw from them.
    unused : tuple of Facts
        What was read and left out.
    sha256 : str
        One hash for the pictures to train on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: tuple[Facts, ...]
    val: tuple[Facts, ...] = ()
    masks: tuple[Facts, ...] = ()
    unused: tuple[Facts, ...] = ()
    sha256: str

    @classmethod
    def of(cls, chosen: Chosen, masks: Sequence[Facts]) -> PictureList:
        """Keep what was chosen."""
        used = {f.file for f in [*chosen.train, *chosen.val]}
        return cls(
            train=tuple(chosen.train),
            val=tuple(chosen.val),
            masks=tuple(f for f in masks if not f.problem),
            unused=tuple(f for f in chosen.read if f.file not in used),
            sha256=list_hash(chosen.train),
        )

    @property
    def known(self) -> dict[str, Facts]:
        """All facts by path."""
        return {f.file: f for f in [*self.unused, *self.train, *self.val, *self.masks]}


def write_list(path: Path, pictures: PictureList) -> None:
    """Write the list."""
    write_json(path, pictures.model_dump(mode="json"), overwrite=True)


def read_list(path: Path) -> PictureList | None:
    """Read the list; None of a run that is older than such lists.

    Raises
    ------
    TrainingError
        If the file is there and is no list.
    """
    try:
        return PictureList.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TrainingError(f"{path} is no list of pictures: {where}: {first['msg']}") from None


def check_unchanged(pictures: PictureList, again: Sequence[Facts], folder: Path) -> None:
    """Check that a run that goes on sees the pictures it has seen so far.

    Parameters
    ----------
    pictures : PictureList
        Those of the start.
    again : sequence of Facts
        The same files as they are now.
    folder : Path
        The run's folder, for the sentence.

    Raises
    ------
    TrainingError
        Names a picture that is gone or another one now.
    """
    before = pictures.known
    for facts in again:
        if facts.problem and not before[facts.file].problem:
            raise TrainingError(
                f"the run {folder} was started with a picture that cannot be read any more: "
                f"{facts.problem} Put it back, or start a new run from this one with --set "
                f"init_from={folder}"
            )
        if facts.sha256 != before[facts.file].sha256:
            raise TrainingError(
                f"{facts.file} is not the picture any more that the run {folder} was started "
                "with: put that one back, or start a new run from this one with --set "
                f"init_from={folder}"
            )
