import json
import threading
from types import SimpleNamespace

import dask.array as da
import numpy as np
import pytest
import tifffile
from PIL import ImageCms
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.files import streaming, tiff_writer
from napari_relic_inpaint.steps import Step, finish, stoppable
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data
from napari_relic_inpaint.widgets.saving import FILTERS

TIMEOUT = 60_000
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DPI = (600, 1)


@pytest.fixture(autouse=True)
def preferences(monkeypatch):
    """Preferences of these tests' own: the real ones are the user's."""
    chosen = SimpleNamespace(model="auto", device="cpu", window=64, batch=2)
    monkeypatch.setattr(
        "napari_relic_inpaint.widgets.method_fields.get_plugin_settings",
        lambda _: SimpleNamespace(restore=chosen),
    )


@pytest.fixture(autouse=True)
def save_history(monkeypatch, tmp_path):
    """Folders that files were saved to: those of the tests, not of the user."""
    module = "napari_relic_inpaint.widgets.saving"
    saved = []
    monkeypatch.setattr(f"{module}.get_save_history", lambda: [str(tmp_path)])
    monkeypatch.setattr(f"{module}.update_save_history", saved.append)
    return saved


@pytest.fixture
def dialog(monkeypatch):
    """The file dialog: what it was asked, and what the user answers."""
    dialog = SimpleNamespace(answer=("", ""))

    def ask(_, title, proposed, kinds):
        dialog.title, dialog.proposed, dialog.kinds = title, proposed, kinds.split(";;")
        path, kind = dialog.answer
        return str(path), kind

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return dialog


@pytest.fixture
def room(make_napari_viewer):
    """Open a viewer with a picture, a small hole and the docked widget."""

    def open_room(data, **options):
        viewer = make_napari_viewer()
        if "path" in options:
            (picture,) = viewer.open(options.pop("path"), plugin="napari", rgb=True)
        else:
            picture = viewer.add_image(data, name="wall", **options)
        mask = np.zeros(full_data(picture).shape[:2], np.uint8)
        mask[20:30, 20:30] = 1
        viewer.add_labels(mask, name="damage")
        _, widget = viewer.window.add_plugin_dock_widget(
            "napari-relic-inpaint", "Restore damaged picture"
        )
        widget.how.method.value = "membrane"
        return viewer, widget, picture

    return open_room


def noise(shape, dtype=np.uint16):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


def press(qtbot, job):
    job.run_button.native.click()
    qtbot.waitUntil(lambda: not job.running, timeout=TIMEOUT)


def save(qtbot, widget, dialog, path, kind=""):
    dialog.answer = path, kind
    press(qtbot, widget.saving)
    return widget.saving.message


def record_beside(path):
    return json.loads(path.with_name(path.name + ".json").read_text())


def test_the_dialog_starts_beside_the_picture_then_where_its_results_go(
    qtbot, room, dialog, tmp_path
):
    for name in ("scans", "results"):
        (tmp_path / name).mkdir()
    source = tmp_path / "scans" / "wall.png"
    files.write_picture(source, noise((40, 48, 3), np.uint8), rgb=True)
    _, widget, _ = room(None, path=source)
    press(qtbot, widget.job)
    save(qtbot, widget, dialog, "")
    assert dialog.proposed == str(tmp_path / "scans" / "wall_restored_membrane.tif")
    save(qtbot, widget, dialog, tmp_path / "results" / "wall.tif")
    save(qtbot, widget, dialog, "")
    assert dialog.proposed == str(tmp_path / "results" / "wall_restored_membrane.tif")


def test_a_16_bit_tiff_keeps_its_pixels_its_profile_and_gets_a_record(
    qtbot, room, dialog, tmp_path, save_history
):
    source, target = tmp_path / "wall.tif", tmp_path / "out" / "wall.tif"
    target.parent.mkdir()
    tifffile.imwrite(
        source, noise((64, 80, 3)), photometric="rgb", iccprofile=SRGB, resolution=DPI * 2
    )
    viewer, widget, _ = room(None, path=source)
    press(qtbot, widget.job)
    said = save(qtbot, widget, dialog, target)
    assert said == f"Saved as {target}, with its record wall.tif.json."
    assert save_history == [str(target)]
    layer = viewer.layers["wall restored (membrane)"]
    saved = files.read_picture(target)
    np.testing.assert_array_equal(saved.data, layer.data)
    assert saved.data.dtype == np.uint16
    assert saved.rgb
    assert saved.metadata.icc == SRGB
    assert saved.metadata.resolution.x == 600
    record = record_beside(target)
    assert record.items() >= layer.metadata[RECORD_KEY].items()
    assert record["files"] == {"picture": "wall.tif", "result": "wall.tif"}
    assert record["file_sha256"] == {
        "picture": files.file_sha256(source),
        "result": files.file_sha256(target),
    }


def test_a_lazy_multiscale_result_is_saved_whole(qtbot, room, dialog, tmp_path):
    data = noise((1100, 300, 3), np.uint8)
    lazy = da.from_array(data, chunks=256)
    viewer, widget, _ = room([lazy, lazy[::2, ::2]], rgb=True)
    press(qtbot, widget.job)
    restored = np.asarray(full_data(viewer.layers["wall restored (membrane)"]))
    assert (restored != data).any()
    for name in ("wall.tif", "wall.zarr"):
        assert "Saved as" in save(qtbot, widget, dialog, tmp_path / name)
        np.testing.assert_array_equal(files.read_picture(tmp_path / name).data, restored)
        assert set(record_beside(tmp_path / name)["files"]) == {"result"}


def test_the_button_waits_for_a_result(qtbot, room, dialog, tmp_path):
    viewer, widget, _ = room(noise((64, 80)))
    button = widget.saving.run_button
    assert not button.enabled
    press(qtbot, widget.job)
    assert button.enabled
    viewer.layers.remove("wall restored (membrane)")
    assert not button.enabled
    press(qtbot, widget.job)
    other = viewer.add_image(noise((64, 80)), name="other")
    widget.picture.value = other
    assert not button.enabled
    assert widget.saving.message == "There is no result to save yet."


def test_a_reopened_widget_knows_the_results_that_are_there(qtbot, room, dialog, tmp_path):
    viewer, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    viewer.window.remove_dock_widget(widget.native)
    _, reopened = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    assert reopened is not widget
    assert reopened.saving.run_button.enabled
    reopened.how.method.value = "membrane"
    press(qtbot, reopened.job)
    assert [layer.name for layer in viewer.layers].count("wall restored (membrane)") == 1
    assert [layer.name for layer in viewer.layers].count("wall sources") == 1
    assert len(viewer.layers) == 4


def test_of_several_results_the_selected_one_is_saved_else_the_last(qtbot, room, dialog, tmp_path):
    viewer, widget, _ = room(noise((64, 80)))
    for method in ("membrane", "telea", "membrane"):
        widget.how.method.value = method
        press(qtbot, widget.job)
    viewer.layers.selection.active = viewer.layers["damage"]
    save(qtbot, widget, dialog, "")
    assert dialog.title == "Save 'wall restored (membrane)'"
    viewer.layers.selection.active = viewer.layers["wall restored (telea)"]
    save(qtbot, widget, dialog, "")
    assert dialog.proposed == str(tmp_path / "wall_restored_telea.tif")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("shape", "dtype", "rgb", "kinds"),
    [
        ((64, 80, 3), np.uint8, True, [".tif", ".png", ".zarr", ".jpg"]),
        ((64, 80, 4), np.uint16, True, [".tif", ".png", ".zarr"]),
        ((2, 64, 80), np.uint8, False, [".tif", ".zarr"]),
        ((64, 80), np.float32, False, [".tif", ".zarr"]),
    ],
)
def test_formats_that_fit_the_picture_are_offered(shape, dtype, rgb, kinds, monkeypatch):
    data = np.zeros(shape, dtype)
    assert files.fitting_suffixes(data, rgb=rgb) == kinds
    assert set(kinds) <= set(FILTERS)
    monkeypatch.setattr(tiff_writer, "BIGTIFF_BYTES", data.nbytes - 1)
    assert files.fitting_suffixes(data, rgb=rgb) == [".zarr", ".tif"]


def test_the_chosen_format_gives_the_suffix(qtbot, room, dialog, tmp_path):
    _, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    save(qtbot, widget, dialog, tmp_path / "typed", FILTERS[".png"])
    assert (tmp_path / "typed.png").is_file()
    save(qtbot, widget, dialog, "")
    save(qtbot, widget, dialog, dialog.proposed, FILTERS[".zarr"])
    assert (tmp_path / "wall_restored_membrane.zarr").is_dir()
    # The dialog did not ask about this name.
    said = save(qtbot, widget, dialog, tmp_path / "typed", FILTERS[".png"])
    assert "typed.png exists already" in said


def test_what_exists_is_replaced_only_if_the_dialog_asked(qtbot, room, dialog, tmp_path):
    _, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    old, folder = tmp_path / "old.tif", tmp_path / "old.zarr"
    orphan = tmp_path / "new.tif.json"
    old.write_text("old")
    orphan.write_text("mine")
    folder.mkdir()
    for refused in (folder, tmp_path / "new.tif"):
        assert "exists already" in save(qtbot, widget, dialog, refused)
    assert not (tmp_path / "new.tif").exists()
    assert not any(folder.iterdir())
    assert orphan.read_text() == "mine"
    for _ in range(2):
        assert "Saved as" in save(qtbot, widget, dialog, old)
    assert files.read_picture(old).data.shape == (64, 80)


def test_the_source_is_never_replaced(qtbot, room, dialog, tmp_path):
    source = tmp_path / "wall.tif"
    tifffile.imwrite(source, noise((64, 80, 3)), photometric="rgb")
    before = source.read_bytes()
    _, widget, _ = room(None, path=source)
    press(qtbot, widget.job)
    assert "is the source picture itself" in save(qtbot, widget, dialog, source)
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("content", ["other pixels", "other shape", "no picture"])
def test_a_source_that_is_another_picture_by_now_gives_no_profile(
    qtbot, room, dialog, tmp_path, content
):
    source, target = tmp_path / "wall.tif", tmp_path / "saved.tif"
    data = noise((64, 80, 3))
    tifffile.imwrite(source, data, photometric="rgb", iccprofile=SRGB)
    _, widget, _ = room(None, path=source)
    press(qtbot, widget.job)
    source.unlink()
    if content == "no picture":
        source.write_text("")
    else:
        changed = data // 2 if content == "other pixels" else data[1:]
        tifffile.imwrite(source, changed, photometric="rgb", iccprofile=SRGB)
    said = save(qtbot, widget, dialog, target)
    assert "Saved as" in said
    assert ("does not have the pixels" in said) == (content == "other pixels")
    assert files.read_picture(target).metadata.icc is None
    assert "picture" not in record_beside(target)["files"]
    assert "is the source picture itself" in save(qtbot, widget, dialog, source)


def test_what_cannot_be_written_is_a_sentence(qtbot, room, dialog, tmp_path):
    _, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    for name, sentence in {
        "wall.psd": "ends in .psd: choose a name that ends in",
        "wall.bmp": "BMP is read, but not written. Choose a name that ends in",
        "missing/wall.tif": "is not a folder that exists",
        "wall.jpg": "JPEG holds 8-bit values",
    }.items():
        said = save(qtbot, widget, dialog, tmp_path / name)
        assert said.startswith("Not possible: ")
        assert sentence in said
        assert not any(tmp_path.iterdir())


def test_a_full_disk_is_a_sentence(qtbot, room, dialog, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    _, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    monkeypatch.setattr(tiff_writer, "fill_pages", full)
    assert "the disk is full" in save(qtbot, widget, dialog, tmp_path / "wall.tif")
    assert not any(tmp_path.iterdir())


# --- while it is being written ---


@pytest.fixture
def held(monkeypatch):
    """Writing stops before its first rows and goes on when the event is set."""
    begun, go_on = threading.Event(), threading.Event()
    read = streaming.OutgoingPicture.bands

    def bands(*arguments):
        begun.set()
        assert go_on.wait(TIMEOUT / 1000)
        yield from read(*arguments)

    monkeypatch.setattr(streaming.OutgoingPicture, "bands", bands)
    yield SimpleNamespace(begun=begun, go_on=go_on)
    go_on.set()


@pytest.mark.parametrize("name", ["wall.tif", "wall.zarr"])
def test_cancel_leaves_nothing_and_restore_waits(qtbot, room, dialog, tmp_path, held, name):
    _, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    done = widget.job.message
    dialog.answer = tmp_path / name, ""
    widget.saving.run_button.native.click()
    qtbot.waitUntil(held.begun.is_set, timeout=TIMEOUT)
    assert any(tmp_path.iterdir())
    widget.reset_choices()
    assert not widget.job.run_button.enabled
    widget.saving.cancel_button.native.click()
    held.go_on.set()
    qtbot.waitUntil(lambda: not widget.saving.running, timeout=TIMEOUT)
    assert widget.saving.message == "Stopped. Nothing was changed."
    assert not any(tmp_path.iterdir())
    assert widget.job.run_button.enabled
    assert widget.job.message == done


def test_a_png_that_was_stopped_is_not_there(qtbot, room, dialog, tmp_path, monkeypatch):
    _, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    whole = streaming.OutgoingPicture.whole

    def stopped(picture):
        widget.saving._stop.set()
        return whole(picture)

    monkeypatch.setattr(streaming.OutgoingPicture, "whole", stopped)
    assert "Stopped" in save(qtbot, widget, dialog, tmp_path / "wall.png")
    assert not any(tmp_path.iterdir())


def test_nothing_is_saved_while_a_picture_is_restored(qtbot, room, dialog, held_run):
    viewer, widget, _ = room(noise((64, 300)))
    # A second window, so that the run can be stopped after the first.
    viewer.layers["damage"].data[20:30, 250:260] = 1
    widget.how.method.value = "telea"
    held_run.set()
    press(qtbot, widget.job)
    held_run.clear()
    widget.job.run_button.native.click()
    assert not widget.saving.run_button.enabled
    restored = viewer.layers["wall restored (telea)"]
    qtbot.waitUntil(lambda: not restored.metadata, timeout=TIMEOUT)
    widget.reset_choices()
    assert widget.saving.obstacle is not None
    widget.job.cancel_button.native.click()
    held_run.set()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert widget.job.message.startswith("Stopped")
    assert RECORD_KEY in restored.metadata
    assert widget.saving.run_button.enabled


def test_stopped_work_is_closed_at_once():
    closed = []

    def work():
        try:
            yield Step("writing", 1, 2, 0.5)
        finally:
            closed.append(True)

    # The error keeps the work alive, so that only closing it ends it.
    with pytest.raises(Stopped) as error:
        finish(stoppable(work(), lambda: True))
    assert closed
    assert error


def test_closing_the_viewer_while_it_is_written_does_not_crash(qtbot, room, dialog, tmp_path, held):
    viewer, widget, _ = room(noise((64, 80)))
    press(qtbot, widget.job)
    dialog.answer = tmp_path / "wall.tif", ""
    widget.saving.run_button.native.click()
    qtbot.waitUntil(held.begun.is_set, timeout=TIMEOUT)
    viewer.close()
