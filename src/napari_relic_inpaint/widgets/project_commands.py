"""Projects by napari's menus, and by dropping them on napari."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari.viewer

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.loading import LaterFormatError, load
from napari_relic_inpaint.project.places import is_archive, project_at
from napari_relic_inpaint.widgets.bench_view import PROJECT_WIDGET
from napari_relic_inpaint.widgets.method_fields import PLUGIN
from napari_relic_inpaint.widgets.project import ProjectWidget


def open_project(viewer: napari.viewer.Viewer) -> None:
    """Ask for a project and open it in the Project widget."""
    project_widget(viewer).ask_what_to_open()


def save_project(viewer: napari.viewer.Viewer) -> None:
    """Save into the project; asks for a name if there is none."""
    project_widget(viewer).save()


def save_project_as(viewer: napari.viewer.Viewer) -> None:
    """Ask for a name and save a project there."""
    project_widget(viewer).save_as()


def project_widget(viewer: napari.viewer.Viewer) -> ProjectWidget:
    """Return the Project widget of a viewer, docked."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, PROJECT_WIDGET)
    assert isinstance(widget, ProjectWidget)
    return widget


def reader_of(path: str | list[str]) -> Callable[[Any], list[tuple[Any, ...]]] | None:
    """Return what opens a project that is dropped on napari; None if it is none.

    Everything comes back in the viewer at hand, with a bar and Cancel in the Project widget.
    """
    if not isinstance(path, str):
        return None
    project = project_at(Path(path))
    if is_archive(project):
        return _read
    # Other programs have files of that name, too.
    try:
        load(project)
    except LaterFormatError:
        return _read
    except FileError:
        return None
    return _read


def _read(path: Any) -> list[tuple[Any, ...]]:
    viewer = napari.current_viewer()
    if viewer is None:
        raise FileError(f"{path} is a project: open it in a viewer.")
    project_widget(viewer).open(Path(path))
    # napari's sign for a file that was read and gives no layer of its own.
    return [(None,)]
