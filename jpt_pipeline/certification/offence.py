"""What a gate is: what it is told, what it answers. Put here: the types that all gates share. Keep out: gates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from jpt_pipeline.certification.relations import Relations
from jpt_pipeline.ledger import SampleDraw, SampleResult
from jpt_pipeline.rounds.models import Quality


@dataclass(frozen=True)
class Rules:
    """What gates are told from outside: rule ids by what they do, the provinces of the round, what it demands in the field.

    incomplete: rules of the instrument whose action is 'incomplete'. blocking: own codes whose action is 'block'.
    quality: demands of the round, None where it has none. samples: entries of the ledger about re-interviews, in order.
    """

    incomplete: Sequence[str] = ()
    blocking: Sequence[str] = ()
    provinces_expected: Sequence[str] = ()
    quality: Quality | None = None
    samples: Sequence[SampleDraw | SampleResult] = ()


@dataclass(frozen=True)
class Offence:
    """One reason that stands against one area."""

    stream: str
    level: str
    area_code: str
    reason: str


Gate = Callable[[duckdb.DuckDBPyConnection, Relations, str, str, Rules], list[Offence]]
"""(connection, relations, stream, level, rules) -> the reasons against areas of that stream and level."""
