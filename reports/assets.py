"""Reports as assets: made from the round's current release, province by province, those of the nation by themselves.

A report that is not made for whole provinces is made for every area of its highest level in the province. Single areas:
`jpt report`. Restricted reports are assets of their own, in no schedule, written to the restricted place and noted.
"""

from pathlib import Path

import dagster as dg

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import NoSuchArea
from jpt_pipeline.boundaries.stored import Boundaries
from jpt_pipeline.clock import utc_now
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS, part_of
from jpt_pipeline.resources import Home
from jpt_pipeline.restricted import note_report, restricted_folder
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part
from jpt_pipeline.store.release import current_release
from reports.order import Order, RestrictedOrder
from reports.registry import REPORTS, RESTRICTED, ReportDef, RestrictedDef, make_once
from reports.release import NotAsked, Release, release_before

GROUP, RESTRICTED_GROUP = "s7_reports", "s7_restricted"
OWNER = "team:jpt-reports"
*_, _PROVINCE, _NATION = load_levels()


def report_asset(report: ReportDef) -> dg.AssetsDefinition:
    """One report as an asset: of a province in a round, or of the nation where it is made for the nation alone."""
    is_national = report.levels == (_NATION.level,)

    @dg.asset(
        name=_name(report.name),
        group_name=GROUP,
        owners=[OWNER],
        kinds={"matplotlib"},
        partitions_def=SURVEY_YEARS if is_national else PROVINCE_ROUNDS,
        deps=["release"],
        description=report.title_th,
    )
    def make_report(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[None]:
        settings = home.settings()
        part = part_of(context.partition_key)
        assert part.survey_year is not None
        folder = current_release(settings.published, part.survey_year)
        paths = [str(path.relative_to(settings.root)) for path in _make(settings, report, folder, part)]
        return dg.MaterializeResult(
            metadata={"files": dg.MetadataValue.json(paths), "files_n": len(paths), "release": folder.name}
        )

    return make_report


def _make(settings: Settings, report: ReportDef, folder: Path, part: Part) -> list[Path]:
    """Files of every stream and area of the part."""
    above = (_PROVINCE.level, part.province_code) if part.province_code else (_NATION.level, str(_NATION.code))
    level = above[0] if above[0] in report.levels else report.levels[-1]
    files: list[Path] = []
    boundaries = Boundaries(settings.lake)
    for stream in Release.open(folder).streams():
        release = Release.open(folder, stream, audience=report.audiences[0])
        if not release.has(*above):
            continue
        before = release_before(release, settings.published)
        for area_code in release.inside(*above, level):
            out = settings.root / "reports" / folder.name
            order = Order(release, level, area_code, out, before=before, boundaries=boundaries)
            try:
                files += make_once(report, order)
            except NotAsked:  # the round has no such report
                break
    return files


def restricted_asset(report: RestrictedDef) -> dg.AssetsDefinition:
    """A report about single households of a province, written below the restricted place and noted in the ledger."""

    @dg.asset(
        name=_name(report.name),
        group_name=RESTRICTED_GROUP,
        owners=[OWNER],
        kinds={"restricted"},
        partitions_def=PROVINCE_ROUNDS,
        deps=["households__clean", "households__quarantine", "indicators__results"],
        description=f"{report.title_th}: single households, for the restricted place alone",
    )
    def make_restricted(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[None]:
        settings = home.settings()
        part = part_of(context.partition_key)
        assert part.survey_year is not None and part.province_code is not None
        area = (_PROVINCE.level, part.province_code)
        made_n, by = 0, f"dagster {context.run_id}"
        for stream in load_round(part.survey_year, settings.definitions).streams:
            out = restricted_folder(settings, settings.restricted / report.name / f"{part.survey_year}-{stream.key}")
            try:
                made = report.make(RestrictedOrder(settings, part.survey_year, stream.key, *area, out, by=by))
            except (NoSuchArea, NotAsked):  # the stream has no villages in this province, or the round no such report
                continue
            made_n += len(made.files)
            note_report(
                settings, report.name, part.survey_year, stream.key, *area, made.files, made.households_n, by, utc_now
            )
        return dg.MaterializeResult(metadata={"files_n": made_n})

    return make_restricted


def _name(report: str) -> str:
    return f"reports__{report.replace('-', '_')}"


ASSETS = [report_asset(report) for report in REPORTS.values()]
RESTRICTED_ASSETS = [restricted_asset(report) for report in RESTRICTED.values()]
