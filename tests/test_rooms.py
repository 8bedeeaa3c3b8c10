"""Who may import whom, as the table in docs/architecture.md says."""

import ast
import re
from pathlib import Path

import pytest

import napari_relic_inpaint

PACKAGE = Path(napari_relic_inpaint.__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
ONLY_IN_WIDGETS = {"napari", "qtpy", "superqt", "magicgui", "PyQt5", "PyQt6", "PySide6"}


def table() -> tuple[set[str], dict[str, set[str]]]:
    """Return the ground, and what every room imports beside it, in the order of the table."""
    section = PAGE.read_text(encoding="utf-8").split("## The rooms")[1].split("## Words")[0]
    rows = [line.split("|")[1::2] for line in section.splitlines() if line.startswith("| `")]
    named = [[re.findall(r"`(\w+)/?`", cell) for cell in row] for row in rows]
    rooms = {room: set(imports) for those, imports in named for room in those}
    return set(named[0][0]), rooms


GROUND, ROOMS = table()


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(module: Path) -> set[tuple[str, ...]]:
    """Return everything that a module imports, at its head or in functions, as parts of names."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {tuple(name.name.split(".")) for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{module} imports relatively"
            found |= {(*node.module.split("."), name.name) for name in node.names}
    return found


def test_the_table_has_every_room_and_no_other():
    assert {room_of(module) for module in modules()} - {"__init__"} == set(ROOMS)


def test_no_room_imports_one_below_it():
    above: set[str] = set()
    for room, imports in ROOMS.items():
        assert imports <= above, room
        above.add(room)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_table_says(room):
    used = set()
    for module in modules():
        if room_of(module) == room:
            used |= {name[1] for name in imported(module) if name[0] == PACKAGE.name}
    assert used - GROUND - {room} == ROOMS[room]


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "widgets"])
def test_only_widgets_know_napari_and_qt(room):
    used = set()
    for module in modules():
        if room_of(module) == room:
            used |= {name[0] for name in imported(module)}
    assert not used & ONLY_IN_WIDGETS
