"""Where models lie: the ones that ship with the package and the user's own."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from napari_relic_inpaint.errors import FileError, ModelError
from napari_relic_inpaint.models.card import CARD_FILE, NAME, ModelCard, read_card

BUNDLED = Path(__file__).parent
VARIABLE = "RELIC_INPAINT_MODELS"


def user_folder() -> Path:
    """Return the folder of the user's models; ``RELIC_INPAINT_MODELS`` overrides the usual one.

    Raises
    ------
    ModelError
        If the user has no home folder, as in some containers, and none was chosen.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    try:
        usual = platformdirs.user_data_path("napari-relic-inpaint", appauthor=False) / "models"
    except (RuntimeError, KeyError):
        usual = Path()
    if not usual.is_absolute():
        raise ModelError(
            "there is no folder for models of your own, since this user has no home folder: set "
            f"{VARIABLE} to one, or HOME"
        )
    return usual


def installed() -> dict[str, Path]:
    """Return the folder of every installed model by name; the bundled ones come first.

    Warns
    -----
    UserWarning
        If there is no folder of the user's models, or it cannot be read.
    """
    found = _models_in(BUNDLED)
    try:
        theirs = _models_in(user_folder())
    except ModelError as error:
        warnings.warn(f"Only the models of the package are used: {error}.", stacklevel=1)
        return found
    return found | {name: folder for name, folder in theirs.items() if name not in found}


def _models_in(parent: Path) -> dict[str, Path]:
    try:
        folders = sorted(parent.iterdir()) if parent.is_dir() else []
        # Those that begin with a dot are not finished.
        return {
            folder.name: folder
            for folder in folders
            if not folder.name.startswith(".") and (folder / CARD_FILE).is_file()
        }
    except OSError as error:
        raise ModelError(
            f"the models in {parent} cannot be read ({error.strerror}): ask for permission, or set "
            f"{VARIABLE} to another folder"
        ) from error


def given(name: str) -> Path:
    """Return the path that was given as a model; ``~`` stands for the home folder, if any."""
    path = Path(name)
    with suppress(RuntimeError):
        return path.expanduser()
    return path


def find(name: str) -> Path:
    """Return the folder of a model, given its name or its folder's path."""
    known = installed()
    if name in known:
        return known[name]
    folder = given(name)
    if folder.is_dir():
        return folder
    raise ModelError(
        f"there is no model {name!r}: it is neither a folder nor one of {', '.join(known)}"
    )


def cards() -> dict[str, ModelCard | ModelError]:
    """Return the card of every installed model, or why it cannot be read, by name."""
    found: dict[str, ModelCard | ModelError] = {}
    for name, folder in installed().items():
        try:
            found[name] = read_card(folder)
        except ModelError as error:
            found[name] = error
    return found


def place_for(name: str) -> Path:
    """Return the folder that a new model of the user's goes to.

    Raises
    ------
    ModelError
        If the name cannot be a folder's or is taken, or there is no folder for it.
    """
    if not NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} cannot name a model: use small letters, digits, '.', '_' and '-'"
        )
    folder = user_folder()
    known = installed()
    if name in known:
        raise ModelError(
            f"there is a model {name!r} already, in {known[name]}: choose another name"
        )
    return folder / name


@contextmanager
def created(folder: Path) -> Iterator[Path]:
    """Give an empty folder that becomes ``folder`` when the block ends without an error.

    Raises
    ------
    ModelError
        If the folder exists or cannot be written.
    """
    if folder.exists():
        raise ModelError(f"{folder} exists already: remove it or choose another name")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Who only runs a model needs none of the libraries for pictures.
        from napari_relic_inpaint.files.atomic import Together  # noqa: PLC0415

        with Together() as alone, alone.folder(folder, overwrite=False, size=0) as target:
            yield target
    except FileError as error:
        raise ModelError(f"the model cannot be written: {error}") from error
    except OSError as error:
        raise ModelError(
            f"the model cannot be written to {folder}: {error.strerror or error}"
        ) from error
