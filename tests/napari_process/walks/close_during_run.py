"""Napari is closed while a restoration runs."""

from user import User, begin


def walk(user: User):
    user.viewer.open_sample("napari-relic-inpaint", "fresco")
    yield from user.sees_napari()
    yield from user.chooses("Layers", "Filter", "Restore damaged picture")
    yield from user.presses("Restore")
    yield from user.reads("left")


begin(walk)
