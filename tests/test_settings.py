import json
from inspect import signature

import pytest

from napari_relic_inpaint.cli.restore import restore
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.settings import FIELDS, Settings, make_settings


def test_defaults():
    assert make_settings() == Settings()
    assert make_settings().as_dict() == {name: field.default for name, field in FIELDS.items()}
    assert set(FIELDS) == {
        *("method", "model", "device", "window", "batch"),
        *("scheduler", "coarse_to_fine", "postprocess", "detail", "edge_threshold"),
    }


def test_settings_take_json():
    settings = make_settings(window=64, device="cuda:1", batch=3)
    assert make_settings(**json.loads(json.dumps(settings.as_dict()))) == settings


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("window", 100, "multiple of 32"),
        ("window", 32, "greater than or equal to 64"),
        ("window", 4096, "less than or equal to 2048"),
        ("window", "wide", "integer"),
        ("window", None, "integer"),
        ("batch", -1, "greater than or equal to 0"),
        ("batch", 1.5, "integer"),
        ("device", "tpu", "auto"),
        ("device", "cuda:x", "cuda:1"),
        ("device", "CPU", "cpu"),
        ("method", 7, "string"),
        ("model", None, "string"),
        ("postprocess", "perhaps", "boolean"),
    ],
)
def test_a_wrong_value_is_named_with_its_reason(name, value, reason):
    with pytest.raises(InputError) as caught:
        make_settings(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} cannot be {value!r}: ")
    assert reason in message
    assert FIELDS[name].description in message


def test_an_unknown_option_is_named_beside_the_known_ones():
    with pytest.raises(InputError, match="no option 'tile'; there are method, model, device"):
        make_settings(tile=5)


@pytest.mark.parametrize("field", FIELDS.values(), ids=list(FIELDS))
def test_every_setting_explains_itself(field):
    assert field.title
    assert field.description.endswith(".")


def test_the_command_line_has_every_setting():
    assert set(FIELDS) <= set(signature(restore).parameters)


def test_settings_do_not_change():
    with pytest.raises(AttributeError):
        Settings().window = 64
