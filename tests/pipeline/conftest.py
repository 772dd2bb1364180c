"""What tests of the running pipeline share: a job in a home, on an instance of its own, and a province that was run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from jpt_pipeline.definitions import build_defs
from jpt_pipeline.resources import Home
from jpt_pipeline.settings import Settings
from tests.conftest import Terminal, copy_home

BUENG_KAN = "38|2561"


@pytest.fixture(autouse=True)
def _no_checkout_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever forgets to name its home works in an empty one, never in the checkout's."""
    monkeypatch.setenv("JPT_HOME", str(tmp_path / "default-home"))


@dataclass(frozen=True)
class Dagster:
    """Jobs of a home."""

    home: Path
    instance: dg.DagsterInstance

    def run(self, job: str, key: str | None, only: Sequence[str] = ()) -> dg.ExecuteInProcessResult:
        """Execute a job for a partition; `only` selects some of its assets, as a person does on Dagster's page."""
        definitions = build_defs(home=Home(path=str(self.home)))
        return definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=key,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(name.split("/")) for name in only] or None,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home)


def failure_text(result: dg.ExecuteInProcessResult) -> str:
    """What the failed steps said."""
    found = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            found += [str(data.user_failure_data and data.user_failure_data.description)]
            error = data.error
            while error is not None:
                found.append(error.message)
                error = error.cause
    return "\n".join(found)


@pytest.fixture
def fresh(taken_in: Path, tmp_path: Path) -> Iterator[Dagster]:
    """The sample taken in, nothing run."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Dagster(copy_home(taken_in, tmp_path / "home"), instance)


@dataclass(frozen=True)
class Ran:
    """A home in which the province was run once, and the result of that run. Read only."""

    dagster: Dagster
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="module")
def ran(taken_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    home = copy_home(taken_in, tmp_path_factory.mktemp("ran") / "home")
    with dg.DagsterInstance.ephemeral() as instance:
        dagster = Dagster(home, instance)
        yield Ran(dagster, dagster.run("province_round", BUENG_KAN))


@pytest.fixture
def demo_copy(demo: object, tmp_path: Path) -> Terminal:
    """The command line in a copy of the finished demonstration."""
    return Terminal(copy_home(getattr(demo, "home"), tmp_path / "home"))  # noqa: B009
