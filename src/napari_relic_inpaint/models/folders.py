"""Where models lie: the ones that ship with the package and the user's own."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import CARD_FILE, ModelCard, read_card

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
