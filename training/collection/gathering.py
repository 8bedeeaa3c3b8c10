"""From folders and globs to the pictures of a run, with what was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rich.progress import Progress

from napari_relic_inpaint.cli.terminal import output
from training.collection.choice import choose
from training.collection.facts import Facts, read_all, read_facts, read_mask_facts
from training.collection.record import PictureList, check_unchanged, read_list, write_list
from training.collection.report import describe
from training.errors import TrainingError
from training.interruption import Interruption
from training.pictures import find_pictures, shortest_side
from training.recipe import InpaintStage, JointStage, Recipe
from training.runs import Run, RunFiles, write_run

Stop = Callable[[], bool]


def gathered(run: Run, folder: Path, interruption: Interruption, *, goes_on: bool) -> list[str]:
    """Read and choose the pictures of a run, or compare them with those that it has seen so far.

    Writes the run and the list of its pictures into its folder.

    Parameters
    ----------
    run : Run
        What to train on what.
    folder : Path
        The run's folder.
    interruption : Interruption
        Says whether to stop.
    goes_on : bool
        Whether the run was started before.

    Returns
    -------
    list of str
        What to know of the pictures.

    Raises
    ------
    TrainingError
        See `gather` and `gather_again`.
    """
    files = RunFiles(folder)
    before = read_list(files.pictures) if goes_on else None

    def stopped() -> bool:
        return bool(interruption.signal)

    if before is None:
        pictures, lines = gather(run, stopped)
        folder.mkdir(parents=True, exist_ok=True)
        # In this order: what is a run has its pictures.
        write_list(files.pictures, pictures)
    else:
        lines = gather_again(run, before, folder, stopped)
    write_run(folder, run)
    return lines


def gather(run: Run, stopped: Stop) -> tuple[PictureList, list[str]]:
    """Read and choose the pictures and masks of a new run.

    Parameters
    ----------
    run : Run
        What to train on what.
    stopped : callable
        Says whether to stop.

    Returns
    -------
    pictures : PictureList
        Those that it will see.
    lines : list of str
        What to know of them.

    Raises
    ------
    TrainingError
        If nothing is left to train on, to validate on, or of the masks.
    Stopped
        If it was to stop.
    """
    data, val, masks = (
        find_pictures(patterns) if patterns else [] for patterns in (run.data, run.val, run.masks)
    )
    facts = _read({*data, *val}, read_facts, {}, "reading the pictures", stopped)
    mask_facts = list(_read(masks, read_mask_facts, {}, "reading the masks", stopped).values())
    if masks and all(f.problem for f in mask_facts):
        raise TrainingError(
            f"none of the {len(masks)} masks can be used: {mask_facts[0].problem}; a mask is white "
            "where the picture is damaged, and black elsewhere"
        )
    smallest, largest = _needed(run.recipe)
    chosen = choose(
        [facts[path] for path in data],
        [facts[path] for path in val],
        shortest=smallest,
        share=run.val_share,
        seed=run.recipe.training.seed,
    )
    pictures = PictureList.of(chosen, mask_facts)
    return pictures, describe(chosen, mask_facts, largest=largest)


def gather_again(run: Run, pictures: PictureList, folder: Path, stopped: Stop) -> list[str]:
    """Check that the pictures of a run that goes on are those it was started with.

    Returns
    -------
    list of str
        What to know of them: new pictures in its folders, which it does not see.

    Raises
    ------
    TrainingError
        If one is gone or has changed.
    """
    used = [*pictures.train, *pictures.val]
    known = pictures.known
    again = _read([f.path for f in used], read_facts, known, "comparing the pictures", stopped)
    masks = [f.path for f in pictures.masks]
    again |= _read(masks, read_mask_facts, known, "comparing the masks", stopped)
    check_unchanged(pictures, list(again.values()), folder)
    lines = [
        f"the same {len(pictures.train):,} pictures to train on and {len(pictures.val):,} to "
        "validate on as before"
    ]
    new = [path for path in _there(run.data) if str(path) not in known]
    if new:
        lines.append(
            f"{len(new)} pictures are new since this run was started, and it does not see them "
            f"({new[0]}): a new run does, from this one's weights with --set init_from={folder}"
        )
    return lines


def _there(patterns: Sequence[str]) -> list[Path]:
    try:
        return find_pictures(patterns)
    except TrainingError:
        return []  # what is missing was named already


def _read(
    files: Iterable[Path],
    read: Callable[[Path], Facts],
    known: Mapping[str, Facts],
    what: str,
    stopped: Stop,
) -> dict[Path, Facts]:
    paths = sorted(files)
    with Progress(console=output, transient=True, disable=not output.is_terminal) as bar:
        task = bar.add_task(what, total=len(paths))
        facts = read_all(
            paths,
            read,
            known=known,
            told=lambda done, _: bar.update(task, completed=done),
            stopped=stopped,
        )
    return dict(zip(paths, facts, strict=True))


def _needed(recipe: Recipe) -> tuple[int, int]:
    """Return the shortest sides that the smallest and the largest crops need."""
    stage = recipe.stage
    refined = isinstance(stage, InpaintStage | JointStage) and stage.refined > 0
    sizes = min(recipe.data.crops), max(recipe.data.crops) * (2 if refined else 1)
    smallest, largest = (shortest_side(size, recipe.data.scale[1]) for size in sizes)
    return smallest, largest
