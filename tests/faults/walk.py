"""A short walk through everything that writes, for tests that break it: take in, run, publish, certify, publish again.

Called in child processes. The clock stands still, so that an undisturbed walk and one that was killed and walked again
must give the same bytes.
"""

import os
import resource
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from checks import GATES
from jpt_pipeline.certification import acts
from jpt_pipeline.certification.request import Request
from jpt_pipeline.certification.situation import gate_rules
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.codes import load_codes
from jpt_pipeline.hashtree.stage import make_leaves
from jpt_pipeline.households.accounting import make_deliveries
from jpt_pipeline.households.stages import make_households, make_records
from jpt_pipeline.identity.shared import make_shared_persons
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.issues import make_issues
from jpt_pipeline.ledger import Committee
from jpt_pipeline.results import build_warehouse, publish_round
from jpt_pipeline.rollup.areas import make_nation, make_rollups
from jpt_pipeline.rollup.indicators import make_indicators
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Part

YEAR, PROVINCE, NATION = 2561, Part(2561, "38"), Part(2561)
COMMITTEE = Committee(order_no="1/2561", members_n=9, present_n=7, meeting_date=date(2018, 3, 14))
# Calls by which a file appears or is replaced: a kill before the n-th leaves what n - 1 of them made.
APPEARING = ("replace", "rename", "link")


def noon() -> datetime:
    return datetime(2018, 3, 20, 5, tzinfo=UTC)


def walk(home: Path, deliveries: Path) -> None:
    """Everything that writes, once; a second walk changes nothing."""
    settings = Settings(home=home, threads=2, memory_mb=512)
    for path in sorted(deliveries.iterdir()):
        (report,) = take_in([path], settings, now=noon)
        assert report.status != "refused", report
    run(settings)
    publish_round(settings, YEAR)
    round_ = load_round(YEAR)
    rules = gate_rules(round_, load_instrument(round_.instrument), load_codes())
    for act in (acts.present, acts.certify):
        assert act(settings, round_, rules, Request("lao", committee=COMMITTEE), noon).is_complete
    run(settings)
    build_warehouse(settings)
    publish_round(settings, YEAR)


def run(settings: Settings) -> None:
    """The stages of a province and of the nation, as their assets call them."""
    for make in (make_records, make_households, make_indicators, make_rollups, make_leaves):
        make(settings, PROVINCE, GATES)
    make_shared_persons(settings, NATION, GATES)
    make_issues(settings, PROVINCE, GATES, noon)
    make_certified(settings, PROVINCE, GATES, noon)
    make_nation(settings, NATION, GATES)
    make_deliveries(settings, NATION, GATES)
    make_certified(settings, NATION, GATES, noon)


def _before_nth(n: int, do: Callable[[], None]) -> list[int]:
    """Call `do` before the n-th call (from 1) of any of APPEARING; returns the running count."""
    count = [0]

    def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] == n:
                do()
            return function(*arguments, **options)

        return call

    for name in APPEARING:
        setattr(os, name, guarded(getattr(os, name)))
    return count


def killed_walk(home: Path, deliveries: Path, n: int) -> None:
    """A walk that dies without any goodbye before the n-th file appears."""
    _before_nth(n, lambda: os.kill(os.getpid(), signal.SIGKILL))
    walk(home, deliveries)


def counted_walk(home: Path, deliveries: Path, result: Path) -> None:
    """An undisturbed walk; writes down how many files appeared."""
    count = _before_nth(0, lambda: None)
    walk(home, deliveries)
    result.write_text(str(count[0]))


def small_disk_walk(home: Path, deliveries: Path, largest: int, result: Path) -> None:
    """A walk in which the system refuses to write a file beyond `largest` bytes; writes down what came of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        walk(home, deliveries)
        said = "whole"
    except BaseException as error:
        said = f"{type(error).__module__}.{type(error).__name__}: {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    result.write_text(said, encoding="utf-8")
