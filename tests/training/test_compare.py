import csv
import json
import signal
import sys
from dataclasses import astuple
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from alexnet import write_alexnet
from tiny import draw_picture

from napari_relic_inpaint import methods
from napari_relic_inpaint.errors import InputError, ModelError
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.models.weights import save
from training.cli import main
from training.compare import comparison
from training.compare.cases import RealDamage, cases_of, choose_details, choose_shown
from training.compare.comparison import compare
from training.compare.contenders import Contender, Lineup, line_up
from training.compare.document import Bullets, Image, Strong, Table, to_html, to_markdown
from training.compare.results import Results, append_scores, read_scores, write_scores
from training.compare.scoring import Score, Task, score_case
from training.compare.statistics import FEWEST, estimate_difference, estimate_mean, find_lead
from training.compare.tables import means_table
from training.errors import TrainingError
from training.pairs import Pair, cut_pairs, write_manifest
from training.pictures import find_pictures

METHODS = ("membrane", "telea")
CARD = {
    "name": "tiny-2",
    "version": "7",
    "licence": "MIT",
    "summary": "Random weights.",
    "trained_on": "two_murals for three minutes.",
    "hole_form": "membrane",
}


@pytest.fixture
def manifest(folder, tmp_path) -> Path:
    """One pair of each kind, from two tiny pictures."""
    path = tmp_path / "tiny.json"
    write_manifest(path, cut_pairs(find_pictures([str(folder)])[:2], 1, size=64))
    return path


@pytest.fixture
def damaged(tmp_path) -> Path:
    """A folder with a really damaged picture, and one without a mask."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    mask = np.zeros((70, 80), np.uint8)
    mask[20:40, 30:50] = 255
    write_picture(folder / "wall.png", draw_picture(9)[:70], rgb=True)
    write_picture(folder / "wall_mask.png", mask, rgb=False)
    write_picture(folder / "door.png", draw_picture(8), rgb=True)
    return folder


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "report"


@pytest.fixture
def compared(manifest, damaged, tiny_model, out):
    """Makes the usual small report."""

    def run(**changes) -> int:
        options = {
            "manifest": manifest,
            "damaged": damaged,
            "methods": METHODS,
            "models": [tiny_model],
        }
        return compare(out, **(options | changes))

    return run


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def score(contender: str, number: int, **values) -> Score:
    given = {"hole_psnr": 20.0, "ssim": 0.9} | values
    others = dict.fromkeys(Score.__dataclass_fields__, 0.0)
    names = {"pair": f"brush-{number:03}", "kind": "brush", "file": f"{number}.png"}
    return Score(**(others | names | {"contender": contender, "weights": ""} | given))


def test_the_report_holds_the_numbers_of_the_table(compared, out):
    assert compared(ablation=True) == 0
    rows = rows_of(out)
    variants = {"tiny, no edges in the hole", "tiny, true edges"}
    contenders = {*METHODS, "tiny", *variants}
    artificial = [row for row in rows if row["kind"] != "real"]
    assert {(row["pair"], row["contender"]) for row in artificial} == {
        (f"{kind}-001", name) for kind in ("crack", "brush", "loss", "block") for name in contenders
    }
    # Nobody knows the true edges of real damage.
    real = [row for row in rows if row["kind"] == "real"]
    assert sorted(row["contender"] for row in real) == sorted([*METHODS, "tiny"])
    assert {float(row["largest_change_outside"]) for row in rows} == {0.0}

    markdown, html = ((out / name).read_text() for name in ("report.md", "report.html"))
    for row in artificial:
        assert f"{float(row['hole_psnr']):.2f}" in markdown
        assert f"{float(row['ciede2000']):.2f}" in html
    for row in real:
        assert f"{float(row['psnr']):.2f}" in markdown
        assert f"{float(row['ssim']):.4f}" in html
    assert "says how little was changed" in markdown
    assert "random weights" not in markdown.lower()  # the summary advertises, it does not report
    for image in html.split('<img src="')[1:]:
        assert (out / image.partition('"')[0]).stat().st_size > 1000


def test_scores_of_both_kinds_stand_side_by_side(compared, manifest, out, vgg_file):
    """How faithful the fills are, and how they look; the latter can be added later."""
    compared(ablation=True)
    plain = (out / "report.md").read_text()
    assert "| texture |" in plain
    assert "VGG distance" not in plain.replace("distances of networks (VGG, LPIPS)", "")
    assert {row["vgg_distance"] for row in rows_of(out)} == {""}
    options = ["membrane", "membrane+window=64", "telea"]
    compared(methods=options, ablation=True, perceptual_weights=vgg_file, resume=True)
    markdown, html = ((out / name).read_text() for name in ("report.md", "report.html"))
    rows = rows_of(out)
    assert {row["contender"] for row in rows} >= {*options, "tiny, true edges"}
    for row in rows:
        if row["kind"] == "real":
            # Nobody knows how it looked.
            assert row["vgg_distance"] == ""
        else:
            assert f"{float(row['texture']):.2f}" in markdown
            assert f"{float(row['vgg_distance']):.3f}" in html
    assert "VGG distance: the lower the better" in markdown
    assert "Why the two kinds of score disagree" in markdown


@pytest.mark.skipif(find_spec("lpips") is None, reason="needs the package lpips")
def test_lpips_is_measured_on_request(compared, out, tmp_path, monkeypatch):
    write_alexnet(tmp_path / "torch")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    compared()
    assert {row["lpips"] for row in rows_of(out)} == {""}
    compared(lpips=True, resume=True)
    markdown = (out / "report.md").read_text()
    assert "LPIPS in the hole: the lower the better" in markdown
    for row in rows_of(out):
        if row["kind"] != "real":
            assert f"{float(row['lpips']):.3f}" in markdown


def test_the_best_texture_is_the_nearest_to_what_was_there():
    lineup = Lineup(tuple(Contender(name, name) for name in ("smooth", "near", "rough")))
    textures = {"smooth": 0.3, "near": 1.1, "rough": 1.4}
    results = Results(score(name, 1, texture=value) for name, value in textures.items())
    (case,) = cases_of([Pair("1.png", 0, 0, 64, "brush", 1)])
    table = means_table(results, lineup, [case])
    column = table.header.index("texture")
    assert [row[column] for row in table.rows] == ["0.30", "1.10", "1.40"]
    assert [isinstance(row[column], Strong) for row in table.rows] == [False, True, False]


def test_a_figure_or_table_is_left_out_where_it_has_nothing_to_show(manifest, out):
    compare(out, manifest=manifest, methods=["membrane"])
    markdown = (out / "report.md").read_text()
    for absent in ("Table 2", "Figure 6", "above the others", "Models", "parts of the two-stage"):
        assert absent not in markdown
    assert not (out / "figure-6-sheet.png").exists()


def test_the_same_manifest_gives_the_same_scores(compared, out, tmp_path):
    compared()
    again = tmp_path / "again"
    compare(again, manifest=out / "pairs.json", methods=METHODS, processes=2)
    first, second = (
        {(s.pair, s.contender): str(astuple(s)[:-1]) for s in read_scores(folder / "results.csv")}
        for folder in (out, again)
    )
    assert (again / "pairs.json").read_bytes() == (out / "pairs.json").read_bytes()
    assert len(second) == 8
    assert all(first[key] == row for key, row in second.items())


def test_resume_computes_only_what_is_missing(compared, out):
    compared()
    before = (out / "results.csv").read_text()
    lines = before.splitlines()
    (out / "results.csv").write_text("\n".join([*lines[:6], lines[6][:9]]))  # cut off by a crash
    compared(resume=True)
    after = rows_of(out)
    # The durations tell what was not run again.
    assert (out / "results.csv").read_text().splitlines()[:6] == lines[:6]
    assert len(after) == len({(row["pair"], row["contender"]) for row in after}) == len(lines) - 1

    complete = (out / "results.csv").read_text()
    compared(resume=True)
    assert (out / "results.csv").read_text() == complete
    (out / "restored" / "brush-001_telea.png").unlink()
    compared(resume=True, methods=[*METHODS, "navier-stokes"])
    assert (out / "restored" / "brush-001_telea.png").exists()
    assert len(rows_of(out)) == len(lines) - 1 + 5


def test_ctrl_c_keeps_what_is_done(compared, out, monkeypatch):
    def append_and_interrupt(path, scores):
        append_scores(path, scores)
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(comparison, "append_scores", append_and_interrupt)
        assert compared() == signal.SIGINT
    assert {row["pair"] for row in rows_of(out)} == {"crack-001"}
    assert not (out / "report.md").exists()
    assert compared(resume=True) == 0
    assert (out / "report.md").exists()


def test_resume_refuses_results_of_other_weights(compared, out, tiny_networks, tmp_path):
    one, other = tmp_path / "a" / "mine", tmp_path / "b" / "mine"
    edge, inpaint = tiny_networks
    save(CARD | {"name": "mine"}, edge, inpaint, one)
    with pytest.MonkeyPatch.context() as patch:
        weight = inpaint.decoder[-1].weight
        patch.setattr(weight, "data", weight.data * 2)
        save(CARD | {"name": "mine"}, edge, inpaint, other)
    compared(models=[str(one)])
    with pytest.raises(TrainingError, match="choose another --out"):
        compared(models=[str(other)], resume=True)


def test_a_report_is_not_overwritten(compared, out):
    with pytest.raises(TrainingError, match="no report to go on with"):
        compared(resume=True)
    compared()
    with pytest.raises(TrainingError, match="add --resume"):
        compared()


def test_a_method_that_cannot_run_is_left_out_and_the_reason_given(
    compared, out, monkeypatch, tiny_model
):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    compared(methods=["membrane", "exemplar"])
    markdown = (out / "report.md").read_text()
    assert "exemplar: the method exemplar needs the package pypatchmatch" in markdown
    assert "door.png: has no mask door\\_mask.png beside it" in markdown
    with pytest.raises(TrainingError, match=r"no method can run: exemplar: .*pypatchmatch"):
        line_up(["exemplar"], [])
    with pytest.raises(InputError, match="'foo'"):
        line_up(["foo"], [])
    with pytest.raises(ModelError, match="'nowhere'"):
        line_up(["membrane"], ["nowhere"])


def test_all_methods_that_can_run_take_part_the_papers_last(monkeypatch):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    lineup = line_up([], [])
    names = [row.name for row in lineup.contenders]
    assert names[-2:] == ["two-stage", "two-stage, detail from the picture"]
    # The paper's method is what it paints, and so is every row but that one.
    assert lineup.two_stage.name == "two-stage"
    assert [row.settings["detail"] for row in lineup.contenders[-2:]] == ["none", "picture"]
    assert {row.settings["detail"] for row in lineup.contenders[:-1]} == {"none"}
    assert {sentence.partition(":")[0] for sentence in lineup.left_out} | set(names[:-1]) == set(
        methods.names()
    )
    assert any("--models onnx:FILE" in sentence for sentence in lineup.left_out)


def test_the_ablation_takes_the_first_two_stage_model_apart(tiny_model, tiny_networks, tmp_path):
    without = tmp_path / "tiny-2"
    save(CARD, *tiny_networks, without)
    lineup = line_up(
        ["membrane"], [tiny_model, str(without)], ablation=True, without_d3=str(without)
    )
    assert [row.name for row in lineup.entrants] == ["membrane", "tiny", "tiny-2"]
    assert [(row.name, row.edges) for row in lineup.variants] == [
        ("tiny, no edges in the hole", "none"),
        ("tiny, true edges", "true"),
        ("tiny, without D3", "own"),
    ]
    assert [row.name for row in lineup.others] == ["membrane"]
    facts = lineup.entrants[2].facts
    assert (facts.version, facts.trained_on) == ("7", "two_murals for three minutes.")
    with pytest.raises(TrainingError, match="--ablation"):
        line_up(["membrane"], [], without_d3=tiny_model)
    with pytest.raises(TrainingError, match="two-stage to --methods"):
        line_up(["membrane"], [], ablation=True)
    with pytest.raises(TrainingError, match="name each once"):
        line_up([], [tiny_model, tiny_model])


@pytest.mark.parametrize("edges", ["own", "none", "true"])
def test_no_contender_sees_what_is_inside_the_hole(
    folder, tmp_path, tiny_model, edges, monkeypatch
):
    """The truth inside the hole changes only the scores, and with true edges the edges."""
    (case,) = cases_of([Pair(str(folder / "0.png"), 4, 6, 64, "loss", 3)])
    truth, hole = case.source.truth(), case.source.hole()
    noisy = truth.copy()
    noisy[hole] = np.random.default_rng(0).random((hole.sum(), 3))
    contender = Contender("row", "two-stage", tiny_model, edges=edges)
    restored = []
    for number, picture in enumerate((truth, noisy)):
        pictures = tmp_path / str(number)
        pictures.mkdir()
        monkeypatch.setattr(Pair, "truth", lambda self, picture=picture: picture.copy())
        (result,) = score_case(Task(case, (contender,), pictures))
        restored.append(read_picture(pictures / "loss-001_row.png").data)
        assert result.share == pytest.approx(hole.mean())
    np.testing.assert_array_equal(restored[0][~hole], np.rint(255 * truth[~hole]))
    same = np.array_equal(restored[0][hole], restored[1][hole])
    assert same == (edges != "true")


def test_the_mean_and_its_interval_are_those_of_pictures():
    values = np.arange(2 * FEWEST, dtype=float)
    pictures = [f"{i // 2}.png" for i in range(2 * FEWEST)]
    estimate = estimate_mean(values, pictures)
    assert estimate.mean == values.mean()
    # Two details of a picture count as one observation: the interval is that of their means.
    means = values.reshape(-1, 2).mean(axis=1)
    reach = 1.96 * means.std() / np.sqrt(FEWEST)
    assert estimate.low == pytest.approx(means.mean() - reach, abs=0.5)
    assert estimate.high == pytest.approx(means.mean() + reach, abs=0.5)
    assert estimate == estimate_mean(values, pictures)
    shuffled = np.random.default_rng(0).permutation(2 * FEWEST)
    assert estimate_mean(values[shuffled], [pictures[i] for i in shuffled]).mean == estimate.mean


def test_equal_scores_have_an_interval_without_width():
    estimate = estimate_mean([3.0] * FEWEST, list(map(str, range(FEWEST))))
    assert (estimate.mean, estimate.low, estimate.high) == (3.0, 3.0, 3.0)
    assert estimate.excludes_zero


@pytest.mark.parametrize(
    ("values", "mean"),
    [([2.0, 4.0], 3.0), ([2.0, np.nan], 2.0), ([np.inf] + [1.0] * FEWEST, np.inf), ([], np.nan)],
)
def test_no_interval_without_enough_finite_scores(values, mean):
    estimate = estimate_mean(values, list(map(str, range(len(values)))))
    assert estimate.mean == pytest.approx(mean, nan_ok=True)
    assert np.isnan(estimate.low)
    assert not estimate.excludes_zero


def test_the_lead_is_over_the_best_other_pair_by_pair():
    """What all methods have in common cancels: 1 dB above on each pair is beyond chance."""
    level = np.random.default_rng(1).normal(30, 8, FEWEST)
    table = [
        score(name, number, hole_psnr=value + above)
        for name, above in (("good", 1.0), ("fair", 0.0), ("poor", -5.0))
        for number, value in enumerate(level)
    ]
    results = Results(reversed(table))
    lead = find_lead(results, "hole_psnr", "brush", "good", ["poor", "fair"])
    assert lead.best_other == "fair"
    assert lead.above
    assert lead.difference.mean == pytest.approx(1)
    assert lead.difference.excludes_zero
    behind = find_lead(results, "hole_psnr", "brush", "poor", ["good", "fair"])
    assert not behind.above
    assert behind.difference.high == pytest.approx(-6)
    assert estimate_difference(results, "ssim", "brush", "good", "poor").mean == 0


def test_scores_survive_the_file(tmp_path):
    path = tmp_path / "results.csv"
    table = [score("a, b", 1, psnr=np.inf), score("c", 2, ssim=0.1 + 0.2)]
    write_scores(path, table[:1])
    append_scores(path, table[1:])
    assert read_scores(path) == table
    append_scores(path, [score("d", 3, edge_f1=np.nan)])
    assert np.isnan(read_scores(path)[2].edge_f1)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "nonsense", *lines[1:]]))
    with pytest.raises(TrainingError, match="line 2"):
        read_scores(path)
    path.write_text("method,dB\n")
    with pytest.raises(TrainingError, match="other columns"):
        read_scores(path)


def test_the_details_are_of_one_kind_and_spread_over_the_pictures():
    pairs = [Pair(f"{i}.png", 0, 0, 64, kind, i) for kind in ("crack", "brush") for i in range(30)]
    cases = cases_of(pairs)
    details = choose_details(cases)
    assert [case.name for case in details] == [
        f"brush-{n:03}" for n in (1, 4, 7, 11, 14, 17, 20, 24, 27, 30)
    ]
    assert [case.name for case in choose_shown(cases)] == ["brush-001", "brush-004", "crack-001"]
    assert len(choose_details(cases[:33])) == 10


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((70, 80), np.uint8), "empty"),
        (np.full((70, 80), 255, np.uint8), "covers every pixel"),
        (np.full((60, 80), 255, np.uint8), "60"),
    ],
)
def test_a_mask_that_does_not_fit_is_named_before_the_run(compared, damaged, out, mask, words):
    write_picture(damaged / "wall_mask.png", mask, rgb=False, overwrite=True)
    with pytest.raises(TrainingError, match=rf"wall\.png.*{words}"):
        compared()
    assert not out.exists()


def test_a_grey_picture_with_real_damage_is_restored_in_its_own_values(tmp_path):
    grey = draw_picture(5)[..., 0].astype(np.uint16) * 257
    mask = np.zeros(grey.shape, np.uint8)
    mask[30:36] = 1
    write_picture(tmp_path / "coin.png", grey, rgb=False)
    write_picture(tmp_path / "coin_mask.png", mask, rgb=False)
    source = RealDamage(str(tmp_path / "coin.png"), str(tmp_path / "coin_mask.png"))
    source.check()
    np.testing.assert_array_equal(source.truth(), grey)
    (case,) = cases_of([source])
    (result,) = score_case(Task(case, (Contender("membrane", "membrane"),)))
    assert 10 < result.psnr < 100


def test_detail_is_scored_only_where_a_row_says_so(folder):
    (case,) = cases_of([Pair(str(folder / "0.png"), 4, 6, 64, "loss", 3)])
    lineup = line_up(["membrane", "membrane+detail=none", "membrane+detail=picture"], [])
    plain, without, detailed = score_case(Task(case, lineup.contenders))
    assert (without.contender, detailed.contender) == (
        "membrane, without detail",
        "membrane, detail from the picture",
    )
    assert plain.texture == without.texture < detailed.texture


def test_signs_in_names_are_no_formatting():
    blocks = [
        Table("a_b", ["x|y", "1 < 2"], [["<b>", Strong("*3*")]]),
        Bullets(["[link](x)"]),
        Image("figure.png", "A & B"),
    ]
    markdown = to_markdown("T", blocks)
    assert r"| x\|y | 1 \< 2 |" in markdown
    assert r"| \<b\> | **\*3\*** |" in markdown
    html = to_html("T", blocks)
    assert "<td>&lt;b&gt;</td><td><strong>*3*</strong></td>" in html
    assert 'alt="A &amp; B"' in html


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--pictures", "nowhere"], "nowhere holds no picture"),
        ([], "--pictures"),
        (["--manifest", __file__], "not a manifest"),
        (["--pictures", "nowhere", "--methods", "membrane,foo"], "'foo'"),
    ],
)
def test_bad_input_is_one_sentence(options, words, out, capsys, monkeypatch):
    if "foo" not in str(options):
        options = [*options, "--methods", "membrane"]
    monkeypatch.setattr(sys, "argv", ["training", "compare", "--out", str(out), *options])
    with pytest.raises(SystemExit) as end:
        main()
    error = capsys.readouterr().err
    assert end.value.code == 1
    assert error.startswith("Error: ")
    assert words in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_the_command_line_is_in_the_report(manifest, out, monkeypatch, capsys):
    options = ["--manifest", str(manifest), "--methods", "membrane, telea", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["training", "compare", *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert str(out / "report.html") in capsys.readouterr().out
    report = (out / "report.md").read_text()
    assert "python -m training compare --manifest" in report
    assert "'membrane, telea'" in report
    assert len(json.loads((out / "pairs.json").read_text())["pairs"]) == 4
