"""Reports as people and programs see them."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from report_bench import HOSTILE, TODAY, bench

from napari_relic_inpaint.documenting.languages import LANGUAGES, Language
from napari_relic_inpaint.documenting.material import Shown
from napari_relic_inpaint.documenting.overview import LONGEST, overview_steps
from napari_relic_inpaint.documenting.report import html_steps, write_report_steps
from napari_relic_inpaint.errors import ExistsError, FileError, InputError, Stopped
from napari_relic_inpaint.steps import finish

HEADINGS = {
    "en": ["In brief", "Damage", "How it was made", "Measurements", "Notes", "Provenance"],
    "de": ["In Kürze", "Schäden", "Wie sie entstand", "Messungen", "Anmerkungen"],
    "it": ["In sintesi", "Degrado", "Misurazioni", "Annotazioni"],
    "zh": ["概要", "病害", "修复过程", "量测", "备注"],
}


class Page(HTMLParser):
    """Text and tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def made(language="en", **changes):
    return finish(html_steps(bench(**changes), language, today=TODAY))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_tells_of_everything_in_its_language(language):
    page = Page(made(language))
    for heading in HEADINGS[language]:
        assert heading in page.text
    for told in (
        "restored.tif",
        "relic-base 0.6",
        "Both sides fit.",
        "31",
        "no edges",
        "own edges",
    ):
        assert told in page.text
    assert dict(page.tags)["html"] == {"lang": {"zh": "zh-Hans"}.get(language, language)}
    assert {"ee" * 32, "dd" * 32} <= set(page.text.split())
    assert "%(" not in page.text


def test_where_nothing_is_damaged_there_is_nothing_to_report():
    with pytest.raises(InputError, match=r"nothing is marked as damaged in mask\.png"):
        made(damage=np.zeros((40, 60), np.uint8))


def test_a_report_needs_nothing_beside_it_and_runs_nothing():
    text = made()
    for tag, attributes in Page(text).tags:
        assert tag not in ("script", "link", "iframe", "object", "form")
        for name in ("src", "href"):
            assert attributes.get(name, "data:image/").startswith("data:image/")
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in re.search("<style>(.*)</style>", text, re.DOTALL)[1]


def test_what_users_write_stays_text():
    text = made()
    assert "<script" not in text
    page = Page(text)
    assert page.text.count(HOSTILE) >= 4
    assert "49" not in page.text.replace("{{ 7*7 }}", "")[:400]


def test_marks_and_scale_lie_where_they_should():
    page = Page(made())
    styles = [
        attributes.get("style", "")
        for _, attributes in page.tags
        if attributes.get("class") in ("mark", "scale")
    ]
    # Column 5 of 60 and row 4 of 40, in the middle of the pixel; 30 mm across, 5 of them shown.
    assert "left: 9.167%; top: 11.250%" in styles
    assert "width: 16.667%" in styles
    assert "5 mm" in page.text


def test_a_change_outside_the_damage_is_told():
    unchanged = bench()
    assert finish(overview_steps(unchanged)).changed_outside == 0
    changed = np.array(unchanged.result.data)
    changed[0, :7, 1] ^= 1
    material = bench(result=Shown(changed, True, "a"))
    assert finish(overview_steps(material)).changed_outside == 7
    assert "7 pixels are not as they were" in Page(made(result=Shown(changed, True, "a"))).text


def test_without_record_and_notes_the_report_says_so():
    page = Page(made(record={}, notes=[], scores=[], checks=[], edges=None, sources=None))
    assert "nobody can tell how the fill was made" in page.text
    assert "Nobody has noted what the fill rests on" in page.text
    assert "Measurements" not in page.text


@pytest.mark.parametrize(
    "record",
    [
        {"edges": 3, "damage": "a", "software": 1, "picture": [2], "warnings": 5, "choices": 2},
        {"settings": 3, "model": "x", "warnings": None, "hypotheses": [3], "choices": [3, {}]},
        {
            "picture": {"black": "a", "white": None},
            "created": "yesterday",
            "detail": [],
            "files": 1,
        },
    ],
)
def test_records_of_other_programs_do_not_stop_a_report(record):
    assert "Provenance" in Page(made(record=record)).text


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.int16])
def test_pictures_of_any_depth_are_shown(dtype):
    values = np.linspace(0, 1 if dtype == np.float32 else 4000, 2400).reshape(40, 60).astype(dtype)
    material = bench(
        picture=Shown(values, False), result=Shown(values, False), displays=[], record={}
    )
    view = finish(overview_steps(material))
    assert view.picture.dtype == np.uint8
    assert view.picture.min() == 0
    assert view.picture.max() > 240
    assert view.changed_outside == 0


def test_of_a_stack_the_first_damaged_plane_is_shown():
    picture = np.zeros((3, 40, 60), np.uint8)
    picture[2] = 90
    labels = np.zeros((3, 40, 60), np.uint8)
    labels[2, 3:5, 3:5] = 1
    shown = Shown(picture, False, "stack")
    material = bench(
        picture=shown, result=shown, damage=labels, displays=[], edges=None, sources=None, record={}
    )
    view = finish(overview_steps(material))
    assert view.plane == (2,)
    assert (view.picture == 90).all()
    assert "plane 3 of 3 is shown" in Page(finish(html_steps(material))).text


def test_large_pictures_are_read_in_bands():
    """The report asks a lazy picture for rows, never for all of it."""
    asked = []

    class Lazy:
        shape, dtype, ndim = (9000, 2000), np.dtype(np.uint8), 2

        def __getitem__(self, index):
            rows = index[0] if isinstance(index, tuple) else index
            asked.append(rows.stop - rows.start)
            return np.full((rows.stop - rows.start, 2000), 7, np.uint8)

    labels = np.zeros((9000, 2000), np.uint8)
    labels[4000, 5] = 1
    shown = Shown(Lazy(), False, "scan")
    material = bench(
        picture=shown, result=shown, damage=labels, displays=[], edges=None, sources=None, record={}
    )
    view = finish(overview_steps(material))
    assert max(asked) < 3000
    assert max(view.picture.shape) <= LONGEST
    assert view.labels.sum() == 1  # a damaged pixel is not lost among others


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"mask\.png is 40 x 61, the picture 40 x 60"):
        made(damage=np.zeros((40, 61), np.uint8))
    with pytest.raises(InputError, match="choose one of en, de, it, zh"):
        made("fr")


def test_a_report_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.html"
    finish(write_report_steps(path, bench()))
    assert path.read_text(encoding="utf-8").endswith("</html>")
    with pytest.raises(ExistsError):
        finish(write_report_steps(path, bench()))
    steps = write_report_steps(tmp_path / "b.html", bench())
    next(steps)
    steps.close()
    assert [each.name for each in tmp_path.iterdir()] == ["a.html"]
    with pytest.raises(FileError, match=r"\.html or \.pdf"):
        finish(write_report_steps(tmp_path / "c.doc", bench()))


def test_without_weasyprint_a_pdf_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_relic_inpaint.documenting.pdf.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install .*\[report\].*\.html"):
        next(write_report_steps(tmp_path / "a.pdf", bench()))


def test_a_pdf_has_the_text_in_four_languages(tmp_path):
    pytest.importorskip("weasyprint")
    if shutil.which("pdftotext") is None:
        pytest.skip("needs poppler")
    path = tmp_path / "a.pdf"
    finish(write_report_steps(path, bench(title="壁画 Größe"), "zh"))
    asked = ["pdftotext", "-layout", str(path), "-"]
    text = subprocess.run(asked, check=True, capture_output=True).stdout.decode()
    assert "Größe" in text
    assert "relic-base 0.6" in text
    assert "<script>" in text


def test_a_pdf_can_be_stopped(tmp_path):
    pytest.importorskip("weasyprint")
    with pytest.raises(Stopped):
        finish(write_report_steps(tmp_path / "a.pdf", bench(), should_stop=lambda: True))
    assert not list(tmp_path.iterdir())


def test_reports_load_neither_qt_nor_weasyprint():
    code = (
        "import sys\n"
        "import napari_relic_inpaint.documenting.report\n"
        "print([n for n in ('qtpy', 'napari', 'weasyprint', 'torch') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("code", "said"), [("en", "1,234.5"), ("de", "1.234,5"), ("it", "1.234,5"), ("zh", "1,234.5")]
)
def test_numbers_are_written_as_the_language_does(code, said):
    assert Language(code).number(1234.5, digits=5) == said
    assert Language(code).number(float("nan")) == "–"


def test_classes_that_nobody_has_named_have_a_name_in_every_language():
    assert "Wert 1" in Page(made("de", classes=())).text
    one = np.zeros((40, 60), bool)
    one[3, 3] = True
    assert "label 1" not in Page(made(damage=one, classes=(), notes=[])).text


def test_names_however_long_do_not_widen_the_page():
    style = made()
    assert "overflow-wrap: anywhere" in style
    assert f'data-short="{"n" * 69}…"' in made(title="n" * 500)
