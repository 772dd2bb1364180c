"""The situation of certification in a round: figures, digests, gates and states at one moment.

Put here: how relations, nodes, gates and states are put together; acts, status and the stage's tables all start here.
Keep out: what may be done in a situation (acts.py), what is written (tables.py).
Everything is computed from sealed files and the ledger each time: no stored state can be older than the figures.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from jpt_pipeline.certification.gates import (
    CHILDREN_CERTIFIED,
    GATES,
    Offence,
    Rules,
    check_names,
    totals_tie_out,
)
from jpt_pipeline.certification.gates_field import open_field
from jpt_pipeline.certification.messages import say
from jpt_pipeline.certification.nodes import compute_nodes, node_levels
from jpt_pipeline.certification.relations import (
    Relations,
    level_names,
    nation_part,
    open_relations,
    register_is_sealed,
    sealed_nodes,
    usable_parts,
)
from jpt_pipeline.certification.state import Area, AreaState, Node, derive_states
from jpt_pipeline.certification.totals import compute_tie_out
from jpt_pipeline.certification.waived import open_waived, sort_out, waivers_by_area
from jpt_pipeline.issues import valid_waivers
from jpt_pipeline.ledger import Counts, Entry, SampleDraw, SampleResult
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.statement import sound_acts
from jpt_pipeline.store.lake import Lake

if TYPE_CHECKING:
    from jpt_pipeline.codes import Code
    from jpt_pipeline.instruments import Instrument
    from jpt_pipeline.rounds import Round


class NoFigures(Exception):
    """A round, or provinces of it, have no sealed figures; the message is Thai with its code, a line per province."""

    def __init__(self, survey_year: int, provinces: Sequence[str] = ()):
        self.reasons = [say("C-PROVINCE", year=str(survey_year), province=province) for province in provinces]
        self.reasons = self.reasons or [say("C-NOFIGURES", year=str(survey_year))]
        super().__init__("\n".join(self.reasons))


@dataclass(frozen=True)
class Situation:
    """Areas with states, the provinces they lie in, and those left out because their files are not all sealed.

    `waived`: ids of the waivers under which something passes that would stand against the area.
    """

    relations: Relations
    nodes: dict[Area, Node]
    states: dict[Area, AreaState]
    part_of: dict[Area, str]
    unsealed: tuple[str, ...]
    waived: dict[Area, tuple[str, ...]]


def gate_rules(round_: "Round", instrument: "Instrument", codes: dict[str, "Code"]) -> Rules:
    """What the gates need of the instrument (rules that leave an answer incomplete), our own codes, and the round."""
    return Rules(
        incomplete=sorted(rule.id for rule in instrument.rules if rule.action == "incomplete"),
        blocking=sorted(name for name, code in codes.items() if code.action == "block"),
        provinces_expected=tuple(round_.provinces_expected),
    )


def load_situation(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: "Round",
    rules: Rules,
    entries: Iterable[Entry],
    on: date,
    *,
    provinces: Collection[str] | None = None,
    gated: Collection[str] | None = None,
) -> Situation:
    """Load sealed parts of a round and derive the states of their areas.

    `provinces` limits to some provinces, and leaves the nation out; None takes all that are sealed, and the nation if
    it is. `gated` limits the gates on figures to some levels (states never depend on them, `blocked_by` does).

    Raises:
        NoFigures: nothing is sealed, or not all of the named provinces, or there is no register of areas.
        UnknownGate: the round names a gate that does not exist.
    """
    check_names(name for stream in round_.streams for level in stream.chain for name in level.gates)
    lake, year = Lake(settings.lake), round_.survey_year
    parts, unsealed = usable_parts(lake, year, provinces)
    if not register_is_sealed(lake):
        raise NoFigures(year)
    if provinces is None:
        nation = nation_part(lake, year)
    else:
        nation = []
        unsealed = sorted(set(provinces) - {part.province_code for part in parts})
    if not parts or (provinces is not None and unsealed):
        raise NoFigures(year, unsealed)
    relations = open_relations(connection, lake, [*parts, *nation])
    open_field(connection, lake, year, parts, gates_asked(round_, on, gated))
    sealed = sealed_nodes(lake, parts) if provinces is None else {}
    compute_nodes(connection, relations, year, node_levels(_chain_levels(round_)), sealed)
    nodes = _nodes(connection, relations, _chain_levels(round_))
    known = list(entries)
    samples = [entry for entry in known if isinstance(entry, SampleDraw | SampleResult)]
    rules = replace(rules, quality=round_.quality, samples=samples)
    waivers = valid_waivers(known, year, on)
    open_waived(connection, lake, relations, parts, waivers, rules.incomplete)
    standing, passed = sort_out(_offences(connection, relations, round_, rules, on, gated), waivers)
    waived = waivers_by_area(connection, relations)
    for area, ids in passed.items():
        waived[area] |= ids
    blocked: dict[Area, list[str]] = defaultdict(list)
    for offence in standing:
        blocked[Area(offence.stream, offence.level, offence.area_code)].append(offence.reason)
    states = derive_states(round_, nodes, blocked, sound_acts(known), on)
    return Situation(
        relations=relations,
        nodes={node.area: node for node in nodes},
        states={state.area: state for state in states},
        part_of=_part_of(connection, relations),
        unsealed=tuple(unsealed),
        waived={area: tuple(sorted(ids)) for area, ids in waived.items()},
    )


def provinces_of(lake: Lake, connection: duckdb.DuckDBPyConnection, survey_year: int, areas: Sequence[str]) -> set[str]:
    """Codes of the province parts in which areas of these codes lie.

    Raises:
        NoFigures: none has them, and of some provinces, or of all, the files are not all sealed.
    """
    found = set()
    parts, unsealed = usable_parts(lake, survey_year)
    for part in parts:
        path = lake.sealed("rollups__areas", part)
        row = connection.execute(
            "SELECT count(*) FROM read_parquet(?, hive_partitioning = false) "
            "WHERE list_contains(?::VARCHAR[], area_code)",
            [path, list(areas)],
        ).fetchone()
        if row and row[0]:
            found.add(part.province_code or "")
    if not found and (unsealed or not parts):
        raise NoFigures(survey_year, unsealed)
    return found


def counts_of(connection: duckdb.DuckDBPyConnection, relations: Relations, areas: Sequence[Area]) -> dict[Area, Counts]:
    """Households and persons counted, and target households, of areas."""
    rows = connection.execute(
        f"""SELECT a.stream, a.level, a.area_code, coalesce(e.households_n, 0), coalesce(e.persons_n, 0),
                   coalesce(c.target_n, 0)
            FROM {relations.areas} a
            LEFT JOIN {relations.rollup("rollups__economy")} e USING (stream, level, area_code)
            LEFT JOIN {relations.rollup("rollups__coverage")} c USING (stream, level, area_code)
            WHERE list_contains(?::VARCHAR[], a.area_code)""",
        [[area.area_code for area in areas]],
    ).fetchall()
    counts = {Area(*row[:3]): Counts(households=row[3], persons=row[4], target=row[5]) for row in rows}
    return {area: counts[area] for area in areas}


def gates_asked(round_: "Round", on: date, gated: Collection[str] | None = None) -> set[str]:
    """Names of the gates that the round asks on a date, of some levels or of all."""
    chains = [round_.chain(stream.key, on) for stream in round_.streams]
    return {
        name for chain in chains for level in chain if gated is None or level.level in gated for name in level.gates
    }


def gates_ever(round_: "Round", gated: Collection[str] | None = None) -> set[str]:
    """Names of the gates that the round asks at any time, of some levels or of all."""
    named = [
        level.gates for stream in round_.streams for level in stream.chain if gated is None or level.level in gated
    ]
    named += [
        change.gates or []
        for amendment in round_.amendments
        for name, change in amendment.changes.items()
        if gated is None or name in gated
    ]
    return {name for names in named for name in names}


def _chain_levels(round_: "Round") -> list[str]:
    """Levels that any chain of the round names; only their areas are looked at one by one."""
    return sorted({level.level for stream in round_.streams for level in stream.chain})


def _nodes(connection: duckdb.DuckDBPyConnection, relations: Relations, levels: Sequence[str]) -> list[Node]:
    """Areas of the levels with their roots."""
    names = level_names()
    rows = connection.execute(
        f"SELECT n.stream, n.level, n.area_code, n.root_sha256, a.area_name, {', '.join(f'a.{x}_code' for x in names)} "
        f"FROM {relations.nodes} n JOIN {relations.areas} a USING (stream, level, area_code) "
        "WHERE list_contains(?::VARCHAR[], n.level) ORDER BY n.stream, n.level, n.area_code",
        [list(levels)],
    ).fetchall()
    return [
        Node(
            area=Area(*row[:3]),
            root_sha256=row[3],
            area_name=row[4],
            above={name: code for name, code in zip(names, row[5:], strict=True) if code and name != row[1]},
        )
        for row in rows
    ]


def _offences(
    connection: duckdb.DuckDBPyConnection,
    relations: Relations,
    round_: "Round",
    rules: Rules,
    on: date,
    gated: Collection[str] | None,
) -> list[Offence]:
    """What the gates on figures have against areas, in the order of each level's gates; nothing where none is asked."""
    if gated is not None and not gated:
        return []
    if totals_tie_out.__name__ in gates_asked(round_, on, gated):
        compute_tie_out(connection, relations)
    return [
        offence
        for stream in round_.streams
        for level in round_.chain(stream.key, on)
        if gated is None or level.level in gated
        for name in level.gates
        if name != CHILDREN_CERTIFIED
        for offence in GATES[name](connection, relations, stream.key, level.level, rules)
    ]


def _part_of(connection: duckdb.DuckDBPyConnection, relations: Relations) -> dict[Area, str]:
    """Province code of the part in which each area lies; empty for the nation."""
    rows = connection.execute(f"SELECT stream, level, area_code, part_code FROM {relations.areas}").fetchall()
    return {Area(*row[:3]): row[3] for row in rows}
