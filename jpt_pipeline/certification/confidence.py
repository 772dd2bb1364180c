"""Confidence in an area's figures (ความเชื่อมั่นในคุณภาพข้อมูล): what the re-interviews of the ledger prove, as of now.

Put here: which samples stand for an area and what they add up to. Keep out: the statistics (jpt_pipeline.sampling), how
samples are drawn and taken back (jpt_pipeline.reinterview).
A sample speaks of the root that it was drawn from, and of nothing else: once a figure below moves, the area needs a new
one. Samples of the same root are added up; of several results of one sample the last one counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import SampleDraw, SampleResult
from jpt_pipeline.rounds.models import Confidence
from jpt_pipeline.sampling.statistics import Verdict, judge

Sample = SampleDraw | SampleResult


@dataclass(frozen=True)
class Standing:
    """The samples of an area's present root: ids, households drawn, examined, agreeing, not reached, of how many.

    verdict is None while no form came back. outdated_n: draws from figures that the area does not have any more.
    """

    area: Area
    sample_ids: tuple[str, ...] = ()
    lot_n: int = 0
    drawn_n: int = 0
    examined_n: int = 0
    agreed_n: int = 0
    not_reached_n: int = 0
    design_effect: Fraction = Fraction(1)
    verdict: Verdict | None = None
    outdated_n: int = 0

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The samples, while no form came back."""
        return self.sample_ids if self.verdict is None else ()


def standings(
    samples: Iterable[Sample], survey_year: int, roots: Mapping[Area, str], demand: Confidence
) -> dict[Area, Standing]:
    """Standing of every area of `roots` (its present root), judged by what the round demands now."""
    draws: dict[Area, list[SampleDraw]] = defaultdict(list)
    results: dict[str, SampleResult] = {}
    for entry in samples:
        if entry.survey_year != survey_year:
            continue
        if isinstance(entry, SampleDraw):
            draws[Area(entry.stream, entry.level, entry.area_code)].append(entry)
        else:
            results[entry.sample_id] = entry
    return {area: _standing(area, draws[area], results, root, demand) for area, root in roots.items()}


def _standing(
    area: Area, draws: Sequence[SampleDraw], results: Mapping[str, SampleResult], root: str, demand: Confidence
) -> Standing:
    mine = [draw for draw in draws if draw.root_sha256 == root]
    if not mine:
        return Standing(area, outdated_n=len(draws))
    found = sorted((results[d.sample_id] for d in mine if d.sample_id in results), key=lambda result: result.seq)
    examined, agreed = sum(r.examined_n for r in found), sum(r.agreed_n for r in found)
    deff = Fraction(found[-1].design_effect) if found else Fraction(1)
    lot = mine[-1].households_n
    verdict = judge(examined - agreed, examined, lot, demand.least, demand.risk, deff, demand.reading)
    return Standing(
        area=area,
        sample_ids=tuple(draw.sample_id for draw in mine),
        lot_n=lot,
        drawn_n=sum(draw.size_n for draw in mine),
        examined_n=examined,
        agreed_n=agreed,
        not_reached_n=sum(r.not_reached_n for r in found),
        design_effect=deff,
        verdict=verdict if found else None,
        outdated_n=len(draws) - len(mine),
    )


def observed_text(share: Fraction | None) -> str:
    """Share as percent, two decimals, half up; `-` of nobody."""
    return "-" if share is None else _percent(share, ROUND_HALF_UP)


def bound_text(share: Fraction) -> str:
    """Lower bound as percent, two decimals, rounded down: what is shown is proved."""
    return _percent(share, ROUND_FLOOR)


def _percent(share: Fraction, rounding: str) -> str:
    return str((Decimal(share.numerator) * 100 / Decimal(share.denominator)).quantize(Decimal("0.01"), rounding))
