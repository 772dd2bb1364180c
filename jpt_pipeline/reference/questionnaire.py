"""An instrument as a page: indicators with their expressions, open settings, rosters, rules, answers."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from jpt_pipeline.instruments import Indicator, Instrument, load_instrument
from jpt_pipeline.reference.markdown import code, page, table


def instrument_page(definitions: Path, name: str) -> str:
    instrument = load_instrument(name, definitions)
    return page(
        f"Instrument {name} (แบบสอบถาม)",
        f"`data/instruments/{name}.yaml`",
        _instrument_head(instrument),
        _settings(instrument),
        _indicators(instrument),
        _rosters_and_measures(instrument),
        _rules(instrument),
        _answers(instrument),
    )


def _instrument_head(instrument: Instrument) -> Iterable[str]:
    if instrument.provisional:
        yield (
            "> **PROVISIONAL (ชั่วคราว)**: not confirmed by a source. Everything shown from it says so. A file "
            f"`own/instruments/{instrument.id}.yaml` below the folder of definitions (`data/`, or `JPT_DEFINITIONS`) "
            "replaces the shipped one; `jpt intake --again` and `jpt run` then make everything anew."
        )
    if instrument.extends:
        yield (
            f"Extends [{instrument.extends}](indicators_{instrument.extends}.md): questions, codes and rules are taken "
            "over from there, with its numbers of questions."
        )
    years = f"Survey years {instrument.years.first} to {instrument.years.last} (Buddhist Era)."
    yield f"{instrument.title_th}\n\n{instrument.title_en}. {years}"
    rows = [
        (d.number, d.name_th, d.name_en, f"{d.first}-{d.last}", ", ".join(f"{k} {v}" for k, v in d.basis.items()))
        for d in instrument.dimensions
    ]
    yield "## Dimensions (หมวด)"
    yield table(["No.", "หมวด", "Dimension", "Indicators", "How well known"], rows)


def _settings(instrument: Instrument) -> Iterable[str]:
    yield "## Settings: points that the sources leave open"
    yield "A changed value changes figures. Every release names the values that it was made with."
    rows = [
        (code(name), f"**{code(s.value)}**", ", ".join(map(code, s.allowed)), ", ".join(map(str, s.indicators)),
         s.confidence, s.note_th, s.note_en)
        for name, s in instrument.settings.items()
    ]  # fmt: skip
    yield table(["Setting", "Chosen", "Allowed", "Indicators", "Confidence", "หมายเหตุ", "Note"], rows)


def _indicators(instrument: Instrument) -> Iterable[str]:
    names = {dimension.key: dimension for dimension in instrument.dimensions}
    yield "## Indicators (ตัวชี้วัด)"
    yield (
        "A household is judged in this order: not applicable, incomplete (a scored answer is missing), pass, fail. "
        "`v(code)` is the leading field of an answer, `n(code)` its count, `baht(code)` its amount, `r(roster)` a "
        "count of members, `f(field)` a field of the household, `s(setting)` a setting."
    )
    for indicator in instrument.indicators:
        dimension = names[indicator.dimension]
        yield f"### {indicator.number}. {indicator.name_th}"
        yield f"{indicator.name_en}. Dimension {dimension.number} {dimension.name_th} ({dimension.name_en})."
        yield table(["", ""], _indicator_rows(indicator))


def _indicator_rows(indicator: Indicator) -> list[tuple[str, str]]:
    mark = "" if indicator.confidence == "high" else " (uncertain)"
    note = f": {indicator.confidence_note}" if indicator.confidence_note else ""
    continued = [("Continues", ", ".join(map(str, indicator.continues)))] if indicator.continues else []
    known = [("How well known", ", ".join(f"{k} {v}" for k, v in indicator.basis.items()))] if indicator.basis else []
    return [
        *continued,
        ("Unit", indicator.unit),
        ("เกณฑ์", indicator.criterion_th),
        ("Criterion", indicator.criterion_en),
        ("Not applicable if", code(indicator.not_applicable_if)),
        ("Complete if", code(indicator.complete_if)),
        ("Passes if", code(indicator.pass_if)),
        ("Surveyed", code(indicator.surveyed)),
        ("Failed", code(indicator.failed)),
        ("Confidence", f"{indicator.confidence}{mark}{note}"),
        *known,
    ]


def _rosters_and_measures(instrument: Instrument) -> Iterable[str]:
    yield "## Rosters: counts of members"
    rows = [(code(f"r_{r.name}"), r.label_th, code(r.where), r.basis, r.note) for r in instrument.rosters]
    yield table(["Column", "สมาชิก", "Where", "Basis", "Note"], rows)
    yield "## Measures: whole baht a year, of a household"
    yield table(["Measure", "Expression"], [(code(name), code(text)) for name, text in instrument.measures.items()])


def _rules(instrument: Instrument) -> Iterable[str]:
    counted = Counter((rule.id.split("-")[0], rule.severity) for rule in instrument.rules)
    yield "## Families of rules"
    yield (
        f"{len(instrument.rules)} rules. An error of a family leads to the action below unless the rule says "
        "otherwise; a warning is always a finding. "
        "*quarantine*: the whole household counts nowhere until a higher revision comes. "
        "*incomplete*: blocks certification of the area until mended; the indicator counts the household as neither "
        "passed nor failed. *finding*: noted, the household counts."
    )
    families = [(k, f.en, f.error, counted[k, "error"], counted[k, "warning"]) for k, f in instrument.families.items()]
    totals = Counter(rule.action for rule in instrument.rules)
    yield table(["Family", "What", "An error leads to", "Errors", "Warnings"], families)
    yield "By action: " + ", ".join(f"{action} {totals[action]}" for action in sorted(totals)) + "."
    yield "## Rules (กฎความสอดคล้อง)"
    yield "Basis: app (the field app does it), questionnaire (the printed form says it), inferred (stated nowhere)."
    rows = [
        (code(r.id), r.severity, r.action, r.indicator_no, r.basis, r.text_th, r.text_en, code(r.holds_if))
        for r in instrument.rules
    ]
    yield table(["Rule", "Severity", "Action", "Indicator", "Basis", "กฎ", "Rule in words", "Holds if"], rows)


def _answers(instrument: Instrument) -> Iterable[str]:
    yield "## Answers (คำตอบ)"
    yield "Column of an answer in tables: `a` + code, as delivered."
    rows = [
        (code(a.code), a.question, a.indicator, a.role, a.kind, a.label_th, a.gloss_en, code(a.pattern))
        for a in instrument.answers
    ]
    yield table(["Code", "Question", "Indicator", "Role", "Kind", "คำถาม", "Meaning", "Pattern"], rows)
