"""What a test does with samples: draw, fill the form in as people do, take it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import python_calamine as calamine
import xlsxwriter

from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.certification.state import Area
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.ledger import Entry, read_entries
from jpt_pipeline.reinterview.draw import Sample, asked_items, draw_sample
from jpt_pipeline.reinterview.houses import house_numbers
from jpt_pipeline.reinterview.sheet import write_sheet
from jpt_pipeline.reinterview.take import Taken, take_form
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.sampling.form import MACHINE_SHEET, headings
from jpt_pipeline.sampling.items import load_questions
from jpt_pipeline.sampling.words import load_words
from jpt_pipeline.settings import Settings
from tests.unit.intake.country import YEAR

AT = datetime(2018, 3, 16, tzinfo=UTC)
L1 = Area("jpt", "lao", "L1")
Row = dict[str, str]
Change = Callable[[list[Row]], None]


@dataclass(frozen=True)
class Field:
    """A home with a round that asks for confidence."""

    settings: Settings
    folder: Path
    sample: Sample | None = None

    @property
    def round(self) -> Round:
        return load_round(YEAR, self.settings.definitions)

    @property
    def entries(self) -> list[Entry]:
        return read_entries(self.settings.ledger)

    def draw(self, area: Area = L1, beacon: str | None = "lottery 123456", round_: Round | None = None) -> Sample:
        instrument = load_instrument("plan12")
        return draw_sample(self.settings, round_ or self.round, instrument, Rules(), area, beacon, "สพจ.", lambda: AT)

    def form(self, sample: Sample, name: str = "form.xlsx") -> Path:
        houses = house_numbers(self.settings, sample.part, sample.entry.stream, sample.lines)
        names = {"38010101": "บ้านหนึ่ง", "3801": "เมือง"}
        path = self.folder / name
        write_sheet(path, sample, self.round, load_questions(), names, houses)
        return path

    def fill(
        self,
        sample: Sample,
        answers: Mapping[int, Mapping[str, Any]] | None = None,
        not_reached: tuple[int, ...] = (),
        used: tuple[int, ...] = (),
        change: Change | None = None,
        extra: tuple[str, ...] = (),
        name: str = "filled.xlsx",
    ) -> Path:
        """A form as it comes back: every household of the sample and the replacements `used` give the certified answers
        again, but for `answers` {draw_no: {item: answer}} and those not reached."""
        questions, words = load_questions(), load_words().form
        items = asked_items(self.settings, load_instrument("plan12"))
        rows: list[Row] = []
        for line in sample.lines:
            locked = (str(line.draw_no), "", line.district_code, "", line.village_code, line.household_id, "")
            row = dict(zip(words.headings.values(), locked, strict=True))
            row |= dict.fromkeys([questions.contact.th, questions.interviewer.th, *(item.th for item in items)], "")
            if line.draw_no in not_reached:
                row[questions.contact.th] = "2"
            elif not line.is_replacement or line.draw_no in used:
                second = {item.key: 1 for item in items} | line.answers | dict((answers or {}).get(line.draw_no, {}))
                row |= {questions.contact.th: "1", questions.interviewer.th: "S9"}
                row |= {item.th: str(second[item.key]) for item in items if second.get(item.key) is not None}
            rows.append(row)
        if change is not None:
            change(rows)
        path = self.folder / name
        columns = [*headings(questions, items), *extra]
        with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
            page = book.add_worksheet(words.sheet)
            page.write_row(2, 0, columns)
            for number, row in enumerate(rows, start=3):
                for at, column in enumerate(columns):
                    page.write_string(number, at, row.get(column, ""))
            book.add_worksheet(MACHINE_SHEET).write_string(0, 0, sample.entry.sample_id)
        return path

    def take(self, path: Path) -> Taken:
        return take_form(self.settings, path, "สพจ.", lambda: AT)


def cells(path: Path, sheet: str) -> list[list[Any]]:
    return calamine.load_workbook(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
