import csv
from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtGui import QShortcut
from qtpy.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from napari_relic_inpaint.measuring.ratings import CRITERIA
from napari_relic_inpaint.widgets.ballot import COMPARISON, UNMARKED
from napari_relic_inpaint.widgets.layers import RECORD_KEY
from napari_relic_inpaint.widgets.rated_layers import method_names, shown_detail
from napari_relic_inpaint.widgets.rating import CANVAS, RatingWidget

SHAPE = (200, 300)
SECRETS = ("telea", "two-stage", "relic-base", "by hand", "wall")
TITLE = "Rate restorations blindly"


def record(method, **more):
    return {RECORD_KEY: {"settings": {"method": method}, **more}}


TWO_STAGE = record("two-stage", model={"name": "relic-base", "version": "0.1"})


@pytest.fixture
def opened(make_napari_viewer, tmp_path):
    """A viewer with three restorations and two damaged places, and the widget docked."""
    viewer, widget, path = prepare(make_napari_viewer(), tmp_path / "marks.csv")
    yield viewer, widget, path
    if widget.room is not None:
        widget.room.close()


def prepare(viewer, path):
    rng = np.random.default_rng(0)
    for name, metadata in {
        "wall": {},
        "wall restored": TWO_STAGE,
        "wall restored (telea)": record("telea"),
        "by hand": {},
    }.items():
        picture = rng.integers(0, 255, (*SHAPE, 3), dtype=np.uint8)
        viewer.add_image(picture, rgb=True, name=name, metadata=metadata, scale=(0.5, 0.5))
    mask = np.zeros(SHAPE, np.uint8)
    mask[20:30, 20:40], mask[150:160, 250:260] = 1, 2
    viewer.add_labels(mask, name="wall damage", scale=(0.5, 0.5))
    viewer.layers["by hand"].visible = False
    _, widget = viewer.window.add_plugin_dock_widget("napari-relic-inpaint", TITLE)
    widget.restorations.value = [*widget.restorations.value, viewer.layers["by hand"]]
    widget.size.value = 64
    widget.file.value = path
    widget.rater.value = " Anna "
    return viewer, widget, path


def start(widget):
    assert widget.start.enabled, widget.message
    widget.start.native.click()
    assert widget.room is not None, widget.message
    return widget.room


def mark(ballot, letter, *marks):
    ballot.choose(letter)
    for buttons, value in zip(ballot.marks.values(), marks, strict=False):
        buttons.value = value


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def readable(window):
    """Everything that somebody can read in a window, tooltips too."""
    texts = [window.windowTitle()]
    for child in window.findChildren(QWidget):
        texts += [child.toolTip(), child.windowTitle(), child.accessibleName(), child.statusTip()]
        if isinstance(child, QLabel | QAbstractButton | QLineEdit):
            texts.append(child.text())
    return texts


def look(viewer):
    return [(layer.name, layer.visible, layer.opacity) for layer in viewer.layers]


def test_marks_are_filed_under_the_method_whose_picture_was_shown(opened):
    viewer, widget, path = opened
    made_by = {
        "two-stage, relic-base 0.1": viewer.layers["wall restored"],
        "telea": viewer.layers["wall restored (telea)"],
        "by hand": viewer.layers["by hand"],
    }
    room = start(widget)
    seen = {}
    for number in range(2):
        for order, letter in enumerate("ABC", start=1):
            mark(room.ballot, letter, order, number + 1, 5)
            (visible,) = (layer for layer in room.viewer.layers if layer.visible)
            assert visible.name == letter
            seen[number, order] = np.array(visible.data)
        room.ballot.next.native.click()
    assert widget.room is None
    assert "2 of 2 details are marked" in widget.message
    saved = rows(path)
    assert len(saved) == 6
    for row in saved:
        assert (row["rater"], row["picture"]) == ("Anna", "wall")
        assert row["structure"] == row["order"]
        shown = seen[int(row["texture"]) - 1, int(row["order"])]
        found = [name for name, layer in made_by.items() if contains(layer.data, shown)]
        assert found == [row["method"]]


def contains(picture, part):
    """Whether a part was cut out of a picture of noise."""
    starts = np.argwhere((picture == part[0, 0]).all(axis=-1))
    height, width = part.shape[:2]
    return any(
        np.array_equal(picture[top : top + height, left : left + width], part)
        for top, left in starts
    )


def test_nothing_in_the_window_tells_what_made_a_restoration(opened):
    viewer, widget, _ = opened
    widget.comparison.value = viewer.layers["wall"]
    room = start(widget)
    for _ in range(2):
        for letter in ("A", "B", "C", COMPARISON):
            room.ballot.choose(letter)
            names = [layer.name for layer in room.viewer.layers]
            assert names == ["A", "B", "C", COMPARISON]
            metadata = [layer.metadata for layer in room.viewer.layers]
            told = " ".join([*readable(room), *names, str(metadata)]).lower()
            assert not [secret for secret in SECRETS if secret in told]
        for letter in "ABC":
            mark(room.ballot, letter, 1, 2, 3)
        room.ballot.next.native.click()


def test_other_windows_are_hidden_while_somebody_marks(make_napari_viewer, tmp_path):
    _, widget, _ = prepare(make_napari_viewer(show=True), tmp_path / "marks.csv")
    main = widget.native.window()
    assert main.isVisible()
    room = start(widget)
    assert room.isVisible()
    assert not main.isVisible()
    room.ballot.stop.native.click()
    assert main.isVisible()
    assert widget.room is None


def test_no_layer_of_the_user_is_touched(opened):
    viewer, widget, _ = opened
    before = look(viewer)
    room = start(widget)
    assert look(viewer) == before
    room.close()
    assert look(viewer) == before


def test_closing_half_way_keeps_what_is_marked_and_goes_on_there(opened):
    _, widget, path = opened
    room = start(widget)
    mark(room.ballot, "A", 4, 4, 4)
    mark(room.ballot, "B", 4, 4)
    room.close()
    assert [row["order"] for row in rows(path)] == ["1"]
    assert "0 of 2 details" in widget.message
    assert not widget.start.enabled
    widget.rater.value = "Anna"
    room = start(widget)
    assert [layer.name for layer in room.viewer.layers] == ["B", "C"]
    for letters in ("BC", "ABC"):
        for letter in letters:
            mark(room.ballot, letter, 2, 2, 2)
        room.ballot.next.native.click()
    assert len(rows(path)) == 6
    widget.rater.value = "Anna"
    widget.start.native.click()
    assert widget.room is None
    assert "Anna has marked all of this already" in widget.message


def move_mask(viewer):
    mask = viewer.layers["wall damage"]
    mask.data = mask.data[10:, 10:]
    mask.translate = (5, 5)
    return mask


def outline_mask(viewer):
    corners = [[[20, 20], [29.4, 39.4]], [[150, 250], [159.4, 259.4]]]
    return viewer.add_shapes(corners, shape_type="rectangle", scale=(0.5, 0.5))


@pytest.mark.parametrize("lay", [move_mask, outline_mask])
def test_details_lie_where_the_damage_is_seen(opened, lay):
    viewer, widget, path = opened
    raters = "Anna", "Berta"
    for rater in raters:
        widget.rater.value = rater
        room = start(widget)
        for _ in range(2):
            for letter in "ABC":
                mark(room.ballot, letter, 1, 2, 3)
            room.ballot.next.native.click()
        widget.damage.value = lay(viewer)
    usual, seen = (
        {row["detail"] for row in rows(path) if row["rater"] == rater} for rater in raters
    )
    assert seen == usual
    assert len(usual) == 2


def test_the_marks_on_the_form_are_those_of_the_picture_shown(opened):
    viewer, widget, _ = opened
    widget.comparison.value = viewer.layers["wall"]
    ballot = start(widget).ballot
    assert not ballot.next.enabled
    assert "A, B, C" in ballot.message
    mark(ballot, "A", 1, 2, 3)
    mark(ballot, "B", 5)
    assert [buttons.value for buttons in ballot.marks.values()] == [5, UNMARKED, UNMARKED]
    assert "B (texture, plausibility), C" in ballot.message
    ballot.choose(COMPARISON)
    assert not any(buttons.enabled for buttons in ballot.marks.values())
    ballot.choose("A")
    assert [buttons.value for buttons in ballot.marks.values()] == [1, 2, 3]
    ballot.marks["texture"].value = UNMARKED
    assert "A (texture), B" in ballot.message
    for letter in "ABC":
        mark(ballot, letter, 1, 2, 3)
    assert ballot.next.enabled


def test_keys_switch_between_the_pictures(opened):
    viewer, widget, _ = opened
    widget.comparison.value = viewer.layers["wall"]
    room = start(widget)
    keys = {key.key().toString(): key for key in room.findChildren(QShortcut)}
    for pressed, shown in {"C": "C", "0": COMPARISON, "A": "A", "Z": "A"}.items():
        keys[pressed].activated.emit()
        assert [layer.name for layer in room.viewer.layers if layer.visible] == [shown]


def test_the_whole_detail_comes_back_after_zooming(opened):
    _, widget, _ = opened
    room = start(widget)
    camera = room.viewer.scene.camera
    before = camera.center, camera.zoom
    camera.center, camera.zoom = (0, 0), 100
    room.ballot.whole_detail.native.click()
    assert (camera.center, camera.zoom) == before
    shown = shown_detail(room.viewer, Image(np.zeros(SHAPE), scale=(0.5, 0.5)))
    assert min(shown.height, shown.width) <= 64 / 0.95 + 2


def test_marks_that_cannot_be_saved_stay_on_the_form(opened):
    _, widget, path = opened
    room = start(widget)
    for letter in "ABC":
        mark(room.ballot, letter, 1, 2, 3)
    path.write_text("somebody else's")
    room.ballot.next.native.click()
    assert "Not saved" in room.ballot.message
    assert path.read_text() == "somebody else's"
    path.unlink()
    room.ballot.next.native.click()
    assert len(rows(path)) == 3


def test_marks_that_cannot_be_saved_at_the_end_are_told_about(opened):
    viewer, widget, path = opened
    before = look(viewer)
    room = start(widget)
    mark(room.ballot, "A", 1, 2, 3)
    path.write_text("somebody else's")
    room.close()
    assert "could not be saved" in widget.message
    assert path.read_text() == "somebody else's"
    assert look(viewer) == before


def test_without_damage_the_detail_is_what_the_canvas_shows(opened):
    viewer, widget, path = opened
    widget.damage.value = CANVAS
    assert not widget.size.enabled
    viewer.scene.camera.center, viewer.scene.camera.zoom = (5000, 5000), 10
    widget.start.native.click()
    assert "shows nothing" in widget.message
    viewer.canvas.size = (400, 300)
    viewer.scene.camera.center, viewer.scene.camera.zoom = (50, 75), 20
    room = start(widget)
    mark(room.ballot, "A", 1, 2, 3)
    room.close()
    assert rows(path)[0]["detail"] == "rows 80-119, columns 135-164"


def test_closing_the_viewer_closes_the_rating_window(make_napari_viewer, qtbot, tmp_path):
    viewer, widget, path = prepare(make_napari_viewer(), tmp_path / "marks.csv")
    room = start(widget)
    mark(room.ballot, "A", 1, 2, 3)
    with qtbot.waitSignal(room.destroyed):
        viewer.close()
    assert len(rows(path)) == 1


def test_grey_pictures_are_all_shown_with_the_same_contrast(make_napari_viewer, tmp_path):
    viewer, widget, _ = prepare(make_napari_viewer(), tmp_path / "marks.csv")
    rng = np.random.default_rng(1)
    greys = [
        viewer.add_image(
            rng.integers(0, 2**16, SHAPE, dtype=np.uint16),
            rgb=False,
            name=name,
            contrast_limits=limits,
            scale=scale,
        )
        for name, limits, scale in (("one", (0, 900), (0.5, 0.5)), ("two", (5, 65535), (1, 1)))
    ]
    widget.restorations.value = greys
    room = start(widget)
    looks = {
        (*layer.contrast_limits, *layer.scale, *layer.translate) for layer in room.viewer.layers
    }
    assert len(looks) == 1
    room.close()


def test_a_sentence_says_why_rating_cannot_start(make_napari_viewer, tmp_path):
    viewer, widget, path = prepare(make_napari_viewer(), tmp_path / "marks.csv")

    def obstacle():
        assert not widget.start.enabled
        return widget.message

    chosen = widget.restorations.value
    widget.restorations.value = chosen[:1]
    assert "two or more" in obstacle()
    other = viewer.add_image(np.zeros((*SHAPE, 3)), rgb=False, name="stack")
    assert other not in widget.restorations.choices
    other = viewer.add_image(np.zeros((200, 299), np.uint8), rgb=False, name="other")
    widget.restorations.value = [*chosen, other]
    assert "200 x 299 grey uint8" in obstacle()
    widget.restorations.value = chosen
    wrong = viewer.add_labels(np.zeros(SHAPE, np.uint8), name="wrong", translate=(900, 0))
    widget.damage.value = wrong
    assert "does not overlap" in obstacle()
    widget.damage.value = viewer.layers["wall damage"]
    widget.rater.value = "  "
    assert "who marks" in obstacle()
    widget.rater.value = "Anna"
    widget.file.line_edit.value = ""
    assert "Choose the file" in obstacle()
    for file, sentence in {
        tmp_path / "none" / "marks.csv": "not a folder that exists",
        tmp_path: "is a folder",
    }.items():
        widget.file.value = file
        widget.start.native.click()
        assert sentence in widget.message
    path.write_text("name;age")
    widget.file.value = path
    widget.start.native.click()
    assert "is no file of ratings" in widget.message
    assert path.read_text() == "name;age"
    viewer.layers["wall damage"].data = np.zeros(SHAPE, np.uint8)
    widget.file.value = tmp_path / "new.csv"
    widget.start.native.click()
    assert "mask is empty" in widget.message
    assert widget.room is None


def test_restorations_of_one_method_can_be_told_apart_in_the_file():
    def layer(name, metadata):
        return SimpleNamespace(name=name, metadata=metadata)

    drawn = {**TWO_STAGE[RECORD_KEY], "edges": {"source": "drawn"}}
    layers = [
        layer("restored", TWO_STAGE),
        layer("drawn", {RECORD_KEY: drawn}),
        layer("first\ntelea", record("telea")),
        layer("second telea", record("telea")),
        layer("own", record("onnx", model={"name": "lama"})),
        layer("blended", record("glcic", model={"name": "glcic-base", "version": "1"})),
        layer("copied", record("spline", detail={"copied": 0.4})),
        layer("nothing copied", record("membrane", detail={"copied": 0})),
        layer("by hand", {}),
    ]
    layers[5].metadata[RECORD_KEY]["settings"]["postprocess"] = True
    assert list(method_names(layers)) == [
        "two-stage, relic-base 0.1",
        "two-stage, relic-base 0.1, drawn edges",
        "telea (first telea)",
        "telea (second telea)",
        "onnx, lama",
        "glcic, glcic-base 1, post-processed",
        "spline, detail from the picture",
        "membrane",
        "by hand",
    ]


def test_the_shown_part_of_a_turned_picture_holds_what_is_seen():
    viewer = ViewerModel()
    picture = viewer.add_image(np.zeros((100, 100)), rotate=90, translate=(100, 0))
    viewer.canvas.size = (20, 40)
    viewer.scene.camera.center, viewer.scene.camera.zoom = (50, 50), 1
    shown = shown_detail(viewer, picture)
    assert (shown.height, shown.width) == (40, 20)


def test_every_field_has_a_tooltip(opened):
    _, widget, _ = opened
    for field in (*list(widget)[:-1], widget.start):
        assert field.tooltip, field.name
    ballot = start(widget).ballot
    assert list(ballot.marks) == list(CRITERIA)
    for field in (ballot.letter, ballot.whole_detail, ballot.next, ballot.stop):
        assert field.tooltip
    assert "outlines" in ballot.marks["structure"].tooltip


def test_the_widget_opens_in_an_empty_viewer(make_napari_viewer):
    widget = RatingWidget(make_napari_viewer())
    assert not widget.start.enabled
    assert "two or more" in widget.message
