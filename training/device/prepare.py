"""Whether batches are made on the device, and where pictures lie: told before they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import psutil
import torch

from napari_relic_inpaint.smooth.hole_form import HoleForm
from training.batches import Part
from training.collection.record import PictureList
from training.device.bank import PictureBank
from training.device.batches import DeviceCrops
from training.device.holes import COUNT, HoleBank
from training.device.scales import LEVELS, copies
from training.disk import shown
from training.errors import TrainingError
from training.pictures import MaskFolder
from training.recipe import InpaintStage, JointStage, Recipe, stage_detail, stage_priors

SHARE = 0.5
"""Of the free memory that pictures may take; networks and batches need the rest."""

MOST_THREADS = 8
"""Pictures that are read at once, as far as there are workers."""

Place = Literal["device", "memory"]


def made_on_device(recipe: Recipe, device: torch.device) -> bool:
    """Tell whether a run makes its batches on the device.

    Raises
    ------
    TrainingError
        If it was told to and cannot.
    """
    pipeline = recipe.data.pipeline
    refined = getattr(recipe.stage, "refined", 0) > 0
    if pipeline == "device" and refined:
        raise TrainingError(
            "the surroundings of wide holes (refined) are made by workers only: set "
            "pipeline=workers or refined=0"
        )
    return pipeline == "device" or (pipeline == "auto" and device.type == "cuda" and not refined)


def place_pictures(
    needed: int, device: torch.device, free: int, memory: int, *, asked: bool
) -> tuple[Place | None, str]:
    """Decide where pictures lie.

    Parameters
    ----------
    needed : int
        Bytes of all of them.
    device : torch.device
        The device that trains.
    free, memory : int
        Bytes that are free on the device, and in the computer's memory.
    asked : bool
        Whether the user wants them there whatever happens.

    Returns
    -------
    place : {"device", "memory"} or None
        None if they fit nowhere and workers have to read them again and again.
    sentence : str
        What that means, with the numbers.

    Raises
    ------
    TrainingError
        Instead of None, if the user has asked for it.
    """
    many = f"the pictures take {shown(needed)} at {LEVELS} scales"
    if needed <= SHARE * free:
        return "device", f"{many}, of {shown(free)} that are free on {device.type}: kept there"
    if device.type != "cpu" and needed <= SHARE * memory:
        return "memory", (
            f"{many}, more than half of the {shown(free)} that are free on {device.type}: kept in "
            f"the computer's memory, where {shown(memory)} are free, and streamed from there"
        )
    least = max(free, memory)
    why = f"{many}, more than half of the {shown(least)} of memory that are free"
    if asked:
        raise TrainingError(
            f"{why}: take fewer or smaller pictures, or --set pipeline=workers, which reads them "
            "again and again"
        )
    return None, f"{why}: workers read them again and again"


def free_memory(device: torch.device) -> tuple[int, int]:
    """Return the bytes that are free on a device, and in the computer's memory."""
    memory = int(psutil.virtual_memory().available)
    return (torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else memory), memory


def prepare(
    recipe: Recipe,
    pictures: PictureList,
    part: Part,
    device: torch.device,
    stopped: Callable[[], bool],
    say: Callable[[str], None],
) -> DeviceCrops | None:
    """Read the pictures and make the damage of a run that makes its batches on the device.

    Returns
    -------
    DeviceCrops or None
        None if workers have to make the batches.

    Raises
    ------
    TrainingError
        If the pictures fit nowhere, or none of them can be used.
    """
    options, stage = recipe.data, recipe.stage
    usable = [facts for facts in pictures.train if not facts.transparent]
    if left := len(pictures.train) - len(usable):
        say(
            f"{left} picture{'s have' if left > 1 else ' has'} transparent areas and cannot be "
            "kept on the device: left out; --set pipeline=workers trains on their opaque parts"
        )
    kept = copies([(facts.height, facts.width) for facts in usable], options)
    place, sentence = place_pictures(
        sum(copy.size for copy in kept),
        device,
        *free_memory(device),
        asked=options.pipeline == "device",
    )
    say(sentence)
    if place is None:
        return None
    threads = min(max(options.workers, 1), MOST_THREADS)
    home = device if place == "device" else torch.device("cpu")
    bank = PictureBank(usable, kept, home, device, threads=threads, stopped=stopped)
    files = [facts.path for facts in pictures.masks]
    masks = MaskFolder(files) if files else None
    holes = {}
    for size in options.crops:
        say(f"drawing {COUNT:,} holes for crops of {size} px")
        holes[size] = HoleBank(options, size, COUNT, recipe.training.seed, masks, device, stopped)
    form: HoleForm | None = None
    if isinstance(stage, InpaintStage | JointStage):
        form = recipe.model.hole_form
    return DeviceCrops(
        bank,
        holes,
        options,
        stage_priors(stage),
        detail=stage_detail(stage),
        form=form,
        seed=recipe.training.seed,
        part=part,
        device=device,
    )
