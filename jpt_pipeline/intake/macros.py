"""SQL macros that read raw text: digits, dates, moments, 13-digit numbers. NULL where a text does not say it plainly.

They know every way of writing, odd characters included; what is written plainly does not come here (plain.py).
"""

from jpt_pipeline.intake.normalise import DIGITS, INVISIBLE, SPACES, THAI_FORMS

MOMENT = (
    "(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
MONTHS = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
LONG_MONTHS = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
BLANKS = "' ' || chr(9) || chr(10) || chr(13)"


def macros() -> str:
    """SQL macros over raw text."""
    spaced = f"translate(x, '{SPACES}', '{' ' * len(SPACES)}')"
    clean = f"nullif(trim(regexp_replace({spaced}, '[{INVISIBLE}]', '', 'g'), {BLANKS}), '')"
    digits = f"translate(clean(x), '{''.join(DIGITS)}', '{''.join(DIGITS.values())}')"
    thai = "clean(x)"
    for old, new in THAI_FORMS:
        thai = f"replace({thai}, '{old}', '{new}')"
    months = "ascii_digits(x)"
    for number, (short, long) in enumerate(zip(MONTHS, LONG_MONTHS, strict=True), 1):
        pattern = f"[ -]*({long}|{short.replace('.', '[.]')})[ -]*".replace("[.])", "[.]?)")
        months = f"regexp_replace({months}, '{pattern}', '/{number}/')"
    return f"""
CREATE OR REPLACE TEMP MACRO clean(x) AS {clean};
CREATE OR REPLACE TEMP MACRO ascii_digits(x) AS {digits};
CREATE OR REPLACE TEMP MACRO thai(x) AS {thai};
CREATE OR REPLACE TEMP MACRO digits(x) AS CASE
    WHEN regexp_full_match(x, '[0-9]+') THEN x
    WHEN regexp_full_match(ascii_digits(x), '''?[0-9][0-9 -]*') THEN regexp_replace(ascii_digits(x), '[ ''-]', '', 'g')
    WHEN regexp_full_match(ascii_digits(x), '[0-9]+\\.0+') THEN split_part(ascii_digits(x), '.', 1)
    ELSE ascii_digits(x) END;
CREATE OR REPLACE TEMP MACRO whole(x) AS
    CASE WHEN regexp_full_match(digits(x), '[0-9]{{1,9}}') THEN CAST(digits(x) AS BIGINT) END;
CREATE OR REPLACE TEMP MACRO is_person_number(x) AS coalesce(regexp_full_match(digits(x), '[0-9]{{13}}'), false);
CREATE OR REPLACE TEMP MACRO is_scientific(x) AS coalesce(regexp_full_match(x, '[ 0-9.,]+[eE][+]?[0-9]+ *'), false);
CREATE OR REPLACE TEMP MACRO is_mended(x, y) AS x IS NOT NULL AND x IS DISTINCT FROM y;
CREATE OR REPLACE TEMP MACRO utc_time(x) AS CASE
    WHEN NOT regexp_full_match(x, '{MOMENT}') THEN NULL
    WHEN strlen(x) = 10 THEN try_cast(x || ' 00:00:00+07:00' AS TIMESTAMPTZ)
    WHEN regexp_matches(x, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}}|[+-][0-9]{{2}})$')
        THEN try_cast(regexp_replace(x, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2') AS TIMESTAMPTZ)
    ELSE try_cast(x || '+07:00' AS TIMESTAMPTZ) END;
CREATE OR REPLACE TEMP MACRO thai_day(day, month, year) AS try_cast(
    CASE WHEN regexp_full_match(year, '2[0-9]{{3}}') THEN CAST(year AS INTEGER) - 543 END || '-'
    || CASE WHEN month IN ('0', '00') AND day IN ('0', '00') THEN '01' ELSE month END || '-'
    || CASE WHEN day IN ('0', '00') THEN '01' ELSE day END AS DATE);
CREATE OR REPLACE TEMP MACRO dated(x) AS
    CASE WHEN regexp_full_match(x, '[0-9]{{1,2}}/[0-9]{{1,2}}/2[0-9]{{3}}') THEN x ELSE {months} END;
CREATE OR REPLACE TEMP MACRO birth(x) AS CASE
    WHEN regexp_full_match(x, '(0[1-9]|[123][0-9])/[01][0-9]/2[0-9]{{3}}')
        THEN try_cast((CAST(x[7:10] AS INTEGER) - 543) || '-' || x[4:5] || '-' || x[1:2] AS DATE)
    WHEN regexp_full_match(x, '[0-9]{{1,2}}/[0-9]{{1,2}}/2[0-9]{{3}}') THEN
        thai_day(split_part(x, '/', 1), split_part(x, '/', 2), split_part(x, '/', 3)) END;
CREATE OR REPLACE TEMP MACRO digit(n, place) AS (n // place) % 10;
CREATE OR REPLACE TEMP MACRO person_no(x) AS CASE WHEN regexp_full_match(x, '[1-9][0-9]{{12}}') THEN CAST(x AS BIGINT) END;
CREATE OR REPLACE TEMP MACRO is_id_checked(n) AS coalesce(
    (11 - ({" + ".join(f"digit(n, {10 ** (13 - i)}) * {14 - i}" for i in range(1, 13))}) % 11) % 10 = n % 10, false);
CREATE OR REPLACE TEMP MACRO is_id_invented(x) AS coalesce(
    replace(x[1:12], x[1], '') = '' OR contains('123456789012345678901234567890', x[1:12])
    OR contains('987654321098765432109876543210', x[1:12]), false);
CREATE OR REPLACE TEMP MACRO house_code(x) AS
    CASE WHEN strlen(digits(x)) IN (4, 11) THEN digits(x) ELSE ascii_digits(x) END;
CREATE OR REPLACE TEMP MACRO is_land(x, kinds) AS regexp_full_match(x, '([' || kinds || '],[0-9]+,[0-9]*(,.*)?|5)')
    AND (x <> '5' OR contains(kinds, '5'));
CREATE OR REPLACE TEMP MACRO number_or_null(x) AS
    CASE WHEN regexp_full_match(x, '-?[0-9]{{1,3}}([.][0-9]+)?') THEN CAST(x AS DOUBLE) END;
CREATE OR REPLACE TEMP MACRO position_text(x) AS coalesce(CAST(number_or_null(x) AS VARCHAR), x, '');
"""
