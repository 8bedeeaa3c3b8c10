"""A table of measurements with a button that writes it as a CSV file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint import files
from napari_relic_inpaint.marking.changes import ChangeRow
from napari_relic_inpaint.marking.damage_table import ClassRow
from napari_relic_inpaint.widgets.compact import Message, fit_height, make_compact
from napari_relic_inpaint.widgets.small_files import save_as


class SavedTable(QWidget):
    """A row for each class of damage.

    Parameters
    ----------
    columns : mapping of str to str
        Headings, and what they mean.
    save_title : str
        Title of the dialog that asks where to.
    """

    def __init__(self, columns: Mapping[str, str], save_title: str) -> None:
        super().__init__()
        self._tips = tuple(columns.values())
        self._save_title = save_title
        self._rows: Sequence[ClassRow] | Sequence[ChangeRow] = ()
        self._file_name = ""
        self.table = QTableWidget(0, len(columns))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        make_compact(self.table)
        self.export_button = QPushButton("Save table ...")
        self.export_button.setToolTip("Write the table as a CSV file, with more columns.")
        self.message = Message()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.table, self.export_button, self.message):
            layout.addWidget(part)
        self.export_button.clicked.connect(lambda _: self._export())
        self.show_rows((), tuple(columns), (), "")

    def show_rows(
        self,
        rows: Sequence[ClassRow] | Sequence[ChangeRow],
        headings: Sequence[str],
        cells: Sequence[Sequence[str]],
        file_name: str,
    ) -> None:
        """Show rows.

        Parameters
        ----------
        rows : sequence of ClassRow or of ChangeRow
            What is written into a file.
        headings, cells : sequences of str
            What is seen, a sequence for each row.
        file_name : str
            What is proposed as name of the file, without a suffix.
        """
        self._rows, self._file_name = rows, file_name
        self.table.setHorizontalHeaderLabels(list(headings))
        for column, tip in enumerate(self._tips):
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        self.table.setRowCount(len(cells))
        for number, texts in enumerate(cells):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(number, column, item)
        fit_height(self.table, least_rows=1)
        self.export_button.setEnabled(bool(rows))

    def _export(self) -> None:
        save_as(
            self,
            self._save_title,
            f"{self._file_name}.csv",
            "Table (*.csv)",
            ".csv",
            lambda path, replace: files.write_table(path, self._rows, overwrite=replace),
            self.message.say,
        )
