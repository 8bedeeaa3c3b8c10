"""The bench in a viewer: which project it is, what of it is unsaved, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from psygnal import Signal

from napari_relic_inpaint.project.bench import Bench, BenchLayer
from napari_relic_inpaint.project.description import FileContent, LayerDescription, SavedLayer
from napari_relic_inpaint.project.layer_writing import WriterMemory
from napari_relic_inpaint.project.reading import Opened
from napari_relic_inpaint.project.writing import Saved
from napari_relic_inpaint.widgets.bench_changes import LayerChanges, State, as_work
from napari_relic_inpaint.widgets.bench_layers import data_of, describe, kind_of, make_layer
from napari_relic_inpaint.widgets.bench_sources import guessed_source
from napari_relic_inpaint.widgets.bench_view import show_view, show_widgets, view_of, widgets_of
from napari_relic_inpaint.widgets.layers import in_memory, remember_source, source_of
from napari_relic_inpaint.widgets.opening import source_file
from napari_relic_inpaint.widgets.results import adopt, role_of


@dataclass(frozen=True)
class Taken:
    """The bench as it was at a moment.

    Attributes
    ----------
    bench : Bench
        For the writer.
    states : dict of int to State
        By the layers' serial numbers.
    notes : list of str
        Sentences about what a project cannot keep.
    """

    bench: Bench
    states: dict[int, State]
    notes: list[str]


class Session:
    """The bench in a viewer.

    Attributes
    ----------
    path : Path or None
        The project that it was saved as or opened from.
    version : str or None
        The version of it that the bench continues.
    saved : datetime or None
        When it was saved.
    memory : WriterMemory
        Of the writer of the project.
    carried_from : Path or None
        Where the files of what could not be opened are.
    keeper : Autosaver or None
        Who keeps what is unsaved.
    changed : Signal
        Something may be unsaved that was not, or the other way round.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        # Who knows the session is kept as long as the viewer, and would keep it for ever.
        self._viewer = ref(viewer)
        self.path: Path | None = None
        self.version: str | None = None
        self.saved: datetime | None = None
        self.memory = WriterMemory()
        self.carried_from: Path | None = None
        self.keeper: Any = None
        self._carried: list[tuple[int, SavedLayer, Any]] = []
        self._saved_states: dict[int, State] = {}
        self._changes = LayerChanges(self._on_change)
        self._files: WeakKeyDictionary[Layer, tuple[Path | None, FileContent | None]] = (
            WeakKeyDictionary()
        )
        for layer in viewer.layers:
            self._changes.watch(layer)
        viewer.layers.events.inserted.connect(self._on_inserted)
        for event in (viewer.layers.events.removed, viewer.layers.events.reordered):
            event.connect(self._on_change)

    @property
    def viewer(self) -> ViewerModel:
        """The viewer, which must still be there."""
        viewer = self._viewer()
        assert viewer is not None
        return viewer

    def take(self, *, copied: bool) -> Taken:
        """Return the bench as it is now.

        Parameters
        ----------
        copied : bool
            Copy labels, so that what is painted from now on is not in it. Otherwise a stroke that
            is painted while they are read may be in it in part.
        """
        items = self._items()
        numbers = {id(item): number for number, item in enumerate(items)}
        layers: list[BenchLayer | SavedLayer] = []
        states, notes = {}, self._strangers()
        for item in items:
            if isinstance(item, SavedLayer):
                layers.append(self._carry(item, numbers))
                continue
            described, lost = self._describe(item, numbers)
            if lost:
                notes.append(f"Of the metadata of '{item.name}', JSON cannot hold {_list(lost)}.")
            state = self._changes.state(item, described)
            states[self._changes.serial(item)] = state
            file, reference = self._files.get(item, (None, None))
            layers.append(
                BenchLayer(
                    described,
                    _copied(item) if copied else data_of(item),
                    file or (source_file(item) if isinstance(item, Image) else None),
                    reference,
                    (state.content, self._changes.drawings(item), str(described.metadata)),
                )
            )
        window = getattr(self.viewer, "window", None)
        widgets = [] if window is None else widgets_of(window, items)
        return Taken(Bench(layers, view_of(self.viewer, items), widgets), states, notes)

    def unsaved(self) -> list[str]:
        """Return what is not as it was saved, in a few words each."""
        items = self._items()
        numbers = {id(item): number for number, item in enumerate(items)}
        before, said = dict(self._saved_states), []
        for item in items:
            if isinstance(item, SavedLayer):
                continue
            known = before.pop(self._changes.serial(item), None)
            if known is None:
                said.append(f"'{item.name}' is new")
            elif known.content != self._changes.content(item):
                said.append(f"'{item.name}' has changed")
            elif known.description != as_work(self._describe(item, numbers)[0]):
                said.append(f"'{item.name}' is shown in another way")
        return said + [f"'{state.description.name}' was removed" for state in before.values()]

    def keep(self, taken: Taken, saved: Saved) -> None:
        """Know that a moment was saved."""
        if saved.path != self.path and self._carried and saved.path.is_dir():
            self.carried_from = saved.path
        self.path, self.version = saved.path, saved.description.version
        self.saved = datetime.now(UTC)
        self._saved_states = taken.states
        self.changed.emit()

    def show(self, opened: Opened, *, as_project: bool = True) -> list[str]:
        """Add the layers of a project to those that are there; returns sentences.

        Parameters
        ----------
        opened : Opened
            The project.
        as_project : bool
            Whether what is saved from now on goes there, if the viewer was empty.
        """
        viewer, notes = self.viewer, list(opened.notes)
        alone = not viewer.layers
        if alone:
            # What could not be opened of another project is still there.
            self._carried, self.carried_from = [], None
        items: list[Any] = []
        sources: list[tuple[Any, int | None, str]] = []
        for saved, layer in zip(opened.description.layers, opened.bench.layers, strict=True):
            item: Any = saved
            if isinstance(layer, BenchLayer):
                try:
                    item, said = make_layer(layer)
                    notes += said
                    viewer.add_layer(item)
                    self._files[item] = layer.file, layer.reference
                # napari's errors for what somebody may have written there are of every kind.
                except Exception as error:
                    item = saved
                    notes.append(f"Layer '{saved.name}' could not be shown ({error}). It is kept.")
            items.append(item)
            sources.append((item, saved.source, saved.role))
        for item, number, role in sources:
            source = _numbered(items, number)
            if isinstance(item, Layer) and isinstance(source, Layer) and source is not item:
                remember_source(item, source)
                adopt(source, item, role)
        self._carried += [
            (number, item, _numbered(items, item.source))
            for number, item in enumerate(items)
            if isinstance(item, SavedLayer)
        ]
        if self._carried and self.carried_from is None:
            self.carried_from = opened.folder
        show_view(viewer, opened.bench.view, items, alone=alone)
        window = getattr(viewer, "window", None)
        if window is not None:
            notes += show_widgets(window, opened.bench.widgets, items)
        if alone and as_project:
            self._now_at(opened, items)
        self.changed.emit()
        return notes

    def continue_project(self, path: Path, version: str | None) -> None:
        """Know that the bench, all of it unsaved, is what a project has become."""
        self.path, self.version = path, version
        self.changed.emit()

    def _now_at(self, opened: Opened, items: list[Any]) -> None:
        self.path, self.version = opened.path, opened.description.version
        self.saved = _parsed(opened.description.saved)
        self.memory = WriterMemory()
        numbers = {id(item): number for number, item in enumerate(items)}
        self._saved_states = {
            self._changes.serial(item): self._changes.state(item, self._describe(item, numbers)[0])
            for item in items
            if isinstance(item, Layer)
        }

    def _items(self) -> list[Any]:
        """Return the layers that a project keeps, and among them those that could not be opened."""
        items: list[Any] = [layer for layer in self.viewer.layers if kind_of(layer) is not None]
        for place, saved, _ in sorted(self._carried, key=lambda carried: carried[0]):
            items.insert(min(place, len(items)), saved)
        return items

    def _strangers(self) -> list[str]:
        return [
            f"'{layer.name}' is a {type(layer).__name__} layer, which a project cannot keep: save "
            "it with File > Save Selected Layers."
            for layer in self.viewer.layers
            if kind_of(layer) is None
        ]

    def _describe(
        self, layer: Layer, numbers: dict[int, int]
    ) -> tuple[LayerDescription, list[str]]:
        source = source_of(layer) or guessed_source(self.viewer, layer)
        number = None if source is None else numbers.get(id(source))
        return describe(layer, number, "" if source is None else role_of(source, layer))

    def _carry(self, saved: SavedLayer, numbers: dict[int, int]) -> SavedLayer:
        source = next((each for _, layer, each in self._carried if layer is saved), None)
        return saved.model_copy(update={"source": numbers.get(id(source))})

    def _on_inserted(self, event: Any) -> None:
        self._changes.watch(event.value)
        self.changed.emit()

    def _on_change(self, _: Any = None) -> None:
        self.changed.emit()


_sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


def session_of(viewer: ViewerModel) -> Session:
    """Return the session of a viewer: widgets that are closed and opened again share it."""
    # What napari gives to plugins stands for the viewer, and gives what stands for its layers:
    # they would not be known again as the same.
    viewer = getattr(viewer, "__wrapped__", viewer)
    # A viewer itself cannot be a key.
    key = viewer.layers.events
    if key not in _sessions:
        _sessions[key] = Session(viewer)
    return _sessions[key]


def _copied(layer: Layer) -> list[Any]:
    data = data_of(layer)
    if not isinstance(layer, Labels):
        return data
    return [np.array(level) if in_memory(level) else level for level in data]


def _parsed(time: str) -> datetime | None:
    try:
        return datetime.fromisoformat(time)
    except ValueError:
        return None


def _numbered(items: list[Any], number: int | None) -> Any:
    return items[number] if number is not None and number < len(items) else None


def _list(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
