"""What leaves the pipeline: the warehouse for this home, and releases for readers."""

from typing import Any

import dagster as dg

from assets.stage import OWNER, asset_key
from jpt_pipeline.partitions import SURVEY_YEARS
from jpt_pipeline.resources import Home
from jpt_pipeline.results import RESULT_TABLES, build_warehouse, publish_round
from jpt_pipeline.store.files import read_json, sha256_file
from jpt_pipeline.store.watch import watched

GROUP = "s6_published"
NATIONAL = (
    *("nation/certification__state", "certified__nation", "submissions__deliveries"),
    *("households__shared_persons", "nation/households__findings", "register__lao_budget"),
)


@dg.asset(
    group_name=GROUP,
    owners=[OWNER],
    kinds={"duckdb"},
    partitions_def=SURVEY_YEARS,
    deps=[asset_key(name) for name in (*NATIONAL, "households__findings", "households__issues")],
    pool="warehouse",
    description="warehouse/jpt.duckdb: the result tables of all rounds, rebuilt from sealed files and renamed into place",
)
def warehouse(home: Home) -> dg.MaterializeResult[None]:
    with watched("warehouse", ""):
        path = build_warehouse(home.settings())
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(path)), "bytes_n": path.stat().st_size})


@dg.asset(
    group_name=GROUP,
    owners=[OWNER],
    kinds={"duckdb", "parquet"},
    partitions_def=SURVEY_YEARS,
    deps=[asset_key(name) for name in NATIONAL],
    pool="warehouse",
    description="published/<release>: all result tables of a round with a manifest of digests; a pointer names the current",
)
def release(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[None]:
    folder = publish_round(home.settings(), int(context.partition_key))
    manifest = read_json(folder / "manifest.json")
    metadata: dict[str, Any] = {
        "path": dg.MetadataValue.path(str(folder)),
        "release": folder.name,
        "manifest_sha256": sha256_file(folder / "manifest.json"),
        "rows": dg.MetadataValue.json({name: manifest["tables"][name]["rows"] for name in RESULT_TABLES}),
    }
    return dg.MaterializeResult(metadata=metadata)
