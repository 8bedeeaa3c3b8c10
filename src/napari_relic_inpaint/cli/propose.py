"""``relic-inpaint propose``: a mask of what may be cracks, or lacunae like one pointed at."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from napari_relic_inpaint.cli.terminal import output, watch
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.formats import NAMES

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from napari_relic_inpaint.marking.proposals.pieces import Proposals
    from napari_relic_inpaint.steps import Step


class Kind(StrEnum):
    """What is looked for."""

    CRACK = "crack"
    LACUNA = "lacuna"


def propose(
    picture: Annotated[Path, typer.Argument(help=f"The picture: {NAMES}.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write the mask: PNG, TIFF or zarr.")
    ],
    kind: Annotated[Kind, typer.Option(help="What to look for.")] = Kind.CRACK,
    dark: Annotated[bool, typer.Option("--dark", help="Dark cracks only.")] = False,
    light: Annotated[bool, typer.Option("--light", help="Light cracks only.")] = False,
    width: Annotated[
        tuple[float, float], typer.Option(help="Least and largest width of cracks in pixels.")
    ] = (1.0, 6.0),
    min_length: Annotated[float, typer.Option(help="Least length of cracks in pixels.")] = 20.0,
    at: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Row and column of a pixel in a lacuna, from 0: what looks like it."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="How far a lacuna's colour may be off, in CIELAB.")
    ] = 10.0,
    overwrite: Annotated[bool, typer.Option(help="Replace the mask if it exists.")] = False,
) -> None:
    """Propose a damage mask; look at it before you restore with it: it is often wrong."""
    from napari_relic_inpaint import files  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.marking.proposals.cracks import (  # noqa: PLC0415
        CrackOptions,
        propose_cracks_steps,
    )
    from napari_relic_inpaint.marking.proposals.lacunae import (  # noqa: PLC0415
        LacunaOptions,
        propose_similar_steps,
    )

    if kind is Kind.CRACK and at is not None:
        raise InputError("a place is given for lacunae only: add --kind lacuna, or leave --at out")
    if kind is Kind.LACUNA and at is None:
        raise InputError("a lacuna is found by its like: give --at ROW COLUMN of a pixel in one")
    if out.suffix.lower() in {".jpg", ".jpeg"}:
        raise InputError(f"{out}: JPEG blurs masks: choose a name that ends in .png, .tif or .zarr")
    files.check_output(out, overwrite=overwrite, like=picture)
    opened = files.open_picture(picture)
    steps: Generator[Step, Any, Proposals]
    if kind is Kind.CRACK:
        both = dark == light
        options = CrackOptions(dark or both, light or both, *width, min_length)
        steps = propose_cracks_steps(opened.data, rgb=opened.rgb, options=options)
    else:
        assert at is not None
        stack = opened.data.ndim - 2 - bool(opened.rgb)
        wanted = LacunaOptions(tolerance)
        steps = propose_similar_steps(
            opened.data, (0,) * stack + at, rgb=opened.rgb, options=wanted
        )
    proposals = watch(steps)
    mask = np.zeros(proposals.shape, np.uint8)
    mask[proposals.indices()] = 255
    watch(files.write_picture_steps(out, mask, rgb=False, overwrite=overwrite))
    output.print(
        f"Proposed {proposals.count} piece{'s' * (proposals.count != 1)}, "
        f"{proposals.pixels / mask.size:.2%} of the picture: {out}",
        markup=False,
    )
