import pytest

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.pixel_scale import parse_scale


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("0.05", 0.05),
        ("0,05", 0.05),
        (" .05 mm/px ", 0.05),
        ("2mm", 2),
        ("20 px/mm", 0.05),
        ("200px/cm", 0.05),
        ("508 dpi", 0.05),
        ("508 PPI", 0.05),
    ],
)
def test_scales_are_read_as_people_write_them(text, side):
    assert parse_scale(text) == pytest.approx(side)


@pytest.mark.parametrize("text", ["", "0", "0 dpi", "-1", "nan", "1e999", "20 px", "5 m", "a"])
def test_what_is_no_scale_is_said_in_a_sentence(text):
    with pytest.raises(InputError, match="millimetres of a pixel"):
        parse_scale(text)
