"""Likely duplicates: persons without a valid 13-digit number who may be counted in another household of the province.

Put here: which pairs are compared, how evidence adds up. Keep out: points and thresholds (data/identity/likely.yaml) and
any decision: a pair is a proposal to people. Names and numbers are compared in the session and leave as a level only.
Pairs are made by equal keys (birth date and an initial; village and name; full name; tambon, year of birth and a name),
never all with all.
"""

import duckdb

from jpt_pipeline.identity.spec import BirthPoints, Likely, NameLevels, Spelling
from jpt_pipeline.identity.spelling import register_spelling

FINDING = "J-LIKELY"
# Keys under which a person without a number meets others. `whose` names a relation, a or b; swapped keys meet, too.
_BLOCKS = (
    ("a.birth_date = b.birth_date", "a.first_letter = b.first_letter"),
    ("a.birth_date = b.birth_date", "a.last_letter = b.last_letter"),
    ("a.birth_date = b.birth_date", "a.first_letter = b.last_letter"),
    ("a.village_no = b.village_no", "a.first_frame = b.first_frame"),
    ("a.first_frame = b.first_frame", "a.last_frame = b.last_frame"),
    ("a.first_frame = b.last_frame", "a.last_frame = b.first_frame"),
    ("a.tambon_no = b.tambon_no", "a.birth_year = b.birth_year", "a.first_frame = b.first_frame"),
    ("a.tambon_no = b.tambon_no", "a.birth_year = b.birth_year", "a.last_frame = b.last_frame"),
)


def find_likely(connection: duckdb.DuckDBPyConnection, people: str, spec: Likely, spelling: Spelling) -> int:
    """Make the TEMP TABLE `likely` (a, b, score_n, basis): pairs of rows of `people`, a below b, by person_no.

    Args:
        people: relation with person_no (unique), hh, village_code, tambon_code, district_code, sex, birth_date DATE,
            has_number (a valid one), citizen_id (text as typed), first_name, last_name. Any but the first three may be
            NULL. At least one of a pair has no valid number; the two are of different households.

    Returns the number of pairs that were compared.
    """
    register_spelling(connection, spelling)
    for statement in _prepare(people, spec):
        connection.execute(statement)
    pairs = " UNION ".join(_block(conditions, spec.block_most_n) for conditions in _BLOCKS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE likely_pairs AS {pairs}")
    for statement in _score(spec):
        connection.execute(statement)
    row = connection.execute("SELECT count(*) FROM likely_pairs").fetchone()
    assert row is not None
    for table in ("likely_names", "likely_people", "likely_pairs", "likely_met", "likely_levels", "likely_scored"):
        connection.execute(f"DROP TABLE {table}")
    return int(row[0])


def _prepare(people: str, spec: Likely) -> list[str]:
    """Distinct names with their forms, and persons with numbers in place of names and places."""
    digits = "regexp_replace(translate(citizen_id, '๐๑๒๓๔๕๖๗๘๙', '0123456789'), '[^0-9]', '', 'g')"
    return [
        f"""CREATE OR REPLACE TEMP TABLE likely_names AS
        WITH typed AS (
            SELECT typed, count(*) AS n FROM (
                SELECT coalesce(first_name, '') AS typed FROM {people}
                UNION ALL SELECT coalesce(last_name, '') FROM {people})
            GROUP BY typed
        ), formed AS (
            SELECT typed, n, name_plain(typed) AS plain, name_sound(typed) AS sound FROM typed
        )
        SELECT row_number() OVER (ORDER BY typed) AS name_no, typed, plain, sound, name_code(plain) AS code,
            hash(nullif(name_frame(sound), '')) AS frame, unicode(nullif(name_frame(sound), '')) AS letter,
            sum(n) OVER (PARTITION BY plain) AS borne_n,
            dense_rank() OVER (ORDER BY plain) AS plain_no
        FROM formed""",
        f"""CREATE OR REPLACE TEMP TABLE likely_people AS
        SELECT p.person_no, p.hh, CAST(p.village_code AS BIGINT) AS village_no, CAST(p.tambon_code AS BIGINT) AS tambon_no,
            CAST(p.district_code AS BIGINT) AS district_no, p.sex, p.birth_date, year(p.birth_date) AS birth_year,
            p.has_number, CASE WHEN length({digits}) = 13 THEN {digits} END AS number,
            f.name_no AS first_no, l.name_no AS last_no, f.frame AS first_frame, l.frame AS last_frame,
            f.letter AS first_letter, l.letter AS last_letter,
            count(*) OVER (PARTITION BY f.plain_no, l.plain_no) AS bearers_n
        FROM {people} p JOIN likely_names f ON f.typed = coalesce(p.first_name, '')
        JOIN likely_names l ON l.typed = coalesce(p.last_name, '')""",
    ]


def _block(conditions: tuple[str, ...], most_n: int) -> str:
    """Pairs that share a key; a key that more than `most_n` persons share is left out."""
    keys = [condition.split(" = ")[1].removeprefix("b.") for condition in conditions]
    listed = ", ".join(keys)
    return f"""
    SELECT least(a.person_no, b.person_no) AS a, greatest(a.person_no, b.person_no) AS b
    FROM (SELECT * FROM likely_people WHERE NOT has_number) a
    JOIN (SELECT * FROM likely_people QUALIFY count(*) OVER (PARTITION BY {listed}) <= {most_n}) b
        ON {" AND ".join(conditions)}
    WHERE a.hh <> b.hh"""


def _score(spec: Likely) -> list[str]:
    """Tables likely_met (what two persons have in common), likely_levels (how two names agree), likely_scored, likely."""
    sides = (("one_first", "other_first"), ("one_last", "other_last"))
    crossed = (("one_first", "other_last"), ("one_last", "other_first"))
    compared = " UNION ".join(f"SELECT {x} AS x, {y} AS y FROM likely_met" for x, y in (*sides, *crossed))
    levels = " ".join(
        f"LEFT JOIN likely_levels {name} ON {name}.x = m.{x} AND {name}.y = m.{y}"
        for name, (x, y) in zip(("ff", "ll", "fl", "lf"), (*sides, *crossed), strict=True)
    )
    return [
        f"""CREATE OR REPLACE TEMP TABLE likely_met AS
        SELECT p.a, p.b, NOT one.has_number AS a_open, NOT other.has_number AS b_open, one.first_no AS one_first,
            one.last_no AS one_last, other.first_no AS other_first, other.last_no AS other_last,
            greatest(one.bearers_n, other.bearers_n) AS bearers_n, {_birth_level()} AS birth_level,
            {_place_level()} AS place_level, {_number_level(spec)} AS number_level,
            CASE WHEN one.sex IS NULL OR other.sex IS NULL THEN 'none' WHEN one.sex = other.sex THEN 'same'
                ELSE 'other' END AS sex_level
        FROM likely_pairs p JOIN likely_people one ON one.person_no = p.a
        JOIN likely_people other ON other.person_no = p.b""",
        f"""CREATE OR REPLACE TEMP TABLE likely_levels AS
        SELECT c.x, c.y, {_level(spec)} AS level FROM ({compared}) c
        JOIN likely_names x ON x.name_no = c.x JOIN likely_names y ON y.name_no = c.y""",
        f"""CREATE OR REPLACE TEMP TABLE likely_scored AS
        WITH named AS (
            SELECT m.*, ff.level AS first_level, ll.level AS last_level, fl.level AS swapped_first,
                lf.level AS swapped_last, {_points("ff.level", spec.name.first)} + {_points("ll.level", spec.name.last)}
                AS straight, {_points("fl.level", spec.name.first)} + {_points("lf.level", spec.name.last)}
                + {spec.name.swapped} AS swapped
            FROM likely_met m {levels}
        ), judged AS (
            SELECT *, greatest(straight, swapped) AS name_points, swapped > straight AS is_swapped,
                CASE WHEN greatest(straight, swapped) >= {_both_sound(spec)} THEN {_common(spec)} ELSE 0 END AS common_points
            FROM named
        )
        SELECT a, b, name_points + common_points + {_points("birth_level", spec.birth_date)}
            + {_case("place_level", spec.place)} + {_case("sex_level", spec.sex | {"none": 0})}
            + {_case("number_level", spec.number)} AS score_n,
            list_filter([
                'first_name ' || CASE WHEN is_swapped THEN swapped_first ELSE first_level END,
                'last_name ' || CASE WHEN is_swapped THEN swapped_last ELSE last_level END,
                CASE WHEN is_swapped THEN 'names swapped' END, 'birth_date ' || birth_level,
                CASE WHEN place_level <> 'other' THEN 'place ' || place_level END,
                CASE WHEN number_level <> 'none' THEN 'number ' || number_level END
            ], lambda x: x IS NOT NULL) AS basis,
            a_open, b_open
        FROM judged""",
        f"""CREATE OR REPLACE TEMP TABLE likely AS
        WITH enough AS (SELECT * FROM likely_scored WHERE score_n >= {spec.propose_from}),
        best AS (
            SELECT person_no, max(score_n) AS best_n FROM (
                SELECT a AS person_no, score_n FROM enough UNION ALL SELECT b, score_n FROM enough) GROUP BY ALL
        )
        SELECT e.a, e.b, e.score_n, e.basis FROM enough e JOIN best x ON x.person_no = e.a JOIN best y ON y.person_no = e.b
        WHERE (NOT a_open OR e.score_n >= x.best_n - {spec.margin}) AND (NOT b_open OR e.score_n >= y.best_n - {spec.margin})
        ORDER BY e.a, e.b""",
    ]


def _level(spec: Likely) -> str:
    """How far two names agree. Two names that many bear are two names, however much they look alike."""
    edits = " ".join(
        f"WHEN least(strlen(x.code), strlen(y.code)) >= {length} THEN {most}"
        for length, most in sorted(spec.name.close_edits.items(), reverse=True)
    )
    known = f"x.borne_n >= {spec.name.known_n} AND y.borne_n >= {spec.name.known_n}"
    alike = (
        f"least(strlen(x.code), strlen(y.code)) >= 5 AND "
        f"jaro_winkler_similarity(x.code, y.code) * 100 >= {spec.name.close_alike}"
    )
    return (
        "CASE WHEN x.plain = '' OR y.plain = '' THEN 'missing' WHEN x.plain = y.plain THEN 'exact' "
        f"WHEN x.sound = y.sound AND x.sound <> '' THEN 'sound' WHEN {known} THEN 'other' "
        f"WHEN damerau_levenshtein(x.code, y.code) <= (CASE {edits} ELSE 0 END) OR ({alike}) THEN 'close' ELSE 'other' END"
    )


def _birth_level() -> str:
    """How far two birth dates agree. People who know the year only are written down on the first of January."""
    one, other = "one.birth_date", "other.birth_date"
    unknown = " OR ".join(f"(month({day}) = 1 AND day({day}) = 1)" for day in (one, other))
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN 'missing' WHEN {one} = {other} THEN 'same' "
        f"WHEN year({one}) = year({other}) AND month({one}) = day({other}) AND day({one}) = month({other}) "
        f"THEN 'day_month_swapped' WHEN year({one}) = year({other}) AND ({unknown}) THEN 'year' "
        f"WHEN damerau_levenshtein(strftime({one}, '%d%m%Y'), strftime({other}, '%d%m%Y')) = 1 THEN 'one_digit' "
        f"WHEN year({one}) = year({other}) THEN 'same_year' ELSE 'other' END"
    )


def _place_level() -> str:
    levels = ("village", "tambon", "district")
    return f"CASE {' '.join(f'''WHEN one.{x}_no = other.{x}_no THEN '{x}' ''' for x in levels)} ELSE 'other' END"


def _number_level(spec: Likely) -> str:
    """A mistyped number lies near the right one; far from it, it speaks against the pair."""
    return (
        "CASE WHEN one.number IS NULL OR other.number IS NULL THEN 'none' "
        f"WHEN damerau_levenshtein(one.number, other.number) <= {spec.number_edits} THEN 'near' ELSE 'far' END"
    )


def _both_sound(spec: Likely) -> int:
    """Points from which on both names agree at least by their sound."""
    return spec.name.first.sound + spec.name.last.sound + min(spec.name.swapped, 0)


def _common(spec: Likely) -> str:
    bands = " ".join(f"WHEN bearers_n >= {least} THEN {points}" for least, points in sorted(spec.common)[::-1])
    return f"CASE {bands} ELSE 0 END"


def _points(level: str, points: NameLevels | BirthPoints) -> str:
    return _case(level, points.model_dump())


def _case(level: str, points: dict[str, int]) -> str:
    return f"CASE {level} {' '.join(f'''WHEN '{name}' THEN {int(value)}''' for name, value in points.items())} END"
