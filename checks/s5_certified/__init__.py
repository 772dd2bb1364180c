"""Gates of stage 5: certified rows stand under a certificate, and nothing else does."""

import pandera.pandas as pandera

from jpt_pipeline.quality.rules import rule, schema

_STATES = ("DRAFT", "PRESENTED", "CERTIFIED", "RETURNED", "CORRECTING", "STALE", "REVOKED")
_LEVELS = ("village", "lao", "district", "province", "nation")
_PLACE = "level || ' ' || area_code"

_EMPTY_TREE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_HEX = pandera.Check.str_matches("^[0-9a-f]{64}$")

GATES = {
    "certification__leaves": (
        schema("certification__leaves", leaf_sha256=_HEX),
        rule(
            "leaves_are_numbered_without_gap",
            "ใบในหมู่บ้านต้องเรียงตามรหัสประจำบ้าน หมายเลข 0 ถึง n-1 ไม่ขาดไม่ซ้ำ",
            "SELECT * FROM {source} QUALIFY leaf_no <> row_number() OVER "
            "(PARTITION BY survey_year, stream, village_code ORDER BY household_id) - 1",
            "'village ' || village_code || ' leaf ' || leaf_no",
        ),
    ),
    "certification__trees": (
        schema("certification__trees", tree_sha256=_HEX, tree_size=pandera.Check.ge(0)),
        rule(
            "every_household_has_a_leaf",
            "ต้นไม้ของหมู่บ้านต้องมีใบเท่ากับจำนวนครัวเรือนที่นับ",
            "SELECT * FROM {source} WHERE tree_size <> households_n",
            "'village ' || village_code",
        ),
        rule(
            "an_empty_tree_has_its_own_root",
            "หมู่บ้านที่ไม่มีครัวเรือน และหมู่บ้านนั้นเท่านั้น มีรากของต้นไม้ว่าง",
            f"SELECT * FROM {{source}} WHERE (tree_size = 0) <> (tree_sha256 = '{_EMPTY_TREE}')",
            "'village ' || village_code",
        ),
    ),
    "certification__nodes": (schema("certification__nodes", tree_sha256=_HEX, tree_size=pandera.Check.ge(0)),),
    "certification__state": (
        schema("certification__state", state=pandera.Check.isin(_STATES)),
        rule(
            "certified_means_certificate",
            "สถานะ CERTIFIED ต้องมีเลขที่คำรับรอง",
            "SELECT * FROM {source} WHERE state = 'CERTIFIED' AND certificate_id IS NULL",
            _PLACE,
        ),
    ),
    "certification__confidence": (
        schema("certification__confidence"),
        rule(
            "examined_and_agreed_fit",
            "ครัวเรือนที่สัมภาษณ์ซ้ำได้ต้องไม่เกินที่สุ่ม และที่ตรงกันต้องไม่เกินที่สัมภาษณ์ได้",
            "SELECT * FROM {source} WHERE agreed_n > examined_n OR examined_n > drawn_n",
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
