"""Every language says everything that a report can say."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import napari_relic_inpaint.documenting

ROOM = Path(napari_relic_inpaint.documenting.__file__).parent
TRANSLATED = ["de", "it", "zh"]
PLACE = re.compile(r"%\(\w+\)s")


def asked():
    """Return every sentence that is marked for translation, as a translator's tools find it."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    keywords = {"_": None, "say": None, "translatable": None}
    return {found[2] for found in extract_from_dir(ROOM, methods, keywords=keywords)}


def catalogue(code):
    with (ROOM / "catalogues" / f"{code}.po").open("rb") as stream:
        return read_po(stream, locale=code, abort_invalid=True)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_is_complete_and_has_nothing_else(code):
    found = catalogue(code)
    assert {message.id for message in found if message.id} == asked()
    assert not [message.id for message in found if message.id and not message.string]
    assert not [message.id for message in found if message.id and message.fuzzy]
    assert not found.obsolete


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_have_the_same_places_for_values(code):
    for message in catalogue(code):
        assert sorted(PLACE.findall(message.string)) == sorted(PLACE.findall(message.id))


def test_every_catalogue_is_in_the_package():
    inside = files("napari_relic_inpaint.documenting").joinpath("catalogues")
    assert {each.name for each in inside.iterdir()} == {f"{code}.po" for code in TRANSLATED}
