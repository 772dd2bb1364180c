"""Partitions of the pipeline: survey year x province for everything up to the province, survey year for the nation.

District, tambon, LAO and village are columns of a province's files, never partitions.
"""

import dagster as dg

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.rounds import known_rounds
from jpt_pipeline.store.lake import Part

SURVEY_YEARS = dg.StaticPartitionsDefinition([str(year) for year in known_rounds()])
PROVINCE_ROUNDS = dg.MultiPartitionsDefinition(
    {"province": dg.StaticPartitionsDefinition(list(province_codes())), "survey_year": SURVEY_YEARS}
)


def key_of(part: Part) -> str:
    """Partition key of a part: '38|2561' for a province, '2561' for the nation."""
    return f"{part.province_code}|{part.survey_year}" if part.province_code else str(part.survey_year)


def part_of(key: str) -> Part:
    """The part of a partition key."""
    province, _, year = key.rpartition("|")
    return Part(int(year), province or None)
