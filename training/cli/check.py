"""``python -m training check``: what is wrong with pictures, before hours have passed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.terminal import output
from napari_relic_inpaint.files.targets import check_target
from training.cli.options import Data, Masks, Preset, Settings, Val, ValShare, absolute, path
from training.presets import load_recipe
from training.runs import Run


def check(
    data: Data,
    val: Val = None,
    val_share: ValShare = None,
    masks: Masks = None,
    preset: Preset = None,
    settings: Settings = None,
    sheet: Annotated[
        Path,
        typer.Option(parser=path, help="Sheet of the crops and damage that training will see."),
    ] = Path("check.png"),
) -> None:
    """Read all pictures and masks, and say what training would find."""
    recipe = load_recipe(preset or "relic", "inpaint", settings or ())
    check_target(sheet, overwrite=True)
    output.print("reading the pictures")
    # They load PyTorch, which takes seconds.
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415
    from training.collection.gathering import gather  # noqa: PLC0415
    from training.collection.sheet import write_check  # noqa: PLC0415
    from training.fit import make_dataset  # noqa: PLC0415

    run = Run(
        recipe=recipe,
        data=absolute(data),
        val=absolute(val),
        masks=absolute(masks),
        val_share=val_share or 0,
    )
    pictures, lines = gather(run, lambda: False)
    for line in lines:
        output.print(line, markup=False)
    read = [*pictures.known.values()]
    check_apart([("the sheet", sheet)], [("a picture", facts.path) for facts in read])
    write_check(sheet, make_dataset(recipe, pictures))
    output.print(f"{sheet}: crops and damage as training will see them", markup=False)
