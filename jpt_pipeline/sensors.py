"""What starts runs when something arrives: files in the inbox, receipts of deliveries, corrections, acts in the ledger; what tells
that a run failed.

A sensor only compares what lies there with its cursor; the jobs do the work, and none of them can certify.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from jpt_pipeline.certification.situation import NoFigures, provinces_of
from jpt_pipeline.clock import utc_now
from jpt_pipeline.corrections.stored import read_receipts as read_corrections
from jpt_pipeline.failures import reason_of
from jpt_pipeline.intake.delivery import is_loose_table
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.ledger import AreaEntry, only, read_entries
from jpt_pipeline.notify import Notice, send
from jpt_pipeline.partitions import key_of
from jpt_pipeline.resources import Home
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_text
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session


def _inbox_states(inbox: Path) -> dict[str, str]:
    """Name of each entry of the inbox (a file or a folder) -> digest of names, sizes and times of its files."""
    found: dict[str, list[str]] = {}
    for path in sorted(inbox.rglob("*")):
        inner = path.relative_to(inbox)
        if not path.is_dir() and not any(part.startswith(".") for part in inner.parts):
            said = path.lstat()
            found.setdefault(inner.parts[0], []).append(f"{inner}:{said.st_size}:{said.st_mtime_ns}")
    return {name: sha256_text("|".join(files)) for name, files in found.items()}


def _provinces(settings: Settings, events: Sequence[AreaEntry]) -> set[tuple[int, str]]:
    """(survey year, province code) of the areas of acts, by the register; areas that it does not know are left out."""
    found: set[tuple[int, str]] = set()
    with session(settings) as connection:
        for year, area_code in {(event.survey_year, event.area_code) for event in events}:
            try:
                provinces = provinces_of(Lake(settings.lake), connection, year, [area_code])
            except NoFigures:
                continue
            found |= {(year, province) for province in provinces if province}
    return found


def make_sensors(jobs: Mapping[str, Any]) -> list[dg.SensorDefinition]:
    """The sensors over the jobs of `jpt_pipeline.jobs`."""

    @dg.sensor(
        job=jobs["intake"],
        minimum_interval_seconds=60,
        description="Entries of inbox/ whose files stood still between two looks; what is still arriving waits",
    )
    def inbox_sensor(context: dg.SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
        present = _inbox_states(home.settings().inbox)
        before = json.loads(context.cursor or "{}")
        context.update_cursor(json.dumps(present, sort_keys=True))
        still = {name: state for name, state in present.items() if before.get(name) == state}
        # Tables that lie loose belong together: neither is taken while the other is arriving.
        if any(is_loose_table(name) for name in present.keys() - still.keys()):
            still = {name: state for name, state in still.items() if not is_loose_table(name)}
        if not present:
            return dg.SkipReason("the inbox is empty")
        if not still:
            return dg.SkipReason("files are arriving: waiting until they stand still")
        entries = {"ops": {"landing__deliveries": {"config": {"entries": sorted(still)}}}}
        return dg.RunRequest(f"inbox-{sha256_text(json.dumps(still, sort_keys=True))}", run_config=entries)

    @dg.sensor(
        job=jobs["province_round"],
        minimum_interval_seconds=60,
        description="Deliveries taken in since the last look: a run for each round and province that they touch",
    )
    def deliveries_sensor(context: dg.SensorEvaluationContext, home: Home) -> Iterator[dg.RunRequest | dg.SkipReason]:
        seen = int(context.cursor or 0)
        fresh = [receipt for receipt in read_receipts(home.settings().landing) if receipt.order_no > seen]
        if not fresh:
            yield dg.SkipReason("no new deliveries")
            return
        files = [file for receipt in fresh for unit in receipt.units for file in unit.parts]
        parts = sorted({(f.survey_year, f.province_code) for f in files if f.survey_year and f.province_code})
        last = max(receipt.order_no for receipt in fresh)
        for year, province in parts:
            part = Part(year, province)
            yield dg.RunRequest(run_key=f"deliveries-{last}-{key_of(part)}", partition_key=key_of(part))
        context.update_cursor(str(last))

    @dg.sensor(
        job=jobs["province_round"],
        minimum_interval_seconds=60,
        description="Acts of committees since the last look: the provinces of their areas are made again",
    )
    def ledger_sensor(context: dg.SensorEvaluationContext, home: Home) -> Iterator[dg.RunRequest | dg.SkipReason]:
        seen = int(context.cursor or 0)
        settings = home.settings()
        fresh = [entry for entry in only(read_entries(settings.ledger), AreaEntry) if entry.seq > seen]
        if not fresh:
            yield dg.SkipReason("no new acts in the ledger")
            return
        for year, province in sorted(_provinces(settings, fresh)):
            part = Part(year, province)
            yield dg.RunRequest(run_key=f"ledger-{fresh[-1].seq}-{key_of(part)}", partition_key=key_of(part))
        context.update_cursor(str(fresh[-1].seq))

    @dg.sensor(
        job=jobs["province_round"],
        minimum_interval_seconds=60,
        description="Correction files taken since the last look: a run for each round and province that they touch",
    )
    def corrections_sensor(context: dg.SensorEvaluationContext, home: Home) -> Iterator[dg.RunRequest | dg.SkipReason]:
        seen = int(context.cursor or 0)
        fresh = [receipt for receipt in read_corrections(home.settings()) if receipt.file_no > seen]
        if not fresh:
            yield dg.SkipReason("no new corrections")
            return
        last = fresh[-1].file_no
        for year, province in sorted({(f.survey_year, f.province_code) for receipt in fresh for f in receipt.parts}):
            part = Part(year, province)
            yield dg.RunRequest(run_key=f"corrections-{last}-{key_of(part)}", partition_key=key_of(part))
        context.update_cursor(str(last))

    @dg.run_failure_sensor(
        name="failure_sensor",
        monitored_jobs=list(jobs.values()),
        minimum_interval_seconds=60,
        description="Runs that failed: a notice with job, partition and reason (JPT_NOTIFY), the same once a day",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def failure_sensor(context: dg.RunFailureSensorContext, home: Home) -> None:
        send(home.settings(), [failure_notice(context)], utc_now())

    return [inbox_sensor, deliveries_sensor, corrections_sensor, ledger_sensor, failure_sensor]


def failure_notice(context: dg.RunFailureSensorContext) -> Notice:
    """What is told of a failed run; its reason is that of the failed step, else of the run."""
    run = context.dagster_run
    partition = run.tags.get("dagster/partition", "-")
    reason = reason_of(context.get_step_failure_events())
    reason = str(context.failure_event.message or reason) if reason == "?" else reason
    text = f"งาน {run.job_name}\nส่วน {partition}\nเหตุ {reason}\nดูรายละเอียดในหน้า Dagster: run {run.run_id[:8]}"
    return Notice(f"{run.job_name}|{partition}|{reason}", f"R-FAILED งาน {run.job_name} {partition} ไม่สำเร็จ", text)
