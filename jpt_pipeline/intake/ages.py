"""Ages as the contract rules them (ruling 9): one place for the SQL of intake and of corrections.

A birthday or a month is reached on its day number; who was born on 29 February is a year older on 1 March.
"""

OLDEST_YEARS = 120
AGE_MACROS = f"""
CREATE OR REPLACE TEMP MACRO is_birth_possible(birth, on_date) AS
    coalesce(birth <= on_date AND birth >= make_date(year(on_date) - {OLDEST_YEARS}, 1, 1), false);
CREATE OR REPLACE TEMP MACRO age_years(birth, on_date) AS CASE WHEN is_birth_possible(birth, on_date) THEN
    year(on_date) - year(birth)
    - CASE WHEN month(on_date) * 100 + day(on_date) < month(birth) * 100 + day(birth) THEN 1 ELSE 0 END END;
CREATE OR REPLACE TEMP MACRO age_months(birth, on_date) AS CASE WHEN is_birth_possible(birth, on_date) THEN
    (year(on_date) - year(birth)) * 12 + month(on_date) - month(birth)
    - CASE WHEN day(on_date) < day(birth) THEN 1 ELSE 0 END END;
"""
