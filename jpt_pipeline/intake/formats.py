"""What the records of each format are called inside: the raw text columns of households and members.

A format reader yields batches of raw text; `staging` alone gives them meaning. Keep out: types, rules, codes of answers.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from jpt_pipeline.intake.texts import encoded

HOUSEHOLD_TEXT = (
    *("survey_year", "stream", "household_id", "village_code", "house_no", "enumerator_id", "submitted_at", "revision"),
    *("evidence_photo", "evidence_signature", "latitude", "longitude", "satisfaction"),
)
# Only payload lines carry these; NULL elsewhere, and a rule over NULL holds.
PAYLOAD_TEXT = (
    *("app_id", "hid", "province", "district", "tambon", "land_home", "land_work", "signature_image", "is_bare"),
    "unknown_keys",
)
MEMBER_TEXT = (
    *("member_no", "citizen_id", "prefix", "first_name", "last_name", "sex", "birth_date", "occupation", "education"),
    *("religion", "relation", "health", "ability", "informant", "welfare_card"),
)
# Answers about a member, in the order in which its content is digested.
MEMBER_CODES = (
    *("sex", "occupation", "education", "religion", "relation", "health", "ability", "informant", "welfare_card"),
)
# A record's number and span (NULL where there are no bytes), and the code that keeps it out.
PLACE = (("record_no", pa.int64()), ("byte_start", pa.int64()), ("byte_end", pa.int64()), ("code", pa.string()))
HOUSEHOLD_REQUIRED = (
    *("survey_year", "stream", "household_id", "village_code", "enumerator_id", "submitted_at", "revision"),
)
MEMBER_REQUIRED = (
    *("household_id", "village_code", "member_no", "citizen_id", "sex", "birth_date", "occupation"),
    *("health", "ability"),
)
# Columns in which nearly each record says something else; all others are dictionaries, so that each text is looked at once.
SPREAD = frozenset(
    {"household_id", "house_no", "submitted_at", "latitude", "longitude", "app_id", "hid", "land_home", "land_work"}
    | {"citizen_id", "first_name", "last_name", "birth_date"}
)
NOTHING = ("", "-")  # what stands for no value, in every column
BATCH_RECORDS = 20_000
BATCH_BYTES = 24 << 20


class Batch(NamedTuple):
    """Raw records of one kind ('households' or 'members'): their place, and columns of text by name, NULL for nothing,
    each as `shaped` gives it.

    Members of payload records carry `form`, the number of the record that holds them.
    """

    kind: str
    table: pa.Table


def shaped(name: str, column: pa.Array) -> pa.Array:
    """A column of text as batches hold it: strings if SPREAD, else a dictionary; NULL where a text stands for no value."""
    if name in SPREAD:
        nothing = pc.is_in(column, pa.array(NOTHING))
        return pc.if_else(nothing, None, column) if pc.any(nothing).as_py() else column
    column = encoded(column)
    nothing = pc.indices_nonzero(pc.is_in(column.dictionary, pa.array(NOTHING)))
    if not len(nothing):
        return column
    indices = pc.if_else(pc.is_in(column.indices, nothing.cast(pa.int32())), None, column.indices)
    return pa.DictionaryArray.from_arrays(indices, column.dictionary)


@dataclass(frozen=True)
class Declared:
    """What the command line or the manifest says about a delivery; None = each record speaks for itself."""

    survey_year: int | None = None
    stream: str | None = None
    enumerator_id: str | None = None
    province_code: str | None = None


@dataclass
class FileFacts:
    """Counts of one file, as the splitter saw it."""

    format: str
    encoding: str | None
    records_n: int = 0
    header_n: int = 0
    blank_n: int = 0
    extra_columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
