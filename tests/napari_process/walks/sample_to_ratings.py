"""A sample by the menus: Restore, Cancel, Restore again, Measure, Rate."""

import os

from user import User, begin


def walk(user: User):
    yield from user.chooses("File", "Open Sample", "Relic Inpaint", "Damaged photograph of coins")
    yield lambda: len(user.viewer.layers) == 3
    yield from user.sees_napari()
    layers = [layer.name for layer in user.viewer.layers]

    yield from user.chooses("Layers", "Filter", "Restore damaged picture")
    yield from user.presses("Restore")
    # At once: fast machines are done in two seconds.
    yield from user.presses("Cancel")
    yield from user.reads("Stopped. Nothing was changed.")
    assert [layer.name for layer in user.viewer.layers] == layers

    yield from user.presses("Restore")
    yield from user.reads("Done in", "The result is in 'Coins restored'")

    yield from user.chooses("Layers", "Measure", "Measure a restoration")
    yield from user.presses("Measure")
    yield from user.reads("Done in")
    assert "Coins restored colour difference" in user.viewer.layers

    yield from user.chooses("Layers", "Measure", "Rate restorations blindly")
    yield from user.picks(["Coins restored", "Coins reference"])
    yield from user.types("Who marks", "A. Rater")
    yield from user.types("File", os.environ["WALK_SAVE"])
    yield from user.presses("Start rating")
    for letter in "AB":
        yield from user.ticks(letter)
        yield from user.ticks("4")
    yield from user.presses("Save and finish")
    yield user.viewer.window._qt_window.isVisible


begin(walk)
