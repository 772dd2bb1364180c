"""What the page of a household says, as JSON for household-summary.typ: texts and figures, in order.

Put here: which words and numbers there are. Keep out: where they stand (the layout), Thai sentences (restricted.yaml).
Names of persons go through uncut.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.instruments import Dimension, Result
from jpt_pipeline.listing.reasons import Reason
from jpt_pipeline.listing.rule import income_rule
from jpt_pipeline.listing.summaries import Household, Member, VillageSummary
from jpt_pipeline.listing.words import load_words
from reports.restricted.paper import Paper
from reports.restricted.summary_fit import fitting
from reports.words import words

MARKS = {
    Result.PASS: "passed",
    Result.FAIL: "failed",
    Result.NOT_APPLICABLE: "not_applicable",
    Result.INCOMPLETE: "incomplete",
}
_LABELS = (
    *(
        "members",
        "members_head",
        "indicators",
        "number",
        "indicator",
        "economy",
        "item",
        "asks",
        "name",
        "sex",
        "age",
        "relation",
    ),
    *("informant", "survey_date", "enumerator", "house_no", "household_id", "head", "sign", "signed_on", "signed"),
    *("asks_note", "other_instrument", "no_then", "sequence"),
)
# Lines of provenance on a page that has no percentage: nothing to name a denominator of.
_LINES = ("round", "instrument", "as_of", "state", "source", "asked_by")


def village_pages(paper: Paper, village: VillageSummary) -> dict[str, Any]:
    """The data of a village's file: a household a page, `size` is the number of one of summary_fit.SIZES."""
    then, now = village.before.survey_year, paper.order.survey_year
    columns = _columns(paper)
    households = [_household(paper, village, one) for one in village.households]
    for page in households:
        page["size"] = fitting(page, columns, then is not None)
    named = f"{paper.village(village.village)} {paper.above_of(village.village)}"
    head = paper.head() | {
        "plain_title": f"{paper.say('title')} {village.village.name} {now}",
        "area": paper.cut(named),
    }
    return {
        "head": head,
        "labels": {key: paper.cut(paper.say(key)) for key in _LABELS},
        "marks": {key: paper.cut(paper.say(key)) for key in MARKS.values()},
        "village": paper.cut(named),
        "years": [paper.digits(str(now)), paper.digits(str(then)) if then else ""],
        "lines": [[paper.cut(label), paper.cut(text)] for label, text in paper.lines(_LINES)],
        "is_other_instrument": not village.before.is_same_instrument,
        "columns": columns,
        "households": households,
    }


def _columns(paper: Paper) -> list[list[dict[str, Any]]]:
    """Dimensions with their indicators, in two columns of about the same length."""
    dimensions = paper.instrument.dimensions
    sizes = [dimension.last - dimension.first + 1 for dimension in dimensions]
    cut_at = min(range(1, len(sizes)), key=lambda at: abs(sum(sizes[:at]) - sum(sizes[at:]))) if len(sizes) > 1 else 1
    return [[_dimension(paper, one) for one in part] for part in (dimensions[:cut_at], dimensions[cut_at:])]


def _dimension(paper: Paper, dimension: Dimension) -> dict[str, Any]:
    held = [item for item in paper.instrument.indicators if item.dimension == dimension.key]
    return {
        "name": paper.cut(dimension.name_th),
        "indicators": [
            [str(item.number), paper.digits(str(item.number)), paper.cut(paper.digits(item.name_th))] for item in held
        ],
    }


def _household(paper: Paper, village: VillageSummary, one: Household) -> dict[str, Any]:
    head = one.members[0].name if one.members else None
    informant = next((member.name for member in one.members if member.is_informant), None)
    return {
        "house_no": paper.digits(one.house_no) if one.house_no else paper.say("no_house"),
        "household_id": one.household_id,
        "head": head or paper.say("no_name"),
        "survey_date": paper.day(one.survey_date),
        "enumerator_id": one.enumerator_id or "-",
        "persons": paper.say("persons", n=paper.count(one.persons_n)),
        "informant": informant or "",
        "members": [_member(paper, member) for member in one.members],
        "results": {str(number): MARKS[result] for number, result in one.results.items()},
        "then": {str(number): MARKS[result] for number, result in one.then.results.items()} if one.then else None,
        "reasons": {str(number): _because(paper, one, number, found) for number, found in one.reasons.items()},
        "counts": paper.cut(_counts(paper, one)),
        "counts_then": paper.cut(_counts_then(paper, village, one)),
        "economy": _economy(paper, one),
        "asks": _asks(paper, village, one),
    }


def _member(paper: Paper, member: Member) -> list[str]:
    known = load_words(paper.order.settings.definitions)
    relation = known.head if member.member_no == 1 else "-"
    if member.member_no != 1 and member.relation:
        relation = known.relations.get(member.relation) or paper.say("code", code=paper.digits(member.relation))
    return [
        paper.digits(str(member.member_no)),
        member.name or paper.say("no_name"),
        words().sexes.get(member.sex, "-"),
        paper.digits(str(member.age_years)),
        paper.cut(relation),
        paper.cut(paper.say("informant")) if member.is_informant else "",
    ]


def _because(paper: Paper, one: Household, number: int, found: Sequence[Reason]) -> str:
    """The reason in words; of the income indicator also what that is a person."""
    told = [
        paper.say(
            "reason_item" if reason.label else "reason_plain",
            question=reason.question,
            label=reason.label,
            said=reason.said,
        )
        for reason in found
    ]
    topic = paper.instrument.of_topic("income")
    if topic and topic.number == number:
        told.append(f"{paper.say('per_person')} {paper.baht(_per_person(one))}")
    reasons = ", ".join(paper.digits(text) for text in told) or paper.say("no_answer")
    return paper.cut(paper.say("reason", reasons=reasons))


def _per_person(one: Household) -> Fraction | None:
    return Fraction(one.amounts["income_baht"], one.persons_n) if one.persons_n else None


def _counts(paper: Paper, one: Household) -> str:
    results = list(one.results.values())
    kinds = {"passed": Result.PASS, "failed": Result.FAIL, "none": Result.NOT_APPLICABLE, "open": Result.INCOMPLETE}
    return paper.say("counts", **{key: paper.count(results.count(kind)) for key, kind in kinds.items()})


def _counts_then(paper: Paper, village: VillageSummary, one: Household) -> str:
    if one.then is None or village.before.survey_year is None:
        return paper.say("no_then")
    results = list(one.then.results.values())
    return paper.say(
        "counts_then",
        year=paper.digits(str(village.before.survey_year)),
        passed=paper.count(results.count(Result.PASS)),
        failed=paper.count(results.count(Result.FAIL)),
    )


def _economy(paper: Paper, one: Household) -> list[dict[str, Any]]:
    """Rows of item, now, then: incomes and their sum, expenses and their sum, what is left, income a person."""
    fields = load_dictionary(paper.order.settings.definitions).fields
    rows = []
    for name in paper.instrument.measures:
        then = one.then.amounts.get(name) if one.then else None
        is_sum = name in ("income_baht", "expense_baht")
        now_text, then_text = paper.count(one.amounts[name]), "-" if then is None else paper.count(then)
        rows.append({"cells": [paper.cut(fields[name].th), now_text, then_text], "is_sum": is_sum})
    left = one.amounts["income_baht"] - one.amounts["expense_baht"]
    left_then = one.then.amounts["income_baht"] - one.then.amounts["expense_baht"] if one.then else None
    remaining = [
        paper.cut(paper.say("remaining")),
        paper.count(left),
        "-" if left_then is None else paper.count(left_then),
    ]
    per_person = [paper.cut(_per_person_label(paper)), paper.baht(_per_person(one)), paper.baht(_per_person_then(one))]
    return [*rows, {"cells": remaining, "is_sum": True}, {"cells": per_person, "is_sum": True}]


def _per_person_label(paper: Paper) -> str:
    if paper.instrument.of_topic("income") is None:
        return paper.say("per_person")
    threshold = paper.say("threshold", threshold=paper.count(income_rule(paper.instrument).threshold_baht))
    return f"{paper.say('per_person')} ({threshold})"


def _per_person_then(one: Household) -> Fraction | None:
    then = one.then
    return Fraction(then.amounts["income_baht"], then.persons_n) if then and then.persons_n else None


def _asks(paper: Paper, village: VillageSummary, one: Household) -> list[str]:
    """What the family can ask, and whom about what it does not pass."""
    offices = load_words(paper.order.settings.definitions).asks
    place = village.village
    told = [paper.say("ask_data", lao=place.lao_name, district=place.district_name)]
    for dimension in paper.instrument.dimensions:
        failed = [
            item.number
            for item in paper.instrument.indicators
            if item.dimension == dimension.key and one.results[item.number] is Result.FAIL
        ]
        if failed and dimension.key in offices:
            numbers = paper.digits(", ".join(map(str, failed)))
            told.append(
                paper.say("ask_about", dimension=dimension.name_th, numbers=numbers, office=offices[dimension.key])
            )
    if len(told) == 1 and Result.FAIL not in one.results.values():
        told.append(paper.say("ask_none"))
    return [paper.cut(text) for text in told]
