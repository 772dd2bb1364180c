"""Households as the engine sees them: relations in DuckDB, and what its SQL says about them."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from jpt_pipeline.instruments import (
    Result,
    answer_columns,
    indicator_codes,
    indicators_step,
    render,
    roster_columns,
    roster_step,
    rule_bits,
    rule_codes,
    rules_step,
    typed_step,
)

ARROW = {"int": pa.int64(), "text": pa.string(), "flag": pa.bool_()}
SYMBOL = {Result.NOT_APPLICABLE: "-", Result.PASS: "1", Result.FAIL: "0", Result.INCOMPLETE: "?"}


def judge(instrument, homes, file=None):
    """For each household: ids of the violated rules, and (result, surveyed, failed) by indicator; from memory, or as the
    pipeline reads them, from a Parquet file with dictionaries."""
    con = duckdb.connect(config={"threads": 2})
    con.register("households_in", answers_table(instrument, homes))
    con.register("members_in", members_table(instrument, homes))
    with_rosters = render(
        [roster_step(instrument, "members_in")],
        "SELECT h.*, "
        + ", ".join(f"coalesce({name}, 0) AS {name}" for name in roster_columns(instrument))
        + " FROM households_in h LEFT JOIN rosters USING (hh)",
    )
    if file is None:
        con.execute(f"CREATE TABLE homes AS {with_rosters}")
    else:
        pq.write_table(con.execute(with_rosters).to_arrow_table(), file, row_group_size=max(1, len(homes) // 2))
        con.execute(f"CREATE VIEW homes AS SELECT * FROM read_parquet('{file}')")
    rules = render(
        [typed_step(instrument, "homes", rule_codes(instrument)), rules_step(instrument, "typed")],
        "SELECT * EXCLUDE (hh) FROM rules ORDER BY hh",
    )
    scores = render(
        [typed_step(instrument, "homes", indicator_codes(instrument)), indicators_step(instrument, "typed")],
        "SELECT * EXCLUDE (hh) FROM indicators ORDER BY hh",
    )
    bits = rule_bits(instrument)
    numbers = [item.number for item in instrument.indicators]
    verdicts = [
        {rule.id for word, bit, rule in bits if masks[word] >> bit & 1} for masks in con.execute(rules).fetchall()
    ]
    results = [
        {no: (SYMBOL[Result(row[3 * i])], row[3 * i + 1], row[3 * i + 2]) for i, no in enumerate(numbers)}
        for row in con.execute(scores).fetchall()
    ]
    return verdicts, results


def answers_table(instrument, homes):
    columns = {"hh": pa.array(range(len(homes)), pa.int64())}
    for name in answer_columns(instrument):
        columns[name] = pa.array([home.answers.get(name[1:]) for home in homes], pa.string())
    for name, field in instrument.household_fields.items():
        columns[f"f_{name}"] = pa.array([home.fields.get(name) for home in homes], ARROW[field.type])
    return pa.table(columns)


def members_table(instrument, homes):
    rows = [(number, member) for number, home in enumerate(homes) for member in home.members]
    columns = {"hh": pa.array([number for number, _ in rows], pa.int64())}
    for name, field in instrument.member_fields.items():
        columns[name] = pa.array([member[name] for _, member in rows], ARROW[field.type])
    return pa.table(columns)
