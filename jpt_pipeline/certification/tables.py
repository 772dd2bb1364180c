"""The tables of stage s5 as queries: certification__nodes, __state, __confidence, certified__<level>.

Put here: what of a situation goes into which table of which part. Keep out: writing (the stage does), deriving.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.confidence_table import CONFIDENCE, confidence_rows, visits_input
from jpt_pipeline.certification.confidence_table import ROWS as CONFIDENCE_ROWS
from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.gates_field import field_inputs
from jpt_pipeline.certification.relations import (
    FINDINGS,
    NODES,
    ROLLUPS,
    Relations,
    nation_findings,
    nation_findings_sha256,
    usable_parts,
)
from jpt_pipeline.certification.situation import Situation, gates_ever, load_situation
from jpt_pipeline.certification.state import AreaState, State
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.hashtree.stage import TREES
from jpt_pipeline.ledger import Act, AreaEntry, Entry, only
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_text
from jpt_pipeline.store.lake import Lake, Part

if TYPE_CHECKING:
    from jpt_pipeline.rounds import Round

STATE = "certification__state"
BETWEEN = f"{FINDINGS} between provinces"


def state_tables(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: "Round",
    rules: Rules,
    entries: Sequence[Entry],
    on: date,
    part: Part,
) -> dict[str, str]:
    """Queries of the stage's tables for one part, to be written in this session: table name -> SELECT in key order.

    A province's part has its areas up to the province, from that province's files alone. The nation's part has the
    nation's row, derived from all sealed provinces. Levels without a certified__ table in the dictionary have none.

    Raises:
        NoFigures: the part's province, or any province, is not sealed.
    """
    provinces = [part.province_code] if part.province_code else None
    gated = None if provinces else {load_levels()[-1].level}
    situation = load_situation(connection, settings, round_, rules, entries, on, provinces=provinces, gated=gated)
    mine = f"a.part_code = '{part.province_code or ''}'"
    state_rows(connection, round_.survey_year, situation.states.values(), only(entries, Act))
    queries = {
        NODES: _ordered(NODES, situation.relations.nodes, situation, mine),
        STATE: _ordered(STATE, "cert_state_rows", situation, mine),
    }
    if part.province_code:
        roots = {area: node.root_sha256 for area, node in situation.nodes.items()}
        confidence_rows(connection, Lake(settings.lake), round_, entries, roots)
        queries[CONFIDENCE] = _ordered(CONFIDENCE, CONFIDENCE_ROWS, situation, mine)
    for level in load_levels():
        table = f"certified__{level.level}"
        if table in load_dictionary().tables and (level.column is not None) == (part.province_code is not None):
            queries[table] = certified_query(situation.relations, table, level.level)
    return queries


def state_rows(
    connection: duckdb.DuckDBPyConnection, survey_year: int, states: Iterable[AreaState], acts: Iterable[Act]
) -> None:
    """Make the temporary table cert_state_rows: columns of certification__state, and certified_at where it is valid."""
    at = {act.certificate_id: act.at for act in acts if act.certificate_id}
    rows = [
        {
            "survey_year": survey_year,
            **state.area._asdict(),
            "form_no": state.form_no,
            "state": str(state.state),
            "due_date": state.due_date,
            "certificate_id": state.certificate_id,
            "root_sha256": state.root_sha256,
            "blocked_by": list(state.blocked_by),
            "certified_at": at[state.certificate_id]
            if state.certificate_id and state.state is State.CERTIFIED
            else None,
        }
        for state in states
    ]
    connection.register("cert_state_arrow", pa.Table.from_pylist(rows, schema=_STATE_SCHEMA))
    connection.execute("CREATE OR REPLACE TEMP TABLE cert_state_rows AS SELECT * FROM cert_state_arrow")
    connection.unregister("cert_state_arrow")


def certified_query(relations: Relations, table: str, level: str) -> str:
    """Rows of certified__<level>: the indicators of areas in state CERTIFIED, with the certificate they stand on."""
    source = f"""(
        SELECT i.*, s.certificate_id, s.certified_at AT TIME ZONE 'UTC' AS certified_at, s.root_sha256
        FROM {relations.rollup("rollups__indicators")} i JOIN cert_state_rows s USING (stream, level, area_code)
        WHERE s.level = '{level}' AND s.state = '{State.CERTIFIED}')"""
    return load_dictionary().select(table, source)


def inputs_of(lake: Lake, round_: "Round", part: Part) -> dict[str, str]:
    """Digests of the files that a part's tables are made from: its own, and for the nation all provinces' too.

    Of the findings between provinces a province's tables depend on the rows in its own villages alone.
    """
    parts = [part] if part.province_code else [*usable_parts(lake, round_.survey_year)[0], part]
    digests: dict[str, str] = {}
    for source in parts:
        tables = (*ROLLUPS, FINDINGS, TREES) if source.province_code else ROLLUPS
        digests |= {f"{table} {source}": lake.seal(table, source).sha256 for table in tables}
    gated = None if part.province_code else {load_levels()[-1].level}
    digests |= field_inputs(lake, round_.survey_year, parts, gates_ever(round_, gated)) | visits_input(lake, round_)
    if part.province_code:
        return digests | {BETWEEN: nation_findings_sha256(lake, part)}
    return digests | {
        f"{FINDINGS} {source}": lake.seal(FINDINGS, source).sha256 for source in nation_findings(lake, part)
    }


def outdated(lake: Lake, survey_year: int) -> list[Part]:
    """Provinces whose states were made before the findings between provinces that lie in them changed.

    Raises:
        NotSealed: a table of states is not the one that was sealed.
    """
    sealed = [part for part in usable_parts(lake, survey_year)[0] if lake.seal_path(STATE, part).exists()]
    made_from = {part: lake.seal(STATE, part).inputs.get(BETWEEN) for part in sealed}
    return [part for part in sealed if made_from[part] != nation_findings_sha256(lake, part)]


def acts_sha256(round_: "Round", entries: Iterable[Entry], on: date, codes: Iterable[str]) -> str:
    """Digest of what else decides a part's states: the chain as asked on the date, and the acts on areas of `codes`.

    Goes into the fingerprint of the stage's tables, so that a new act, or an amendment that comes into force, makes
    them again and nothing else does. For the nation pass all codes of the round.
    """
    chain = [
        [stream.key, *(level.model_dump_json() for level in round_.chain(stream.key, on))] for stream in round_.streams
    ]
    known = set(codes)
    about = only(entries, AreaEntry)
    acts = [e.text() for e in about if e.survey_year == round_.survey_year and e.area_code in known]
    return sha256_text(repr((chain, round_.provinces_expected, acts)))


def _ordered(table: str, relation: str, situation: Situation, mine: str) -> str:
    source = (
        f"(SELECT t.* FROM {relation} t SEMI JOIN (SELECT * FROM {situation.relations.areas} a WHERE {mine}) a "
        "USING (stream, level, area_code))"
    )
    return load_dictionary().select(table, source)


_STATE_SCHEMA = pa.schema(
    [
        ("survey_year", pa.int64()),
        ("stream", pa.string()),
        ("level", pa.string()),
        ("area_code", pa.string()),
        ("form_no", pa.string()),
        ("state", pa.string()),
        ("due_date", pa.date32()),
        ("certificate_id", pa.string()),
        ("root_sha256", pa.string()),
        ("blocked_by", pa.list_(pa.string())),
        ("certified_at", pa.timestamp("us", tz="UTC")),
    ]
)
