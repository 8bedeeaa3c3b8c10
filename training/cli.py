"""The command line: ``fit``, ``export``, ``preview``, ``score`` and ``compare``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from napari_relic_inpaint.errors import RelicInpaintError
from training.checkpoints import Checkpoints
from training.errors import TrainingError
from training.export import export_model
from training.fit import describe
from training.fit import fit as train
from training.hardware import make_fabric, precision_on
from training.presets import change, load_recipe
from training.preview import write_preview
from training.recipe import STAGES, StageName
from training.runs import Run, read_run, write_run
from training.scores import score_table

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)

SOURCES = Annotated[
    list[str],
    typer.Argument(metavar="RUN...", help="Runs or models; of the same network the last counts."),
]

PERCEPTUAL_WEIGHTS = Annotated[
    Path | None, typer.Option(help="VGG-16 or VGG-19 as safetensors, for the VGG distance.")
]


@app.callback()
def about() -> None:
    """Train the networks of the restoration on pictures of your own."""


@app.command()
def fit(
    stage: Annotated[str, typer.Argument(help=f"{', '.join(STAGES)}.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    preset: Annotated[str, typer.Option(help="paper, relic, or a TOML file.")] = "relic",
    data: Annotated[
        list[str] | None, typer.Option(help="Folder or quoted glob of pictures; repeatable.")
    ] = None,
    val: Annotated[
        list[str] | None,
        typer.Option(help="The same, of pictures to choose the best checkpoint on."),
    ] = None,
    masks: Annotated[
        list[str] | None,
        typer.Option(help="The same, of damage masks; without it damage is synthetic."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a preset's value; repeatable."),
    ] = None,
    perceptual_weights: Annotated[
        Path | None,
        typer.Option(help="VGG-16 or VGG-19 as safetensors; by default torchvision's VGG-19."),
    ] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    devices: Annotated[str, typer.Option(help="How many of them; auto takes all.")] = "auto",
    nodes: Annotated[int, typer.Option(help="How many machines.")] = 1,
) -> None:
    """Train one stage; with --resume, as it was started."""
    if resume:
        run = read_run(out)
        run = run.model_copy(update={"recipe": change(run.recipe, settings or ())})
        if run.recipe.name != stage:
            raise TrainingError(f"{out} is a run of stage {run.recipe.name}, not of {stage}")
    else:
        if Checkpoints(out).steps():
            raise TrainingError(f"{out} holds a run already: add --resume or choose another --out")
        if not data:
            raise TrainingError("name the pictures to train on with --data")
        run = Run(
            recipe=load_recipe(preset, _stage(stage), settings or ()),
            data=tuple(data),
            val=tuple(val or ()),
            masks=tuple(masks or ()),
            perceptual_weights=perceptual_weights,
        )
    precision = precision_on(accelerator, run.recipe.training.precision)
    fabric = make_fabric(precision, accelerator, devices, nodes)
    fabric.launch()
    if fabric.is_global_zero:
        write_run(out, run)
        for line in describe(run, out, precision):
            console.print(line)
    stopped = train(run, out, fabric, resume=resume)
    if stopped and fabric.is_global_zero:
        console.print(
            f"stopped and saved; go on with: python -m training fit {stage} --out {out} --resume"
        )
    raise typer.Exit(128 + stopped if stopped else 0)


@app.command()
def export(
    sources: SOURCES,
    to: Annotated[Path, typer.Option(help="Folder of the new model; must not exist.")],
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "not stated",
    summary: Annotated[str, typer.Option(help="What the model is good for, in a sentence.")] = "",
    trained_on: Annotated[str, typer.Option(help="What it was trained on, in a sentence.")] = "",
    version: Annotated[str, typer.Option(help="Version of the weights.")] = "0.1",
    last: Annotated[
        bool, typer.Option("--last", help="Take the last checkpoints, not the best.")
    ] = False,
    edges_from: Annotated[
        str | None,
        typer.Option(help="Run or model to take the edge network from, whatever the others hold."),
    ] = None,
    coarser_levels: Annotated[
        int | None,
        typer.Option(
            min=0, help="How often wide holes may start at half the scale; else what was trained."
        ),
    ] = None,
    widest_hole: Annotated[
        int | None, typer.Option(min=1, help="Width in pixels of the widest holes it does well.")
    ] = None,
) -> None:
    """Write a model that the plugin and ``relic-inpaint restore --model`` take."""
    card = export_model(
        sources,
        to,
        licence=licence,
        summary=summary,
        trained_on=trained_on,
        version=version,
        last=last,
        edges_from=edges_from,
        coarser_levels=coarser_levels,
        widest_hole=widest_hole,
    )
    widths = ", ".join(f"{role} width {network.width}" for role, network in card.networks.items())
    console.print(f"{to}: model {card.name} for the method {card.method}, {widths}")


@app.command()
def preview(
    sources: SOURCES,
    to: Annotated[Path, typer.Option(help="The sheet, a PNG or JPEG.")] = Path("preview.png"),
    pairs: Annotated[int, typer.Option(min=1, help="How many pairs, over all kinds.")] = 24,
    model: Annotated[
        str, typer.Option(help="Model or run to take G1 or G2 from if the runs lack it.")
    ] = "relic-base",
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder or quoted glob of intact pictures; repeatable. By default those that the "
            "run is validated on."
        ),
    ] = None,
) -> None:
    """Show damaged, edges if there are any, result and truth of pairs as a sheet."""
    write_preview(sources, to, pairs=pairs, base=model, data=data or ())
    console.print(f"{to}: {pairs} pairs")


@app.command()
def score(
    data: Annotated[
        list[str], typer.Option(help="Folder or quoted glob of intact pictures; repeatable.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Models of the two-stage method, each with own and true edges; repeatable. "
            "relic-base without --methods."
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            help="Further methods, separated by commas, with other settings if they are added: "
            "exemplar,two-stage,two-stage+window=512."
        ),
    ] = None,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs per kind of damage.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of crops and damage.")] = 0,
    classical: Annotated[
        bool, typer.Option(help="Whether the classical methods are in the table.")
    ] = True,
    manifest: Annotated[
        Path | None,
        typer.Option(help="JSON of the pairs: read if it is there, written if not."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Where to write one row per picture.")] = None,
    perceptual_weights: PERCEPTUAL_WEIGHTS = None,
    processes: Annotated[int, typer.Option(min=1, help="Pairs to score at the same time.")] = 1,
) -> None:
    """Print the table of scores: all methods on the same damaged crops."""
    console.print(
        score_table(
            data,
            model or ([] if methods else ["relic-base"]),
            pairs,
            methods=_listed(methods),
            seed=seed,
            classical=classical,
            perceptual_weights=perceptual_weights,
            manifest=manifest,
            csv_file=csv,
            processes=processes,
        )
    )


@app.command()
def compare(
    out: Annotated[Path, typer.Option(help="Folder of the report.")],
    pictures: Annotated[
        list[str] | None,
        typer.Option(help="Folder or quoted glob of intact pictures; repeatable."),
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="pairs.json of another report, in place of --pictures.")
    ] = None,
    damaged: Annotated[
        Path | None,
        typer.Option(help="Folder of really damaged pictures: wall.png with wall_mask.png."),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            help="Methods, separated by commas, with other settings if they are added "
            "(two-stage,two-stage+window=512); by default all that can run."
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(help="A further model: name, folder or onnx:FILE; repeatable."),
    ] = None,
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="Also the two-stage method without edges and with true."),
    ] = False,
    without_d3: Annotated[
        str | None, typer.Option(help="For --ablation: a model trained without D3.")
    ] = None,
    perceptual_weights: PERCEPTUAL_WEIGHTS = None,
    lpips: Annotated[
        bool, typer.Option("--lpips", help="Also measure LPIPS; needs the package lpips.")
    ] = False,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs per kind of damage.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of crops and damage.")] = 0,
    processes: Annotated[int, typer.Option(min=1, help="Pairs to restore at the same time.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the pairs and results in --out.")
    ] = False,
) -> None:
    """Write a report that compares methods on the same damage: tables, figures, CSV."""
    from training.compare.comparison import compare as write_comparison  # noqa: PLC0415 - Matplotlib

    stopped = write_comparison(
        out,
        pictures=pictures or (),
        manifest=manifest,
        damaged=damaged,
        methods=_listed(methods),
        models=models or (),
        ablation=ablation,
        without_d3=without_d3,
        perceptual_weights=perceptual_weights,
        lpips=lpips,
        per_kind=pairs,
        seed=seed,
        processes=processes,
        resume=resume,
        command=shlex.join(["python", "-m", "training", *sys.argv[1:]]),
    )
    if stopped:
        console.print(
            f"stopped; {out} keeps what is done: go on with the same command and --resume"
        )
        raise typer.Exit(128 + stopped)
    console.print(f"{out / 'report.html'}: the report, also as report.md")


def main() -> None:
    """Run the command line; errors are one sentence, without a traceback."""
    try:
        app()
    except (RelicInpaintError, OSError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {error}", markup=False)
        sys.exit(1)


def _listed(names: list[str] | None) -> list[str]:
    """Return names that are separated by commas one by one."""
    return [name.strip() for listed in names or () for name in listed.split(",")]


def _stage(name: str) -> StageName:
    if name not in STAGES:
        raise TrainingError(f"there is no stage {name!r}; there are {', '.join(STAGES)}")
    return name
