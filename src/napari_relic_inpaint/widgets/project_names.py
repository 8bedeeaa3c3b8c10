"""The name of a new project: asked for, with one that fits proposed."""

from __future__ import annotations

from pathlib import Path

from napari.utils.history import get_save_history
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_relic_inpaint.project.places import ARCHIVE, FOLDER
from napari_relic_inpaint.widgets.bench_session import Session
from napari_relic_inpaint.widgets.opening import source_folder


def ask_name(parent: QWidget, session: Session, ending: str, kind: str) -> Path | None:
    """Ask for a name that ends in a certain way; None if the user gives none."""
    dialog = QFileDialog(parent, "Save the project", str(_folder(session)), kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    # Only of files it asks whether they may be replaced; folders are looked at by who asks.
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.selectFile(_proposed(session) + ending)
    if not dialog.exec():
        return None
    path = Path(dialog.selectedFiles()[0])
    if not path.name.lower().endswith(ending):
        path = path.with_name(path.name.removesuffix(FOLDER) + ending)
    return path


def _folder(session: Session) -> Path:
    if session.path is not None:
        return session.path.parent
    for layer in session.viewer.layers:
        beside = source_folder(layer)
        if beside is not None:
            return beside
    return Path(get_save_history()[0])


def _proposed(session: Session) -> str:
    if session.path is not None:
        return session.path.name.removesuffix(ARCHIVE).removesuffix(FOLDER)
    names = [layer.name for layer in session.viewer.layers]
    return "".join(sign if sign.isalnum() or sign in "-_ " else "_" for sign in names[0])
