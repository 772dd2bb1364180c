"""Rows of certification__confidence: what re-interviews and monitoring visits show of each area, in counts.

Put here: which areas are told of, and where their counts come from. Keep out: the verdict and every percentage; they
follow from these counts and from what the round demands (jpt_pipeline.sampling.statistics.judge), on every page anew.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from jpt_pipeline.certification.confidence import Standing, standings
from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import Entry, SampleDraw, SampleResult
from jpt_pipeline.store.lake import Lake, Part

if TYPE_CHECKING:
    from jpt_pipeline.rounds import Round

CONFIDENCE = "certification__confidence"
VISITS = "register__visits"
ROWS = "cert_confidence_rows"


def confidence_rows(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    round_: "Round",
    entries: Iterable[Entry],
    roots: Mapping[Area, str],
) -> None:
    """Make the temporary table cert_confidence_rows: columns of certification__confidence.

    Args:
        roots: present root of every area that may be told of; a sample of other figures is only counted as outdated.

    Raises:
        NotSealed: the register of visits is not the file that was sealed.
    """
    quality = round_.quality
    demand = quality.confidence if quality else None
    least = quality.visits_min if quality else {}
    samples = [one for one in entries if isinstance(one, SampleDraw | SampleResult)]
    found: dict[Area, Standing] = {}
    if demand:
        sampled = {Area(s.stream, s.level, s.area_code) for s in samples if s.survey_year == round_.survey_year}
        asked = {area: root for area, root in roots.items() if area.level == demand.level or area in sampled}
        found = standings(samples, round_.survey_year, asked, demand)
    visits = _visits(lake, round_.survey_year) if least else {}
    rows = [
        _row(round_.survey_year, found.get(area, Standing(area)), visits.get(area[1:], 0), least.get(area.level, 0))
        for area in sorted(roots)
        if area in found or area.level in least
    ]
    connection.register("cert_confidence_arrow", pa.Table.from_pylist(rows, schema=_SCHEMA))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {ROWS} AS SELECT * FROM cert_confidence_arrow")
    connection.unregister("cert_confidence_arrow")


def visits_input(lake: Lake, round_: "Round") -> dict[str, str]:
    """Digest of the register of visits, for the fingerprint of the stage; nothing where the round asks for none."""
    part = Part(round_.survey_year)
    asked = bool(round_.quality and round_.quality.visits_min)
    return {VISITS: lake.seal(VISITS, part).sha256} if asked and lake.path(VISITS, part).exists() else {}


def _visits(lake: Lake, survey_year: int) -> dict[tuple[str, str], int]:
    """Visits by (level, area_code); the register knows no streams."""
    part = Part(survey_year)
    if not lake.path(VISITS, part).exists():
        return {}
    query = "SELECT level, area_code, count(*) FROM read_parquet(?, hive_partitioning = false) GROUP BY ALL"
    rows = duckdb.execute(query, [lake.sealed(VISITS, part)]).fetchall()
    return {(level, code): n for level, code, n in rows}


def _row(survey_year: int, standing: Standing, visits_n: int, visits_min_n: int) -> dict[str, object]:
    return {
        "survey_year": survey_year,
        **standing.area._asdict(),
        "sample_ids": list(standing.sample_ids),
        "households_n": standing.lot_n,
        "drawn_n": standing.drawn_n,
        "examined_n": standing.examined_n,
        "agreed_n": standing.agreed_n,
        "not_reached_n": standing.not_reached_n,
        "outdated_n": standing.outdated_n,
        "design_effect": str(standing.design_effect) if standing.verdict else None,
        "visits_n": visits_n,
        "visits_min_n": visits_min_n,
    }


_COUNTS = ("households_n", "drawn_n", "examined_n", "agreed_n", "not_reached_n", "outdated_n")
_SCHEMA = pa.schema(
    [
        ("survey_year", pa.int64()),
        *((name, pa.string()) for name in Area._fields),
        ("sample_ids", pa.list_(pa.string())),
        *((name, pa.int64()) for name in _COUNTS),
        ("design_effect", pa.string()),
        ("visits_n", pa.int64()),
        ("visits_min_n", pa.int64()),
    ]
)
