"""A home made ready: its folders, its keys, Dagster's configuration.

The keys are the one thing that is made outside of the home (unless they are to lie inside); see the vault's keys.
"""

from dataclasses import dataclass
from pathlib import Path

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder, replacing
from jpt_pipeline.vault import key_folder, make_keys
from jpt_pipeline.vault.keys import KeyName

# Telemetry and the newcomers' dialog are off: nothing phones home. One warehouse writer; runs that died are ended. The log of
# runs is one file (runlog.py); a home made before it keeps the file a run that its dagster.yaml knows.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 2}
  pools: {default_limit: 1, granularity: op}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
event_log_storage: {module: jpt_pipeline.runlog, class: RunLog, config: {base_dir: {env: DAGSTER_HOME}}}
run_monitoring: {enabled: true, max_runtime_seconds: 14400, free_slots_after_run_end_seconds: 60}
"""


@dataclass(frozen=True)
class Made:
    """What `prepare` found or made: the home, the folder of its keys, and the keys that are new."""

    root: Path
    keys: Path
    new_keys: list[KeyName]


def prepare(settings: Settings, *, keys_inside: bool = False, known_keys: dict[KeyName, bytes] | None = None) -> Made:
    """Make the home's folders, keys and Dagster configuration where they are missing; never overwrites.

    Args:
        keys_inside: a fresh home keeps its keys inside; known_keys: their bytes, where all persons are invented.

    Raises:
        KeyMissing: the home has data and its keys are not there; nothing is made.
    """
    new_keys = make_keys(settings, keys_inside=keys_inside, known=known_keys)
    furnish(settings)
    return Made(settings.root, key_folder(settings), new_keys)


def furnish(settings: Settings) -> None:
    """The folders and Dagster's configuration, without keys: enough for whoever takes nothing in.

    Folders that hold single households are for their owner only (0700); ledger, releases and reports are not.
    """
    for folder in (settings.ledger, settings.published, settings.root / "reports"):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (
        *(settings.inbox, settings.landing, settings.lake, settings.warehouse.parent),
        *(settings.dagster_home, settings.scratch),
    ):
        private_folder(folder)
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists():
        with replacing(config) as temporary:
            temporary.write_text(DAGSTER_YAML, encoding="utf-8")
