"""How Sphinx builds the documentation site; ``docs/build`` runs it."""

import tomllib
from pathlib import Path
from typing import Any

from napari_relic_inpaint.settings import FIELDS, Settings

_PACKAGE = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]

project = _PACKAGE["name"]
author = "The napari-relic-inpaint developers"
copyright = author
version = release = _PACKAGE["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {
        "color-brand-primary": "#9c4221",
        "color-brand-content": "#9c4221",
    },
    "dark_css_variables": {
        "color-brand-primary": "#f0a878",
        "color-brand-content": "#f0a878",
    },
}

# The same files are read on the forge: links to headings as it makes them.
myst_heading_anchors = 3
# Quotes belong to values: 'two-stage'.
smartquotes = False

# In docstrings single backticks are names of Python, also such as the site has no page for.
default_role = "py:obj"
add_module_names = False
autodoc_member_order = "bysource"
# The docstrings say more: shapes, ranges, what is raised.
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False

MOVED = {
    "src/napari_relic_inpaint/samples/NOTICE.md": "samples.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "../LICENSE",
    "docs/": "",
}
"""Where the site has what files at the root link to."""


def setup(app: Any) -> None:
    # Before napoleon, which makes a list of the section.
    app.connect("autodoc-process-docstring", _describe_settings, priority=400)
    app.connect("include-read", _from_here)
    app.connect("source-read", _to_start_page)


def _from_here(app: Any, path: Path, page: str, content: list[str]) -> None:
    """Let what pages take from the root link to this folder."""
    for there, here in MOVED.items():
        content[0] = content[0].replace(f"]({there}", f"]({here}")


def _to_start_page(app: Any, page: str, content: list[str]) -> None:
    """Lead from other pages to the README where it is shown."""
    content[0] = content[0].replace("](../README.md", "](index.md")


def _describe_settings(
    app: Any, what: str, name: str, described: Any, options: Any, lines: list[str]
) -> None:
    """Add to `Settings` what its fields say about themselves to widget and command line."""
    if described is not Settings:
        return
    lines += ["", "Attributes", "----------"]
    for field, about in FIELDS.items():
        kind = getattr(about.annotation, "__name__", str(about.annotation))
        lines += [f"{field} : {kind}, default {about.default!r}", f"    {about.description}"]
