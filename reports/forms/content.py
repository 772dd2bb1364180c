"""What a certification form says, as plain JSON for the template: Thai texts with marked breaks, figures as texts.

Put here: which texts and rows there are, rounding included. Keep out: where they stand on the paper (the template in
data/forms), and every Thai word (certification.yaml).
"""

from typing import Any
from zoneinfo import ZoneInfo

from jpt_pipeline.certification.shown import AreaFigures, IndicatorFigures
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.ledger import Committee
from jpt_pipeline.ranking import Counted, rank_failing
from reports.forms.sections import below, since
from reports.forms.words import FormWords
from reports.numbers import count_text, mean_text, percent_text, thai_date
from reports.words import words

THAILAND = ZoneInfo("Asia/Bangkok")
Row = list[str]


def content(facts: AreaFigures, committee: Committee, form: FormWords) -> dict[str, Any]:
    """Everything on the form. Numbered sections follow the order of the keys; a missing section is null."""
    names = _names(facts, form)
    sections: dict[str, dict[str, Any] | None] = {"below": below(facts, form), "since": since(facts, form)}
    number = 5
    for section in sections.values():
        if section:
            section["head"] = form.say(section.pop("head_key"), no=number, **section.pop("head_places"))
            number += 1
    return {
        **names,
        "labels": {key: form.cut(text) for key, text in form.texts.items() if "{" not in text},
        "head": _head(facts, form),
        "committee": _committee(facts, committee, form),
        "coverage": _coverage(facts, form),
        "population": _population(facts),
        "dimensions": _dimensions(facts, form),
        "incomplete": _incomplete(facts, form),
        "failing": _failing(facts, form),
        "economy": _economy(facts, form),
        **sections,
        "sentence_head": form.say("sentence_head", no=number),
        "sentence": _sentence(facts, form, names["area"]),
        "members_n": _member_lines(committee, form),
    }


def _names(facts: AreaFigures, form: FormWords) -> dict[str, Any]:
    """What stands at the top of every page."""
    level = form.level_th(facts.stream, facts.place.level)
    state = form.states[facts.state]
    return {
        "title": form.say("title_numbered", form_no=facts.form_no) if facts.form_no else form.say("title"),
        "subtitle": form.say("subtitle", stream=facts.stream_th, level=level),
        "area": words().full_name(facts.place.level, facts.place.area_name),
        "area_code": facts.place.area_code,
        "above": " ".join(words().full_name(place.level, place.area_name) for place in facts.above),
        "year": str(facts.survey_year),
        "mark": facts.mark.short_root,
        "draft": form.say("draft_note", state=state) if facts.is_draft else None,
        "blocked": [form.cut(reason) for reason in facts.blocked_by] if facts.is_draft else [],
        "provisional": form.say("provisional") if facts.is_provisional else None,
    }


def _head(facts: AreaFigures, form: FormWords) -> list[Row]:
    """Label and value of what the form is about; what is not known is left out."""
    state = form.states[facts.state]
    moment = facts.as_of.astimezone(THAILAND) if facts.as_of else None
    pairs = {
        "round": form.cut(facts.round_th),
        "stream": form.cut(facts.stream_th),
        "instrument": form.cut(f"{facts.instrument_th} ({facts.instrument})"),
        "as_of": form.say("clock", date=thai_date(moment.date()), time=f"{moment:%H:%M}") if moment else "",
        "due": thai_date(facts.due_date) if facts.due_date else "",
        "state": form.cut(state),
        "certificate": facts.certificate_id or "",
        "certified_date": thai_date(facts.certified_date) if facts.certified_date else "",
        "waivers": form.say("waivers_n", n=count_text(facts.waivers_n)) if facts.waivers_n else "",
    }
    return [[form.say(key), value] for key, value in pairs.items() if value]


def _committee(facts: AreaFigures, committee: Committee, form: FormWords) -> list[list[str | None]]:
    """Label and value; null where it is not known, so that it can be written in by hand."""

    def people(key: str, count: int | None) -> str | None:
        return None if count is None else form.say(key, n=count_text(count))

    meeting = committee.meeting_date
    rows: list[list[str | None]] = [
        [form.say("committee"), _committee_name(facts, form)],
        [form.say("order_no"), committee.order_no],
        [form.say("members"), people("persons", committee.members_n)],
        [form.say("present"), people("persons", committee.present_n)],
        [form.say("meeting_date"), thai_date(meeting) if meeting else None],
        [form.say("place"), form.cut(committee.place) if committee.place else None],
    ]
    if committee.quorum_n is not None:
        rows.insert(4, [form.say("quorum"), people("quorum_n", committee.quorum_n)])
    return rows


def _committee_name(facts: AreaFigures, form: FormWords) -> str:
    if facts.committee_th:
        return form.cut(facts.committee_th)
    return form.say("committee_default", level=form.level_th(facts.stream, facts.place.level))


def _coverage(facts: AreaFigures, form: FormWords) -> dict[str, list[Row]]:
    """Rows (label, count, unit): totals; non-response by reason; evidence that is not whole, by reason."""
    counted, fields = facts.coverage, load_dictionary().fields
    households, persons = form.say("unit_households"), form.say("unit_persons")
    target, surveyed = counted["target_n"], counted["surveyed_n"]

    def reasons(*beginnings: str) -> list[Row]:
        found = [name for name in counted if name.startswith(beginnings)]
        return [[form.cut(fields[name].th), count_text(counted[name]), households] for name in found]

    return {
        "totals": [
            [form.say("target"), count_text(target), households],
            [form.say("surveyed"), count_text(surveyed), households],
            [form.say("surveyed_pct"), percent_text(surveyed, target), ""],
            [form.say("people"), count_text(facts.persons_n), persons],
            [form.say("quarantined"), count_text(counted["quarantined_n"]), form.say("unit_records")],
            [form.say("enumerators"), count_text(counted["enumerators_n"]), persons],
        ],
        "nonresponse": reasons("nonresponse_"),
        "evidence": reasons("photo_", "signature_"),
    }


def _population(facts: AreaFigures) -> dict[str, Any]:
    """Rows (ages, male, female, both), youngest first, and their totals."""
    male, female = words().sexes
    rows = [(band, by_sex.get(male, 0), by_sex.get(female, 0)) for band, by_sex in facts.population]
    totals = [sum(one for _, one, _ in rows), sum(two for _, _, two in rows)]
    return {
        "rows": [[band, count_text(one), count_text(two), count_text(one + two)] for band, one, two in rows],
        "totals": [count_text(count) for count in (*totals, sum(totals))],
    }


def _dimensions(facts: AreaFigures, form: FormWords) -> list[dict[str, Any]]:
    """Indicators by dimension: rows (no., name, unit, surveyed, passed, %, failed, %)."""
    found: dict[str, list[Row]] = {}
    for one in facts.indicators:
        found.setdefault(one.dimension_th, []).append(_indicator(one, form))
    return [{"name": form.say("dimension", name=name), "rows": rows} for name, rows in found.items()]


def _indicator(one: IndicatorFigures, form: FormWords) -> Row:
    """A zero denominator prints '-' for both percentages, as the published sheets do."""
    return [
        str(one.number),
        form.cut(one.name_th),
        words().units[one.unit],
        count_text(one.surveyed_n),
        count_text(one.passed_n),
        percent_text(one.passed_n, one.surveyed_n),
        count_text(one.failed_n),
        percent_text(one.failed_n, one.surveyed_n),
    ]


def _incomplete(facts: AreaFigures, form: FormWords) -> str | None:
    open_n = sum(one.incomplete_n for one in facts.indicators)
    return form.say("incomplete", n=count_text(open_n)) if open_n else None


def _failing(facts: AreaFigures, form: FormWords) -> list[Row]:
    """The worst indicators by percent failed, unrounded: rows (rank, no., name, failed, unit, %)."""
    known = {one.number: one for one in facts.indicators}
    ranked = rank_failing(Counted(one.number, one.passed_n, one.failed_n) for one in facts.indicators)
    rows = []
    for place in ranked[: form.failing_rows]:
        one = known[place.counted.number]
        if one.failed_n:
            percent = percent_text(one.failed_n, one.surveyed_n)
            unit = words().units[one.unit]
            rows.append(
                [str(place.rank), str(one.number), form.cut(one.name_th), count_text(one.failed_n), unit, percent]
            )
    return rows


def _economy(facts: AreaFigures, form: FormWords) -> list[Row]:
    """Rows (item, sum, per household, per person) in baht a year."""
    income, expense = facts.economy["income_baht"], facts.economy["expense_baht"]
    return [
        [form.say(key), count_text(sum_), mean_text(sum_, facts.households_n, 2), mean_text(sum_, facts.persons_n, 2)]
        for key, sum_ in (("income", income), ("expense", expense), ("remaining", income - expense))
    ]


def _sentence(facts: AreaFigures, form: FormWords, area: str) -> str:
    committee = facts.committee_th or form.texts["committee_default"].format(
        level=form.level_th(facts.stream, facts.place.level)
    )
    return form.say(
        "sentence", committee=committee, stream=facts.stream_th, year=facts.survey_year, area=area,
        mark=facts.mark.short_root.replace(" ", "\u00a0"),
    )  # fmt: skip


def _member_lines(committee: Committee, form: FormWords) -> int:
    """Lines for members beside chair and secretary: for as many as were present, where that is known."""
    if committee.present_n is None:
        return form.member_lines
    return min(max(committee.present_n - 2, 0), form.member_lines_max)
