"""A small province in which a whole round is worked: two districts, three tambons, four LAOs, seven villages.

LAO and tambon cross: the town (38019001) takes a village of each tambon of district 3801, and belongs to the stream
`basic` where the round has one. Everything goes through the entry points that people use: registers, intake, the stages,
acts with a clock that the test sets. A home is made once a round and copied.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import duckdb

from checks import GATES
from jpt_pipeline.areas.register import register
from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import ActRefused, Outcome, Request
from jpt_pipeline.certification.situation import gate_rules, load_situation
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.certification.state import Area, AreaState
from jpt_pipeline.codes import load_codes
from jpt_pipeline.hashtree.stage import make_leaves
from jpt_pipeline.home import prepare
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.identity.shared import make_shared_persons
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.issues import make_issues
from jpt_pipeline.ledger import Committee, SampleDraw, SampleResult, read_entries, writing
from jpt_pipeline.rollup.areas import make_nation, make_rollups
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.settings import CHECKOUT, Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.synthetic.areas import Village, write_registers
from jpt_pipeline.synthetic.payload import payload_lines
from jpt_pipeline.synthetic.population import Population
from jpt_pipeline.synthetic.spec import load_spec

PROVINCE, TOWN = "38", "38019001"
HOUSEHOLDS = 8  # of a village
ENUMERATORS = 20  # of a tambon: what the letter of 2563 asks
# village -> LAO; the tambon is the first six digits of the village, the district the first four
VILLAGES = {
    "38010101": "38010001", "38010102": "38010001", "38010103": TOWN, "38010201": "38010002", "38010202": TOWN,
    "38020101": "38020001", "38020102": "38020001",
}  # fmt: skip
TWO_STREAMS = {2557}
WITHOUT_PHOTO = {2563: "38010201"}  # the village in which one household comes without a photo


def noon(day: date) -> datetime:
    """12:00 of a day in Thailand."""
    return datetime.combine(day, time(5), UTC)


def build(folder: Path, survey_year: int) -> Path:
    """A home in which the registers and one delivery of a round are taken in, and nothing is run."""
    home = folder / "home"
    settings = Settings(home=home)
    prepare(settings)
    people = _population(survey_year)
    write_registers(folder / "registers", people.spec, people.villages, survey_year, 1, ENUMERATORS)
    for kind in ("areas", "targets", "enumerators"):
        assert register(kind, folder / "registers" / f"{kind}.csv", settings).stored
    lines = [line for batch in people.batches() for line in payload_lines(people.spec, batch)]
    records = [_with_evidence(json.loads(line)) for line in lines]
    if survey_year in WITHOUT_PHOTO:
        first = next(r for r in records if r["family"]["community"] == WITHOUT_PHOTO[survey_year])
        first["evidence"]["photo"] = "missing"
    last = max(datetime.fromisoformat(record["submitted_at"]) for record in records)
    report = deliver(settings, "round.ndjson", records, last)
    assert (report.status, len(records)) == ("taken", HOUSEHOLDS * len(VILLAGES))
    return home


def _population(survey_year: int) -> Population:
    round_ = load_round(survey_year)
    people = Population(load_spec(round_.instrument), survey_year, PROVINCE, HOUSEHOLDS * len(VILLAGES), 7)
    people.villages = [
        Village(_area(code, lao, survey_year), HOUSEHOLDS, 0, number, 1, 0.0)
        for number, (code, lao) in enumerate(VILLAGES.items(), 1)
    ]
    return people


def _area(village: str, lao: str, survey_year: int) -> dict[str, str]:
    is_town = lao == TOWN
    return {
        "village_code": village, "village_name": f"บ้าน {village}", "tambon_code": village[:6], "tambon_name": f"ตำบล {village[:6]}",
        "district_code": village[:4], "district_name": f"อำเภอ {village[:4]}", "province_code": PROVINCE,
        "province_name": "บึงกาฬ", "lao_code": lao, "lao_name": f"อปท. {lao}",
        "lao_type": "เทศบาลเมือง" if is_town else "อบต.", "valid_from": "", "valid_to": "",
        "stream": "basic" if is_town and survey_year in TWO_STREAMS else "jpt",
    }  # fmt: skip


def _with_evidence(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"evidence": {"photo": "present", "signature": "signed"}}


def deliver(settings: Settings, name: str, records: Iterable[dict[str, Any]], at: datetime) -> Any:
    """Take in one file of payload lines."""
    path = settings.root.parent / name
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    (report,) = take_in([path], settings, now=lambda: at)
    return report


@dataclass(frozen=True)
class Look:
    """What `jpt status` would show; a place is "level code"."""

    states: list[AreaState]

    def places(self, stream: str = "jpt", level: str | None = None) -> dict[str, AreaState]:
        """State by place, in a stream, of a level or of all."""
        chosen = [s for s in self.states if s.area.stream == stream and level in (None, s.area.level)]
        return {f"{state.area.level} {state.area.area_code}": state for state in chosen}

    def by_state(self, state: str, stream: str = "jpt") -> list[str]:
        """Places in a state, bottom up."""
        return [place for place, found in self.places(stream).items() if found.state == state]

    def summary(self, stream: str = "jpt") -> dict[str, list[str]]:
        """Level -> states of its areas, each once, in alphabetical order."""
        found: dict[str, set[str]] = {}
        for state in self.places(stream).values():
            found.setdefault(state.area.level, set()).add(str(state.state))
        return {level: sorted(states) for level, states in found.items()}


@dataclass
class Worked:
    """A round that is being worked in a home; `today` is the day of the acts that follow."""

    settings: Settings
    survey_year: int
    today: date

    @property
    def round(self) -> Round:
        return load_round(self.survey_year, self.settings.definitions)

    def clock(self) -> datetime:
        return noon(self.today)

    def run(self) -> None:
        """The stages of the province and of the nation, as their assets call them."""
        province, nation = Part(self.survey_year, PROVINCE), Part(self.survey_year)
        for make in (make_records, make_households, make_indicators, make_rollups, make_leaves):
            make(self.settings, province, GATES)
        make_shared_persons(self.settings, nation, GATES)
        make_issues(self.settings, province, GATES, self.clock)
        make_nation(self.settings, nation, GATES)

    def certified(self, level: str) -> list[str]:
        """Areas of certified__<level> with their stream, made by the stage itself."""
        part = Part(self.survey_year, PROVINCE)
        make_certified(self.settings, part, GATES, self.clock)
        path = Lake(self.settings.lake).sealed(f"certified__{level}", part)
        query = "SELECT DISTINCT stream || ' ' || area_code FROM read_parquet(?, hive_partitioning = false) ORDER BY 1"
        return [row[0] for row in duckdb.execute(query, [path]).fetchall()]

    def look(self) -> "Look":
        """States of all areas on this day."""
        round_ = self.round
        instrument = load_instrument(round_.instrument, self.settings.definitions)
        with session(self.settings) as connection:
            rules = gate_rules(round_, instrument, load_codes())
            found = load_situation(connection, self.settings, round_, rules, self.entries(), self.today)
        return Look(list(found.states.values()))

    def entries(self) -> list[Any]:
        return list(read_entries(self.settings.ledger))

    def present(self, level: str, *areas: str, **more: Any) -> Outcome:
        return self._act(acts.present, level, areas, **more)

    def certify(self, level: str, *areas: str, committee: Committee | None = None, **more: Any) -> Outcome:
        usual = Committee(order_no=f"1/{self.survey_year}", members_n=20, present_n=12, meeting_date=self.today)
        return self._act(acts.certify, level, areas, committee=usual if committee is None else committee, **more)

    def revoke(self, level: str, area: str) -> Outcome:
        return self._act(acts.revoke, level, [area], reason="ประชุมไม่ครบองค์")

    def settle(self, level: str, *areas: str, **more: Any) -> Outcome:
        """Present and certify areas on the same day; without codes the whole level."""
        self.present(level, *areas, **more)
        return self.certify(level, *areas, **more)

    def _act(self, act: Callable[..., Outcome], level: str, areas: Sequence[str], **more: Any) -> Outcome:
        round_ = self.round
        rules = gate_rules(round_, load_instrument(round_.instrument, self.settings.definitions), load_codes())
        return act(self.settings, round_, rules, Request(level, tuple(areas) or None, **more), self.clock)

    def refused(self, act: Callable[..., Outcome], level: str, *areas: str, **more: Any) -> str:
        """The words of an act that must be refused."""
        try:
            done = act(level, *areas, **more)
        except ActRefused as error:
            return str(error)
        raise AssertionError(f"not refused: {done}")

    def households(self, village: str) -> list[str]:
        """Delivered records of a village as JSON texts, in the order of delivery."""
        lines = (self.settings.root.parent / "round.ndjson").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if json.loads(line)["family"]["community"] == village]

    def correct(self, village: str, change: Callable[[dict[str, Any]], None]) -> None:
        """The first household of a village once more, with a higher revision and changed, and a new run."""
        record = json.loads(self.households(village)[0])
        record["revision"] += 1 + len(list(self.settings.root.parent.glob("correction*")))
        change(record)
        name = f"correction-{village}-{record['revision']}.ndjson"
        assert deliver(self.settings, name, [record], self.clock()).status == "taken"
        self.run()

    def certificates(self) -> dict[Area, str]:
        """Last certificate of each area."""
        found = [entry for entry in self.entries() if entry.action == "certify"]
        return {Area(entry.stream, entry.level, entry.area_code): entry.certificate_id for entry in found}

    def evidence(self) -> dict[str, list[tuple[str, str]]]:
        """Village -> (photo, signature) of each household that lacks one, as the home lists them."""
        path = Lake(self.settings.lake).sealed("households__clean", Part(self.survey_year, PROVINCE))
        rows = duckdb.execute(
            "SELECT village_code, list((evidence_photo, evidence_signature)) FROM read_parquet(?, hive_partitioning = false) "
            "WHERE evidence_photo <> 'present' OR evidence_signature <> 'signed' GROUP BY ALL",
            [path],
        ).fetchall()
        return dict(rows)

    def reinterviewed(self, level: str, area: str) -> None:
        """A re-interview sample of an area's present figures, everybody visited and of one mind."""
        root = self.look().places(level=level)[f"{level} {area}"].root_sha256
        place = {
            "at": self.clock(),
            "survey_year": self.survey_year,
            "stream": "jpt",
            "level": level,
            "area_code": area,
        }
        everybody = HOUSEHOLDS * len(VILLAGES)
        draw = SampleDraw(
            **place, action="sample-draw", sample_id="S1", root_sha256=root, beacon="1", households_n=everybody,
            size_n=everybody, allowed_n=2, village_max_n=HOUSEHOLDS, replacements_n=0, list_sha256="0" * 64,
        )  # fmt: skip
        result = SampleResult(
            **place, action="sample-result", sample_id="S1", root_sha256=root, file_sha256="0" * 64,
            examined_n=everybody, agreed_n=everybody, not_reached_n=0, replaced_n=0, design_effect="1",
            observed="100.00", lower_bound="100.00", further_n=0, differing={}, verdict="pass",
        )  # fmt: skip
        with writing(self.settings.ledger) as ledger:
            ledger.append([draw, result])

    def visited(self, *visits: tuple[str, str, date]) -> None:
        """Monitoring visits in the register: level, area, day."""
        path = self.settings.root.parent / "visits.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["survey_year", "level", "area_code", "visit_date", "visitor_office", "form_no", "note"])
            for level, area, day in visits:
                written = f"{day.day}/{day.month}/{day.year + 543}"
                writer.writerow([self.survey_year, level, area, written, "สพจ.บึงกาฬ", "", ""])
        report = register("visits", path, self.settings)
        assert report.stored, report.errors


def less_income(record: dict[str, Any]) -> None:
    """The household has no income: a figure of every level above it moves."""
    answers = record["family"]["answer"]
    answers |= {"42211": "1", "42212": "", "42213": "", "42214": "", "42215": "1", "42216": "0"}


def own_definitions(folder: Path, survey_year: int, *changes: tuple[str, str]) -> Path:
    """The shipped definitions, with an operator's own file of a round in which texts are replaced."""
    copy = folder / "definitions"
    if not copy.exists():
        ignored = shutil.ignore_patterns("sample", "lake", "landing", "inbox", "dagster", "published", "cache", "keys",
                                         "ledger", "warehouse", "scratch", "own", "reports", "locks")  # fmt: skip
        shutil.copytree(CHECKOUT / "data", copy, ignore=ignored)
    text = (copy / "rounds" / f"{survey_year}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (copy / "own" / "rounds").mkdir(parents=True, exist_ok=True)
    (copy / "own" / "rounds" / f"{survey_year}.yaml").write_text(text, encoding="utf-8")
    return copy
