"""A home made ready: its folders, the token key, Dagster's configuration. Nothing outside the home is touched."""

from dataclasses import dataclass
from pathlib import Path

from jpt_pipeline.intake.tokens import make_key
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import replacing

# Telemetry and the newcomers' dialog are off: nothing phones home. One warehouse writer; runs that died are ended.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 2}
  pools: {default_limit: 1, granularity: op}
run_monitoring: {enabled: true, max_runtime_seconds: 14400, free_slots_after_run_end_seconds: 60}
"""


@dataclass(frozen=True)
class Made:
    """What `prepare` found or made: the home, and whether the key is new."""

    root: Path
    is_key_new: bool


def prepare(settings: Settings) -> Made:
    """Make the home's folders, key and Dagster configuration where they are missing; never overwrites.

    Folders that hold single households are for their owner only (0700); ledger, releases and reports are not.
    """
    for folder in (settings.inbox, settings.landing, settings.lake, settings.ledger, settings.published):
        folder.mkdir(parents=True, exist_ok=True)
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    for restricted in (
        settings.inbox,
        settings.landing,
        settings.lake,
        settings.warehouse.parent,
        settings.dagster_home,
    ):
        restricted.chmod(0o700)
    is_new = make_key(settings.token_key_file)
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists():
        with replacing(config) as temporary:
            temporary.write_text(DAGSTER_YAML, encoding="utf-8")
    return Made(settings.root, is_new)
