"""The committees (คณะทำงาน) of areas as the register of a round names them.

Put here: who is asked for, and the quorum if the order gives one. Keep out: whether a meeting had it (certification).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from jpt_pipeline.store.lake import Lake, Part

COMMITTEES = "register__committees"


@dataclass(frozen=True)
class Order:
    """A committee's order (คำสั่ง) and its members; quorum_n None: the round's share of the members."""

    order_no: str
    members_n: int
    quorum_n: int | None


Orders = Mapping[tuple[str, str, str], Order]
"""Orders by stream (empty: for all streams), level and area code."""


def registered_committees(lake: Lake, survey_year: int) -> Orders:
    """All committees of a round; empty before any was registered.

    Raises:
        NotSealed: the register is not the file that was sealed.
    """
    part = Part(survey_year)
    if not lake.path(COMMITTEES, part).exists():
        return {}
    rows = duckdb.execute(
        "SELECT coalesce(stream, ''), level, area_code, order_no, members_n, quorum_n "
        "FROM read_parquet(?, hive_partitioning = false)",
        [lake.sealed(COMMITTEES, part)],
    ).fetchall()
    return {row[:3]: Order(*row[3:]) for row in rows}


def committee_of(orders: Orders, stream: str, level: str, area_code: str) -> Order | None:
    """The order of an area's committee: the one for the stream, else the one for all streams; None if there is none."""
    return orders.get((stream, level, area_code)) or orders.get(("", level, area_code))
