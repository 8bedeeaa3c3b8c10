"""The options by which every command reads damage masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from napari_relic_inpaint.files import MaskReading
    from napari_relic_inpaint.files.masks import MaskFile

Label = Annotated[
    int | None,
    typer.Option("--label", help="Count only this value (index in a palette) of a mask as damage."),
]
InvertMask = Annotated[
    bool, typer.Option("--invert-mask", help="Count as damage what a mask does not mark.")
]
MaskColour = Annotated[
    str | None,
    typer.Option(
        "--mask-colour",
        metavar="COLOUR",
        help="Count only this colour of a mask as damage: '#ff0000' or a name such as red.",
    ),
]
MaskThreshold = Annotated[
    float | None,
    typer.Option(
        "--mask-threshold",
        metavar="0-254",
        help="How far from black (in a copy of the picture: from the picture) a value of a mask "
        "has to be to count as damage; with --mask-colour, how far it may be off that.",
    ),
]
MaskAsStored = Annotated[
    bool,
    typer.Option(
        "--mask-as-stored",
        help="A mask was made before the picture was turned upright as its orientation tag says. "
        "Edges are upright in any case.",
    ),
]


def mask_reading(
    label: int | None,
    invert_mask: bool,
    mask_colour: str | None,
    mask_threshold: float | None,
    mask_as_stored: bool,
) -> MaskReading:
    """Return what the options say; raises `InputError` where they contradict each other."""
    from napari_relic_inpaint.files import MaskReading  # noqa: PLC0415 - keeps --help fast

    return MaskReading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored)


def labels_of(mask: MaskFile, reading: MaskReading) -> Any:
    """Return the labels of a mask as far as they count, an array-like read by slices."""
    from napari_relic_inpaint.marking.label_mask import ChosenLabel  # noqa: PLC0415

    if reading.label is not None:
        return ChosenLabel(mask.data, reading.label)
    return mask.labels(lazily=True)
