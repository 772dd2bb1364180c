"""What the records of each format are called inside: the raw text columns of households and members.

A format reader yields batches of raw text; `staging` alone gives them meaning. Keep out: types, rules, codes of answers.
"""

from dataclasses import dataclass

HOUSEHOLD_TEXT = (
    "survey_year",
    "stream",
    "household_id",
    "village_code",
    "house_no",
    "enumerator_id",
    "submitted_at",
    "revision",
    "evidence_photo",
    "evidence_signature",
    "latitude",
    "longitude",
    "satisfaction",
)
# Only payload lines carry these; NULL elsewhere, and a rule over NULL holds.
PAYLOAD_TEXT = ("hid", "province", "district", "tambon", "land_home", "land_work", "signature_image", "unknown_keys")
MEMBER_TEXT = (
    "member_no",
    "citizen_id",
    "prefix",
    "first_name",
    "last_name",
    "sex",
    "birth_date",
    "occupation",
    "education",
    "religion",
    "relation",
    "health",
    "ability",
    "informant",
    "welfare_card",
)
HOUSEHOLD_REQUIRED = (
    "survey_year",
    "stream",
    "household_id",
    "village_code",
    "enumerator_id",
    "submitted_at",
    "revision",
)
MEMBER_REQUIRED = (
    "household_id",
    "village_code",
    "member_no",
    "citizen_id",
    "sex",
    "birth_date",
    "occupation",
    "health",
    "ability",
)
MAX_RECORD = 2 << 20
BATCH_BYTES = 24 << 20
BATCH_RECORDS = 10_000


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
