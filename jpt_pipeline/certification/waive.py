"""Waiving (ผ่อนผัน) what stands against an area, and taking a waiver back: acts of people, appended to the ledger.

Put here: what may be waived now, and what the entry names. Keep out: what a waiver lets pass (waived.py), how long it holds
(issues/waivers.py). A waiver covers the findings that stand at this moment, by id, or one reason of a gate, word by word:
what comes later blocks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import villages
from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.offence import Rules
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.certification.request import ActRefused
from jpt_pipeline.certification.situation import NoFigures, load_situation, provinces_of
from jpt_pipeline.certification.waivable import gate_of, load_gates
from jpt_pipeline.clock import Clock, thai_day
from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.issues import ISSUES, WaiverState, is_behind, last_day, state_of, valid_waivers
from jpt_pipeline.issues.waivers import given
from jpt_pipeline.ledger import Entry, Waiver, only, writing
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.store.session import session

if TYPE_CHECKING:
    from jpt_pipeline.rounds import Round


@dataclass(frozen=True)
class WaiverRequest:
    """Who asks for what: a rule of findings (all that stand in the area, or some by id) or the code of a gate's reason.

    until: the last day; None is the last that the round allows.
    """

    level: str
    area_code: str
    rule_id: str
    reason: str
    by: str
    streams: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True)
class Waived:
    """Entries appended, and the provinces whose tables they move (empty: those of the nation alone)."""

    entries: list[Waiver]
    provinces: tuple[str, ...]


def waive(settings: Settings, round_: "Round", rules: Rules, request: WaiverRequest, now: Clock) -> Waived:
    """Waive what stands against an area at this moment; an entry for each stream (and reason) that has something.

    Raises:
        ActRefused: the rule or gate may not be waived, nothing stands that it could cover, the area does not exist, the
            table of issues is older than the findings, or the request lacks something.
        LedgerBroken, LedgerBusy: see ledger/book.py.
    """
    at = now()
    on = thai_day(at)
    by_findings = _check(settings, round_, rules, request, on)
    last = request.until or last_day(round_.survey_year, on)
    with writing(settings.ledger) as ledger, session(settings) as connection:
        parts = _parts(connection, settings, round_, request.level, request.area_code)
        content: list[tuple[str, tuple[str, ...], str | None]] = []
        if by_findings:
            covered, provinces = _standing_issues(connection, settings, round_, request, ledger.entries, on, parts)
            content += [(stream, ids, None) for stream, ids in covered.items()]
        else:
            told = _told(connection, settings, round_, rules, request, ledger.entries, on, parts)
            content += [(stream, (), reason) for stream, reason in told]
            provinces = [part.province_code or "" for part in parts] if _is_below_nation(request.level) else []
        if not content:
            raise ActRefused([_nothing(request)])
        number = len([w for w in given(ledger.entries, round_.survey_year) if w.area_code == request.area_code])
        entries = [
            Waiver(
                at=at.astimezone(UTC),
                action="waive",
                survey_year=round_.survey_year,
                stream=stream,
                level=request.level,
                area_code=request.area_code,
                waiver_id=f"{round_.survey_year}-{stream}-{request.level}-{request.area_code}-W{number + place}",
                rule_id=request.rule_id,
                reason=request.reason,
                by=request.by,
                until=last,
                issues=issues,
                told=reason,
            )
            for place, (stream, issues, reason) in enumerate(content, start=1)
        ]
        return Waived(ledger.append(entries), tuple(sorted(set(provinces))))


def unwaive(settings: Settings, waiver_id: str, reason: str, by: str, now: Clock) -> Waived:
    """Take a waiver back: what it covered stands again from this day on.

    Raises:
        ActRefused: nobody gave such a waiver, or it does not hold any more.
        LedgerBroken, LedgerBusy: see ledger/book.py.
    """
    _check_words(reason, by)
    at = now()
    with writing(settings.ledger) as ledger, session(settings) as connection:
        known = {w.waiver_id: w for w in only(ledger.entries, Waiver) if w.action == "waive"}
        if waiver_id not in known:
            raise ActRefused([say("C-WAIVER", waiver=waiver_id)])
        waiver = known[waiver_id]
        if state_of(waiver, ledger.entries, thai_day(at)) is not WaiverState.VALID:
            raise ActRefused([say("C-WAIVER-GONE", waiver=waiver_id)])
        update = {"action": "unwaive", "at": at.astimezone(UTC), "reason": reason, "by": by}
        done = ledger.append([waiver.model_copy(update=update)])
        lake, codes = Lake(settings.lake), [waiver.area_code]
        provinces = [] if waiver.told else [p.province_code or "" for p in lake.parts(ISSUES, waiver.survey_year)]
        if _is_below_nation(waiver.level):
            try:
                provinces = sorted(provinces_of(lake, connection, waiver.survey_year, codes))
            except NoFigures:
                provinces = []
    return Waived(done, tuple(provinces))


def _check(settings: Settings, round_: "Round", rules: Rules, request: WaiverRequest, on: date) -> bool:
    """What can be refused without looking at a figure; returns whether the rule is one of findings."""
    _check_words(request.reason, request.by)
    year = str(round_.survey_year)
    if request.level not in level_names():
        raise ActRefused([say("C-LEVEL-NAME", level=request.level, levels=" ".join(level_names()))])
    if unknown := [key for key in request.streams if key not in {stream.key for stream in round_.streams}]:
        raise ActRefused([say("C-STREAM", year=year, stream=unknown[0])])
    end = last_day(round_.survey_year, on)
    if request.until and not on <= request.until <= end:
        raise ActRefused([say("C-WAIVE-UNTIL", first=on.isoformat(), last=end.isoformat())])
    if gate := gate_of(request.rule_id):
        if gate.waived_by != "reason":
            code = "C-WAIVE-NEVER" if gate.waived_by == "never" else "C-WAIVE-FINDINGS"
            raise ActRefused([say(code, rule=request.rule_id, gate=gate.th)])
        if request.issues:
            raise ActRefused([say("C-WAIVE-ISSUES", rule=request.rule_id)])
        return False
    by_gate = {"answers_complete": rules.incomplete, "findings_decided": rules.blocking}
    if any(request.rule_id in ids for name, ids in by_gate.items() if load_gates()[name].waived_by == "findings"):
        return True
    known = set(load_codes(settings.definitions))
    known |= {rule.id for rule in load_instrument(round_.instrument, settings.definitions).rules}
    code = "C-WAIVE-IDLE" if request.rule_id in known else "C-WAIVE-RULE"
    raise ActRefused([say(code, rule=request.rule_id)])


def _check_words(reason: str, by: str) -> None:
    if not reason.strip():
        raise ActRefused([say("C-REASON")])
    if not by.strip():
        raise ActRefused([say("C-WAIVE-BY")])


def _is_below_nation(level: str) -> bool:
    return level != load_levels()[-1].level


def _parts(
    connection: duckdb.DuckDBPyConnection, settings: Settings, round_: "Round", level: str, area_code: str
) -> list[Part]:
    """The provinces in which an area lies; all that have figures for the nation."""
    lake, year, nation = Lake(settings.lake), round_.survey_year, load_levels()[-1]
    if (level, area_code) == (nation.level, nation.code):
        return lake.parts("rollups__areas", year)
    try:
        found = provinces_of(lake, connection, year, [area_code])
    except NoFigures as error:
        raise ActRefused(error.reasons) from error
    if not found:
        raise ActRefused([say("C-AREA", level=level_th(level), areas=area_code, year=str(year))])
    return [Part(year, code) for code in sorted(found)]


def _standing_issues(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: "Round",
    request: WaiverRequest,
    entries: Sequence[Entry],
    on: date,
    parts: Sequence[Part],
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Ids of the findings of the rule that stand in the area and that no waiver covers, by stream; their provinces."""
    lake, year = Lake(settings.lake), round_.survey_year
    if behind := [str(part.province_code) for part in parts if is_behind(lake, part)]:
        raise ActRefused([say("C-ISSUES", year=str(year), province=code) for code in behind])
    covered = {issue for waiver in valid_waivers(entries, year, on) for issue in waiver.issues}
    found: dict[str, list[str]] = {}
    provinces = []
    for part in parts:
        villages(connection, lake, year, part.province_code)
        rows = connection.execute(
            "SELECT i.stream, i.issue_id FROM read_parquet(?, hive_partitioning = false) i "
            "SEMI JOIN (FROM area_closure WHERE ? OR (level = ? AND area_code = ?)) c "
            "ON c.stream = i.stream AND c.village_code = i.village_code "
            "WHERE i.rule_id = ? AND i.status <> 'mended' ORDER BY ALL",
            [lake.sealed(ISSUES, part), not _is_below_nation(request.level), request.level, request.area_code,
             request.rule_id],
        ).fetchall()  # fmt: skip
        rows = [row for row in rows if row[1] not in covered and row[0] in (request.streams or (row[0],))]
        for stream, issue in rows:
            found.setdefault(stream, []).append(issue)
        provinces += [part.province_code or ""] if rows else []
    if request.issues:
        if strange := sorted(set(request.issues) - {issue for ids in found.values() for issue in ids}):
            raise ActRefused([say("C-WAIVE-ID", issues=" ".join(strange), rule=request.rule_id)])
        found = {stream: [i for i in ids if i in request.issues] for stream, ids in found.items()}
    return {stream: tuple(sorted(ids)) for stream, ids in sorted(found.items()) if ids}, provinces


def _told(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    round_: "Round",
    rules: Rules,
    request: WaiverRequest,
    entries: Sequence[Entry],
    on: date,
    parts: Sequence[Part],
) -> list[tuple[str, str]]:
    """(stream, reason) of the gate's reasons that stand against the area now, word by word."""
    provinces = [part.province_code or "" for part in parts] if _is_below_nation(request.level) else None
    try:
        situation = load_situation(
            connection, settings, round_, rules, entries, on, provinces=provinces, gated={request.level}
        )
    except (NoFigures, NotSealed) as error:
        reasons = error.reasons if isinstance(error, NoFigures) else NoFigures(round_.survey_year).reasons
        raise ActRefused(reasons) from error
    return [
        (area.stream, reason)
        for area, state in situation.states.items()
        if (area.level, area.area_code) == (request.level, request.area_code)
        and area.stream in (request.streams or (area.stream,))
        for reason in state.blocked_by
        if reason.split(" ", 1)[0] == request.rule_id
    ]


def _nothing(request: WaiverRequest) -> str:
    return say("C-WAIVE-NOTHING", rule=request.rule_id, level=level_th(request.level), area=request.area_code)
