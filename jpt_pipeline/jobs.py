"""Jobs: intake, one province of a round, the nation of a round, publishing, reports. One partition a run, in one process."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS

_TEXTS = {
    "intake": "Take in what lies in the inbox",
    "province_round": "One province of a round: records, households, indicators, rollups, certified tables",
    "national_round": "The nation of a round, the account of its deliveries, and the warehouse",
    "progress_round": "The nation of a round as it is now, and the report of its progress",
    "publish_round": "A release of a round and the reports of the nation",
    "province_reports": "The reports of a province from the round's current release",
    "restricted_reports": "Reports about single households of a province, below the restricted place, noted in the ledger",
}
_PARTITIONS: dict[str, dg.PartitionsDefinition | None] = {
    "intake": None,
    "province_round": PROVINCE_ROUNDS,
    "national_round": SURVEY_YEARS,
    "progress_round": SURVEY_YEARS,
    "publish_round": SURVEY_YEARS,
    "province_reports": PROVINCE_ROUNDS,
    "restricted_reports": PROVINCE_ROUNDS,
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
