"""Sections of a certification form that not every form has: areas below, what changed since the certificate before.

Put here: their rows. Keep out: sections of every form (content.py), layout (the template).
"""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jpt_pipeline.certification.form_mark import short_root
from jpt_pipeline.certification.shown import AreaFigures
from jpt_pipeline.dictionary import load_dictionary
from reports.forms.words import FormWords
from reports.numbers import NOTHING, count_text, thai_date
from reports.words import words

if TYPE_CHECKING:
    from jpt_pipeline.certification.difference import Moved

THAILAND = ZoneInfo("Asia/Bangkok")
_POPULATION, _INDICATORS = "rollups__population", "rollups__indicators"


def below(facts: AreaFigures, form: FormWords) -> dict[str, Any] | None:
    """Rows (code, name, households, persons, state, certificate, mark) of the areas below, by code."""
    if not facts.below or facts.below_level is None:
        return None
    rows = [
        [
            area.place.area_code,
            form.name(words().full_name(area.place.level, area.place.area_name)),
            count_text(area.households_n),
            count_text(area.persons_n),
            form.states[area.state] if area.state else NOTHING,
            area.certificate_id or NOTHING,
            short_root(area.root_sha256),
        ]
        for area in facts.below
    ]
    level = form.level_th(facts.stream, facts.below_level)
    is_certified = any(area.certificate_id for area in facts.below)
    return {
        "head_key": "below_head",
        "head_places": {"level": level, "n": count_text(len(rows))},
        "rows": rows,
        "has_states": any(area.state for area in facts.below),
        "has_certificates": is_certified,
    }


def since(facts: AreaFigures, form: FormWords) -> dict[str, Any] | None:
    """What moved since the certificate before: lines about it, rows (item, then, now, change)."""
    moved = facts.since
    if moved is None:
        return None
    before = moved.certificate
    lines = [
        form.say(
            "since_certificate",
            certificate=before.certificate_id or NOTHING,
            date=thai_date(before.at.astimezone(THAILAND).date()),
            mark=short_root(before.root_sha256).replace(" ", "\u00a0"),
        )
    ]
    if moved.households is not None:
        counts = {"total": moved.households.total_n, "added": moved.households.added_n}
        counts |= {"changed": moved.households.changed_n, "removed": moved.households.removed_n}
        lines.append(form.say("since_households", **{name: count_text(count) for name, count in counts.items()}))
    figures = moved.counts if moved.figures is None else moved.figures
    if moved.figures is None:
        lines.append(form.say("since_unknown"))
    rows = [_moved(one, form) for one in figures if one.then != one.now]
    if not rows:
        lines.append(form.say("since_none" if moved.figures is not None else "since_totals"))
    if more := len(rows) - form.since_rows_max:
        lines += [form.say("since_more", n=count_text(more))] if more > 0 else []
    return {"head_key": "since_head", "head_places": {}, "lines": lines, "rows": rows[: form.since_rows_max]}


def _moved(one: "Moved", form: FormWords) -> list[str]:
    """One figure that moved, named in Thai."""
    fields = load_dictionary().fields
    column = one.measure if one.measure in fields else f"{one.measure}_n"
    measure = fields[column].th
    if one.table == _INDICATORS:
        name = form.say("since_indicator", no=one.key, measure=measure)
    elif one.table == _POPULATION:
        sex, band = one.key.split(" ")
        name = form.say("since_population", sex=words().sexes[sex], band=band)
    else:
        name = form.cut(measure)
    change = one.now - one.then
    return [name, count_text(one.then), count_text(one.now), f"{change:+,}"]
