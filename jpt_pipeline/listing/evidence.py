"""Households whose evidence is not whole, or whose data were corrected, with the reason of each.

Source: the letter of 2563, which asks for such a list per village, signed by inspector and leader. Which stored value is
which reason stands in data/listing/words.yaml. Keep out: layout.
"""

from dataclasses import dataclass

from jpt_pipeline.listing.opened import COVERAGE, open_houses, open_names, opened
from jpt_pipeline.listing.places import Piece
from jpt_pipeline.listing.summaries import house_order
from jpt_pipeline.listing.ties import check_ties
from jpt_pipeline.listing.words import load_words
from jpt_pipeline.settings import Settings


@dataclass(frozen=True)
class Incomplete:
    """A household with the codes of its reasons, in the order of words.yaml."""

    village_code: str
    household_id: str
    house_no: str | None
    head: str | None
    enumerator_id: str | None
    codes: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceList:
    """Households of a piece with a reason, by village and house number; counted households by village."""

    households: tuple[Incomplete, ...]
    surveyed: dict[str, int]


def incomplete_evidence(settings: Settings, piece: Piece) -> EvidenceList:
    """The list of a piece.

    Raises:
        NotListed: see there; L-TIES where a reason does not count as rollups__coverage does.
        NotSealed, KeyMissing, VaultBroken: the home is not ready.
    """
    known = load_words(settings.definitions).evidence
    flags = ", ".join(
        f"CASE WHEN CAST(h.{reason.column} AS VARCHAR) = '{reason.value}' THEN '{code}' END"
        for code, reason in known.items()
    )
    with opened(settings, piece, "list of households without evidence") as connection:
        connection.execute(
            "CREATE TEMP TABLE chosen AS SELECT * FROM (SELECT p.*, h.household_id, h.enumerator_id, "
            f"list_filter([{flags}], lambda code: code IS NOT NULL) AS codes FROM placed p JOIN households h USING (hh)) "
            "WHERE len(codes) > 0"
        )
        open_houses(connection, settings, "chosen")
        open_names(connection, settings, "chosen", only_heads=True)
        rows = connection.execute(
            "SELECT c.village_code, c.household_id, h.house_no, n.name, c.enumerator_id, c.codes FROM chosen c "
            "LEFT JOIN houses h USING (unit_no, form) LEFT JOIN people n ON n.hh = c.hh"
        ).fetchall()
        found = [
            Incomplete(village, key, house, head, who, tuple(codes)) for village, key, house, head, who, codes in rows
        ]
        counts: dict[str, dict[str, int]] = {}
        for one in found:
            mine = counts.setdefault(one.village_code, {})
            for column in (known[code].counted for code in one.codes):
                if column:
                    mine[column] = mine.get(column, 0) + 1
        columns = [reason.counted for reason in known.values() if reason.counted]
        check_ties(connection, settings, piece, COVERAGE, counts, columns)
        surveyed = dict(connection.execute("SELECT village_code, count(*) FROM households GROUP BY ALL").fetchall())
    ordered = sorted(found, key=lambda one: (one.village_code, house_order(one.house_no), one.household_id))
    return EvidenceList(tuple(ordered), surveyed)
