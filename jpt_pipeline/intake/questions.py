"""Which answers a delivered unit may hold. A file may hold several rounds: staged are the answers of all instruments.

Put here: what follows from the instruments before a record is read. Keep out: reading and typing records.
"""

from dataclasses import dataclass
from pathlib import Path

from jpt_pipeline.instruments import all_answer_columns, answer_columns, known_instruments, load_instrument
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.normalise import Answers
from jpt_pipeline.rounds import known_rounds, load_round


@dataclass(frozen=True)
class Questions:
    """Columns a<code>. asked: those that the unit's files may have. staged: those of all instruments, in the order in
    which the content of a household is digested. strange: survey year -> those that its round does not ask."""

    asked: list[str]
    staged: list[str]
    answers: Answers
    strange: dict[int, list[str]]


def questions_of(declared: Declared, definitions: Path) -> Questions:
    """The questions of a unit: of the declared round, or of all rounds where none is declared."""
    names = known_instruments(definitions)
    instruments = {name: load_instrument(name, definitions) for name in names}
    staged = all_answer_columns(definitions)
    rounds = {year: load_round(year, definitions).instrument for year in known_rounds(definitions)}
    own = {year: answer_columns(instruments[name]) for year, name in rounds.items() if name in instruments}
    first = sorted(instruments.values(), key=lambda instrument: instrument.extends is not None)
    return Questions(
        asked=own.get(declared.survey_year or 0, staged),
        staged=staged,
        answers=Answers(*first),
        strange={year: [name for name in staged if name not in set(asked)] for year, asked in own.items()},
    )
