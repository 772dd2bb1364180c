"""This year's figure beside that of the round before, and whether it became better.

Put here: which indicators of two rounds are the same (the definitions say it, never the name), and the comparison, on
exact counts. Keep out: layout, and any judgement of how much a change means.
"""

from dataclasses import dataclass
from typing import Any, Literal

from jpt_pipeline.instruments import Instrument
from jpt_pipeline.instruments.expressions import parse, refs
from reports.counts import AreaIndicator, area_indicators
from reports.release import Release

Direction = Literal["better", "worse", "same"]
_EXPRESSIONS = ("surveyed", "failed", "pass_if", "not_applicable_if", "complete_if")
_ANSWER = {"kind", "pattern", "attach", "values", "good_value", "visible_if", "computed_from"}


@dataclass(frozen=True)
class Change:
    """An indicator of an area now and then; `then` is None where the round before has none that is the same."""

    now: AreaIndicator
    then: AreaIndicator | None

    @property
    def direction(self) -> Direction | None:
        """By the exact shares passed; None where either year has no figure to compare."""
        if self.then is None or {"nobody", "hidden"} & {self.now.mark, self.then.mark}:
            return None
        now, then = self.now.counted, self.then.counted
        moved = now.passed_n * then.surveyed_n - then.passed_n * now.surveyed_n
        return "same" if moved == 0 else "better" if moved > 0 else "worse"


def changes(release: Release, before: Release | None, level: str, area_code: str) -> list[Change]:
    """All indicators of an area, by number, beside those of the round before.

    Raises:
        reports.release.ReleaseError: the release lacks the area or an indicator of it.
    """
    now = area_indicators(release, level, area_code)
    if before is None or not before.has(level, area_code):
        return [Change(one, None) for one in now]
    same = same_indicators(release, before)
    then = {one.counted.number: one for one in area_indicators(before, level, area_code)}
    return [Change(one, then.get(same.get(one.counted.number, 0))) for one in now]


def same_indicators(now: Release, then: Release) -> dict[int, int]:
    """Number of now -> number of then, for the indicators that ask the same of the same people in both rounds.

    The same: one instrument, or both go back to the same indicator of the instrument that they extend; and unit, rule,
    answers, rosters and settings that the rule reads do not differ.
    """
    earlier = {_ground(then, one.number): one.number for one in then.instrument.indicators}
    found = {one.number: earlier.get(_ground(now, one.number)) for one in now.instrument.indicators}
    return {number: other for number, other in found.items() if other is not None}


def _ground(release: Release, number: int) -> str:
    """All that the figures of an indicator follow from, as a text that two rounds can be compared by."""
    instrument, indicator = release.instrument, release.instrument.indicator(number)
    root = indicator.continues if instrument.extends else [number]
    told: list[Any] = [instrument.extends or instrument.id, root if len(root) == 1 else (instrument.id, number)]
    told.append(indicator.unit)
    for name in _EXPRESSIONS:
        text = getattr(indicator, name)
        told.append(text)
        told += sorted({_meaning(release, instrument, ref.kind, ref.name) for ref in refs(parse(text))})
    return repr(told)


def _meaning(release: Release, instrument: Instrument, kind: str, name: str) -> str:
    """What a name in an expression stands for in this round."""
    if kind == "s":
        chosen = release.manifest.get("settings", {}).get(name, instrument.settings[name].value)
        return f"{name}={chosen}"
    if kind == "r":
        return repr([(one.name, one.where) for one in instrument.rosters if one.name == name])
    answer = instrument.answers_by_code.get(name)
    return repr((name, answer.model_dump(include=_ANSWER))) if answer else name
