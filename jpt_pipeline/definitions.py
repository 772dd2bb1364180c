"""Wiring only: the one place where the engine meets assets, checks and reports."""

import sys
from typing import Any

import dagster as dg

from jpt_pipeline.settings import CHECKOUT

# assets, checks and reports are packages of the checkout, not of the wheel: found wherever the process was started.
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))

import reports.progress as PROGRESS_PAGES
from assets import STAGES
from assets.s1_submissions.landing import REGISTERS, landing__deliveries
from assets.s2_households import ISSUES, SHARED
from assets.s5_certified import CERTIFIED
from assets.s6_published import release, warehouse
from assets.stage import asset_key, stage_assets
from checks import GATES
from jpt_pipeline.jobs import make_jobs
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS
from jpt_pipeline.resources import Home
from jpt_pipeline.schedules import make_schedules
from jpt_pipeline.sensors import make_sensors
from reports.assets import ASSETS as REPORT_ASSETS
from reports.assets import RESTRICTED_ASSETS
from reports.batch import make_each
from reports.forms.paper import certification_form
from reports.order import Order, RestrictedOrder
from reports.progress.asset import progress
from reports.registry import REPORTS, RESTRICTED, make_once
from reports.release import NotAsked, Release, ReleaseError, release_before
from reports.typeset import TemplateBroken

_TABLES = {
    is_province: [
        asset_key(name) for s in STAGES if (s.partitions is PROVINCE_ROUNDS) is is_province for name in s.tables
    ]
    for is_province in (True, False)
}
# What a run does without Dagster, as a trial in a temporary home does it: the stages of provinces, then of the nation.
MAKERS = {
    is_province: [s.make for s in STAGES if (s.partitions is PROVINCE_ROUNDS) is is_province]
    for is_province in (True, False)
}
# Assets that `jpt run` makes by themselves between the provinces and the nation.
SHARED_PERSONS = [asset_key(name) for name in SHARED.tables]
# The asset that publishes, without the reports.
RELEASE = release.key
CERTIFIED_PROVINCE = [asset_key(name) for name in (*ISSUES.tables, *CERTIFIED.tables)]
ASSETS = [
    landing__deliveries,
    *(stage_assets(stage) for stage in STAGES),
    warehouse,
    release,
    *REPORT_ASSETS,
    *RESTRICTED_ASSETS,
    progress,
]
JOBS = make_jobs(
    intake=[landing__deliveries.key],
    province_round=_TABLES[True],
    national_round=[*_TABLES[False], warehouse.key],
    publish_round=[release.key, *(asset.key for asset in REPORT_ASSETS if asset.partitions_def is SURVEY_YEARS)],
    province_reports=[asset.key for asset in REPORT_ASSETS if asset.partitions_def is PROVINCE_ROUNDS],
    progress_round=[*_TABLES[False], warehouse.key, progress.key],
    restricted_reports=[asset.key for asset in RESTRICTED_ASSETS],
)


def build_defs(**overrides: Any) -> dg.Definitions:
    """Everything Dagster sees. `overrides` replace resources by name (tests give another home)."""
    return dg.Definitions(
        assets=[*REGISTERS, *ASSETS],
        jobs=list(JOBS.values()),
        schedules=make_schedules(JOBS),
        sensors=make_sensors(JOBS),
        resources={"home": Home(), **overrides},
        executor=dg.in_process_executor,
    )


defs = build_defs()
__all__ = [
    "ASSETS",
    "GATES",
    "JOBS",
    "MAKERS",
    "PROGRESS_PAGES",
    "REPORTS",
    "RESTRICTED",
    "NotAsked",
    "Order",
    "Release",
    "ReleaseError",
    "RestrictedOrder",
    "TemplateBroken",
    "build_defs",
    "certification_form",
    "defs",
    "make_each",
    "make_once",
    "release_before",
]
