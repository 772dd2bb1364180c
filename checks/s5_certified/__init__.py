"""Gates of stage 5: certified rows stand under a certificate, and nothing else does."""

import pandera.pandas as pandera

from jpt_pipeline.quality.rules import rule, schema

_STATES = ("DRAFT", "PRESENTED", "CERTIFIED", "RETURNED", "CORRECTING", "STALE", "REVOKED")
_LEVELS = ("village", "lao", "district", "province", "nation")
_PLACE = "level || ' ' || area_code"

GATES = {
    "certification__nodes": (schema("certification__nodes"),),
    "certification__state": (
        schema("certification__state", state=pandera.Check.isin(_STATES)),
        rule(
            "certified_means_certificate",
            "สถานะ CERTIFIED ต้องมีเลขที่คำรับรอง",
            "SELECT * FROM {source} WHERE state = 'CERTIFIED' AND certificate_id IS NULL",
            _PLACE,
        ),
    ),
    **{
        f"certified__{level}": (
            schema(f"certified__{level}", level=pandera.Check.eq(level)),
            rule(
                "passed_and_failed_make_surveyed",
                "ผ่าน + ไม่ผ่าน = สำรวจ",
                "SELECT * FROM {source} WHERE surveyed_n <> passed_n + failed_n",
                _PLACE,
            ),
        )
        for level in _LEVELS
    },
}
