"""A picture composed from a folder of hypotheses."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.collisions import Role
from napari_relic_inpaint.judging.choosing import Candidate, Composition, compose
from napari_relic_inpaint.judging.folder import MAP
from napari_relic_inpaint.judging.hole_csv import TABLE, read_choices
from napari_relic_inpaint.judging.hypothesis_file import LIST, read_list
from napari_relic_inpaint.judging.lazy_labels import LazyLabels
from napari_relic_inpaint.marking.finding_holes import find_holes_steps
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import PlaneFill
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.steps import Step, part_of
from napari_relic_inpaint.windows.survey import Surveyor


def folder_files(folder: Path) -> list[Role]:
    """Return the files of a folder of hypotheses, each with its role for sentences.

    Raises
    ------
    FileError, InputError
        If its list of hypotheses cannot be read, or is none.
    """
    beside = [("the list of hypotheses", LIST), ("the table of holes", TABLE), ("the map", MAP)]
    pictures = [("a hypothesis", str(each.get("file", ""))) for each in read_list(folder / LIST)]
    return [(role, folder / name) for role, name in (*beside, *pictures) if name]


def compose_folder_steps(
    folder: Path,
    source: files.PictureFile,
    damage: Any,
    *,
    choices: Path | None = None,
    others: str | None = None,
) -> Generator[Step, None, Composition]:
    """Compose a picture from a folder of hypotheses, yielding a `Step` after each part.

    Parameters
    ----------
    folder : Path
        Of hypotheses, as `write_folder_steps` has written it.
    source : PictureFile
        The damaged picture, the same as then.
    damage : array-like
        Its damage, the same as then.
    choices : Path, optional
        The table of holes with what is taken; by default that in the folder.
    others : str, optional
        The hypothesis for all holes that nothing is taken for; by default the first one.

    Raises
    ------
    FileError
        If something in the folder cannot be read.
    InputError
        If picture or damage are others than then, or a choice cannot be.
    """
    said = read_list(folder / LIST)
    taken = read_choices(choices or folder / TABLE)
    picture = Picture(source.data, rgb=source.rgb)
    masks = PlaneMasks(damage, picture, "damage")
    surveyor = Surveyor(picture, masks)
    pixels = {}
    for index in picture.planes:
        for survey in surveyor.plane(index):
            if survey is not None:
                pixels[index] = survey.pixels
            yield Step("reading", len(pixels), len(picture.planes), 0.2)
    for what, found in (("picture", surveyor.picture_sha256), ("damage", surveyor.mask_sha256)):
        if _record(said[0], folder)[what]["sha256"] != found:
            raise InputError(
                f"the {what} is not the one that the hypotheses in {folder} were made from: give "
                "that one, or make them anew"
            )
    labels = LazyLabels(masks, picture, damage)
    holes = yield from part_of(find_holes_steps(labels), 0.2, 0.4)
    candidates = []
    for number, each in enumerate(said):
        opened = files.open_picture(folder / str(each.get("file", "")))
        if opened.data.shape != source.data.shape or opened.data.dtype != source.data.dtype:
            raise InputError(f"{opened.path} has another size or type than the picture")
        one = Picture(opened.data, rgb=source.rgb)
        fills = {index: PlaneFill(picture, part) for index, part in pixels.items() if len(part)}
        for index, fill in fills.items():
            done = 0
            for rows in bands(*picture.shape):
                area = rows, slice(0, picture.shape[1])
                mask = fill.pixels.mask(area)
                values = one.colour(one.raw(index, area))[mask]
                fill.values[done : done + len(values)] = values
                done += len(values)
        candidates.append(Candidate(str(each["name"]), each, fills))
        yield Step("reading", number + 1, len(said), 0.4 + 0.6 * (number + 1) / len(said))
    return compose(picture, holes, candidates, taken, others or candidates[0].name)


def _record(said: dict[str, Any], folder: Path) -> dict[str, Any]:
    record = said.get("record")
    parts = [
        record.get(name) if isinstance(record, dict) else None for name in ("picture", "damage")
    ]
    if not all(isinstance(part, dict) and "sha256" in part for part in parts):
        raise InputError(f"{folder / LIST} has no records: make the hypotheses anew")
    assert isinstance(record, dict)
    return record
