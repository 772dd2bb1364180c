"""Gates of stage 1: every record has one class, one counted record a key, and the files add up."""

import pandera.pandas as pandera

from jpt_pipeline.quality.rules import rule, schema

_PLACE = "file_sha256[1:8] || ' #' || record_no"
_CLASSES = ("accepted", "quarantined", "duplicate", "superseded")

GATES = {
    "submissions__records": (
        schema("submissions__records", record_class=pandera.Check.isin(_CLASSES)),
        rule(
            "one_counted_record_a_key",
            "ครัวเรือนหนึ่งนับได้เพียงระเบียนเดียว",
            "SELECT min(file_sha256) AS file_sha256, min(record_no) AS record_no FROM {source} "
            "WHERE record_class = 'accepted' GROUP BY stream, village_code, household_id HAVING count(*) > 1",
            _PLACE,
        ),
        rule(
            "refusals_have_reasons",
            "ระเบียนที่ไม่นับต้องมีรหัสเหตุผล",
            "SELECT * FROM {source} WHERE (record_class = 'accepted') <> (len(codes) = 0)",
            _PLACE,
        ),
    ),
    "submissions__deliveries": (
        schema("submissions__deliveries"),
        rule(
            "records_add_up",
            "ระเบียนทั้งหมด = รับไว้ + กักไว้ + ซ้ำ + ถูกแทนที่",
            "SELECT * FROM {source} WHERE records_n <> accepted_n + quarantined_n + duplicate_n + superseded_n",
            "file_sha256[1:8]",
        ),
    ),
}
