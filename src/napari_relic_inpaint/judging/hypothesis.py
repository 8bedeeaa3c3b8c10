"""A hypothesis: one way to restore the damage, under a name that people understand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from napari_relic_inpaint import methods
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.models.choice import DEFAULTS, fitting
from napari_relic_inpaint.settings import Settings, make_settings

Edges = Literal["completed", "none", "drawn"]
Sources = Literal["chosen", "everywhere"]

MORE_EDGES, FEWER_EDGES = 0.25, 0.75
"""Thresholds of completed edges for hypotheses with more, and with fewer of them."""

DEFAULT = Settings()

_KEYS = {"name", "settings", "edges", "sources"}


@dataclass(frozen=True)
class Hypothesis:
    """One way to restore the damage.

    Attributes
    ----------
    name : str
        What it is called; one line.
    settings : Settings
        The options of its run.
    edges : {"completed", "none", "drawn"}
        Which edges the painting follows inside the damage: those that the network completes, none
        at all, or those that the user has drawn. Methods without edges know only the first.
    sources : {"chosen", "everywhere"}
        Where detail is copied from: only from where the user allows it, or from everywhere.

    Raises
    ------
    InputError
        If a value cannot be.
    """

    name: str
    settings: Settings = DEFAULT
    edges: Edges = "completed"
    sources: Sources = "chosen"

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable():
            raise InputError(f"a hypothesis cannot be called {self.name!r}: give it one line")
        for what, value, known in (
            ("edges", self.edges, get_args(Edges)),
            ("sources", self.sources, get_args(Sources)),
        ):
            if value not in known:
                raise InputError(
                    f"the {what} of the hypothesis {self.name!r} cannot be {value!r}: choose one "
                    f"of {', '.join(known)}"
                )
        if self.edges != "completed" and not methods.uses_edges(self.settings.method):
            raise InputError(
                f"the hypothesis {self.name!r} is of the method {self.settings.method!r}, which "
                "uses no edges: choose the edges 'completed'"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the hypothesis as a plain dict that JSON takes."""
        return {
            "name": self.name,
            "settings": self.settings.as_dict(),
            "edges": self.edges,
            "sources": self.sources,
        }

    @classmethod
    def from_dict(cls, content: Any) -> Hypothesis:
        """Return the hypothesis that a dict describes; what is left out is as by default.

        Raises
        ------
        InputError
            If it describes none.
        """
        if not isinstance(content, dict) or not isinstance(content.get("name"), str):
            raise InputError(
                f'{content!r} is no hypothesis: give {{"name": "No edges", "edges": "none", '
                '"settings": {}}'
            )
        settings = content.get("settings", {})
        # What is written beside the files of hypotheses has their records, too.
        unknown = sorted(content.keys() - _KEYS - {"record", "file"})
        if unknown or not isinstance(settings, dict):
            raise InputError(
                f"the hypothesis {content['name']!r} cannot have "
                f"{unknown[0] if unknown else f'the settings {settings!r}'}: it has name, "
                "settings, edges and sources"
            )
        return cls(
            content["name"],
            make_settings(**settings),
            content.get("edges", "completed"),
            content.get("sources", "chosen"),
        )


def propose_hypotheses(
    settings: Settings | None = None, *, drawn: bool = False, limited: bool = False
) -> tuple[Hypothesis, ...]:
    """Return the four or five hypotheses to begin with, the likeliest first.

    Parameters
    ----------
    settings : Settings, optional
        The options that they vary: model, device, window and the like are as here.
    drawn : bool
        Whether there are drawn edges.
    limited : bool
        Whether the user has chosen where detail may be copied from.
    """
    base = replace(settings or Settings(), method="two-stage", edge_threshold=0.0)
    if settings is not None and settings.method != "two-stage":
        base = replace(base, model="auto", postprocess=False)
    found = [Hypothesis("Own edges", base)]
    if drawn:
        found.insert(0, Hypothesis("Drawn edges", base, "drawn"))
    found += [
        Hypothesis("More edges", replace(base, edge_threshold=MORE_EDGES)),
        Hypothesis("No edges", base, "none"),
        _pieces(base),
    ]
    if limited:
        found[-1] = Hypothesis("Detail from everywhere", base, sources="everywhere")
    return tuple(found)


def other_hypotheses(settings: Settings | None = None) -> tuple[Hypothesis, ...]:
    """Return further hypotheses to choose from: installed models, classical methods and so on."""
    base = replace(settings or Settings(), method="two-stage", model="auto", postprocess=False)
    found = [
        Hypothesis("Fewer edges", replace(base, edge_threshold=FEWER_EDGES)),
        Hypothesis("Without detail", replace(base, detail="none")),
    ]
    for method in DEFAULTS:
        for model in fitting(method):
            if method != "two-stage" or model != DEFAULTS[method]:
                found.append(
                    Hypothesis(f"Model {model}", replace(base, method=method, model=model))
                )
    found += [
        _pieces(base),
        Hypothesis("Smooth fill", replace(base, method="spline", detail="none")),
    ]
    return tuple(found)


def checked(hypotheses: Iterable[Hypothesis]) -> tuple[Hypothesis, ...]:
    """Return hypotheses; raises `InputError` if there is none, or two have the same name."""
    found = tuple(hypotheses)
    if not found:
        raise InputError("there is no hypothesis to restore by: choose at least one")
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two hypotheses are called {name!r}: give one of them another name")
    return found


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return a name for a hypothesis that no other has."""
    number, found = 2, name
    while found in taken:
        found = f"{name} {number}"
        number += 1
    return found


def _pieces(base: Settings) -> Hypothesis:
    settings = replace(base, method="exemplar", model="auto", detail="none")
    return Hypothesis("Pieces of the picture", settings)
