"""The daily progress as an asset: current report, snapshots that are due, notices about what is late.

Put here: loading, calling, showing. Keep out: any computation. It writes one thing into the ledger, the digests of a
snapshot that was kept; it certifies nothing.
"""

from datetime import datetime

import dagster as dg

from jpt_pipeline.clock import utc_now
from jpt_pipeline.notify import NotSent, send
from jpt_pipeline.partitions import SURVEY_YEARS
from jpt_pipeline.progress.daily import make_morning
from jpt_pipeline.resources import Home
from reports.progress.files import write_files
from reports.progress.notices import changed_notice, overdue_notice


class ProgressMoment(dg.Config):
    """Moment that the report speaks of (ISO, with offset); empty means now."""

    at: str = ""


@dg.asset(
    name="reports__progress",
    group_name="s7_reports",
    owners=["team:jpt-reports"],
    kinds={"html"},
    partitions_def=SURVEY_YEARS,
    deps=["submissions__deliveries", dg.AssetKey(["nation", "certification__state"])],
    description="รายงานความก้าวหน้า: current report of the round, kept snapshots of the days that the round names",
)
def progress(context: dg.AssetExecutionContext, home: Home, config: ProgressMoment) -> dg.MaterializeResult[None]:
    settings, now = home.settings(), utc_now()
    year = int(context.partition_key)
    at = min(datetime.fromisoformat(config.at), now) if config.at else now
    made = make_morning(settings, year, at, now, write_files)
    told = [overdue_notice(report) for report in made.reports] + [changed_notice(year, made.changed)]
    failed = ""
    try:
        send(settings, [notice for notice in told if notice], now)
    except NotSent as error:  # the report is there all the same, and the next morning tries again
        failed = str(error)
        context.log.warning(f"notices were not sent: {failed}")
    return dg.MaterializeResult(
        metadata={
            "files": dg.MetadataValue.json([str(path.relative_to(settings.root)) for path in made.files]),
            "snapshots": dg.MetadataValue.json([str(one.folder.relative_to(settings.root)) for one in made.kept]),
            "snapshots_changed": dg.MetadataValue.json(made.changed),
            "notices_n": sum(1 for notice in told if notice),
            "notices_failed": failed,
            "late_n": sum(len(report.overdue_areas) for report in made.reports),
        }
    )
