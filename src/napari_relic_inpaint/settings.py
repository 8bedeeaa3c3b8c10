"""The options of a run: the widget's form, the command line's options and the record's entry."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import Field, ValidationError
from pydantic.dataclasses import dataclass

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.windows.grid import WINDOW_MULTIPLE


@dataclass(frozen=True)
class Settings:
    """The options of a restoration.

    Each field's description is what the widget's tooltip and the command line's help say.
    """

    method: str = Field(
        default="two-stage",
        title="Method",
        description="How the damage is filled: 'two-stage' completes the edges and then paints "
        "along them, 'glcic' and 'contextual-attention' paint with other networks, 'exemplar' "
        "copies small pieces of the picture, 'onnx' runs a network of your own; the others are "
        "classical methods to compare with.",
    )
    model: str = Field(
        default="auto",
        title="Model",
        description="Name of an installed model, or the path of a model's folder or, for 'onnx', "
        "of a file; auto is the method's own model. Only methods with networks use one.",
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        title="Device",
        description="Where the networks run: auto (a CUDA GPU, else an Apple GPU, else the "
        "processor), cpu, cuda, cuda:1 or mps.",
    )
    scheduler: str = Field(
        default="",
        title="Cluster",
        description="Address of the scheduler of a Dask cluster, such as tcp://host:8786, whose "
        "workers run the networks on the windows of the picture; empty for this computer.",
    )
    window: int = Field(
        default=256,
        ge=64,
        le=2048,
        multiple_of=WINDOW_MULTIPLE,
        title="Window",
        description="Side in pixels of the windows a large picture is worked on in, a multiple "
        "of 32. Larger windows see more context and need more memory.",
    )
    batch: int = Field(
        default=0,
        ge=0,
        le=256,
        title="Batch",
        description="How many windows run at once; 0 chooses for the device.",
    )
    coarse_to_fine: bool = Field(
        default=True,
        title="Coarse to fine",
        description="Restore holes that are wide for a window at a smaller scale first, where more "
        "of their surroundings is in sight. Only the method two-stage does, with models that were "
        "trained for it.",
    )
    edge_threshold: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="Edge threshold",
        description="How sure the network has to be of an edge that it completes, above 0 and "
        "below 1: the lower, the more edges the painting follows; 0 is the model's own. Only the "
        "method two-stage has it.",
    )
    postprocess: bool = Field(
        default=False,
        title="Blend in",
        description="Blend the fill into its surroundings (GLCIC's own post-processing). Only the "
        "method glcic has it.",
    )

    detail: str = Field(
        default="picture",
        pattern=r"^(picture|none)$",
        title="Detail",
        description="Where the fine detail of a fill comes from: 'picture' copies it from where "
        "the same picture still has it, guided by what was painted, and keeps the source of each "
        "pixel; 'none' leaves what the method painted, which looks softer than its surroundings "
        "but invents no texture: choose it to compare methods, or for faces and writing.",
    )

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as a plain dict that JSON takes."""
        return asdict(self)


FIELDS = Settings.__pydantic_fields__  # type: ignore[attr-defined]
"""Title, description, default and limits of every setting, by name."""


def make_settings(**options: Any) -> Settings:
    """Check options and return them as settings.

    Raises
    ------
    InputError
        Names the option, its value and what it should be.
    """
    unknown = sorted(set(options) - set(FIELDS))
    if unknown:
        raise InputError(f"there is no option {unknown[0]!r}; there are {', '.join(FIELDS)}")
    try:
        return Settings(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        reason = first["msg"][0].lower() + first["msg"][1:]
        raise InputError(
            f"{name} cannot be {first['input']!r}: {reason}. {FIELDS[name].description}"
        ) from None
