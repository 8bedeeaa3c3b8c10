"""A run's folder: what it was started with, and where its parts lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_relic_inpaint.files import write_json
from training.errors import TrainingError
from training.recipe import Recipe

RUN_FILE = "run.json"


class Run(BaseModel):
    """The content of ``run.json``: everything that `fit` was told.

    Attributes
    ----------
    recipe : Recipe
        Every number.
    data, val : tuple of str
        Folders and globs of the pictures to train on and to validate on.
    masks : tuple of str
        Folders and globs of damage masks; empty for synthetic damage.
    perceptual_weights : Path or None
        VGG's file.
    preset : str
        Name or file of the preset that the recipe was made of; empty where nobody knows.
    val_share : float
        Share of ``data`` that is put aside to validate on, where there is no ``val``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: Recipe
    data: tuple[str, ...]
    val: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    perceptual_weights: Path | None = None
    preset: str = ""
    val_share: float = 0


@dataclass(frozen=True)
class RunFiles:
    """Where the parts of a run lie in its folder."""

    folder: Path

    @property
    def run(self) -> Path:
        """What the run was started with."""
        return self.folder / RUN_FILE

    @property
    def log(self) -> Path:
        """Losses, speed and edge scores over the steps."""
        return self.folder / "log.csv"

    @property
    def validation(self) -> Path:
        """Scores on the validation pairs over the steps."""
        return self.folder / "validation.csv"

    @property
    def curve(self) -> Path:
        """The two tables as curves."""
        return self.folder / "curve.png"

    @property
    def pictures(self) -> Path:
        """The pictures of the run, with what was found in them."""
        return self.folder / "pictures.json"

    @property
    def check(self) -> Path:
        """Sheet of the crops and the damage that the run sees."""
        return self.folder / "check.png"

    @property
    def samples(self) -> Path:
        """Sheets of samples."""
        return self.folder / "samples"

    @property
    def tensorboard(self) -> Path:
        """Event files of TensorBoard."""
        return self.folder / "tensorboard"


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / RUN_FILE).is_file()


def read_run(folder: Path) -> Run:
    """Read what a run was started with."""
    path = folder / RUN_FILE
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise TrainingError(f"{folder} is not a run: {RUN_FILE}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TrainingError(f"{path}: {where}: {first['msg']}") from None


def write_run(folder: Path, run: Run) -> None:
    """Write what a run was started with."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RUN_FILE, run.model_dump(mode="json"), overwrite=True)
