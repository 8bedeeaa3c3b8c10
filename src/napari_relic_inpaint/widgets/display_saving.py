"""Layers in a display mode written to files, with a record that says so."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Layer

from napari_relic_inpaint.files import hash_pixels_steps
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.record import make_display_record
from napari_relic_inpaint.showing.look import range_steps
from napari_relic_inpaint.steps import Step, part_of
from napari_relic_inpaint.widgets.display_layers import DisplayLayers
from napari_relic_inpaint.widgets.layers import DISPLAY_KEY, RECORD_KEY, full_data, source_of
from napari_relic_inpaint.widgets.saving import Saving
from napari_relic_inpaint.widgets.showing import values_of

NOTHING = "Nothing is shown yet that could be saved."


class DisplaySaving(Saving):
    """A button that writes the layer that shows a restored one.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are.
    layers : DisplayLayers
        Which layers show restored ones.
    """

    def __init__(self, viewer: ViewerModel, layers: DisplayLayers) -> None:
        super().__init__(
            viewer,
            _OfDisplay(self, layers),
            "Save what is shown ...",
            "Write the layer at its full size, with the colour profile and resolution of the "
            "picture's file, and a record beside it that says how each class is shown.",
            NOTHING,
        )
        self._restored: Layer | None = None

    @property
    def restored(self) -> Layer | None:
        """The layer of which is saved how it is shown."""
        return self._restored

    def follow_display(self, restored: Layer | None) -> None:
        """Write what shows this layer; to be called when layers have changed."""
        self._restored = restored
        source = None if restored is None else source_of(restored)
        # Where it was restored from a file, that has the profile; else its own file.
        self.follow(source or restored)

    def describe(self, layer: Image) -> Generator[Step, None, dict[str, Any]]:
        """Return steps, for a thread, that lead to the record of a layer as it is now."""
        restored = self._restored
        assert isinstance(restored, Image)
        known = restored.metadata.get(RECORD_KEY, {})
        return _described(
            full_data(restored), restored.rgb, values_of(restored), known, layer.metadata
        )


class _OfDisplay:
    """Tells `Saving` of the layers that show the restored one, whatever that was made from."""

    def __init__(self, saving: DisplaySaving, layers: DisplayLayers) -> None:
        self._saving = saving
        self._layers = layers

    def finished(self, picture: Layer) -> list[Image]:
        restored = self._saving.restored
        return [] if restored is None else self._layers.finished(restored)


def _described(
    data: Any, rgb: bool, values: Any, known: dict[str, Any], metadata: dict[str, Any]
) -> Generator[Step, None, dict[str, Any]]:
    source = Picture(data, rgb=rgb)
    if values is None:
        values = yield from part_of(range_steps(source), 0.0, 0.1)
    record = make_display_record(source, values, metadata[DISPLAY_KEY], known)
    if known:
        # By its picture the file is known again that has the profile.
        return known | record | {"picture": known["picture"]}
    hashing = hash_pixels_steps(data, source.dtype, rgb=rgb)
    record["picture"]["sha256"] = yield from part_of(hashing, 0.1, 0.2)
    return record
