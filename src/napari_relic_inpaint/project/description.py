"""What ``project.json`` says: the form of a project on disk, which must be readable for long."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, model_validator

FORMAT = 1
"""Version of the form; a later one may mean something else by the same words."""

KIND = "relic-inpaint project"
DATA = "data"
"""Folder of a project in which everything but its description lies."""

DATA_NAME = r"^data/[a-z0-9][a-z0-9_-]{0,99}(\.[a-z0-9]{1,10}){1,2}$"

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Length = Annotated[int, Field(ge=1, le=2**40)]
Shape = Annotated[list[Length], Field(min_length=2, max_length=16)]
Dtype = Annotated[str, Field(pattern=r"^(bool|u?int(8|16|32|64)|float(16|32|64))$")]
Number = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(max_length=100_000)]
Numbers = Annotated[list[FiniteFloat], Field(max_length=1000)]


class _Part(BaseModel):
    # What a later program of the same format adds is left alone.
    model_config = ConfigDict(extra="ignore", frozen=True)


class Stored(_Part):
    """A file of the project.

    Attributes
    ----------
    file : str
        Its place, ``data/NAME``.
    sha256 : str
        Hash of its bytes.
    size : int
        Number of its bytes.
    """

    file: Annotated[str, Field(pattern=DATA_NAME)]
    sha256: Hash
    size: Number


class StoredArray(Stored):
    """An array as a TIFF: its leading axes one after the other as pages.

    Attributes
    ----------
    shape : list of int
        (..., H, W), or (..., H, W, C) if `colour`.
    dtype : str
        As NumPy calls it; bool is stored as 0 and 255.
    colour : bool
        Whether the last axis is channels.
    """

    shape: Shape
    dtype: Dtype
    colour: bool = False

    @model_validator(mode="after")
    def _has_planes(self) -> StoredArray:
        if self.colour and len(self.shape) < 3:
            raise ValueError("a picture in colour has three axes at least")
        return self


class FileContent(_Part):
    """A picture that lies in a file of its own, outside of the project or copied into it.

    Attributes
    ----------
    relative, absolute : str
        Where it was: from the folder that the project lies in, and on that computer.
    sha256, size
        Of the file, or of the list of files where it is a folder.
    orientation : int
        By which EXIF orientation, 1 to 8, its pixels were turned; 1 shows them as stored.
    channels_first : bool
        Whether its channels are shown as planes.
    shape, dtype
        Of the pixels as they were shown.
    copied : Stored, optional
        Its copy in the project.
    """

    form: Literal["file"] = "file"
    relative: Text
    absolute: Text
    sha256: Hash
    size: Number
    orientation: Annotated[int, Field(ge=1, le=8)] = 1
    channels_first: bool = False
    shape: Shape
    dtype: Dtype
    copied: Stored | None = None


class ArrayContent(_Part):
    """Pixels kept in the project, and smaller copies of them if there are any, largest first."""

    form: Literal["array"] = "array"
    levels: Annotated[list[StoredArray], Field(min_length=1, max_length=32)]


Picture = Annotated[FileContent | ArrayContent, Field(discriminator="form")]


class Fill(_Part):
    """What a result has instead of the picture.

    Attributes
    ----------
    mask : StoredArray
        Which pixels, (..., H, W).
    values : StoredArray
        Their values in the picture's dtype, in the shape of the picture; 0 elsewhere.
    """

    mask: StoredArray
    values: StoredArray


class FillContent(_Part):
    """A result, or a stack of results, as what they have instead of the picture they are made of.

    Attributes
    ----------
    picture : FileContent or ArrayContent
        The picture.
    stacked : bool
        Whether the results are a stack with an axis of its own, the first.
    fills : list of Fill
        One for each result.
    """

    form: Literal["fill"] = "fill"
    picture: Picture
    stacked: bool = False
    fills: Annotated[list[Fill], Field(min_length=1, max_length=1000)]


class ShapesContent(_Part):
    """Outlines: a JSON file that lists ``{"type", "vertices", "edge_width", ...}``."""

    form: Literal["shapes"] = "shapes"
    stored: Stored


Content = Annotated[
    FileContent | ArrayContent | FillContent | ShapesContent, Field(discriminator="form")
]


class Place(_Part):
    """Where a layer lies in the world; lengths are in `units`, angles as matrices."""

    scale: Numbers
    translate: Numbers
    rotate: Annotated[list[Numbers], Field(max_length=32)]
    shear: Numbers
    affine: Annotated[list[Numbers], Field(max_length=32)]
    units: Annotated[list[Text], Field(max_length=32)]
    axis_labels: Annotated[list[Text], Field(max_length=32)]


class LayerDescription(_Part):
    """A layer, without its pixels.

    Attributes
    ----------
    kind : str
        ``image``, ``labels`` or ``shapes``.
    name, visible, opacity, blending
        As in napari.
    place : Place
        Where it lies.
    colour : bool
        Whether the last axis of an image is colour.
    look : dict
        How it is shown, in napari's words.
    metadata : dict
        What else is known of it, as it stood in the layer.
    source : int, optional
        Number of the layer that it was made from.
    role : str
        What it is to that layer: `restored`, say.
    """

    kind: Literal["image", "labels", "shapes"]
    name: Text
    visible: bool = True
    opacity: Annotated[float, Field(ge=0, le=1)] = 1.0
    blending: Text = "translucent"
    place: Place
    colour: bool = False
    look: dict[str, JsonValue] = {}
    metadata: dict[str, JsonValue] = {}
    source: Number | None = None
    role: Text = ""


class SavedLayer(LayerDescription):
    """A layer, and where its pixels are."""

    content: Content


class Camera(_Part):
    """What the canvas shows."""

    center: Numbers
    zoom: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    angles: Numbers = [0.0, 0.0, 90.0]


class Dims(_Part):
    """Which planes are shown."""

    ndisplay: Annotated[int, Field(ge=2, le=3)] = 2
    order: Annotated[list[Number], Field(max_length=32)] = []
    point: Numbers = []
    axis_labels: Annotated[list[Text], Field(max_length=32)] = []


class View(_Part):
    """What is seen of the layers."""

    camera: Camera | None = None
    dims: Dims | None = None
    selected: list[Number] = []
    active: Number | None = None
    scale_bar: bool = False


class WidgetState(_Part):
    """The fields of a widget: a value, or ``{"layer": NUMBER}`` for a layer that is chosen."""

    name: Text
    fields: dict[str, JsonValue] = {}


class Description(_Part):
    """A project.

    Attributes
    ----------
    kind, format
        What the file is.
    software : dict
        Name and version of the program that wrote it.
    version : str
        A name of its own for each time it was saved.
    saved : str
        When, ISO 8601 in UTC.
    layers : list of SavedLayer
        From bottom to top.
    view : View
        What was seen of them.
    widgets : list of WidgetState
        Widgets that were open.
    """

    kind: Literal["relic-inpaint project"] = "relic-inpaint project"
    format: int = FORMAT
    software: dict[str, JsonValue] = {}
    version: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    saved: Annotated[str, Field(max_length=40)]
    layers: Annotated[list[SavedLayer], Field(max_length=10_000)]
    view: View = View()
    widgets: Annotated[list[WidgetState], Field(max_length=100)] = []


def stored_files(layer: SavedLayer) -> list[Stored]:
    """Return the files of the project that a layer needs."""
    return _of_content(layer.content)


def _of_content(content: Any) -> list[Stored]:
    match content:
        case FileContent():
            return [] if content.copied is None else [content.copied]
        case ArrayContent():
            return list(content.levels)
        case FillContent():
            fills = [file for fill in content.fills for file in (fill.mask, fill.values)]
            return [*_of_content(content.picture), *fills]
        case _:
            return [content.stored]
