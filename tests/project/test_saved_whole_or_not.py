"""Whatever happens while a project is saved, one of its versions is there, whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from benches import all_same, bench_of, reopen, save

from napari_relic_inpaint.errors import FileError, Stopped
from napari_relic_inpaint.project.locking import saving_alone
from napari_relic_inpaint.project.writing import write_project_steps
from napari_relic_inpaint.steps import finish, stoppable

NAMES = ["wall.relic", "wall.relic.zip"]
HERE = Path(__file__).parent


def content(folder):
    """Return the files of a folder, without what says that somebody saves."""
    return {file for file in folder.rglob("*") if not file.name.endswith(".saving")}


# In a process of its own that forks before there are threads, so that thousands of crashes are
# cheap. Python tells an audit hook of every file that is opened, renamed or removed.
CRASHES = """
import os, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from benches import all_same, bench_of, reopen, save
path = Path(sys.argv[1]); folder = path.parent
# What a killed process has written is there without waiting for the disk.
os.fsync = lambda _: None

def in_child(work):
    child = os.fork()
    if child == 0:
        try:
            os._exit(work() or 0)
        except BaseException as error:
            print(type(error), error, flush=True)
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def save_and_crash(at):
    left = [at]
    def hook(event, arguments):
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), 9)
    sys.addaudithook(hook)
    save(path, bench_of(folder, 8), overwrite=True)

def which():
    opened = reopen(path)
    assert opened.notes == [], opened.notes
    for number in (7, 8):
        if all_same(opened.bench, bench_of(folder, number)):
            return number
    return 50

assert in_child(lambda: save(path, bench_of(folder, 7), overwrite=True) and 0) == 0
found = []
for at in range(1, 10_000, {step}):
    ended = in_child(lambda: save_and_crash(at))
    found.append(in_child(which))
    if ended == 0:
        break
    if found[-1] == 8:
        assert in_child(lambda: save(path, bench_of(folder, 7), overwrite=True) and 0) == 0
print(at, *sorted(set(found)))
left = [each.name for each in folder.iterdir() if each.name.startswith(".relic-inpaint")]
print(left)
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_crash_at_any_moment_leaves_a_whole_version(tmp_path, name):
    if not hasattr(os, "fork"):
        pytest.skip("no fork")
    code = CRASHES.format(here=str(HERE), step=5)
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / name)],
        env=os.environ | {"TMPDIR": str(tmp_path.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    moments, *versions = run.stdout.splitlines()[-2].split()
    assert int(moments) > 30
    assert versions == ["7", "8"], run.stdout


FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from benches import bench_of, save
path = Path(sys.argv[1])
bench = bench_of(path.parent, 8)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
try:
    save(path, bench, overwrite=True)
except OSError as error:
    print(error)
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_the_version_before(tmp_path, name):
    save(tmp_path / name, bench_of(tmp_path, 7))
    before = content(tmp_path)
    code = FULL_DISK.format(here=str(HERE))
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the disk is full" in run.stdout
    assert content(tmp_path) == before
    assert all_same(reopen(tmp_path / name).bench, bench_of(tmp_path, 7))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [0, 3, 9])
def test_a_stop_leaves_the_version_before(tmp_path, name, steps):
    save(tmp_path / name, bench_of(tmp_path, 7))
    before = content(tmp_path)
    asked = iter(range(steps))
    writing = write_project_steps(tmp_path / name, bench_of(tmp_path, 8), overwrite=True)
    with pytest.raises(Stopped):
        finish(stoppable(writing, lambda: next(asked, None) is None))
    assert content(tmp_path) == before
    assert all_same(reopen(tmp_path / name).bench, bench_of(tmp_path, 7))


@pytest.mark.parametrize("name", NAMES)
def test_two_do_not_save_at_once(tmp_path, name):
    save(tmp_path / name, bench_of(tmp_path, 7))
    with saving_alone(tmp_path / name), pytest.raises(FileError, match="is being saved"):
        save(tmp_path / name, bench_of(tmp_path, 8), overwrite=True)
    save(tmp_path / name, bench_of(tmp_path, 8), overwrite=True)
    assert all_same(reopen(tmp_path / name).bench, bench_of(tmp_path, 8))


def test_what_is_not_needed_goes_two_saves_later(tmp_path):
    path = tmp_path / "wall.relic"
    counts = []
    for number in (7, 8, 9, 10):
        save(path, bench_of(tmp_path, number), overwrite=True)
        counts.append(len(list((path / "data").iterdir())))
    assert counts[0] < counts[1] == counts[2] == counts[3]
