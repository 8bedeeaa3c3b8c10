"""Which files belong together by their names."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.files.matching import by_key, key, match

NAMES = st.lists(st.text("aB1_ é", min_size=1), max_size=8)


class Asked(dict):
    """Names that are looked up one by one: among thousands nobody looks at all of them."""

    def __iter__(self):
        raise AssertionError("all names were looked at")


@given(NAMES, st.text("aB1_ é", min_size=1))
def test_the_longest_name_that_begins_the_other_is_found(names, name):
    paths = [Path(f"{other}.png") for other in names]
    whole = key(Path(f"{name}.tif"))
    fitting = [
        other
        for other in map(key, paths)
        if whole == other or (whole.startswith(other) and not whole[len(other)].isalnum())
    ]
    wanted = [path for path in paths if key(path) == max(fitting, key=len, default=None)]
    assert list(match(Path(f"{name}.tif"), Asked(by_key(paths)))) == wanted
