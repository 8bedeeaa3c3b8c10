"""Model cards: what a model is, what it was trained on, and which files it consists of."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.smooth.hole_form import HoleForm, holds_coarser

CARD_FILE = "card.json"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""What a model can be called: its name is also its folder's."""

CompletionMethod = Literal["glcic", "contextual-attention"]
"""The methods whose model is a single network."""


class NetworkCard(BaseModel):
    """One network's file and size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(pattern=r"^[\w.-]+\.safetensors$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: int = Field(ge=1, le=512)


class GeneratorCard(NetworkCard):
    """A generator of the two-stage method, whose depth can be chosen as well."""

    blocks: int = Field(ge=0, le=64)


class TrainingCard(BaseModel):
    """One run that a model came out of.

    Attributes
    ----------
    stage : str
        What was trained.
    parent : str or None
        Name and version of the model whose weights it started from, or the name of the run.
    pictures : int
        How many it was trained on.
    pictures_sha256 : str
        One hash for their list.
    steps : int
        Steps until the weights of the model.
    minutes : float
        Duration of all the run's steps, in minutes.
    device : str
        What they were computed on.
    scores : dict of float
        On the pictures that were put aside, by kind of damage: ``hole_psnr`` in dB with own edges,
        or ``f1`` of the edges.
    above_parent : dict of float
        By how much that is above the weights that the run started from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    parent: str | None = None
    pictures: int = Field(ge=0)
    pictures_sha256: str = ""
    steps: int = Field(ge=0)
    minutes: float = Field(ge=0)
    device: str = ""
    scores: dict[str, float] = {}
    above_parent: dict[str, float] = {}


class ModelCard(BaseModel):
    """The content of ``card.json`` in a model's folder, as far as all models share it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str = Field(pattern=rf"^{NAME.pattern}$")
    version: str
    licence: str
    summary: str
    trained_on: str
    method: str
    training: tuple[TrainingCard, ...] = ()
    """The runs that it came out of, as far as they are known."""

    @property
    def networks(self) -> dict[str, NetworkCard]:
        """The model's networks by their role."""
        return {
            role: value
            for role in type(self).model_fields
            if isinstance(value := getattr(self, role), NetworkCard)
        }


class TwoStageCard(ModelCard):
    """A model of the two-stage method."""

    method: Literal["two-stage"] = "two-stage"
    hole_form: HoleForm
    canny_sigma: float = Field(default=2.0, gt=0)
    edge_threshold: float = Field(default=0.5, gt=0, lt=1)
    coarser_levels: int = Field(default=0, ge=0, le=8)
    """How often wide holes may be restored at half the scale first."""
    widest_hole: int | None = Field(default=None, gt=0)
    """Width in pixels of the widest holes that it restores better than a smooth fill."""
    texture_share: float | None = Field(default=None, ge=0, le=1)
    """How far its weights are on the way from the smallest error (0) to the likest texture (1);
    None where they were not put together of both."""
    edge: GeneratorCard
    inpaint: GeneratorCard

    @model_validator(mode="after")
    def _refinable(self) -> TwoStageCard:
        if self.coarser_levels and not holds_coarser(self.hole_form):
            raise ValueError(
                f"coarser_levels is {self.coarser_levels}, but only the hole_form membrane can "
                f"start from a coarser result, not {self.hole_form}"
            )
        return self


class CompletionCard(ModelCard):
    """A model of a method that fills the hole with a single network."""

    method: CompletionMethod
    network: NetworkCard


def read_card(folder: Path) -> TwoStageCard | CompletionCard:
    """Read and check the card of the model in a folder.

    Raises
    ------
    ModelError
        Names the folder and what is missing or wrong.
    """
    path = folder / CARD_FILE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{folder} is not a model: its {CARD_FILE} cannot be read ({error.strerror})"
        ) from None
    return parse_card(content, str(path))


def parse_card(content: bytes, source: str) -> TwoStageCard | CompletionCard:
    """Check the content of a ``card.json``; errors name its ``source``."""
    try:
        return _CARD.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        # The place of an entry starts with the method, by which the form of the card was chosen.
        where = ".".join(map(str, first["loc"][1:])) or "the file"
        raise ModelError(f"{source} is not a valid model card: {where}: {first['msg']}") from None


def write_card(card: ModelCard, folder: Path) -> None:
    """Write a card into a model's folder."""
    # What a card says beside the usual is left out where there is nothing to say: versions before
    # that do not know it.
    seldom = ("training", "texture_share")
    left_out = {name for name in seldom if getattr(card, name, None) in (None, ())}
    content = card.model_dump(mode="json", exclude=left_out)
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")


def _with_method(content: Any) -> Any:
    """Say two-stage where a card names no method: it is older than the other methods."""
    return {"method": "two-stage", **content} if isinstance(content, dict) else content


_CARD: TypeAdapter[TwoStageCard | CompletionCard] = TypeAdapter(
    Annotated[
        TwoStageCard | CompletionCard,
        Field(discriminator="method"),
        BeforeValidator(_with_method),
    ]
)
