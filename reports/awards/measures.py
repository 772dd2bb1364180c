"""What a release says about one area for an award: coverage, errors, corrections, evidence, timeliness.

Put here: one function a measure, each on published counts, with its denominator in words. Keep out: points and verdicts;
a measure that the release cannot give says so instead of a figure.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pandas as pd

from reports import lao_budget
from reports.awards.words import award_words
from reports.cells import count_cell, percent_cell, ratio_cell, total
from reports.confidence import TABLE as CONFIDENCE
from reports.labels import THAILAND
from reports.numbers import count_text, decimal_text, thai_date
from reports.release import CERTIFIED, Release
from reports.tables import Cell, Kind, cell_text
from reports.words import words

VILLAGE = next(name for name, level in words().levels.items() if not level.children and level.parent == lao_budget.LAO)
STATE, EDITS, CERTIFICATES = "certification__state", "households__edits", "certificates.json"


@dataclass(frozen=True)
class Measured:
    """A measure: its figure as a cell (None where there is none), and the figure in words with what it rests on."""

    key: str
    cell: Cell
    kind: Kind
    told: str

    @property
    def name(self) -> str:
        return award_words().measures[self.key].th

    def text(self) -> str:
        """Name, figure and ground in one line."""
        return f"{self.name}: {self.told}"


@dataclass(frozen=True)
class Place:
    """An area of a release."""

    release: Release
    level: str
    area_code: str

    def coverage(self, column: str) -> Any:
        return self.release.coverage(self.level, self.area_code)[column]

    def inside(self, level: str) -> list[str]:
        return self.release.inside(self.level, self.area_code, level)


def measured(key: str, release: Release, level: str, area_code: str) -> Measured:
    """A measure of an area.

    Raises:
        KeyError: no such measure of areas.
        reports.release.ReleaseError: the release lacks the area.
    """
    return MEASURES[key](Place(release, level, area_code))


def missing(key: str, kind: Kind = "percent") -> Measured:
    """A measure without a figure."""
    return Measured(key, None, kind, award_words().missing)


def figure(key: str, cell: Cell, kind: Kind, part: Any = "", whole: Any = "", told: str = "") -> Measured:
    """A measure with its figure, in words with the parts that it is made of."""
    shown = [value if isinstance(value, str) else count_text(value) for value in (part, whole)]
    sentence = award_words().measures[key].of
    said = sentence.format(figure=cell_text(cell, kind), part=shown[0], whole=shown[1], told=told)
    return Measured(key, cell, kind, said.strip())


def share(key: str, part: Any, whole: Any) -> Measured:
    """part of whole in percent."""
    return figure(key, percent_cell(part, whole), "percent", part, whole)


def _targets_registered(place: Place) -> Measured:
    villages = place.inside(VILLAGE)
    targets = [place.release.coverage(VILLAGE, code)["target_n"] for code in villages]
    return share("targets_registered", sum(bool(pd.isna(n) or n > 0) for n in targets), len(villages))


def _coverage(place: Place) -> Measured:
    return share("coverage", place.coverage("surveyed_n"), place.coverage("target_n"))


def _enumerators(place: Place) -> Measured:
    return figure("enumerators", count_cell(place.coverage("enumerators_n")), "count")


def _households_per_enumerator(place: Place) -> Measured:
    part, whole = place.coverage("surveyed_n"), place.coverage("enumerators_n")
    return figure("households_per_enumerator", ratio_cell(part, whole), "percent", part, whole)


def _quarantined(place: Place) -> Measured:
    part = place.coverage("quarantined_n")
    return share("quarantined", part, total([place.coverage("surveyed_n"), part]))


def _incomplete(place: Place) -> Measured:
    rows = place.release.indicators(place.level, place.area_code)
    part = total(rows["incomplete_n"])
    return share("incomplete", part, total([*rows["households_applicable_n"], part]))


def _corrected(place: Place) -> Measured:
    if EDITS not in place.release.manifest["tables"]:
        return missing("corrected")
    rows = place.release.rows(EDITS, place.level, place.area_code)
    return share("corrected", total(rows["edits_n"]), place.coverage("surveyed_n"))


def _evidence(key: str) -> Callable[[Place], Measured]:
    return lambda place: share(key, place.coverage(f"{key}_n"), place.coverage("surveyed_n"))


def _visits(place: Place) -> Measured:
    known = CONFIDENCE in place.release.manifest["tables"]
    rows = place.release.rows(CONFIDENCE, place.level, place.area_code) if known else pd.DataFrame()
    if rows.empty:
        return missing("visits", "count")
    row = rows.iloc[0]
    return figure("visits", int(row["visits_n"]), "count", whole=int(row["visits_min_n"]))


def _budget(place: Place) -> Measured:
    if lao_budget.TABLE not in place.release.manifest["tables"]:
        return missing("budget", "baht")
    found = lao_budget.spending(place.release, place.level, place.area_code)
    _, used, _ = found.money()
    households_n, mean = found.per_household()
    if not isinstance(used, Fraction):
        return missing("budget", "baht")
    return figure("budget", mean, "baht", decimal_text(used), cell_text(households_n, "count"))


def _certified(place: Place) -> Measured:
    texts = award_words().certified_texts
    rows = place.release.rows(STATE, place.level, place.area_code)
    told = texts["not_in_chain"] if rows.empty else _row_told(place.release, rows.iloc[0])
    return figure("certified", None, "text", told=told)


def _row_told(release: Release, row: Any) -> str:
    """How an area of the chain stands: when it was certified, and how many days before or after the due date."""
    texts = award_words().certified_texts
    if row["state"] != CERTIFIED:
        return texts["open"]
    day, due = certified_on(release).get(str(row["certificate_id"])), _day(row["due_date"])
    if day is None:
        return texts["no_date"]
    if due is None:
        return texts["no_due"].format(date=thai_date(day))
    key = "on_time" if day < due else "late" if day > due else "on_day"
    return texts[key].format(date=thai_date(day), due=thai_date(due), days=abs((due - day).days))


def _certified_inside(place: Place) -> Measured:
    """Areas of the next lower level of the chain that lie inside, how many are certified, and how many of them in time."""
    state = place.release.table(STATE)
    order = list(words().levels)
    below = [level for level in order[: order.index(place.level)] if (state["level"] == level).any()]
    if not below:
        return missing("certified_inside")
    inside = set(place.inside(below[-1]))
    rows = state[(state["level"] == below[-1]) & state["area_code"].isin(inside)]
    certified = rows[rows["state"] == CERTIFIED]
    days = certified_on(place.release)
    known = [(days.get(str(row["certificate_id"])), _day(row["due_date"])) for _, row in certified.iterrows()]
    dated = [(day, due) for day, due in known if day and due]
    texts = award_words().certified_texts
    in_time = texts["inside_on_time"].format(n=sum(day <= due for day, due in dated), of=len(dated))
    whole = percent_cell(len(certified), len(rows))
    told = in_time if dated else texts["inside_no_due"]
    return figure("certified_inside", whole, "percent", len(certified), len(rows), told)


def certified_on(release: Release) -> dict[str, date]:
    """Day (Thai time) of each certificate of the release, by its number; empty where the release has no such file."""
    known = release.manifest.get("documents", {}).get(CERTIFICATES)
    path = release.folder / CERTIFICATES
    content = path.read_bytes() if known and path.is_file() else b"[]"
    if known and hashlib.sha256(content).hexdigest() != known:
        return {}
    entries = json.loads(content)
    return {
        entry["certificate_id"]: datetime.fromisoformat(entry["at"]).astimezone(THAILAND).date()
        for entry in entries
        if entry.get("certificate_id")
    }


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


MEASURES: dict[str, Callable[[Place], Measured]] = {
    "targets_registered": _targets_registered,
    "coverage": _coverage,
    "enumerators": _enumerators,
    "households_per_enumerator": _households_per_enumerator,
    "certified": _certified,
    "certified_inside": _certified_inside,
    "visits": _visits,
    "quarantined": _quarantined,
    "incomplete": _incomplete,
    "corrected": _corrected,
    "photo_missing": _evidence("photo_missing"),
    "signature_missing": _evidence("signature_missing"),
    "budget": _budget,
}
