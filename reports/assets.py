"""Reports as assets: made from the round's current release, for the highest levels; single areas by `jpt report`."""

from pathlib import Path

import dagster as dg

from jpt_pipeline.partitions import SURVEY_YEARS
from jpt_pipeline.resources import Home
from jpt_pipeline.store.release import current_release
from reports.registry import REPORTS, ReportDef, make_once
from reports.release import Release

GROUP = "s7_reports"
OWNER = "team:jpt-reports"


def report_asset(report: ReportDef) -> dg.AssetsDefinition:
    """One report as an asset of the year: for each province (or the nation) and stream of the release."""

    @dg.asset(
        name=f"reports__{report.name.replace('-', '_')}",
        group_name=GROUP,
        owners=[OWNER],
        kinds={"matplotlib"},
        partitions_def=SURVEY_YEARS,
        deps=["release"],
        description=report.title_th,
    )
    def make_report(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[None]:
        settings = home.settings()
        folder = current_release(settings.published, int(context.partition_key))
        level = "province" if "province" in report.levels else report.levels[-1]
        files: list[Path] = []
        for stream in Release.open(folder).streams():
            opened = Release.open(folder, stream)
            for area_code in opened.area_codes(level):
                files += make_once(report, opened, level, area_code, settings.root / "reports" / folder.name)
        paths = [str(path.relative_to(settings.root)) for path in files]
        return dg.MaterializeResult(
            metadata={"files": dg.MetadataValue.json(paths), "files_n": len(files), "release": folder.name}
        )

    return make_report


ASSETS = [report_asset(report) for report in REPORTS.values()]
