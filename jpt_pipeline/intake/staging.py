"""Raw text -> typed, normalised rows of one batch. Repairs nothing and guesses nothing: notes or codes.

Identifiers become tokens; names, house numbers and coordinates leave only their digest here, and go to the vault. What
a batch does not hold (odd characters) is not looked for in each of its values.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.intake.formats import HOUSEHOLD_TEXT, MEMBER_TEXT, PAYLOAD_TEXT, PLACE, Batch, Declared
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.macros import macros
from jpt_pipeline.intake.normalise import is_odd, joined, text_codes, traits
from jpt_pipeline.intake.questions import Questions
from jpt_pipeline.intake.tokens import person_tokens

HOUSEHOLD_COLUMNS = (*HOUSEHOLD_TEXT, *PAYLOAD_TEXT)
MEMBER_COLUMNS = ("household_id", "village_code", *MEMBER_TEXT)
SECRETS = {
    "households": ("house_no", "latitude", "longitude"),
    "members": ("citizen_id", "prefix", "first_name", "last_name"),
}
HOUSE_KEY = "[0-9A-Za-z][0-9A-Za-z._-]{0,59}"
# Codes that declare "no number": an infant, a foreigner, a refusal.
NO_ID = ("ไม่มี", "9999999999999", "0000000000000")


@dataclass(frozen=True)
class Staged:
    """A batch, typed. rows: what the join over the delivery needs. wide: household rows with their answers, for the
    lake (None for members). secret: what goes to the vault, by `form` (and `member_no`)."""

    kind: str
    rows: pa.Table
    wide: pa.Table | None
    secret: pa.Table


class Stager:
    """Types the batches of one delivered unit."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        questions: Questions,
        declared: Declared,
        received_at: datetime,
        token_key: bytes,
    ):
        self.connection, self.questions = connection, questions
        self.forms_sql = _forms_sql(declared, province_codes(), received_at)
        self.persons_sql = _persons_sql()
        self.tokens = person_tokens(token_key)
        self.is_odd: bool | None = None

    def stage(self, batch: Batch, file_no: int) -> Staged:
        """One batch, typed, in its order; `form` numbers a record within its delivery."""
        texts = MEMBER_COLUMNS if batch.kind == "members" else HOUSEHOLD_COLUMNS
        raw, size = batch.table, batch.table.num_rows
        given = {name: raw.column(name) for name, _ in PLACE}
        given |= {n: raw.column(n) if n in raw.column_names else pa.nulls(size, pa.string()) for n in texts}
        seen = joined([given[name] for name in texts])
        found = traits(seen, len(texts))
        codes = text_codes(seen, len(texts), found)
        given["owner"] = raw.column("form") if "form" in raw.column_names else pa.nulls(size, pa.int64())
        given["row"] = pa.array(range(size), pa.int64())
        wide = None
        if batch.kind == "households":
            names = self.questions.staged
            wide, given["answered"], more, mended = self.questions.answers.mend(_answers(raw, names), names)
            codes = more | codes
            given["is_answer_mended"] = pa.array([row in mended for row in range(size)], pa.bool_())
        if codes:
            given["code"] = pa.array(
                [code or codes.get(row) for row, code in enumerate(raw.column("code").to_pylist())], pa.string()
            )
        rows = self._typed(pa.table(given), batch.kind, file_no, is_odd(seen, found))
        secret = rows.select(
            [name for name in ("form", "member_no", *SECRETS[batch.kind]) if name in rows.column_names]
        )
        if batch.kind == "members":
            rows = rows.append_column("id_token", self.tokens(rows.column("citizen_id")))
        rows = rows.drop_columns([name for name in SECRETS[batch.kind] if name != "prefix"])
        if wide is None:
            return Staged(batch.kind, rows, None, secret)
        rows = self._with_strange(rows, wide)
        kept = pc.equal(pc.list_value_length(rows.column("codes")), 0)
        whole = pa.table({**dict(zip(rows.column_names, rows.columns, strict=True)), **_columns(wide)})
        return Staged(batch.kind, rows, whole if pc.all(kept).as_py() else whole.filter(kept), secret)

    def empty(self, kind: str) -> pa.Table:
        """A table without rows, of the columns that `stage` gives rows of a kind."""
        return self.stage(Batch(kind, pa.table({name: pa.array([], type_) for name, type_ in PLACE})), 0).rows

    def _typed(self, given: pa.Table, kind: str, file_no: int, is_odd: bool) -> pa.Table:
        if is_odd != self.is_odd:
            self.connection.execute(macros(is_odd))
            self.is_odd = is_odd
        self.connection.register("raw", given)
        query = self.persons_sql if kind == "members" else self.forms_sql
        rows = self.connection.execute(query, {"file_no": file_no}).to_arrow_table()
        self.connection.unregister("raw")
        order = rows.column("row").to_numpy()
        return (rows if (order[1:] > order[:-1]).all() else rows.sort_by("row")).drop_columns(["row"])

    def _with_strange(self, rows: pa.Table, wide: pa.Table) -> pa.Table:
        """The rows with an unknown key noted where a household answers what its round does not ask."""
        found = np.zeros(rows.num_rows, dtype=bool)
        for year, names in self.questions.strange.items():
            given = [wide.column(name) for name in names if wide.column(name).null_count < rows.num_rows]
            of_year = pc.equal(rows.column("survey_year"), year).fill_null(False).to_numpy() if given else found
            for column in given:
                found |= of_year & column.is_valid().to_numpy()
        if not found.any():
            return rows
        at = rows.column_names.index("unknown_keys_n")
        marked = pc.if_else(pa.array(found), pa.scalar(1, pa.int64()), rows.column(at))
        return rows.set_column(at, "unknown_keys_n", marked)


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _answers(raw: pa.Table, names: list[str]) -> pa.Table:
    """The answers of a batch in the questionnaire's order; NULL where a column was not delivered."""
    have = set(raw.column_names)
    return pa.table({n: raw.column(n) if n in have else pa.nulls(raw.num_rows, pa.string()) for n in names})


def _forms_sql(declared: Declared, provinces: tuple[str, ...], received_at: datetime) -> str:
    """Typed households from `raw`; parameter $file_no."""
    year = f"coalesce(whole(survey_year), {declared.survey_year or 'NULL'})"
    stream = f"coalesce(lower(clean(stream)), {_text(declared.stream)})"
    enumerator = f"coalesce(clean(enumerator_id), {_text(declared.enumerator_id)})"
    wrong_year = f"OR survey_year <> {declared.survey_year}" if declared.survey_year else ""
    wrong_stream = f"OR stream <> {_text(declared.stream)}" if declared.stream else ""
    wrong_province = f"village_code[1:2] <> {_text(declared.province_code)}" if declared.province_code else "false"
    limits = load_limits()
    return f"""
    WITH keyed AS (
        SELECT * REPLACE (
            CASE WHEN hid IS NULL THEN household_id WHEN strlen(digits(hid)) = 11 THEN digits(hid)
                ELSE digits(hid) || '-' || {enumerator} || '-' || clean(app_id) END AS household_id,
            CASE WHEN is_bare = '1' AND regexp_full_match(app_id, '[0-9]{{1,14}}')
                THEN strftime(make_timestamp(CAST(app_id AS BIGINT) * 1000), '%Y-%m-%dT%H:%M:%SZ')
                ELSE clean(submitted_at) END AS submitted_at)
        FROM raw
    ), shaped AS (
        SELECT row, record_no, byte_start, byte_end, code, answered, is_answer_mended,
            {year} AS survey_year, {stream} AS stream,
            digits(village_code) AS village_code, house_code(household_id) AS household_id,
            CASE WHEN NOT is_person_number({enumerator}) THEN {enumerator} END AS enumerator_id,
            utc_time(submitted_at) AS submitted_tz,
            CASE WHEN clean(revision) IS NULL THEN 1 ELSE whole(revision) END AS revision,
            lower(clean(evidence_photo)) AS photo, lower(clean(evidence_signature)) AS signature,
            CASE WHEN clean(satisfaction) IS NULL THEN NULL ELSE coalesce(whole(satisfaction), -1) END AS satisfaction,
            is_scientific(household_id) OR is_scientific(village_code) OR is_scientific(hid) AS is_scientific,
            is_mended(household_id, house_code(household_id)) OR is_mended(village_code, digits(village_code))
                OR is_mended(hid, digits(hid)) OR is_answer_mended AS is_normalised,
            thai(house_no) AS house_no, clean(latitude) AS latitude, clean(longitude) AS longitude,
            hid, province, district, tambon, land_home, land_work, signature_image, unknown_keys
        FROM keyed
    )
    SELECT row, CAST($file_no AS BIGINT) * 1000000000 + record_no AS form, $file_no::INTEGER AS file_no,
        record_no, byte_start, byte_end, survey_year, stream, village_code, household_id, enumerator_id,
        make_timestamp(epoch_us(submitted_tz)) AS submitted_at,
        CAST(make_timestamp(epoch_us(submitted_tz)) + INTERVAL 7 HOUR AS DATE) AS survey_date, revision, satisfaction,
        CASE WHEN photo IN ('present', 'refused') THEN photo ELSE 'missing' END AS evidence_photo,
        CASE WHEN signature IN ('signed', 'refused', 'absent_witnessed') THEN signature ELSE 'missing' END
            AS evidence_signature,
        CASE WHEN code IS NOT NULL THEN [code] ELSE list_filter([
            CASE WHEN survey_year IS NULL OR survey_year NOT BETWEEN {limits.first_year} AND {limits.last_year} {wrong_year}
                THEN 'V-YEAR' END,
            CASE WHEN stream IS NULL OR stream NOT IN ('jpt', 'basic') {wrong_stream} THEN 'V-STREAM' END,
            CASE WHEN is_scientific THEN 'V-PID-SCI' END,
            CASE WHEN village_code IS NULL OR NOT regexp_full_match(village_code, '[0-9]{{8}}')
                OR village_code[1:2] NOT IN ({", ".join(f"'{code}'" for code in provinces)}) THEN 'G-UNKNOWN' END,
            CASE WHEN {wrong_province} THEN 'G-OUTSIDE' END,
            CASE WHEN household_id IS NULL OR NOT regexp_full_match(household_id, '{HOUSE_KEY}')
                OR (regexp_full_match(household_id, '[0-9]+') AND strlen(household_id) NOT IN (4, 11))
                THEN 'K-KEY' END,
            CASE WHEN revision IS NULL THEN 'V-REVISION' END,
            CASE WHEN submitted_tz IS NULL THEN 'V-TIME' END
        ], lambda c: c IS NOT NULL) END AS codes,
        list_filter([
            CASE WHEN is_normalised THEN 'J-NORM' END,
            CASE WHEN photo NOT IN ('present', 'refused', 'missing')
                OR signature NOT IN ('signed', 'refused', 'absent_witnessed', 'missing') THEN 'J-EVIDENCE' END,
            CASE WHEN submitted_tz > '{received_at.isoformat()}'::TIMESTAMPTZ + INTERVAL 1 DAY
                OR year(submitted_tz) < survey_year - 543 THEN 'J-TIME' END
        ], lambda c: c IS NOT NULL) AS notes,
        CASE WHEN province IS NOT NULL OR district IS NOT NULL OR tambon IS NOT NULL THEN
            coalesce(district[1:2] = province AND tambon[1:4] = district
                AND (village_code IS NULL OR village_code[1:6] = tambon), false) END AS is_area_nested,
        CASE WHEN hid IS NOT NULL THEN coalesce(regexp_full_match(digits(hid), '([0-9]{{4}}|[0-9]{{11}})'), false) END
            AS is_house_code_valid,
        CASE WHEN hid IS NOT NULL AND district IS NOT NULL THEN digits(hid)[1:4] = district END AS is_house_code_local,
        CASE WHEN clean(land_home) IS NOT NULL OR signature_image IS NOT NULL THEN
            coalesce(is_land(land_home, '1234'), false)
            AND (clean(land_work) IS NULL OR coalesce(is_land(land_work, '12345'), false)) END AS is_land_valid,
        CASE WHEN latitude IS NOT NULL OR longitude IS NOT NULL THEN
            coalesce(number_or_null(latitude) BETWEEN 5.6 AND 20.5
                AND number_or_null(longitude) BETWEEN 97.3 AND 105.7, false) END AS is_gps_valid,
        CASE WHEN signature_image IS NOT NULL THEN signature_image = '1' END AS has_signature_image,
        coalesce(try_cast(unknown_keys AS BIGINT), 0) AS unknown_keys_n,
        sha256(concat_ws(chr(31), coalesce(house_no, ''), position_text(latitude), position_text(longitude),
            coalesce(photo, 'missing'), coalesce(signature, 'missing'), coalesce(CAST(satisfaction AS VARCHAR), ''),
            rtrim(answered, chr(31)))) AS own_sha256,
        house_no, latitude, longitude
    FROM shaped
    """


def _persons_sql() -> str:
    """Typed members from `raw`: tokens and digests instead of numbers and names; parameter $file_no."""
    coded = ("sex", "occupation", "education", "religion", "relation", "health", "ability", "informant", "welfare_card")
    columns = ", ".join(f"clean({name}) AS {name}" for name in coded)
    texts = ", ".join(f"coalesce({name}, '')" for name in ("prefix", "first_name", "last_name", *coded))
    missing = ", ".join(f"'{code}'" for code in NO_ID)
    longest = load_limits().name_characters
    return f"""
    WITH shaped AS (
        SELECT row, record_no, byte_start, byte_end, code, owner, house_code(household_id) AS household_id,
            digits(village_code) AS village_code, whole(member_no) AS member_no,
            CASE WHEN digits(citizen_id) IN ({missing}) THEN NULL ELSE digits(citizen_id) END AS citizen_id,
            is_scientific(citizen_id) OR is_scientific(household_id) OR is_scientific(village_code) AS is_scientific,
            person_no(digits(citizen_id)) AS person_no, is_mended(citizen_id, digits(citizen_id)) AS is_id_mended,
            dated(birth_date) AS birth_text, birth(dated(birth_date)) AS born,
            is_mended(birth_date, dated(birth_date)) AS is_date_mended,
            thai(prefix) AS prefix, thai(first_name) AS first_name, thai(last_name) AS last_name,
            is_mended(first_name, thai(first_name)) OR is_mended(last_name, thai(last_name)) AS is_name_mended,
            {columns}
        FROM raw
    )
    SELECT row, $file_no::INTEGER AS file_no, record_no, byte_start, byte_end,
        CAST($file_no AS BIGINT) * 1000000000 + record_no AS form, owner IS NULL AS is_record,
        household_id, village_code, member_no,
        CASE WHEN code IS NOT NULL THEN [code] ELSE list_filter([
            CASE WHEN is_scientific THEN 'V-PID-SCI' END,
            CASE WHEN member_no IS NULL OR member_no < 1 THEN 'V-MEMBERNO' END,
            CASE WHEN length(first_name) > {longest} OR length(last_name) > {longest} OR length(prefix) > {longest}
                THEN 'V-LEN' END
        ], lambda c: c IS NOT NULL) END AS codes,
        list_filter([
            CASE WHEN is_id_mended OR is_name_mended OR is_date_mended THEN 'J-NORM' END,
            CASE WHEN is_id_invented(citizen_id) THEN 'J-PID-FAKE' END,
            CASE WHEN regexp_matches(first_name || coalesce(last_name, ''), '[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]') THEN 'J-NAME' END,
            CASE WHEN contains(birth_text, '00/') OR birth_text[1:2] = '0/' OR contains(birth_text, '/0/')
                THEN 'J-BIRTH' END
        ], lambda c: c IS NOT NULL) AS notes,
        coalesce(is_id_checked(person_no) AND citizen_id IS NOT NULL, false) AS is_id_valid,
        born AS birth_date, {", ".join(coded)},
        sha256(concat_ws(chr(31), member_no, coalesce(citizen_id, ''),
            coalesce(CAST(born AS VARCHAR), birth_text, ''), {texts})) AS own_sha256,
        citizen_id, prefix, first_name, last_name
    FROM shaped
    """


def _text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
