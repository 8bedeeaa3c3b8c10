"""A report, from what was done to a page that can be printed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import date
from functools import cache
from importlib.resources import files as resources
from itertools import count
from pathlib import Path
from typing import Any

import jinja2

from napari_relic_inpaint.documenting.contents import contents
from napari_relic_inpaint.documenting.languages import Language
from napari_relic_inpaint.documenting.material import Material
from napari_relic_inpaint.documenting.overview import overview_steps
from napari_relic_inpaint.documenting.pdf import pdf_steps, require_pdf
from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.targets import check_target
from napari_relic_inpaint.marking.damage_table import measure_damage_steps
from napari_relic_inpaint.steps import Step, part_of

SUFFIXES = (".html", ".pdf")

_READ, _MEASURED, _DRAWN = 0.55, 0.8, 0.85


def html_steps(
    material: Material, language: str = "en", *, today: date | None = None
) -> Generator[Step, None, str]:
    """Make a report, yielding a `Step` after each part of the work.

    Parameters
    ----------
    material : Material
        What to tell of.
    language : str
        A key of `languages.LANGUAGES`.
    today : date, optional
        When the report is made; by default now.

    Returns
    -------
    str
        A page of HTML that needs nothing beside it.

    Raises
    ------
    InputError
        If there is no such language, or pictures of different sizes.
    """
    spoken = Language(language)
    view = yield from part_of(overview_steps(material), 0.0, _READ)
    measuring = measure_damage_steps(
        material.damage, classes=material.classes, pixel_size=material.pixel_size
    )
    table = yield from part_of(measuring, _READ, _MEASURED)
    if not table.rows[-1].pixels:
        raise InputError(
            f"nothing is marked as damaged in {material.damage_name}: give the damage that was "
            "restored"
        )
    day = today or date.today()
    told = contents(material, view, table, spoken, day)
    yield Step("writing", 1, 1, 1.0)
    numbers = count(1)
    style = resources("napari_relic_inpaint.documenting").joinpath("templates", "report.css")
    return _template(language).render(
        **told,
        # It is a part of the program, and has signs that HTML would escape.
        style=jinja2.utils.markupsafe.Markup(style.read_text(encoding="utf-8")),
        number=lambda: next(numbers),
    )


def write_report_steps(
    path: Path,
    material: Material,
    language: str = "en",
    *,
    overwrite: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> Generator[Step, None, None]:
    """Make a report and write it, as HTML or PDF by the suffix, whole or not at all.

    Parameters
    ----------
    path : Path
        Where it goes: .html or .pdf.
    material, language
        As for `html_steps`.
    overwrite : bool
        Whether a file that exists may be replaced.
    should_stop : callable
        Asked while a PDF is laid out, between two steps.

    Raises
    ------
    FileError
        If the file cannot be written.
    InputError
        As `html_steps`; and if a PDF is asked for and what makes it is missing.
    Stopped
        If ``should_stop`` said so.
    """
    check_report(path, overwrite=overwrite)
    as_pdf = path.suffix.lower() == ".pdf"
    page = yield from part_of(html_steps(material, language), 0.0, _DRAWN if as_pdf else 1.0)
    content = page.encode("utf-8", errors="replace")
    if as_pdf:
        content = yield from part_of(pdf_steps(content, should_stop), _DRAWN, 1.0)
    with Together() as together, together.file(path, overwrite, len(content)) as stream:
        stream.write(content)


def check_report(path: Path, *, overwrite: bool) -> None:
    """Check that a report can be written, before the work that leads to it.

    Raises
    ------
    FileError
        If the file exists and may not be replaced, or has another suffix.
    InputError
        If what makes PDFs is missing.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise FileError(
            f"{path} ends in {path.suffix or 'nothing'}: choose a name that ends in "
            f"{' or '.join(SUFFIXES)}."
        )
    check_target(path, overwrite)
    if path.suffix.lower() == ".pdf":
        require_pdf()


@cache
def _template(language: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("napari_relic_inpaint.documenting"),
        # Names of files and what users write may hold anything.
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    spoken: Any = Language(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        spoken.say, lambda one, many, n: spoken.say(one if n == 1 else many), newstyle=False
    )
    return environment.get_template("report.html")
