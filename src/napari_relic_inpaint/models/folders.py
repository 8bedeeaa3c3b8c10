"""Where models lie: the ones that ship with the package and the user's own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import CARD_FILE, NAME, ModelCard, read_card

BUNDLED = Path(__file__).parent
VARIABLE = "RELIC_INPAINT_MODELS"


def user_folder() -> Path:
    """Return the folder of the user's models; ``RELIC_INPAINT_MODELS`` overrides the usual one."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    return platformdirs.user_data_path("napari-relic-inpaint", appauthor=False) / "models"


def installed() -> dict[str, Path]:
    """Return the folder of every installed model by name; the bundled ones come first."""
    found: dict[str, Path] = {}
    for parent in (BUNDLED, user_folder()):
        if parent.is_dir():
            for card in sorted(parent.glob(f"*/{CARD_FILE}")):
                found.setdefault(card.parent.name, card.parent)
    return found


def find(name: str) -> Path:
    """Return the folder of a model, given its name or its folder's path."""
    known = installed()
    if name in known:
        return known[name]
    folder = Path(name).expanduser()
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
        If the name cannot be a folder's or is taken.
    """
    if not NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} cannot name a model: use small letters, digits, '.', '_' and '-'"
        )
    known = installed()
    if name in known:
        raise ModelError(
            f"there is a model {name!r} already, in {known[name]}: choose another name"
        )
    return user_folder() / name


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
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            target = Path(temporary) / folder.name
            target.mkdir()
            yield target
            target.replace(folder)
    except OSError as error:
        raise ModelError(
            f"the model cannot be written to {folder}: {error.strerror or error}"
        ) from error
