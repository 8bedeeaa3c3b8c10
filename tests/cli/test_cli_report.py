"""``relic-inpaint report`` and ``note``, from files to a page."""

import json
from pathlib import Path

import numpy as np
import pytest

from napari_relic_inpaint import files
from napari_relic_inpaint.detail.maps import SOURCES_CHANNELS
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.restored import write_restored_steps
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.record import SOURCE_TYPE
from napari_relic_inpaint.steps import finish


@pytest.fixture
def restored(tmp_path, monkeypatch):
    """A picture, its mask, and a result with its record, in the folder that is worked in."""
    monkeypatch.chdir(tmp_path)
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    labels = np.zeros((40, 60), np.uint8)
    labels[4:12, 5:15], labels[30, 10:50] = 1, 2
    result = np.where(labels[..., None] > 0, np.uint8(90), picture)
    files.write_picture("wall.tif", picture, rgb=True)
    files.write_mask("mask.png", labels, PRESET, pixel_size=(0.5, 0.5))
    record = {
        "software": {"name": "napari-relic-inpaint", "version": "0.1.0"},
        "created": "2026-11-28T13:33:40+00:00",
        "digital_source_type": SOURCE_TYPE,
        "picture": {"shape": [40, 60, 3], "dtype": "uint8", "sha256": ""},
        "settings": {"method": "two-stage"},
        "model": {"name": "relic-base", "version": "0.6", "sha256": {}},
    }
    finish(write_restored_steps(Path("result.tif"), result, record, rgb=True))
    return tmp_path


def report(relic, *options):
    return relic("report", "result.tif", "mask.png", "--picture", "wall.tif", *options)


def test_a_report_is_made_from_files(relic, restored):
    for about in (
        ("--at", "9,10", "--status", "analogy", "--text", "As left"),
        ("--label", "2", "--status", "evidence", "--text", "Seen"),
    ):
        assert relic("note", "mask.png", *about)[0] == 0
    (about_hole, about_class) = json.loads(Path("mask.png.notes.json").read_text())["notes"]
    assert about_hole["hole"] == [4, 5]
    assert about_class["label"] == 2
    code, said, errors = report(relic, "-o", "report.html", "--language", "de", "--title", "Wand")
    assert (code, errors) == (0, "")
    assert "report.html" in said
    text = Path("report.html").read_text()
    for told in ("As left", "Seen", "Schadenskartierung", "relic-base 0.6", "Wand", "Riss"):
        assert told in text
    # Names this record in its XMP, and is the file that the record tells of.
    assert text.count('class="holds"') == 2
    assert 'class="fails"' not in text


def test_a_result_that_was_changed_since_is_found_out(relic, restored):
    data = files.read_picture("result.tif").data
    files.write_picture("result.tif", data, rgb=True, overwrite=True)
    assert report(relic, "-o", "report.html")[0] == 0
    assert Path("report.html").read_text().count('class="fails"') == 2


def test_scores_and_displays_are_shown(relic, restored):
    Path("scores.csv").write_text("restored,area,psnr,ciede2000\nresult.tif,all damage,31.25,4.5\n")
    places = np.full((40, 60, 3), -1, np.int32)
    places[4:12, 5:15] = 20, 30, 0
    with Together() as together:
        written = {"overwrite": False, "together": together}
        finish(files.write_map_steps("sources.tif", places, SOURCES_CHANNELS, **written))
    options = ("--scores", "scores.csv", "--display", "result.tif", "--edges", "mask.png")
    options += ("--sources", "sources.tif")
    assert report(relic, "-o", "report.html", *options)[0] == 0
    text = Path("report.html").read_text()
    assert "Measurements" in text
    assert "31.3" in text or "31.2" in text
    assert "Presentation of the fill" in text
    assert "Sources of the detail" in text


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("-o", "report.doc"), ".html or .pdf"),
        (("-o", "wall.html", "--notes", "wall.html"), "cannot be"),
        (("-o", "r.html", "--record", "none.json"), "none.json"),
        (("-o", "r.html", "--record", "mask.png"), "no JSON"),
        (("-o", "r.html", "--notes", "result.tif.json"), "no file of notes"),
        (("-o", "r.html", "--scores", "result.tif.json"), "no table of scores"),
        (("-o", "r.html", "--scale", "-3"), "scale"),
        (("-o", "r.html", "--sources", "mask.png"), "a restoration has saved"),
        (("-o", "r.html", "--sources", "wall.tif"), "a restoration has saved"),
    ],
)
def test_what_cannot_be_is_refused(relic, restored, options, reason):
    code, _, errors = report(relic, *options)
    assert code != 0
    if reason != "cannot be":
        assert reason in errors
    assert "Traceback" not in errors
    assert not Path("r.html").exists()


def test_a_note_on_nothing_is_refused(relic, restored):
    for place in ("0,0", "3", "a,b", "900,900"):
        code, _, errors = relic(
            "note", "mask.png", "--at", place, "--status", "evidence", "--text", "x"
        )
        assert code != 0
        assert "Traceback" not in errors
    assert not Path("mask.png.notes.json").exists()


def test_without_a_record_the_user_is_told(relic, restored):
    Path("result.tif.json").unlink()
    code, _, errors = report(relic, "-o", "report.html")
    assert code == 0
    assert "no record" in errors


def test_a_display_rendering_is_not_reported_as_the_restoration(relic, restored):
    assert relic("render", "result.tif", "mask.png", "-o", "shown.tif")[0] == 0
    files_ = "shown.tif", "mask.png", "--picture", "wall.tif"
    code, _, errors = relic("report", *files_, "-o", "report.html")
    assert code == 2
    assert "display rendering" in errors
    assert "as what is displayed" in errors
    assert not Path("report.html").exists()


@pytest.mark.parametrize("record", [{"hypotheses": []}, {"by": "another program"}])
def test_what_a_record_does_not_say_of_the_fill_is_not_told(relic, restored, record):
    Path("other.json").write_text(json.dumps(record))
    assert report(relic, "-o", "report.html", "--record", "other.json")[0] == 0
    assert "computed from the surroundings" not in Path("report.html").read_text()


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (("--text", "  "), "--text"),
        (("--text", "x", "--label", "3"), "it has 1, 2"),
        (("--text", "x", "--label", "0"), "it has 1, 2"),
    ],
)
def test_a_note_that_says_nothing_or_of_nothing_is_refused(relic, restored, about, reason):
    code, _, errors = relic("note", "mask.png", "--status", "evidence", *about)
    assert code == 2
    assert reason in errors
    assert not Path("mask.png.notes.json").exists()
