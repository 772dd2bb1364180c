"""How a round reports its progress: the rhythm of reports, and the plan that collecting is held against.

Put here: what a letter says of both, and the project's own plan where no letter gives one. Keep out: working days, figures.
"""

import itertools
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from jpt_pipeline.rounds.chain import Basis, Strict


class PlanPoint(Strict):
    """By the end of a day a percentage of the target households is to be collected."""

    day: date
    percent: int = Field(ge=0, le=100)


class ProgressPlan(Strict):
    """From when to when collecting is planned; between `first` and `last`, and the points if there are any, it grows
    evenly over working days. `th` says where the days come from."""

    first: date
    last: date
    points: list[PlanPoint] = Field(default_factory=list)
    th: str
    basis: Basis

    @model_validator(mode="after")
    def _upwards(self) -> "ProgressPlan":
        steps = [(self.first, 0), *((point.day, point.percent) for point in self.points), (self.last, 100)]
        for before, after in itertools.pairwise(steps):
            if after[0] <= before[0] or after[1] < before[1]:
                raise ValueError(f"the plan goes upwards in time and percent: {before[0]} .. {after[0]}")
        return self


class Progress(Strict):
    """How often progress is reported. weekday is ISO (1 Monday); a holiday moves it to the week's first working day.

    duties: keys of the round's duties that are reports of progress, due on the last day of their window.
    """

    rhythm: Literal["daily", "weekly", "dated", "unknown"]
    th: str | None = None
    weekday: int | None = Field(default=None, ge=1, le=7)
    or_first_workday: bool = False
    dates: list[date] = Field(default_factory=list)
    stream: Literal["jpt", "basic"] | None = None
    duties: list[str] = Field(default_factory=list)
    plan: ProgressPlan | None = None
    basis: Basis

    @model_validator(mode="after")
    def _rhythm_fits(self) -> "Progress":
        if (self.rhythm == "weekly") != (self.weekday is not None) or (self.rhythm == "dated") != bool(self.dates):
            raise ValueError("weekly needs a weekday, dated needs dates, and nothing else has them")
        if (self.rhythm == "unknown") != (self.basis == "unknown") or self.dates != sorted(self.dates):
            raise ValueError("an unknown rhythm has basis unknown; dates go upwards")
        return self
