"""What the checkout holds and what it leaves alone: dependencies, ignored folders, telemetry, foreign places."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
import yaml

from jpt_pipeline.home import prepare
from jpt_pipeline.settings import Settings
from tests.conftest import CHECKOUT, git

DEFINITIONS = {
    "areas",
    "awards",
    "bench",
    "calendar",
    "certification",
    "codes",
    "corrections",
    "disclosure",
    "fieldwork",
    "forms",
    "instruments",
    "intake",
    "layouts",
    "listing",
    "progress",
    "rounds",
    "sample",
    "sampling",
    "synthetic",
    "dictionary.yaml",
    "history",
    "identity",
}
NEIGHBOUR = ".." + "/" + "shared"
MACHINE = re.compile(
    "|".join(
        (
            r"(?<![\w.])/" + "work/",
            r"(?<![\w.])/" + "root/",
            r"(?<![\w.])/" + r"home/\w",
            "/" + "Users/",
            r"\b[A-Z]:\\\\",
        )
    )
)
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "proxy." + "golang",
    "index" + "-url",
    "artifact" + "ory",
)


def tracked() -> list[Path]:
    """Files of the project as git would commit them: tracked, or new and not ignored."""
    listed = git("ls-files", "--cached", "--others", "--exclude-standard")
    if listed is None:
        pytest.skip("not a git checkout: there is no list of files")
    return [CHECKOUT / line for line in listed.splitlines() if (CHECKOUT / line).is_file()]


def texts() -> dict[Path, str]:
    """Text files of the project by path."""
    found = {}
    for path in tracked():
        try:
            found[path] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def test_every_dependency_is_locked_with_hashes() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", one)[0]).lower() for one in wanted}
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pins = {line.split("==")[0].split("[")[0].strip(): line for line in lock.splitlines() if "==" in line}
    assert names - set(pins) == set()
    assert [name for name, line in pins.items() if "--hash=sha256:" not in line] == []
    assert [line for line in lock.splitlines() if line.strip() and not line.startswith("#") and "==" not in line] == []


def test_data_of_runs_are_ignored_and_definitions_are_not() -> None:
    settings = Settings(home=CHECKOUT / "data")
    places = [settings.inbox, settings.landing, settings.lake, settings.warehouse, settings.ledger, settings.published]
    places += [settings.scratch, settings.dagster_home, settings.root / "reports" / "x"]
    places += [settings.root / "keys" / "token.key", settings.root / "cache" / "x", settings.root / "home.json"]
    for place in places:
        path = place if place.suffix else place / "x"
        found = git("check-ignore", str(path.relative_to(CHECKOUT)))
        if found is None:
            pytest.skip("not a git checkout: nothing says what is ignored")
        assert found, f"{path} would be committed"
    for name in DEFINITIONS:
        path = Path("data") / name
        assert not git("check-ignore", str(path if path.suffix else path / "x")), name


def test_the_data_folder_holds_definitions_and_sample_only() -> None:
    found = {
        path.relative_to(CHECKOUT / "data").parts[0] for path in tracked() if path.is_relative_to(CHECKOUT / "data")
    }
    assert found == DEFINITIONS


def test_nothing_leans_on_a_place_outside_the_checkout() -> None:
    for path, content in texts().items():
        if NEIGHBOUR in content:
            is_test = path.is_relative_to(CHECKOUT / "tests")
            assert is_test, f"{path} needs another folder"
            assert "skip" in content, f"{path} does not skip where there is none"
        if found := MACHINE.search(content):
            line = content[: found.start()].count("\n") + 1
            pytest.fail(f"{path}:{line} names a place of one machine: {found[0]}")
        assert not [host for host in REGISTRIES if host in content], f"{path} names a registry"


def test_dagster_phones_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home))
    prepare(settings)
    config = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text(encoding="utf-8"))
    assert (config["telemetry"], config["nux"]) == ({"enabled": False}, {"enabled": False})
    assert config["run_monitoring"]["max_runtime_seconds"] > 0
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled


def test_great_expectations_phones_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is set before the library is imported and asked for a context."""
    from reports import quality

    seen = []

    class Stop(Exception):
        pass

    def get_context(**_: object) -> None:
        seen.append(os.environ.get("GX_ANALYTICS_ENABLED"))
        raise Stop

    monkeypatch.delenv("GX_ANALYTICS_ENABLED", raising=False)
    monkeypatch.setitem(sys.modules, "great_expectations", SimpleNamespace(get_context=get_context))  # type: ignore[arg-type]
    with pytest.raises(Stop):
        quality.check(None)  # type: ignore[arg-type]
    assert seen == ["false"]


def test_the_makefile_explains_itself() -> None:
    run = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert {"setup", "demo", "test", "check", "bench", "ui"} <= {
        line.split()[0] for line in run.stdout.splitlines() if line
    }
