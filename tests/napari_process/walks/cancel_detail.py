"""A sample, restored as the widget proposes it, cancelled while its detail is added, and again."""

import os

import numba
import numpy as np
from user import User, begin


def walk(user: User):
    user.viewer.open_sample("napari-relic-inpaint", "coins")
    yield from user.sees_napari()
    # Of ours nothing is compiled yet; napari has what it compiled before.
    numba.config.CACHE_DIR = os.environ["WALK_SAVE"]
    before = [layer.name for layer in user.viewer.layers]
    yield from user.chooses("Layers", "Filter", "Restore damaged picture")
    yield from user.presses("Restore")
    # The search is compiled, since no run before has: there is time to look, and to cancel.
    yield from user.reads("Preparing detail")
    hole = user.viewer.layers["Coins damage"].data > 0
    picture, restored = (user.viewer.layers[name].data for name in ("Coins", "Coins restored"))
    user.found["painted"] = float(np.mean(np.asarray(restored)[hole] != picture[hole]))
    yield from user.presses("Cancel")
    yield from user.reads("Stopped. Nothing was changed.")
    assert [layer.name for layer in user.viewer.layers] == before

    yield from user.presses("Restore")
    yield from user.reads("Done in", "its sources have a hidden layer")


begin(walk)
