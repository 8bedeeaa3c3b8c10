from pathlib import Path

import numpy as np
import pytest

from napari_relic_inpaint.documenting.notes import FORM, read_notes, write_notes
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.widgets.classed_layer import set_classes
from napari_relic_inpaint.widgets.layers import RECORD_KEY, SCORES_KEY, remember_source

WAIT_MS = 60_000
RECORD = {"settings": {"method": "two-stage"}, "model": {"name": "relic-base", "version": "0.6"}}


@pytest.fixture
def bench(make_napari_viewer):
    """A viewer with a picture, its damage and a result, and the widget docked."""
    viewer = make_napari_viewer()
    picture = viewer.add_image(np.full((80, 100, 3), 50, np.uint8), rgb=True, name="wall")
    labels = np.zeros((80, 100), np.uint8)
    labels[10:20, 10:30], labels[40, 10:90] = 1, 2
    damage = viewer.add_labels(labels, name="mask", scale=(1, 1))
    set_classes(damage, PRESET)
    data = picture.data.copy()
    data[labels > 0] = 90
    result = viewer.add_image(data, rgb=True, name="restored", metadata={RECORD_KEY: RECORD})
    remember_source(result, picture)
    _, widget = viewer.window.add_plugin_dock_widget("napari-relic-inpaint", "Notes and report")
    return viewer, widget, picture, damage, result


def done(qtbot, job):
    qtbot.waitUntil(lambda: not job.running, timeout=WAIT_MS)


def test_the_layers_are_proposed(bench):
    _, widget, picture, damage, result = bench
    assert (widget.picture.value, widget.damage.value, widget.result.value) == (
        picture,
        damage,
        result,
    )
    assert widget.job.run_button.enabled


def test_notes_are_written_changed_and_removed(bench, qtbot):
    _, widget, _, damage, _ = bench
    notes = widget.notes
    notes.find((15, 12))
    done(qtbot, notes.finding)
    notes.status.value, notes.text.value, notes.author.value = "analogy", "As on the left", "A. R."
    notes.add.native.click()
    notes.about.value = 2
    notes.text.value = "Seen"
    notes.add.native.click()
    (first, second) = damage.metadata[FORM]
    assert (first["hole"], first["status"], first["text"]) == (
        [10, 10],
        "analogy",
        "As on the left",
    )
    assert second["label"] == 2
    assert notes.table.item(1, 0).text() == "crack"
    notes.table.selectRow(0)
    assert notes.text.value == "As on the left"
    assert notes.about.value == (10, 10)
    notes.status.value = "evidence"
    notes.change.native.click()
    assert damage.metadata[FORM][0]["status"] == "evidence"
    assert damage.metadata[FORM][0]["hole"] == [10, 10]
    notes.remove.native.click()
    assert [each["text"] for each in damage.metadata[FORM]] == ["Seen"]


def test_pointing_where_nothing_is_damaged_says_so(bench, qtbot):
    _, widget, *_ = bench
    widget.notes.find((0, 0))
    done(qtbot, widget.notes.finding)
    assert "Nothing is damaged there" in widget.notes.message.text()


def test_a_note_in_the_table_brings_its_hole_into_view(bench):
    viewer, widget, _, damage, _ = bench
    damage.metadata[FORM] = [{"hole": [40, 10], "status": "evidence", "date": "2026-11-28"}]
    widget.reset_choices()
    widget.notes.table.selectRow(0)
    assert tuple(viewer.scene.camera.center)[-2:] == (40, 10)


def test_what_others_wrote_into_the_metadata_is_no_crash(bench):
    _, widget, _, damage, _ = bench
    damage.metadata[FORM] = {"a": 3}
    widget.reset_choices()
    assert widget.notes.notes == ()


def test_a_report_is_written_from_the_layers(bench, qtbot, tmp_path):
    _, widget, _, _, result = bench
    result.metadata[SCORES_KEY] = [{"area": "all damage", "psnr": 31.2}]
    widget.notes.text.native.setPlainText("Whole wall <b>seen</b>")
    widget.notes.add.native.click()
    widget.language.value = "it"
    widget.title.value = "Parete nord"
    widget.write(tmp_path / "report.html", overwrite=False)
    done(qtbot, widget.job)
    text = (tmp_path / "report.html").read_text()
    for told in ("Parete nord", "Mappatura del degrado", "relic-base 0.6", "31,2", "fessurazione"):
        assert told in text
    assert "Whole wall &lt;b&gt;seen&lt;/b&gt;" in text
    widget.notes.table.selectRow(0)
    assert widget.notes.text.native.toPlainText() == "Whole wall <b>seen</b>"
    assert "Written as" in widget.job.message


def test_a_report_that_exists_is_not_replaced_unasked(bench, qtbot, tmp_path):
    _, widget, *_ = bench
    (tmp_path / "report.html").write_text("mine")
    widget.write(tmp_path / "report.html", overwrite=False)
    done(qtbot, widget.job)
    assert (tmp_path / "report.html").read_text() == "mine"
    assert "exists already" in widget.job.message


def test_notes_are_opened_and_saved(bench, tmp_path, monkeypatch):
    _, widget, _, damage, _ = bench
    path = tmp_path / "mask.notes.json"
    widget.notes.text.value = "Mine"
    widget.notes.add.native.click()
    dialog = "napari_relic_inpaint.widgets.report.QFileDialog"
    monkeypatch.setattr(f"{dialog}.getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(f"{dialog}.getOpenFileName", lambda *_: (str(path), ""))
    widget.save_notes.native.click()
    assert [note.text for note in read_notes(path)] == ["Mine"]
    write_notes(path, (), overwrite=True)
    widget.open_notes.native.click()
    assert damage.metadata[FORM] == []
    Path(path).write_text("{")
    widget.open_notes.native.click()
    assert "Not opened" in widget.notes.message.text()


def test_a_stack_of_hypotheses_is_no_result(bench):
    viewer, widget, _, _, result = bench
    stack = np.stack([result.data] * 3)
    viewer.add_image(stack, rgb=True, name="stack", metadata={RECORD_KEY: {}})
    assert list(widget.result.choices) == [result]


def test_without_a_result_the_widget_says_what_to_do(bench):
    viewer, widget, _, _, result = bench
    viewer.layers.remove(result)
    assert "Restore the picture first" in widget.job.message
    assert not widget.job.run_button.enabled
