"""Model cards: what a model is, what it was trained on, and which files it consists of."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_relic_inpaint.errors import ModelError

CARD_FILE = "card.json"


class NetworkCard(BaseModel):
    """One network's file and size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(pattern=r"^[\w.-]+\.safetensors$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: int = Field(ge=1, le=512)
    blocks: int = Field(ge=0, le=64)


class ModelCard(BaseModel):
    """The content of ``card.json`` in a model's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    version: str
    licence: str
    summary: str
    trained_on: str
    hole_form: Literal["membrane", "white"]
    canny_sigma: float = Field(default=2.0, gt=0)
    edge_threshold: float = Field(default=0.5, gt=0, lt=1)
    edge: NetworkCard
    inpaint: NetworkCard


def read_card(folder: Path) -> ModelCard:
    """Read and check the card of the model in a folder.

    Raises
    ------
    ModelError
        Names the folder and what is missing or wrong.
    """
    path = folder / CARD_FILE
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{folder} is not a model: its {CARD_FILE} cannot be read ({error.strerror})"
        ) from None
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ModelError(f"{path} is not a valid model card: {where}: {first['msg']}") from None
