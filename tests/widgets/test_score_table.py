import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from napari.utils.theme import get_theme
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint.measuring.evaluation import Row
from napari_relic_inpaint.widgets.score_bars import Colours
from napari_relic_inpaint.widgets.score_chart import ScoreChart
from napari_relic_inpaint.widgets.score_table import ScoreTable
from napari_relic_inpaint.widgets.scores import COLUMNS, SCORES, Measurement

NAN = float("nan")
ROW = Row(
    area="all damage",
    pixels=12345,
    psnr=31.123456789012345,
    ssim=0.987654321,
    hole_psnr=21.5,
    hole_ssim=0.7,
    ciede2000=4.25,
    texture=0.62,
    lpips=NAN,
    edge_precision=NAN,
    edge_recall=0.0,
    edge_f1=0.0,
    largest_change_outside=0.0,
)


def column(name):
    return next(column for column in COLUMNS if column.name == name)


def measurement(restored="wall restored", reference="reference", damage="damage", **scores):
    return Measurement(restored, "membrane", reference, damage, "", replace(ROW, **scores))


@pytest.fixture(autouse=True)
def save_history(monkeypatch, tmp_path):
    """Folders that files were saved to: those of the tests, not of the user."""
    module = "napari_relic_inpaint.widgets.score_table"
    folders = [str(tmp_path)]
    monkeypatch.setattr(f"{module}.get_save_history", lambda: folders)
    monkeypatch.setattr(f"{module}.update_save_history", lambda path: folders.insert(0, path))
    return folders


@pytest.fixture
def table(qtbot):
    table = ScoreTable()
    qtbot.addWidget(table)
    return table


@pytest.fixture
def chart(qtbot):
    chart = ScoreChart(Colours.of(get_theme("dark")))
    qtbot.addWidget(chart)
    chart.resize(400, 600)
    return chart


@pytest.fixture
def sentences(table):
    said = []
    table.said.connect(said.append)
    return said


@pytest.fixture
def choose_file(monkeypatch):
    """Let the file dialog return a path."""

    def choose(path):
        chosen = (str(path), "") if path else ("", "")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)

    return choose


def shown(table, name):
    model, place = table.view.model(), COLUMNS.index(column(name))
    return [model.index(row, place).data() for row in range(model.rowCount())]


def pasted():
    return list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), "excel-tab"))


def drawn(chart):
    """Names and scores of the bars, from top to bottom."""
    labels = chart.bars.labels
    return list(zip(labels[1::2], labels[::2], strict=True))


def test_scores_read_with_sensible_digits(table):
    table.add([measurement(hole_psnr=float("inf"), largest_change_outside=300)])
    assert shown(table, "psnr") == ["31.12"]
    assert shown(table, "pixels") == ["12,345"]
    assert shown(table, "hole_psnr") == ["identical"]
    assert shown(table, "edge_precision") == ["–"]
    assert shown(table, "largest_change_outside") == ["300"]


def test_rows_that_are_there_to_the_last_digit_are_not_doubled(table):
    assert table.add([measurement()]) == 1
    assert table.add([measurement(), measurement(psnr=31.1)]) == 1
    assert len(table.measurements) == 2


def test_sorting_by_a_column_is_by_number_and_can_be_taken_back(table):
    values = [9.5, NAN, 10.25, float("inf")]
    table.add([measurement(hole_psnr=value) for value in values])
    as_measured = shown(table, "hole_psnr")
    place = COLUMNS.index(column("hole_psnr"))
    table.view.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    assert shown(table, "hole_psnr") == ["identical", "10.25", "9.50", "–"]
    [order] = [action for action in table.view.actions() if "measured" in action.text()]
    order.trigger()
    assert shown(table, "hole_psnr") == as_measured


def test_copying_takes_all_rows_or_those_selected_as_shown(table, sentences):
    table.add([measurement(name, psnr=value) for name, value in (("b", 2.5), ("a", 1 / 3))])
    table.copy_action.trigger()
    head, *rows = pasted()
    assert head == [column.heading for column in COLUMNS]
    assert [row[0] for row in rows] == ["b", "a"]
    assert float(rows[1][COLUMNS.index(column("psnr"))]) == 1 / 3
    table.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    table.view.selectRow(0)
    table.copy_action.trigger()
    assert [row[0] for row in pasted()[1:]] == ["a"]
    assert sentences == ["Copied 2 rows.", "Copied 1 row."]


def test_keys_copy_and_remove(qtbot, table):
    table.add([measurement("a"), measurement("b")])
    table.show()
    qtbot.waitExposed(table)
    table.activateWindow()
    table.view.setFocus()
    qtbot.waitUntil(table.view.hasFocus)
    table.view.selectRow(1)
    qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert [row[0] for row in pasted()[1:]] == ["b"]
    qtbot.keyClick(table.view, Qt.Key.Key_Delete)
    assert shown(table, "restored") == ["a"]


def test_selected_rows_are_removed_also_when_sorted(table):
    table.add([measurement(name) for name in "cabd"])
    table.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    table.view.selectRow(1)
    table.remove_action.trigger()
    assert shown(table, "restored") == ["a", "c", "d"]
    assert [row.restored for row in table.measurements] == ["c", "a", "d"]


def test_actions_are_offered_when_they_can_do_something(table):
    needs_rows = (table.copy_action, table.export_action, table.clear_action)
    assert not any(action.isEnabled() for action in needs_rows)
    table.add([measurement()])
    assert all(action.isEnabled() for action in needs_rows)
    assert not table.remove_action.isEnabled()
    table.view.selectRow(0)
    assert table.remove_action.isEnabled()
    table.clear_action.trigger()
    assert not table.measurements
    assert not table.remove_action.isEnabled()


def test_export_writes_all_digits(table, sentences, choose_file, tmp_path, save_history):
    path = tmp_path / "scores.csv"
    table.add([measurement("敦煌, copy\t1", hole_psnr=float("inf")), measurement()])
    choose_file(path)
    table.export_action.trigger()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first, second = csv.DictReader(stream)
    assert first["restored"] == "敦煌, copy\t1"
    assert float(first["psnr"]) == ROW.psnr
    assert first["hole_psnr"] == "inf"
    assert second["edge_precision"] == ""
    assert set(first) == {column.name for column in COLUMNS}
    assert sentences == [f"Exported 2 rows to {path}."]
    assert save_history[0] == str(path)


def test_export_replaces_only_what_the_dialog_has_asked_about(
    table, sentences, choose_file, tmp_path
):
    path = tmp_path / "scores.csv"
    path.write_text("older")
    table.add([measurement()])
    choose_file(tmp_path / "scores")
    table.export_action.trigger()
    assert path.read_text() == "older"
    assert "exists already" in sentences[-1]
    choose_file(path)
    table.export_action.trigger()
    assert "older" not in path.read_text(encoding="utf-8")


def test_an_export_that_fails_or_is_cancelled_writes_nothing(
    table, sentences, choose_file, tmp_path
):
    table.add([measurement()])
    choose_file(None)
    table.export_action.trigger()
    assert not sentences
    choose_file(tmp_path / "nowhere" / "scores.csv")
    table.export_action.trigger()
    assert sentences[-1].startswith("Not exported")
    assert not list(tmp_path.iterdir())


def test_headings_explain_every_measure_and_which_direction_is_better(table):
    model = table.view.model()
    for place, heading in enumerate(COLUMNS):
        tooltip = model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert tooltip.startswith(heading.tooltip)
        assert tooltip.endswith("is better.") == (heading in SCORES)


def test_the_chart_ranks_rows_and_marks_the_best(chart):
    assert "compared here" in chart.caption
    chart.show_rows([measurement("one", hole_psnr=20), measurement("two", hole_psnr=24)])
    assert drawn(chart) == [("two", "★ best  24.00 dB"), ("one", "20.00 dB")]
    assert chart.caption == "Higher is better."
    chart.score.value = column("ciede2000")
    assert not any("best" in score for _, score in drawn(chart))
    assert chart.caption == "Lower is better."


def test_lower_differences_are_better(chart):
    rows = [measurement("one", ciede2000=3.0), measurement("two", ciede2000=2.0)]
    chart.show_rows([*rows, measurement("none", ciede2000=NAN)])
    chart.score.value = column("ciede2000")
    assert [name for name, _ in drawn(chart)] == ["two", "one", "none"]
    assert drawn(chart)[0][1] == "★ best  2.00 ΔE"
    assert drawn(chart)[2][1] == "–"


def test_the_texture_nearest_that_of_the_reference_is_the_best(chart):
    textures = {"smooth": 0.4, "rough": 1.5, "none": NAN, "near": 1.2, "same": 1.2}
    chart.show_rows([measurement(name, texture=value) for name, value in textures.items()])
    chart.score.value = column("texture")
    assert drawn(chart) == [
        ("near", "★ best  1.20"),
        ("same", "★ best  1.20"),
        ("rough", "1.50"),
        ("smooth", "0.40"),
        ("none", "–"),
    ]
    assert chart.caption == "Nearer 1 is better."


def test_a_single_row_is_not_called_the_best(chart):
    chart.show_rows([measurement("one")])
    assert drawn(chart) == [("one", "21.50 dB")]


def test_identical_pictures_beat_all_others(chart):
    rows = [measurement("one", hole_psnr=60), measurement("two", hole_psnr=float("inf"))]
    chart.show_rows(rows)
    assert drawn(chart)[0] == ("two", "★ best  identical")


def test_a_picture_measured_twice_is_told_apart(chart):
    chart.show_rows([measurement("wall", psnr=1), measurement("wall", psnr=2)])
    assert [name for name, _ in drawn(chart)] == ["wall", "wall (2)"]


def test_only_rows_with_the_same_reference_damage_and_area_are_compared(chart):
    mural = [measurement("a"), measurement("a", area="class 1", hole_psnr=30)]
    chart.show_rows(mural)
    assert [name for name, _ in drawn(chart)] == ["a"]
    chart.comparable.value = mural[1].comparable
    assert drawn(chart) == [("a", "30.00 dB")]
    again = [*mural, measurement("b"), measurement("b", area="class 1", hole_psnr=31)]
    chart.show_rows(again)
    assert [name for name, _ in drawn(chart)] == ["b", "a"]
    chart.show_rows([*again, measurement("coin", reference="other")])
    assert [name for name, _ in drawn(chart)] == ["coin"]
    chart.show_rows(again)
    assert drawn(chart)
    chart.show_rows([])
    assert not drawn(chart)


def test_a_score_that_the_rows_have_is_chosen(chart):
    whole = measurement("a", damage="", area="whole picture", hole_psnr=NAN, hole_ssim=NAN)
    chart.show_rows([whole])
    assert drawn(chart) == [("a", "4.25 ΔE")]
    chart.score.value = column("hole_psnr")
    assert "choose another one" in chart.caption


def test_twenty_rows_with_long_names_stay_readable(qtbot, chart, recwarn):
    chart.show()
    qtbot.waitExposed(chart)
    name = "a very long name of a layer that was $restored$ in 敦煌 by hand, try {}"
    chart.show_rows([measurement(name.format(n), hole_psnr=n) for n in range(20)])
    assert len(drawn(chart)) == 20
    assert all("…" in label for label, _ in drawn(chart))
    assert chart.bars.minimumHeight() > 20 * chart.fontMetrics().height()
    chart.bars.draw()
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_bars_start_at_zero_and_fill_the_width_for_the_best_possible(chart):
    chart.show_rows([measurement("a", hole_ssim=0.5), measurement("b", hole_ssim=-0.1)])
    chart.score.value = column("hole_ssim")
    widths = [bar.get_width() for bar in chart.bars.figure.axes[0].patches[2:]]
    np.testing.assert_allclose(widths, [0.5, 0])
