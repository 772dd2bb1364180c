"""Reading data/rounds/*.yaml. A round does not need its instrument's file: `instrument` is a name."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from jpt_pipeline.rounds.models import Round
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class UnknownRound(LookupError):
    """No file describes this round."""

    def __init__(self, survey_year: int, known: tuple[int, ...]):
        self.survey_year, self.known = survey_year, known
        super().__init__(f"ไม่มีรอบปี {survey_year} (มี {', '.join(map(str, known)) or '-'})")


def _folder(definitions: Path | None) -> Path:
    return (definitions or Settings().definitions) / "rounds"


def known_rounds(definitions: Path | None = None) -> tuple[int, ...]:
    """Survey years that have a file, oldest first."""
    return tuple(sorted(int(path.stem) for path in _folder(definitions).glob("[0-9][0-9][0-9][0-9].yaml")))


@cache
def load_round(survey_year: int, definitions: Path | None = None) -> Round:
    """One round, checked.

    Raises:
        UnknownRound: no file of this year.
        ValueError: the file breaks a rule of the models, or describes another year than its name.
    """
    path = _folder(definitions) / f"{survey_year}.yaml"
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
