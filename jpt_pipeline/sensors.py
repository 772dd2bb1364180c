"""What starts runs when something arrives: files in the inbox, receipts of deliveries, acts in the ledger.

A sensor only compares what lies there with its cursor; the jobs do the work, and none of them can certify.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from jpt_pipeline.certification.ledger import Event, read_ledger
from jpt_pipeline.certification.situation import NoFigures, provinces_of
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.partitions import key_of
from jpt_pipeline.resources import Home
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_text
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session


def _provinces(settings: Settings, events: Sequence[Event]) -> set[tuple[int, str]]:
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
        description="New files in inbox/, once their sizes stand still between two looks",
    )
    def inbox_sensor(context: dg.SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
        inbox = home.settings().inbox
        files = sorted(path for path in inbox.rglob("*") if path.is_file() and not path.name.startswith("."))
        listing = [f"{p.relative_to(inbox)}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in files]
        digest = sha256_text("|".join(listing))
        before = context.cursor
        context.update_cursor(digest)
        if not files:
            return dg.SkipReason("the inbox is empty")
        if digest != before:
            return dg.SkipReason("files are arriving: waiting until they stand still")
        return dg.RunRequest(run_key=f"inbox-{digest}")

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
        fresh = [event for event in read_ledger(settings.ledger) if event.seq > seen]
        if not fresh:
            yield dg.SkipReason("no new acts in the ledger")
            return
        for year, province in sorted(_provinces(settings, fresh)):
            part = Part(year, province)
            yield dg.RunRequest(run_key=f"ledger-{fresh[-1].seq}-{key_of(part)}", partition_key=key_of(part))
        context.update_cursor(str(fresh[-1].seq))

    return [inbox_sensor, deliveries_sensor, ledger_sensor]
