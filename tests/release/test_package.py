"""What PyPI, napari's hub and conda-forge read agrees with the tree and with each other."""

import re
import tomllib
from email.parser import Parser
from pathlib import Path

import pytest
import yaml
from hatchling.build import prepare_metadata_for_build_wheel
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "opencv-python": "py-opencv", "torch": "pytorch"}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def metadata(tmp_path_factory):
    """The wheel's metadata, as an index shows them."""
    folder = tmp_path_factory.mktemp("metadata")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        made = prepare_metadata_for_build_wheel(str(folder))
    return Parser().parsestr((folder / made / "METADATA").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def recipe():
    return yaml.safe_load((ROOT / "release" / "conda" / "recipe.yaml").read_text())


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


def test_the_hub_finds_the_plugin(metadata):
    assert "Framework :: napari" in metadata.get_all("Classifier")
    assert 0 < len(metadata["Summary"]) <= 200
    assert metadata["Description-Content-Type"].startswith("text/markdown")


def test_images_and_links_of_the_readme_lead_from_the_index_to_files_of_the_release(
    metadata, project
):
    repository = project["urls"]["Repository"]
    raw = repository.replace("https://github.com", "https://raw.githubusercontent.com")
    tag = f"v{project['version']}"
    targets = re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", metadata.get_payload())
    images = [target for is_image, target in targets if is_image]
    links = [target for is_image, target in targets if not is_image]
    assert len(images) >= 3
    for target in images:
        assert (ROOT / target.removeprefix(f"{raw}/{tag}/")).is_file(), target
    pages = [link for link in links if link[0] != "#"]
    assert len(pages) >= 5
    for target in pages:
        path = target.removeprefix(f"{repository}/blob/{tag}/").partition("#")[0]
        assert (ROOT / path).is_file(), target
    assert all(target.startswith("https://") for target in images + pages)


def test_versions_agree(project, recipe):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == recipe["context"]["version"] == project["version"]


def test_conda_installs_what_pip_does(project, recipe):
    wanted = set()
    for line in project["dependencies"]:
        requirement = Requirement(line)
        name = CONDA_NAMES.get(requirement.name, requirement.name)
        wanted.add(f"{name} {requirement.specifier}")
    assert set(recipe["requirements"]["run"]) - {"python >=${{ python_min }}"} == wanted


def test_conda_can_read_the_recipe(project):
    pytest.importorskip("rattler_build")
    from rattler_build.stage0 import Stage0Recipe
    from rattler_build.variant_config import VariantConfig

    folder = ROOT / "release" / "conda"
    variants = VariantConfig.from_file(str(folder / "variants.yaml"))
    [rendered] = Stage0Recipe.from_file(str(folder / "recipe.yaml")).render(variants)
    assert str(rendered.recipe.package.version) == project["version"]
    assert f"python {project['requires-python']}" in map(str, rendered.recipe.requirements.run)


def test_all_promised_pythons_are_tested(project):
    promised = [
        line.removeprefix("Programming Language :: Python :: ")
        for line in project["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    ]
    matrix = workflow("tests")["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == promised
    assert project["requires-python"] == f">={promised[0]}"


@pytest.mark.parametrize("name", ["tests", "package", "docs"])
def test_scripts_that_a_workflow_runs_are_there(name):
    steps = [step for job in workflow(name)["jobs"].values() for step in job["steps"]]
    scripts = re.findall(
        r"(?:tests|docs|release)/[\w./-]+", " ".join(step.get("run", "") for step in steps)
    )
    assert scripts
    assert [script for script in scripts if not (ROOT / script).is_file()] == []


def test_hooks_need_no_network():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["repo"] for hook in hooks] == ["local"]
    assert {entry["language"] for entry in hooks[0]["hooks"]} == {"system"}
