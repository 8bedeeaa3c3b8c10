"""Who takes part in a comparison: methods, models and variants of them, and who cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from napari_relic_inpaint.errors import InputError, ModelError
from napari_relic_inpaint.methods import make, names
from napari_relic_inpaint.models.card import read_card
from napari_relic_inpaint.models.choice import AUTO, DEFAULTS, choose
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.settings import make_settings
from training.errors import TrainingError

TWO_STAGE = "two-stage"
ONNX = "onnx"

WITH_OPTIONS = re.compile(r"(?P<name>.*?)(?P<options>(\+[a-z_]+=[^+=]*)*)", re.DOTALL)
"""A method or model, and after it settings that are not as they are by default."""

Options = tuple[tuple[str, str], ...]
"""Names and values of settings, as typed."""

WITH_DETAIL = f"{TWO_STAGE}+detail=picture"
"""What restoring gives by default. A row of its own, since it is right in kind and not in place."""

EdgeSource = Literal["own", "none", "true"]
"""Edges inside the hole: those the method completes, none at all, or those of the intact picture.

Only the two-stage method takes edges.
"""


@dataclass(frozen=True)
class ModelFacts:
    """What is known of the networks of a contender.

    Attributes
    ----------
    name, version, licence, trained_on : str
        As its card says; empty where it says nothing.
    sha256 : dict of str
        Hash of each network's file, by its role.
    """

    name: str
    version: str
    licence: str
    trained_on: str
    sha256: dict[str, str]


@dataclass(frozen=True)
class Contender:
    """One row of a table: a method, with a model and edges if it takes them.

    Attributes
    ----------
    name : str
        What the row is called.
    method, model : str
        See `napari_relic_inpaint.settings.Settings`.
    edges : {"own", "none", "true"}
        See `EdgeSource`.
    options : tuple of (str, str)
        Settings that are not as they are by default; the default of a row is its painting, without
        detail.
    variant : bool
        Whether it belongs to the ablation: a contender changed in one thing.
    facts : ModelFacts or None
        Its model; None for methods without networks, and where nobody asked.
    """

    name: str
    method: str
    model: str = AUTO
    edges: EdgeSource = "own"
    options: Options = ()
    variant: bool = False
    facts: ModelFacts | None = field(default=None, hash=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What it restores with, as `napari_relic_inpaint.restore` takes it."""
        return {"method": self.method, "model": self.model, "detail": "none", **dict(self.options)}

    @property
    def weights(self) -> str:
        """The first digits of its networks' hashes: other weights, other results."""
        return "+".join(digest[:12] for digest in self.facts.sha256.values()) if self.facts else ""

    @property
    def slug(self) -> str:
        """Its name as a part of file names."""
        return re.sub(r"[^a-z0-9._-]+", "-", self.name.lower())


@dataclass(frozen=True)
class Lineup:
    """All contenders of a comparison.

    Attributes
    ----------
    contenders : tuple of Contender
        In the order of the tables' rows: methods, further models, variants.
    left_out : tuple of str
        A sentence about each method that cannot run here.
    """

    contenders: tuple[Contender, ...]
    left_out: tuple[str, ...] = ()

    @property
    def entrants(self) -> tuple[Contender, ...]:
        """All but the variants."""
        return tuple(row for row in self.contenders if not row.variant)

    @property
    def variants(self) -> tuple[Contender, ...]:
        """The rows of the ablation."""
        return tuple(row for row in self.contenders if row.variant)

    @property
    def two_stage(self) -> Contender | None:
        """The row that stands for the paper's method: the first of its kind that only paints."""
        rows = (row for row in self.entrants if row.method == TWO_STAGE)
        return next((row for row in rows if row.settings["detail"] == "none"), None)

    @property
    def others(self) -> tuple[Contender, ...]:
        """The rows of other methods."""
        return tuple(row for row in self.entrants if row.method != TWO_STAGE)


def line_up(
    methods: Sequence[str],
    models: Sequence[str],
    *,
    ablation: bool = False,
    without_d3: str | None = None,
) -> Lineup:
    """Choose the contenders, each tried once so that none fails after hours.

    Parameters
    ----------
    methods : sequence of str
        Names of methods, each with its own model; empty for all, the two-stage method last as in
        the paper's tables, and after it the same with detail. A method that cannot run here, for
        want of a package say, is left out.
    models : sequence of str
        Further models, each a row of its own: names, folders, or ``onnx:FILE``. A method or model
        can run with other settings than by default, beside or instead of as it is: see `parted`.
    ablation : bool
        Whether the two-stage method also runs without edges inside the hole and with true ones.
    without_d3 : str, optional
        Model of the two-stage method trained without the local discriminator, for the ablation.

    Raises
    ------
    InputError
        If there is no such method.
    ModelError
        If a model that was asked for cannot be loaded.
    TrainingError
        If nothing is left to run, or the ablation has no two-stage method to start from.
    """
    rows, left_out = _methods(methods)
    rows += [_model(source) for source in models]
    if not rows:
        raise TrainingError(f"no method can run: {'; '.join(left_out)}")
    if ablation:
        rows += _variants(rows, without_d3)
    elif without_d3 is not None:
        raise TrainingError(f"--without-d3 {without_d3} is a part of the ablation: add --ablation")
    _check_names(rows)
    return Lineup(tuple(rows), tuple(left_out))


def _methods(chosen: Sequence[str]) -> tuple[list[Contender], list[str]]:
    asked = {source: parted(source) for source in chosen or (*reversed(names()), WITH_DETAIL)}
    for name, _ in asked.values():
        if name not in names():
            raise InputError(f"there is no method {name!r}; there are {', '.join(names())}")
    rows, left_out = [], []
    for source, (name, options) in asked.items():
        if name == ONNX:
            left_out.append("onnx: runs a network of your own; give it as --models onnx:FILE")
            continue
        try:
            rows.append(_contender(titled(name, options), name, options=options))
        except (InputError, ModelError) as error:
            left_out.append(f"{source}: {error}")
    return rows, left_out


def _model(source: str) -> Contender:
    name, options = parted(source)
    prefix, _, file = name.partition(":")
    if prefix == ONNX:
        return _contender("", ONNX, file, options=options)
    return _contender("", read_card(find(name)).method, name, options=options)


def parted(source: str) -> tuple[str, Options]:
    """Part ``two-stage+window=512`` into a method (or model) and its settings, as typed.

    Raises
    ------
    InputError
        If there is no such setting, or it cannot have this value.
    TrainingError
        If method or model is set in this way.
    """
    parts = WITH_OPTIONS.fullmatch(source)
    assert parts is not None
    settings = [pair.partition("=") for pair in parts["options"].split("+")[1:]]
    options = tuple((key, value) for key, _, value in settings)
    for key in ("method", "model"):
        if key in dict(options):
            raise TrainingError(f"{source!r} sets the {key}: name another {key} in its place")
    make_settings(**dict(options))
    return parts["name"], options


def titled(name: str, options: Options) -> str:
    """Return what a row is called: as it was typed, but for detail, which gets words."""
    typed = "+".join([name, *("=".join(pair) for pair in options if pair[0] != "detail")])
    said = {"picture": "detail from the picture", "none": "without detail"}
    return ", ".join([typed, *(said[value] for key, value in options if key == "detail")])


def _variants(rows: Sequence[Contender], without_d3: str | None) -> list[Contender]:
    base = Lineup(tuple(rows)).two_stage
    if base is None:
        raise TrainingError(
            "the ablation takes the two-stage method apart, which is not among the methods: add "
            "two-stage to --methods, or leave out --ablation"
        )
    changed: list[tuple[str, str, EdgeSource]] = [
        ("no edges in the hole", base.model, "none"),
        ("true edges", base.model, "true"),
    ]
    if without_d3 is not None:
        choose(without_d3, TWO_STAGE)  # an error now, if it is a model of another method
        changed.append(("without D3", without_d3, "own"))
    return [
        _contender(
            f"{base.name}, {change}",
            TWO_STAGE,
            model,
            edges=edges,
            options=base.options,
            variant=True,
        )
        for change, model, edges in changed
    ]


def _contender(
    name: str,
    method: str,
    model: str = AUTO,
    *,
    edges: EdgeSource = "own",
    options: Options = (),
    variant: bool = False,
) -> Contender:
    """Try a method and return its row, named after its model if it has no name of its own."""
    row = Contender(name, method, model, edges, options, variant)
    record = make(make_settings(**row.settings)).record().get("model")
    if record is None:
        return row
    facts = ModelFacts(
        name=record["name"],
        version=record.get("version", ""),
        licence=record["licence"],
        trained_on=read_card(choose(model, method)).trained_on if method in DEFAULTS else "",
        sha256=record["sha256"],
    )
    return replace(row, name=name or titled(facts.name, options), facts=facts)


def _check_names(rows: Sequence[Contender]) -> None:
    """Raise an error unless each row can be told from the others, in file names too."""
    seen: dict[str, Contender] = {}
    for row in rows:
        other = seen.setdefault(row.slug, row)
        if other is not row:
            raise TrainingError(
                f"two rows would be called {row.name!r}, of the models {other.model} and "
                f"{row.model}: name each once, or export one under another name"
            )
