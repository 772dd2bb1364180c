"""One round: instrument, streams, dated duties, figures that a letter fixes.

Put here: what is said once per round. Keep out: the chain itself (chain.py), how progress is
reported (progress.py), results, anything a letter does not say.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.rounds.chain import Amendment, Basis, ChainLevel, Stream, Strict, Window, amended, check_chain
from jpt_pipeline.rounds.progress import Progress


class Source(Strict):
    """A letter or presentation that the round was read from, as far as the scan can be read."""

    key: str
    no_th: str | None = None
    dated: date | None = None
    from_th: str
    subject_th: str


class Duty(Strict):
    """Something due once besides certificates (registers, plans, follow-ups, dossiers); stream None is all."""

    key: str
    th: str
    window: Window
    by: str | None = None
    stream: Literal["jpt", "basic"] | None = None


class RequiredReport(Strict):
    """A report that the round asks for."""

    key: str
    th: str
    stream: Literal["jpt", "basic"] | None = None
    basis: Basis


class Contest(Strict):
    """An award of the round, scored against a number of criteria."""

    key: str
    th: str
    criteria_n: int = Field(gt=0)
    evidence_th: str
    basis: Basis


class Budget(Strict):
    """Money of one purpose: per area, number of areas, sum (baht)."""

    level: str
    th: str
    baht_per_area: int
    areas_n: int
    baht: int
    basis: Basis

    @model_validator(mode="after")
    def _ties_out(self) -> "Budget":
        if self.baht_per_area * self.areas_n != self.baht:
            raise ValueError(f"{self.th}: {self.baht_per_area} x {self.areas_n} is not {self.baht}")
        return self


class ConfidenceBasis(Strict):
    """Where each statement about the confidence comes from: how much at which level, which reading gates, the plan."""

    demand: Basis
    reading: Basis
    plan: Basis


class Confidence(Strict):
    """ความเชื่อมั่นในคุณภาพข้อมูล: what re-interviews must show of every area of a level.

    percent_min: share of agreeing households. reading: which of the two readings gates, the observed share or its
    one-sided lower bound at risk_percent; both are always shown. The plan allows misses_allowed misses, takes at most
    households_per_village_max of a village, and counts with the intraclass correlation icc.
    """

    level: str
    percent_min: int = Field(ge=1, le=99)
    reading: Literal["observed", "lower_bound"]
    risk_percent: int = Field(ge=1, le=50)
    misses_allowed: int = Field(ge=0, le=100)
    households_per_village_max: int = Field(ge=1)
    icc: Decimal = Field(ge=0, le=1)
    basis: ConfidenceBasis

    @property
    def least(self) -> Fraction:
        return Fraction(self.percent_min, 100)

    @property
    def risk(self) -> Fraction:
        return Fraction(self.risk_percent, 100)

    @property
    def icc_share(self) -> Fraction:
        return Fraction(self.icc)


class Quality(Strict):
    """What the round demands of the data: confidence by re-interviews, least visits and committee size per area."""

    confidence: Confidence | None = None
    visits_min: dict[str, int] = Field(default_factory=dict)
    committee_persons: dict[str, int] = Field(default_factory=dict)
    enumerators_per_tambon_min: int | None = None
    households_per_enumerator: int | None = None
    basis: Basis


class Plan(Strict):
    """Numbers that the round's plan counts with (targets of the plan, not results)."""

    households_n: int | None = None
    districts_n: int | None = None
    provinces_n: int | None = None
    basis: Basis


class Round(Strict):
    """A survey round; survey_year in the Buddhist Era, every date in the Common Era."""

    survey_year: int = Field(ge=2500, le=2699)
    title_th: str
    instrument: str
    instrument_basis: Basis
    collecting: Window
    streams: list[Stream]
    amendments: list[Amendment] = Field(default_factory=list)
    excluded_provinces: tuple[str, ...]
    progress: Progress
    duties: list[Duty] = Field(default_factory=list)
    reports: list[RequiredReport] = Field(default_factory=list)
    contests: list[Contest] = Field(default_factory=list)
    budgets: list[Budget] = Field(default_factory=list)
    quality: Quality | None = None
    plan: Plan | None = None
    sources: list[Source]

    @property
    def provinces_expected(self) -> tuple[str, ...]:
        """2-digit codes of the provinces that the round covers, in order."""
        return tuple(code for code in province_codes() if code not in self.excluded_provinces)

    def stream(self, key: str) -> Stream:
        """A stream by key.

        Raises:
            KeyError: the round has no such stream.
        """
        for stream in self.streams:
            if stream.key == key:
                return stream
        raise KeyError(f"round {self.survey_year} has no stream {key}")

    def chain(self, stream: str, on: date | None = None) -> list[ChainLevel]:
        """The levels that must certify, bottom up, as of a day (None: with every amendment).

        Raises:
            KeyError: the round has no such stream.
        """
        return [level for level in self._levels(stream, on) if level.required]

    def first_checks(self, stream: str, on: date | None = None) -> list[ChainLevel]:
        """The levels that no longer certify, but whose team still checks first, bottom up, as of a day.

        Raises:
            KeyError: the round has no such stream.
        """
        return [level for level in self._levels(stream, on) if level.first_check and not level.required]

    def _levels(self, stream: str, on: date | None) -> list[ChainLevel]:
        levels = self.stream(stream).chain
        for amendment in self.amendments:
            if amendment.stream == stream and (on is None or amendment.effective <= on):
                levels = amended(levels, amendment.changes)
        return levels

    @model_validator(mode="after")
    def _hangs_together(self) -> "Round":
        keys: list[str] = [stream.key for stream in self.streams]
        if not keys or len(set(keys)) != len(keys):
            raise ValueError("streams: at least one, each once")
        if not set(self.excluded_provinces) <= set(province_codes()):
            raise ValueError(f"excluded_provinces: unknown code in {self.excluded_provinces}")
        for entries in (self.duties, self.reports, self.contests, self.sources):
            names = [entry.key for entry in entries]
            if len(set(names)) != len(names):
                raise ValueError(f"a key stands twice in {names}")
        if self.plan and self.plan.provinces_n not in (None, len(self.provinces_expected)):
            raise ValueError(
                f"plan counts {self.plan.provinces_n} provinces, expected are {len(self.provinces_expected)}"
            )
        demand = self.quality.confidence if self.quality else None
        if demand and demand.level not in {level.level for level in load_levels()}:
            raise ValueError(f"quality.confidence: unknown level {demand.level}")
        due = {duty.key for duty in self.duties if duty.window.last}
        if unknown := sorted(set(self.progress.duties) - due):
            raise ValueError(f"progress.duties: no duty with a last day {unknown}")
        self._check_amendments(keys)
        self._check_chains(keys)
        return self

    def _check_amendments(self, keys: list[str]) -> None:
        days = [amendment.effective for amendment in self.amendments]
        if days != sorted(days):
            raise ValueError("amendments go upwards in time")
        for amendment in self.amendments:
            if amendment.stream not in keys:
                raise ValueError(f"amendment of {amendment.effective}: no stream {amendment.stream}")
            levels = {level.level for level in self.stream(amendment.stream).chain}
            if unknown := sorted(set(amendment.changes) - levels):
                raise ValueError(f"amendment of {amendment.effective}: the chain has no level {unknown}")

    def _check_chains(self, keys: list[str]) -> None:
        inside = {level.level: level.inside for level in load_levels()}
        days = [date.min, *(amendment.effective for amendment in self.amendments)]
        for key in keys:
            for day in days:
                check_chain(f"round {self.survey_year}, stream {key}, {day}", self._levels(key, day), inside)
