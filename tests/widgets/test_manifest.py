import json
import subprocess
import sys
from importlib import import_module

from napari._app_model.constants._menus import MenuId
from npe2 import PluginManager, PluginManifest

from napari_relic_inpaint.settings import FIELDS

PLUGIN = "napari-relic-inpaint"
manifest = PluginManifest.from_distribution(PLUGIN)


def test_every_menu_is_one_that_napari_shows():
    menus = manifest.contributions.menus
    assert set(menus) == {
        "napari/file/io_utilities",
        "napari/layers/filter",
        "napari/layers/annotate",
        "napari/layers/measure",
    }
    assert {str(menu) for menu in menus} <= {str(menu.value) for menu in MenuId.contributables()}


def test_no_reader_makes_napari_ask_which_one_to_use():
    # Beside napari's own, one for *.png or *.tif would also make viewer.open(...) raise, and one
    # that takes folders would be asked about for every folder of pictures.
    manager = PluginManager.instance()
    manager.discover()
    for path in ("a.png", "a.tif", "a.relic.tif", "a.zip", ".", "a.zarr"):
        readers = manager.iter_compatible_readers(path)
        assert PLUGIN not in {reader.plugin_name for reader in readers}
    for path in ("wall.relic.zip", "WALL.RELIC.ZIP", "wall.relic/project.json"):
        readers = manager.iter_compatible_readers(path)
        assert {reader.plugin_name for reader in readers} == {PLUGIN}


def test_every_command_can_be_imported():
    for command in manifest.contributions.commands:
        module, _, name = command.python_name.partition(":")
        assert callable(getattr(import_module(module), name))


def test_the_copy_at_the_top_is_the_real_manifest(pytestconfig):
    top = pytestconfig.rootpath / "napari.yaml"
    real = pytestconfig.rootpath / "src" / "napari_relic_inpaint" / "napari.yaml"
    assert top.resolve() == real


def test_preferences_have_the_defaults_and_limits_of_the_settings():
    properties = manifest.contributions.configurations["restore"].properties
    assert set(properties) == {"model", "device", "window", "batch"}
    for name, shown in properties.items():
        assert shown.default == FIELDS[name].default
        for limit in FIELDS[name].metadata:
            if hasattr(limit, "ge"):
                assert shown.minimum == limit.ge
            if hasattr(limit, "le"):
                assert shown.maximum == limit.le


def test_knowing_the_plugin_loads_neither_torch_nor_the_widgets():
    # What napari does with every installed plugin when it starts.
    code = (
        "import sys, json\n"
        "from npe2 import PluginManager\n"
        "manager = PluginManager.instance(); manager.discover()\n"
        f"manager.get_manifest({PLUGIN!r})\n"
        "print(json.dumps([m for m in sys.modules if m.startswith(('torch', "
        "'napari_relic_inpaint.widgets'))]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []


def test_samples_are_offered():
    manager = PluginManager()
    manager.register(manifest)
    offered = {sample.key for _, samples in manager.iter_sample_data() for sample in samples}
    assert offered == {"fresco", "coins", "manuscript"}
