"""Gates of stage 2: households are whole, typed and traceable; what is refused says why."""

import pandera.pandas as pandera

from jpt_pipeline.quality.rules import rule, schema

_PLACE = "file_sha256[1:8] || ' #' || record_no"

GATES = {
    "households__clean": (
        schema(
            "households__clean",
            persons_n=pandera.Check.ge(1),
            evidence_photo=pandera.Check.isin(("present", "refused", "missing")),
            evidence_signature=pandera.Check.isin(("signed", "refused", "absent_witnessed", "missing")),
            village_code=pandera.Check.str_matches(r"^[0-9]{8}$"),
        ),
        rule(
            "traceable_to_a_record",
            "ทุกครัวเรือนชี้กลับไปยังระเบียนในไฟล์ได้",
            "SELECT * FROM {source} WHERE record_no < 1 OR (byte_start IS NULL) <> (byte_end IS NULL) "
            "OR byte_end <= byte_start",
            _PLACE,
        ),
        rule(
            "inside_its_areas",
            "หมู่บ้านอยู่ในอำเภอและจังหวัดของตน",
            "SELECT * FROM {source} WHERE district_code[1:2] <> province_code OR tambon_code[1:4] <> district_code",
            _PLACE,
        ),
    ),
    "households__members": (
        schema("households__members", sex=pandera.Check.isin(("1", "2"))),
        rule(
            "ages_are_possible",
            "อายุ 0 ถึง 120 ปี และเดือนสอดคล้องกับปี",
            "SELECT * FROM {source} WHERE age_years NOT BETWEEN 0 AND 121 OR age_months // 12 NOT BETWEEN "
            "age_years - 1 AND age_years + 1",
            "'hh ' || hh",
        ),
    ),
    "households__quarantine": (
        schema("households__quarantine", record_kind=pandera.Check.isin(("household", "member"))),
        rule(
            "refusals_have_reasons",
            "ระเบียนที่กักไว้ต้องมีรหัสเหตุผลและข้อความ",
            "SELECT * FROM {source} WHERE len(codes) = 0 OR len(codes) <> len(messages)",
            _PLACE,
        ),
    ),
    "households__findings": (schema("households__findings", severity=pandera.Check.isin(("error", "warning"))),),
    "households__issues": (
        schema(
            "households__issues",
            issue_id=pandera.Check.str_matches(r"^[0-9a-f]{16}$"),
            status=pandera.Check.isin(("new", "open", "returned", "mended", "waived", "reopened")),
        ),
        rule(
            "one_id_one_finding",
            "รหัสข้อค้นพบหนึ่งรหัสเป็นของข้อค้นพบเดียว",
            "SELECT issue_id FROM {source} GROUP BY issue_id HAVING count(*) > 1",
            "issue_id",
        ),
        rule(
            "changed_after_opened",
            "สถานะเปลี่ยนก่อนพบไม่ได้",
            "SELECT * FROM {source} WHERE changed_at < opened_at",
            "issue_id",
        ),
    ),
    "households__shared_persons": (
        schema("households__shared_persons", provinces_n=pandera.Check.ge(1)),
        rule(
            "a_shared_person_has_two_households",
            "บุคคลในตารางต้องอยู่อย่างน้อยสองครัวเรือน",
            "SELECT group_no FROM {source} GROUP BY group_no "
            "HAVING count(DISTINCT (stream, village_code, household_id)) < 2",
            "'group ' || group_no",
        ),
    ),
    "households__likely_duplicates": (
        schema("households__likely_duplicates"),
        rule(
            "a_pair_is_two_persons_of_two_households",
            "แต่ละคู่ต้องมีสองคนจากสองครัวเรือน",
            "SELECT pair_no FROM {source} GROUP BY pair_no "
            "HAVING count(*) <> 2 OR count(DISTINCT (stream, village_code, household_id)) <> 2",
            "'pair ' || pair_no",
        ),
    ),
    "households__accounting": (schema("households__accounting"),),
    "households__corrections": (
        schema("households__corrections", outcome=pandera.Check.isin(("applied", "already", "conflict", "absent"))),
        rule(
            "one_cell_one_order",
            "ช่องเดียวกันถูกแก้ไขได้ครั้งเดียวในไฟล์เดียว",
            "SELECT file_no, row_no FROM {source} QUALIFY count(*) OVER (PARTITION BY file_no, survey_year, stream, "
            "village_code, household_id, member_no, column_name) > 1",
            "file_no || ' #' || row_no",
        ),
    ),
    "households__edits": (
        schema("households__edits"),
        rule(
            "edited_within_counted",
            "จำนวนที่ถูกแก้ไขและจำนวนที่มีค่าต้องไม่เกินจำนวนที่นับ",
            "SELECT * FROM {source} WHERE edited_n > counted_n OR answered_n > counted_n OR edited_n > edits_n",
            "level || ' ' || area_code || ' ' || column_name",
        ),
    ),
}
