"""How a stage of the engine becomes Dagster assets: one asset a table, one blocking check a gate.

Put here: the factory that all stages share. Keep out: any computation; an asset loads, calls, and shows.
The seal is the gate; Dagster shows it: the results below are the seal's verdicts, and a run of a downstream asset alone
is stopped by the missing seal, not by a check of an earlier run.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.metadata import describe
from checks import GATES
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.partitions import part_of
from jpt_pipeline.resources import Home
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import GateFailed, Part, Seal
from jpt_pipeline.store.stage import Gates
from jpt_pipeline.store.watch import watched

# Partitioned checks are in preview: they show the gate and nothing depends on them alone (see above).
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

Make = Callable[[Settings, Part, Gates], dict[str, Seal]]
OWNER = "team:jpt-data"


@dataclass(frozen=True)
class Stage:
    """A stage of the engine as assets.

    tables: asset key -> keys of the assets that it is computed from. A key of two parts ("nation/…") names the national
    file of the table in its last part.
    """

    name: str
    group: str
    make: Make
    tables: Mapping[str, Sequence[str]]
    partitions: dg.PartitionsDefinition


def table_of(key: dg.AssetKey) -> str:
    return key.path[-1]


def asset_key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


def stage_assets(stage: Stage) -> dg.AssetsDefinition:
    """One multi-asset: all tables of a stage are computed, checked and sealed together or not at all."""
    tables = load_dictionary().tables
    keys = {name: asset_key(name) for name in stage.tables}
    specs = [
        dg.AssetSpec(
            key=keys[name],
            deps=[asset_key(upstream) for upstream in upstreams],
            description=tables[table_of(keys[name])].en,
            group_name=stage.group,
            owners=[OWNER],
            kinds={"duckdb", "parquet"},
            metadata={"dagster/column_schema": _columns(table_of(keys[name]))},
        )
        for name, upstreams in stage.tables.items()
    ]
    check_specs = [
        dg.AssetCheckSpec(name=_name(check), asset=key, blocking=True, partitions_def=stage.partitions)
        for key in keys.values()
        for check in GATES.get(table_of(key), ())
    ]

    @dg.multi_asset(name=stage.name, specs=specs, check_specs=check_specs, partitions_def=stage.partitions)
    def assets_of_stage(context: dg.AssetExecutionContext, home: Home) -> Iterator[object]:
        part = part_of(context.partition_key)
        settings = home.settings()
        try:
            with watched(stage.name, str(part)):
                seals = stage.make(settings, part, GATES)
        except GateFailed as failure:
            yield from _failed(keys, failure)
            raise dg.Failure(str(failure), allow_retries=False) from None
        for key in keys.values():
            seal = seals[table_of(key)]
            with watched("metadata", str(part)):
                metadata = describe(settings, part, seal)
            yield dg.MaterializeResult(
                asset_key=key,
                metadata=metadata,
                check_results=[_result(key, verdict) for verdict in seal.verdicts],
            )

    return assets_of_stage


def _name(check: object) -> str:
    return str(getattr(check, "__name__"))  # noqa: B009


def _failed(keys: Mapping[str, dg.AssetKey], failure: GateFailed) -> Iterator[dg.AssetCheckResult]:
    for key in keys.values():
        if table_of(key) == failure.table:
            for verdict in failure.failed:
                yield _result(key, {**vars(verdict), "sample": list(verdict.sample)})


def _result(key: dg.AssetKey, verdict: Mapping[str, object]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=str(verdict["check"]),
        passed=bool(verdict["passed"]),
        metadata={
            "กฎ": dg.MetadataValue.text(str(verdict["rule"])),
            "offending_rows": dg.MetadataValue.int(int(str(verdict["rows_n"]))),
            "places": dg.MetadataValue.text(", ".join(map(str, verdict["sample"]))),  # type: ignore[call-overload]
        },
    )


def _columns(table: str) -> dg.TableSchema:
    dictionary = load_dictionary()
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name, kind.lower(), f"{dictionary.fields[name].th}: {dictionary.fields[name].en}")
            for name, kind in dictionary.sql_columns(table).items()
        ]
    )
