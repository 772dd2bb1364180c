"""Reading data/rounds/*.yaml. A round does not need its instrument's file: `instrument` is a name."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from jpt_pipeline.rounds.models import Round
from jpt_pipeline.settings import Settings, definition_file, definition_files
from jpt_pipeline.yamlfile import load_yaml


class UnknownRound(LookupError):
    """No file describes this round."""

    def __init__(self, survey_year: int, known: tuple[int, ...]):
        self.survey_year, self.known = survey_year, known
        super().__init__(f"ไม่มีรอบปี {survey_year} (มี {', '.join(map(str, known)) or '-'})")


def known_rounds(definitions: Path | None = None) -> tuple[int, ...]:
    """Survey years that have a file, oldest first."""
    files = definition_files(definitions or Settings().definitions, "rounds")
    return tuple(sorted(int(path.stem) for path in files if path.stem.isdecimal()))


@cache
def load_round(survey_year: int, definitions: Path | None = None) -> Round:
    """One round, checked.

    Raises:
        UnknownRound: no file of this year.
        ValueError: the file breaks a rule of the models, or describes another year than its name.
    """
    path = definition_file(definitions or Settings().definitions, "rounds", f"{survey_year}.yaml")
    if not path.exists():
        raise UnknownRound(survey_year, known_rounds(definitions))
    try:
        found = Round.model_validate(load_yaml(path))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise ValueError(f"{path}: {'; '.join(faults)}") from error
    if found.survey_year != survey_year:
        raise ValueError(f"{path}: describes round {found.survey_year}")
    return found
