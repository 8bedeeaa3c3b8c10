"""Cards of users' ONNX files: what a network takes and gives, as far as the file does not say it.

The file itself says the names, types and sizes of its inputs and outputs; not which values mean
black and white, what a mask marks, or in which order the colours come.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import CARD_FILE


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureEntry(_Entry):
    """The picture that goes in.

    Attributes
    ----------
    input : str, optional
        Name of the graph's input; by default the one with three channels.
    black, white : float
        Values of black and white; by default 0 and 1, or 0 and 255 for an input of bytes.
    hole : "smooth" or float
        What the picture holds inside the hole: the smooth fill, or this value.
    """

    input: str | None = None
    black: FiniteFloat = 0.0
    white: FiniteFloat | None = None
    hole: Literal["smooth"] | FiniteFloat = "smooth"


class MaskEntry(_Entry):
    """The mask that goes in.

    Attributes
    ----------
    input : str, optional
        Name of the graph's input; by default the one with a single channel.
    hole, known : float
        Values of the hole and of the known pixels; by default 1 (255 for an input of bytes) and 0.
    channel : {"first", "last"}
        Where the mask stands in the single input of a network that takes picture and mask as one.
    """

    input: str | None = None
    hole: FiniteFloat | None = None
    known: FiniteFloat = 0.0
    channel: Literal["first", "last"] = "last"


class OutputEntry(_Entry):
    """The picture that comes out, whether or not the known pixels are put back in it.

    Attributes
    ----------
    name : str, optional
        Name of the graph's output; has to be given where there are several.
    black, white : float
        Values of black and white; by default 0 and 1, or 0 and 255 for an output of bytes.
    """

    name: str | None = None
    black: FiniteFloat = 0.0
    white: FiniteFloat | None = None


class OnnxCard(_Entry):
    """The content of the card beside an ONNX file; every entry can be left out.

    Attributes
    ----------
    format : int
        Version of this form.
    name, licence : str
        For the record.
    picture, mask, output
        What goes in and comes out.
    layout : {"NCHW", "NHWC"}
        Order of the axes, of inputs and output alike.
    colours : {"RGB", "BGR"}
        Order of the colours, of input and output alike.
    multiple : int
        Height and width have to be multiples of this many pixels.
    """

    format: Literal[1] = 1
    name: str = ""
    licence: str = "unknown"
    picture: PictureEntry = PictureEntry()
    mask: MaskEntry = MaskEntry()
    output: OutputEntry = OutputEntry()
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    colours: Literal["RGB", "BGR"] = "RGB"
    multiple: int = Field(default=8, ge=1, le=512)


def read_card_of(network: Path) -> OnnxCard:
    """Read the card of an ONNX file: ``NAME.json`` or ``card.json`` beside it.

    Raises
    ------
    ModelError
        If there is no card, or it is not valid.
    """
    own = network.with_suffix(".json")
    path = own if own.exists() else network.with_name(CARD_FILE)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(
            f"{network} has no card: write {own.name} beside it, {{}} if the network takes RGB "
            "and a mask with 1 = hole and gives RGB in the same range; the guide has examples"
        ) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return OnnxCard.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ModelError(
            f"{path} is not a valid card of an ONNX file: {where}: {first['msg']}"
        ) from None
