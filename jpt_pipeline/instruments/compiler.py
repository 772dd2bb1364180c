"""An instrument -> named SQL steps: rosters counted, answers typed, rules judged, indicators scored; one pass each.

Put here: the steps and what their relations look like. Keep out: reading and writing tables.
A step takes the names of relations and gives one; `render` puts steps together as WITH … SELECT. Texts in the SQL come
from the checked definitions only, never from data.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from jpt_pipeline.instruments.answers import baht_sql, count_sql, lead_sql, well_formed_sql
from jpt_pipeline.instruments.expressions import Expr, Ref, parse, refs, resolve
from jpt_pipeline.instruments.models import Instrument, Result, Rule
from jpt_pipeline.instruments.sql import condition, sql_of

PASSED = Ref("passed", "")
WORD_BITS = 63  # rules in one mask; the highest bit stays free, so that readers with signed integers are safe


@dataclass(frozen=True)
class Step:
    """A named relation and the SELECT that makes it."""

    name: str
    sql: str


def render(steps: Iterable[Step], final: str) -> str:
    """One statement: the steps in order as common table expressions, then the SELECT `final`."""
    parts = ",\n".join(f"{step.name} AS NOT MATERIALIZED (\n{step.sql}\n)" for step in steps)
    return f"WITH {parts}\n{final}" if parts else final


def answer_columns(instrument: Instrument) -> list[str]:
    """Columns of the raw answers (VARCHAR, NULL when unset) in the order of the code book."""
    return [answer.column for answer in instrument.answers if answer.is_stored]


def roster_columns(instrument: Instrument) -> list[str]:
    """Columns of the roster counts, in the order of the file."""
    return [f"r_{roster.name}" for roster in instrument.rosters]


def roster_step(instrument: Instrument, members: str) -> Step:
    """hh, r_<name> USMALLINT: how many members satisfy each roster.

    `members` has hh and the instrument's member fields. A household without members has no row: the
    join that follows makes its counts 0, for the later steps take no NULL there.
    """
    counts = (
        f"CAST(count(*) FILTER ({condition(_expr(instrument, roster.where))}) AS USMALLINT) AS r_{roster.name}"
        for roster in instrument.rosters
    )
    return Step("rosters", f"SELECT hh, {_listed(counts)}\nFROM {members}\nGROUP BY hh")


def rule_codes(instrument: Instrument) -> list[str]:
    """Codes that typed_step must carry for rules_step."""
    return _codes(instrument, (rule.holds_if for rule in instrument.rules))


def indicator_codes(instrument: Instrument) -> list[str]:
    """Codes that typed_step must carry for indicators_step."""
    return _codes(
        instrument,
        (
            text
            for item in instrument.indicators
            for text in (item.surveyed, item.failed, item.pass_if, item.not_applicable_if, item.complete_if)
        ),
    )


def measure_codes(instrument: Instrument) -> list[str]:
    """Codes that typed_step must carry for measures_step."""
    return _codes(instrument, instrument.measures.values())


def typed_step(instrument: Instrument, households: str, codes: Iterable[str]) -> Step:
    """The relation with v<code> VARCHAR, n<code> and b<code> BIGINT added for these codes.

    v is the leading field (NULL when unset); n and b are the attached count and amount, 0 when unset or not whole
    digits. No value raises, however broken it is.
    """
    columns: list[str] = []
    for code in codes:
        answer = instrument.answers_by_code[code]
        columns.append(f"{lead_sql(answer)} AS v{code}")
        if answer.has_count:
            columns.append(f"{count_sql(answer)} AS n{code}")
        if answer.has_baht:
            columns.append(f"{baht_sql(answer)} AS b{code}")
    return Step("typed", f"SELECT *, {_listed(columns)}\nFROM {households}")


def rule_bits(instrument: Instrument) -> list[tuple[int, int, Rule]]:
    """(word, bit, rule): where each rule stands in the masks of rules_step."""
    return [(index // WORD_BITS, index % WORD_BITS, rule) for index, rule in enumerate(instrument.rules)]


def rules_step(instrument: Instrument, typed: str) -> Step:
    """hh, rules_0 … rules_<k> UBIGINT: a bit is set where the household violates the rule (see rule_bits)."""
    words: dict[int, list[str]] = {}
    for word, bit, rule in rule_bits(instrument):
        violated = condition(_expr(instrument, rule.holds_if), holds=False)
        words.setdefault(word, []).append(f"CASE WHEN {violated} THEN {1 << bit}::UBIGINT ELSE 0::UBIGINT END")
    masks = (f"{_joined(' | ', bits)} AS rules_{word}" for word, bits in words.items())
    stored = [answer for answer in instrument.answers if answer.is_stored]
    well_formed = _joined(" AND ", [well_formed_sql(answer) for answer in stored])
    source = f"(SELECT *, {well_formed} AS well_formed FROM {typed})"
    return Step("rules", f"SELECT hh, {_listed(masks)}\nFROM {source}")


def indicators_step(instrument: Instrument, typed: str, kept: Iterable[str] = ("hh",)) -> Step:
    """The kept columns and, for each indicator, i<no>_result UTINYINT (models.Result), i<no>_surveyed and i<no>_failed BIGINT.

    Not applicable comes before incomplete, and that before pass or fail. Surveyed and failed are 0 unless the result
    is pass or fail.
    """
    results: list[str] = []
    columns: list[str] = []
    for item in instrument.indicators:
        name = f"{item.prefix}_result"
        results.append(
            f"CASE WHEN {condition(_expr(instrument, item.not_applicable_if))} THEN {Result.NOT_APPLICABLE:d}::UTINYINT"
            f" WHEN {condition(_expr(instrument, item.complete_if), holds=False)} THEN {Result.INCOMPLETE:d}::UTINYINT"
            f" WHEN {condition(_expr(instrument, item.pass_if))} THEN {Result.PASS:d}::UTINYINT"
            f" ELSE {Result.FAIL:d}::UTINYINT END AS {name}"
        )
        columns.append(name)
        for measure, text in (("surveyed", item.surveyed), ("failed", item.failed)):
            passing, failing = (
                sql_of(resolve(parse(text), {**instrument.choices, PASSED: it})) for it in (True, False)
            )
            value = f"WHEN {Result.PASS:d} THEN {passing} WHEN {Result.FAIL:d} THEN {failing} ELSE 0"
            columns.append(f"CAST(CASE {name} {value} END AS BIGINT) AS {item.prefix}_{measure}")
    scored = f"(SELECT *, {_listed(results)}\nFROM {typed})"
    return Step("indicators", f"SELECT {_listed([*kept, *columns])}\nFROM {scored}")


def measures_step(instrument: Instrument, typed: str, kept: Iterable[str]) -> Step:
    """The kept columns and each additive measure of a household (whole baht) under its name."""
    measures = (f"{sql_of(_expr(instrument, text))} AS {name}" for name, text in instrument.measures.items())
    return Step("measures", f"SELECT {_listed([*kept, *measures])}\nFROM {typed}")


def _expr(instrument: Instrument, text: str) -> Expr:
    return resolve(parse(text), instrument.choices)


def _codes(instrument: Instrument, texts: Iterable[str]) -> list[str]:
    """Codes that expressions read, in the order of the code book."""
    found: set[Ref] = {ref for text in texts for ref in refs(_expr(instrument, text))}
    read = {ref.name for ref in found if ref.kind in ("v", "n", "baht")}
    return [answer.code for answer in instrument.answers if answer.code in read]


def _listed(columns: Iterable[str]) -> str:
    return ",\n  ".join(columns)


def _joined(operator: str, items: list[str]) -> str:
    """Items under one operator as a balanced tree: DuckDB's binder recurses, and 63 levels are slow."""
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    return f"({_joined(operator, items[:middle])}{operator}{_joined(operator, items[middle:])})"
