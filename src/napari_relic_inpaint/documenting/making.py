"""What a record says, as rows for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from napari_relic_inpaint.documenting.languages import Language
from napari_relic_inpaint.documenting.sentences import translatable
from napari_relic_inpaint.files.statement import record_sha256

_MOST_NAMED = 12
"""Holes that are named of each hypothesis."""

_DRIVES = ("method", "model", "edges", "edge_threshold", "postprocess", "detail", "sources")
"""What tells one hypothesis from another."""

_USUAL = ("auto", "none", "chosen", 0, False, "")
"""Values of these that need not be told."""

METHODS = {
    "two-stage": translatable("edges are completed first, then colours (GAN)"),
    "telea": translatable("fast marching (Telea)"),
    "navier-stokes": translatable("flow of brightness (Navier-Stokes)"),
    "biharmonic": translatable("biharmonic surface"),
    "membrane": translatable("membrane"),
    "spline": translatable("spline in tension"),
    "exemplar": translatable("patches of the same picture (PatchMatch)"),
    "glcic": translatable("network with a global and a local judge (GLCIC)"),
    "contextual-attention": translatable("network with contextual attention"),
    "onnx": translatable("the user's own network (ONNX)"),
}
"""Ways to fill a hole, in a few words."""

Rows = list[tuple[str, Any]]


def making(record: Mapping[str, Any], language: Language) -> Rows:
    """Return how the fill was made."""
    say = language.say
    if not record:
        return [(say("Record"), say("There is none: nobody can tell how the fill was made."))]
    settings = as_mapping(record.get("settings"))
    model, detail = as_mapping(record.get("model")), as_mapping(record.get("detail"))
    device = as_mapping(record.get("device"))
    method = str(settings.get("method", ""))
    described = say(METHODS[method]) if method in METHODS else ""
    rows: Rows = [
        (say("Method"), " – ".join(part for part in (method, described) if part)),
        (say("Model"), _model(model)),
        (say("Licence of the model"), str(model.get("licence", ""))),
        (say("Edges"), _edges(record, language)),
    ]
    if isinstance(detail.get("copied"), int | float):
        share = say("%(share)s of the fill was copied from other places of the same picture")
        rows.append((say("Detail"), share % {"share": language.percent(float(detail["copied"]))}))
    rows += [
        (say("Window"), f"{settings['window']} px" if "window" in settings else ""),
        (say("Computed on"), ", ".join(str(v) for v in device.values())),
    ]
    if isinstance(record.get("seconds"), int | float):
        rows.append((say("Duration"), f"{language.number(float(record['seconds']))} s"))
    return [(name, value) for name, value in rows if value]


def hypotheses(compared: Any, language: Language) -> dict[str, Any] | None:
    """Return the table of hypotheses, if there were any."""
    found = [each for each in compared if isinstance(each, Mapping)]
    if not found:
        return None
    rows = []
    for each in found:
        said = {**as_mapping(each.get("settings")), **each}
        told = [
            f"{key.replace('_', ' ')}: {said[key]}"
            for key in _DRIVES
            if isinstance(said.get(key), str | int | float) and said[key] not in _USUAL
        ]
        rows.append([str(each.get("name", "")), "; ".join(told)])
    return {
        "head": [language.say("Hypothesis"), language.say("Settings")],
        "rows": rows,
        "words": True,
    }


def choices(record: Mapping[str, Any], language: Language) -> dict[str, Any] | None:
    """Return which hypothesis was taken for which holes."""
    taken: dict[str, list[str]] = {}
    for each in as_list(record.get("choices")):
        if isinstance(each, Mapping) and isinstance(each.get("hole"), list):
            where = ", ".join(map(str, each["hole"]))
            taken.setdefault(str(each.get("hypothesis", "")), []).append(f"({where})")
    others = record.get("others")
    if not (taken or isinstance(others, str)):
        return None
    rows = []
    for name, holes in taken.items():
        named = " ".join(holes[:_MOST_NAMED]) + (" …" if len(holes) > _MOST_NAMED else "")
        rows.append([name, language.number(len(holes)), named])
    if isinstance(others, str):
        rows.append([others, "", language.say("all other holes")])
    return {
        "head": [
            language.say("Hypothesis"),
            language.say("Holes"),
            language.say("Where they begin (row, column)"),
        ],
        "rows": rows,
        "words": True,
    }


def provenance(record: Mapping[str, Any], language: Language) -> Rows:
    """Return hashes, versions and names of files."""
    if not record:
        return []
    say = language.say
    files, hashes = as_mapping(record.get("files")), as_mapping(record.get("file_sha256"))
    software = as_mapping(record.get("software"))
    rows: Rows = [
        (say("Software"), f"{software.get('name', '')} {software.get('version', '')}".strip()),
        (say("Type of source (IPTC)"), str(record.get("digital_source_type", ""))),
        (say("Record"), _hash(record_sha256(record))),
    ]
    for role, label in (
        ("picture", say("Picture's file")),
        ("damage", say("Mask's file")),
        ("result", say("Result's file")),
        ("edges", say("Edges' file")),
        ("saved_edges", say("Edges' file")),
    ):
        if role in files or role in hashes:
            name, digest = str(files.get(role, "")), str(hashes.get(role, ""))
            rows.append((label, _named_hash(name, digest)))
    for part, label in (
        ("picture", say("Picture's pixels")),
        ("damage", say("Mask's pixels")),
        ("edges", say("Edges' pixels")),
    ):
        digest = str(as_mapping(record.get(part)).get("sha256", ""))
        if digest:
            rows.append((label, _hash(digest)))
    weights = as_mapping(record.get("model")).get("sha256")
    for part, digest in as_mapping(weights).items():
        rows.append((say("Weights") + f" ({part})", _hash(str(digest))))
    versions = as_mapping(record.get("versions"))
    rows.append((say("Versions"), ", ".join(f"{name} {is_}" for name, is_ in versions.items())))
    return [(name, value) for name, value in rows if value]


def _edges(record: Mapping[str, Any], language: Language) -> str:
    return {
        "drawn": language.say("drawn by hand"),
        "predicted": language.say("predicted by a network"),
    }.get(str(as_mapping(record.get("edges")).get("source", "")), "")


def _model(model: Mapping[str, Any]) -> str:
    return f"{model.get('name', '')} {model.get('version', '')}".strip()


def _hash(digest: str) -> Markup:
    return Markup('<span class="hash">{}</span>').format(digest)


def _named_hash(name: str, digest: str) -> Markup:
    return Markup('{} <span class="hash">{}</span>').format(name, digest)


def as_list(value: Any) -> list[Any]:
    """Return a list of a record, an empty one if it is something else."""
    return value if isinstance(value, list) else []


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a part of a record, an empty one if it is something else."""
    return value if isinstance(value, Mapping) else {}
