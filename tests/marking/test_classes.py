import json

import pytest

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.classes import (
    PRESET,
    DamageClass,
    checked,
    from_json,
    named,
    new_class,
    to_json,
)

OWN = (DamageClass(3, "Höhlung", "#ABCDEF", "hollow: knock"), DamageClass(1, "Riss", "#000000"))


def test_the_preset_has_the_usual_kinds():
    assert [each.name for each in PRESET] == [
        "lacuna",
        "crack",
        "flaking",
        "stain",
        "abrasion",
        "old retouching",
    ]
    assert [each.name for each in PRESET if each.lines] == ["crack"]
    assert checked(PRESET) == PRESET


def test_classes_are_what_they_were_after_json():
    text = to_json(OWN)
    assert text.isascii()
    assert from_json(text, "x") == (OWN[1], OWN[0])
    assert OWN[0].colour == "#abcdef"


def test_colour_and_meaning_may_be_left_out():
    text = '{"relic_inpaint_classes": 1, "classes": [{"label": 2, "name": "crack"}]}'
    (crack,) = from_json(text, "x")
    assert (crack.label, crack.name, crack.meaning, crack.lines) == (2, "crack", "", False)


GOOD = {"label": 1, "name": "a"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "no JSON"),
        ([], "no list of classes"),
        ({"classes": [GOOD]}, "no list of classes"),
        ({"relic_inpaint_classes": 7, "classes": [GOOD]}, "version 7"),
        ({"relic_inpaint_classes": 1, "classes": []}, "lists no class"),
        ({"relic_inpaint_classes": 1, "classes": [3]}, "3 is no class"),
        ({"relic_inpaint_classes": 1, "classes": [{"label": 1}]}, "no class"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"color": "#fff"}]}, "unknown 'color'"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"label": 0}]}, "label 0"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"label": "1"}]}, "label '1'"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"label": True}]}, "label True"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"label": 2**40}]}, "label 1099511627776"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"name": " "}]}, "called ' '"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"name": "a\nb"}]}, "one line"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"colour": "red"}]}, "colour 'red'"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"meaning": 3}]}, "meaning of a"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD | {"lines": "yes"}]}, "lines cannot be"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD, GOOD | {"name": "b"}]}, "same label 1"),
        ({"relic_inpaint_classes": 1, "classes": [GOOD, {"label": 2, "name": "A"}]}, "both called"),
    ],
)
def test_what_is_wrong_with_a_preset_is_said_in_a_sentence(content, said):
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(InputError, match=said) as error:
        from_json(text, "team.json")
    assert "team.json" in str(error.value)
    assert "\n" not in str(error.value)
    assert ": " in str(error.value)


def test_a_label_without_a_class_is_called_after_itself():
    assert named(2, PRESET).name == "crack"
    assert named(40, PRESET).name == "label 40"
    assert named(40).lines


def test_a_new_class_has_a_label_and_a_colour_that_are_free():
    added = new_class(PRESET)
    assert added.label == 7
    assert added.colour not in {each.colour for each in PRESET}
    assert new_class(PRESET[1:]).label == 1
