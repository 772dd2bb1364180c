"""Proofs for single households: from the row up to the highest area that has figures in this home.

Put here: which rows, leaves and records go into a proof. Keep out: what a proof is and how it is checked
(hashtree.proof). Restricted: a proof names a house code and holds a household's answers.
"""

import base64

import duckdb

from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.nodes import leaves_of
from jpt_pipeline.certification.relations import path_levels
from jpt_pipeline.certification.situation import Situation
from jpt_pipeline.certification.state import Area, State
from jpt_pipeline.hashtree.merkle import inclusion_path
from jpt_pipeline.hashtree.proof import Columns, Proof, Standing, Step
from jpt_pipeline.hashtree.rows import CLEAN, MEMBERS, Layout, layout_of, rosters_query, rows_query
from jpt_pipeline.hashtree.salts import leaf_of, round_key, salt_of
from jpt_pipeline.hashtree.stage import LEAVES, TREES
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted


class Unprovable(Exception):
    """There is no proof to be made; `reason` is Thai with its code, without the house code."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def prove(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    situation: Situation,
    survey_year: int,
    village: Area,
    household_id: str,
) -> Proof:
    """The proof of a household, in the session of a loaded situation.

    Raises:
        Unprovable: the village or the household is not counted, or the households changed since the figures.
        NotSealed: households, members or leaves are not what was sealed.
        KeyMissing: the home's vault key is not there.
    """
    if village not in situation.part_of:
        raise Unprovable(say("C-AREA", level=level_th(village.level), areas=village.area_code, year=str(survey_year)))
    lake, part = Lake(settings.lake), Part(survey_year, situation.part_of[village])
    leaves, place = _leaves(connection, lake, part, village, household_id)
    if place is None:
        raise Unprovable(say("C-PROVE-NONE", area=village.area_code))
    layout, row = _row(connection, lake, part, village, household_id)
    salt = salt_of(round_key(settings, survey_year), row)
    is_same = lake.seal(LEAVES, part).inputs == lake.seal(TREES, part).inputs
    if not is_same or leaf_of(salt, row) != leaves[place]:
        raise Unprovable(say("C-PROVE-OLD", year=str(survey_year), province=str(part.province_code)))
    steps = _steps(connection, situation, village, leaves, place)
    return Proof(
        survey_year=survey_year,
        stream=village.stream,
        columns=Columns(household=layout.household, person=layout.person, answers=layout.answers),
        row=base64.b64encode(row).decode(),
        salt=base64.b64encode(salt).decode(),
        steps=tuple(steps),
        certificates=tuple(_certificates(situation, village.stream, steps)),
    )


def _leaves(
    connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part, village: Area, household_id: str
) -> tuple[list[bytes], int | None]:
    """Leaves of a village in order, and the place of the household's among them."""
    rows = connection.execute(
        "SELECT household_id = ?, leaf_sha256 FROM read_parquet(?, hive_partitioning = false) "
        "WHERE stream = ? AND village_code = ? ORDER BY leaf_no",
        [household_id, lake.sealed(LEAVES, part), village.stream, village.area_code],
    ).fetchall()
    places = [number for number, row in enumerate(rows) if row[0]]
    return [bytes.fromhex(row[1]) for row in rows], places[0] if places else None


def _row(
    connection: duckdb.DuckDBPyConnection, lake: Lake, part: Part, village: Area, household_id: str
) -> tuple[Layout, bytes]:
    """The household's canonical row, and its layout."""
    key = [village.stream, village.area_code, household_id]
    for name, table in (("proved_household", CLEAN), ("proved_members", MEMBERS)):
        source = f"read_parquet('{quoted(lake.sealed(table, part))}', hive_partitioning = false)"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {source} "
            "WHERE stream = ? AND village_code = ? AND household_id = ?",
            key,
        )
    layout = layout_of(row[0] for row in connection.execute("DESCRIBE proved_household").fetchall())
    rosters = f"({rosters_query(layout, 'proved_members')})"
    rows = connection.execute(rows_query(layout, "proved_household", rosters)).fetchall()
    if not rows:
        raise Unprovable(say("C-PROVE-OLD", year=str(part.survey_year), province=str(part.province_code)))
    return layout, bytes(rows[0][-1])


def _steps(
    connection: duckdb.DuckDBPyConnection, situation: Situation, village: Area, leaves: list[bytes], place: int
) -> list[Step]:
    """The village, then each area above it as far as the home has records."""
    steps: list[Step] = []
    at = village.area_code
    for level in path_levels():
        found = connection.execute(
            "SELECT n.root_sha256, n.figures_sha256, n.tree_sha256, n.tree_size, a.parent_code "
            f"FROM {situation.relations.nodes} n JOIN {situation.relations.areas} a USING (stream, level, area_code) "
            "WHERE stream = ? AND level = ? AND area_code = ?",
            [village.stream, level, at],
        ).fetchall()
        if not found:
            break
        if steps:
            below = leaves_of(connection, situation.relations, village.stream, level, at)
            leaves = [digest for _, _, digest in below]
            place = [(name, code) for name, code, _ in below].index((steps[-1].level, steps[-1].area_code))
        root, figures, tree, size, above = found[0]
        steps.append(
            Step(
                level=level,
                area_code=at,
                root_sha256=root,
                figures_sha256=figures,
                tree_sha256=tree,
                tree_size=size,
                leaf_no=place,
                path=tuple(sibling.hex() for sibling in inclusion_path(leaves, place)),
            )
        )
        at = above
    return steps


def _certificates(situation: Situation, stream: str, steps: list[Step]) -> list[Standing]:
    """Valid certificates over the areas of the path, bottom up."""
    found = []
    for step in steps:
        state = situation.states.get(Area(stream, step.level, step.area_code))
        if state and state.state is State.CERTIFIED and state.certificate_id:
            found.append(
                Standing(
                    certificate_id=state.certificate_id,
                    level=step.level,
                    area_code=step.area_code,
                    root_sha256=state.root_sha256,
                )
            )
    return found
