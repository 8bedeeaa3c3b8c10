"""A project is opened by the menus of a napari that has just been started."""

import os

from bench import contents
from user import User, begin


def walk(user: User):
    yield from user.chooses("File", "IO Utilities", "Open project")
    yield from user.names_file(os.environ["WALK_SAVE"] + "/coins.relic.zip")
    yield from user.reads_anywhere("Opened")
    user.found["bench"] = contents(user.viewer)


begin(walk)
