"""Jobs: intake, one province of a round, the nation of a round, publishing. One partition a run, in one process."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS

_TEXTS = {
    "intake": "Take in what lies in the inbox",
    "province_round": "One province of a round: records, households, indicators, rollups, certified tables",
    "national_round": "The nation of a round, the account of its deliveries, and the warehouse",
    "publish_round": "A release of a round and the reports made from it",
}
_PARTITIONS: dict[str, dg.PartitionsDefinition | None] = {
    "intake": None,
    "province_round": PROVINCE_ROUNDS,
    "national_round": SURVEY_YEARS,
    "publish_round": SURVEY_YEARS,
}


def make_jobs(**selections: Sequence[dg.AssetKey]) -> dict[str, Any]:
    """Asset jobs by name, in the order of a yearly run."""
    return {
        name: dg.define_asset_job(
            name,
            selection=dg.AssetSelection.assets(*selections[name]),
            partitions_def=partitions,
            description=_TEXTS[name],
            executor_def=dg.in_process_executor,
            tags={"dagster/max_runtime": "14400"},
        )
        for name, partitions in _PARTITIONS.items()
    }
