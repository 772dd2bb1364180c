"""Quality evidence of a release: Great Expectations on the summary of each certification level.

Put here: running the suites of style/quality.yaml and keeping the results as stable JSON. Keep out: gates (a release is
published already; its gates are the seals) and layout (quality_page.py). Great Expectations takes seconds to import, so
that happens inside a function.
"""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.store.files import write_json
from jpt_pipeline.yamlfile import load_yaml
from reports.order import Order
from reports.quality_page import write_pages
from reports.release import Release
from reports.summary import KEYS, summary
from reports.words import STYLE

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("lao", "district", "province", "nation")
SHOWN_N = 10


class Expected(BaseModel):
    """One expectation: type and arguments as Great Expectations names them, and the sentence people read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    type: str
    kwargs: dict[str, Any]
    th: str


class QualityRules(BaseModel):
    """The suite that every level is held to."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    coverage_limit_percent: int
    expectations: list[Expected]


@cache
def rules() -> QualityRules:
    """The rules of the checkout."""
    return QualityRules.model_validate(load_yaml(STYLE / "quality.yaml"))


def make(order: Order) -> list[Path]:
    """Write `quality/<level>.json` and `.html` for each certification level, and `quality/index.html`.

    The evidence is that of the whole release, whatever the area asked for.
    """
    release = order.release
    results = check(release)
    folder = order.out / "quality"
    written = []
    for name, result in results.items():
        write_json(folder / f"{name}.json", result)
        written.append(folder / f"{name}.json")
    return written + write_pages(folder, release, results)


def check(release: Release) -> dict[str, dict[str, Any]]:
    """Result of each level's suite, as Great Expectations gives it, less run times and random ids.

    Returns:
        Level -> {"success", "statistics", "results": [...] in the order of the rules, ...}; `meta.th` of an
        expectation is its Thai sentence.

    Raises:
        reports.release.ReleaseError: a table is missing or was changed.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the library is imported
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("release")
    results = {}
    for level in LEVELS:
        frame = summary(release, level, rules().coverage_limit_percent)
        batch = source.add_dataframe_asset(level).add_batch_definition_whole_dataframe("all")
        suite = context.suites.add(_suite(gx, level))
        shape = {"result_format": "SUMMARY", "partial_unexpected_count": SHOWN_N, "unexpected_index_column_names": KEYS}
        outcome = batch.get_batch({"dataframe": frame}).validate(suite, result_format=shape)
        found: dict[str, Any] = outcome.to_json_dict()  # type: ignore[no-untyped-call]
        results[level] = stable(found, release, frame)
    return results


def _suite(gx: Any, level: str) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    suite = gx.ExpectationSuite(name=level)
    for rule in rules().expectations:
        sentence = rule.th.format(coverage_limit_percent=rules().coverage_limit_percent)
        made = ExpectationConfiguration(type=rule.type, kwargs=rule.kwargs, meta={"id": rule.id, "th": sentence})
        suite.add_expectation_configuration(made)
    return suite


def stable(result: dict[str, Any], release: Release, frame: "pd.DataFrame") -> dict[str, Any]:
    """The result without what differs between two runs on the same release, in the order of the rules."""
    order = {rule.id: place for place, rule in enumerate(rules().expectations)}
    result["results"].sort(key=lambda one: order[one["expectation_config"]["meta"]["id"]])
    for one in result["results"]:
        one["expectation_config"].pop("id", None)
    version = result["meta"]["great_expectations_version"]
    result["meta"] = {"great_expectations_version": version, "release": release.name, "release_sha256": release.sha256}
    result["meta"] |= {"rows": len(frame), "areas": int(frame["area_code"].nunique())}
    result.pop("id", None)
    return result
