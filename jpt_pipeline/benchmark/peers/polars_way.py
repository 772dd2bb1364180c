"""The rollups in polars, lazily and streaming, as somebody at home in polars would write them."""

from pathlib import Path
from typing import TYPE_CHECKING

from jpt_pipeline.benchmark.peers import rules as r

if TYPE_CHECKING:
    import polars as pl

VILLAGE = ["stream", "village_code"]
AREA = ["stream", "level", "area_code"]


def polars_rollups(files: dict[str, list[str]], out: Path) -> None:
    """Read the files of provinces and write the four tables into `out`, for all levels up to the nation."""
    import polars as pl

    clean = pl.scan_parquet(files["clean"])
    closure = _closure(pl.read_parquet(files["villages"]))
    bands = (
        pl.when(pl.col("age_years") >= 100)
        .then(pl.lit("100+"))
        .otherwise(pl.format("{}-{}", pl.col("age_years") // 5 * 5, pl.col("age_years") // 5 * 5 + 4))
    )
    population = (
        pl.scan_parquet(files["members"])
        .group_by(*VILLAGE, "sex", (pl.col("age_years") // 5).clip(upper_bound=20).alias("band"))
        .agg(pl.len().alias("persons_n"), bands.first().alias("age_band"))
    )
    wide, persons, enumerators = pl.collect_all(
        [_by_village(clean), population, clean.select(*VILLAGE, "enumerator_id").unique()], engine="streaming"
    )
    areas = _over(closure, wide)
    _indicators(areas).write_parquet(out / "indicators.parquet")
    _over(closure, persons, "sex", "age_band", leave="band").write_parquet(out / "population.parquet")
    _economy(areas).write_parquet(out / "economy.parquet")
    _coverage(files, closure, areas, enumerators).write_parquet(out / "coverage.parquet")


def _closure(villages: "pl.DataFrame") -> "pl.DataFrame":
    """Each village once per level with the area it lies in."""
    import polars as pl

    return pl.concat(
        villages.select(
            *VILLAGE, pl.lit(level).alias("level"), (pl.col(code) if code else pl.lit(r.NATION)).alias("area_code")
        )
        for level, code in r.LEVELS.items()
    )


def _over(closure: "pl.DataFrame", rows: "pl.DataFrame", *keys: str, leave: str = "") -> "pl.DataFrame":
    """Rows of villages summed to every area of every level."""
    import polars as pl

    figures = [name for name in rows.columns if name not in (*VILLAGE, *keys, leave)]
    return (
        closure.lazy()
        .join(rows.lazy(), on=VILLAGE)
        .group_by(*AREA, *keys)
        .agg(pl.col(figures).sum())
        .collect(engine="streaming")
    )


def _number(name: str) -> "pl.Expr":
    """N of an answer written `1,N`; a roster is a number already."""
    import polars as pl

    if name.startswith("r_"):
        return pl.col(name).cast(pl.Int64)
    return pl.col(name).str.splitn(",", 3).struct.field("field_1").cast(pl.Int64, strict=False).fill_null(0)


def _result(rule: r.Rule) -> "pl.Expr":
    """0 not applicable, 1 passed, 2 failed, 3 incomplete."""
    import polars as pl

    if rule.number == 22:
        passed = pl.col(r.INCOME).cast(pl.Int64) >= r.POVERTY_LINE * pl.col("r_members").cast(pl.Int64)
        missing = pl.col(r.INCOME).is_null()
    elif rule.number == 23:
        saves = pl.any_horizontal(pl.col(r.SAVINGS) == "1", pl.col(r.OTHER_SAVINGS).str.starts_with("1"))
        passed = saves.fill_null(False)
        missing = ~(passed | (pl.col(r.NO_SAVINGS) == "1").fill_null(False))
    elif rule.number == 31:
        together = (pl.col(r.TOGETHER) == "1").fill_null(False)
        missing = (
            pl.when(together)
            .then(pl.any_horizontal(pl.col(r.IF_TOGETHER).is_null()))
            .otherwise(pl.all_horizontal(pl.col(r.IF_ALONE).is_null()))
        )
        passed = (
            pl.when(together)
            .then(pl.all_horizontal(pl.col(r.IF_TOGETHER) == "1"))
            .otherwise(pl.any_horizontal((pl.col(r.IF_ALONE) == "1").fill_null(False)))
        )
    elif rule.all_of:
        missing = pl.any_horizontal(pl.col(tuple(rule.all_of)).is_null())
        passed = pl.all_horizontal(pl.col(name) == good for name, good in rule.all_of.items())
    else:
        missing = pl.all_horizontal(pl.col(rule.answered).is_null())
        passed = pl.any_horizontal((pl.col(name) == good).fill_null(False) for name, good in rule.any_of.items())
    judged = pl.when(missing).then(3).when(passed).then(1).otherwise(2)
    if rule.asked is None:
        return judged.cast(pl.Int8)
    nobody = pl.col(rule.asked) == 0 if rule.asked.startswith("r_") else (pl.col(rule.asked) == "0").fill_null(True)
    return pl.when(nobody).then(0).otherwise(judged).cast(pl.Int8)


def _by_village(clean: "pl.LazyFrame") -> "pl.LazyFrame":
    """One row a village: counts of the indicators, sums of money, evidence."""
    import polars as pl

    judged = clean.with_columns(_result(rule).alias(f"r{rule.number}") for rule in r.RULES)
    sums = [pl.len().cast(pl.Int64).alias("households_n"), pl.col("persons_n").sum()]
    sums += [pl.col(code).cast(pl.Int64).sum().alias(name) for name, code in r.MONEY.items()]
    sums += [(pl.col(column) == value).sum().cast(pl.Int64).alias(name) for name, (column, value) in r.EVIDENCE.items()]
    for rule in r.RULES:
        result = pl.col(f"r{rule.number}")
        for letter, value in (("p", 1), ("h", 2), ("i", 3)):
            sums.append((result == value).sum().cast(pl.Int64).alias(f"{letter}{rule.number}"))
        if rule.surveyed:
            counts = (result == 1) | (result == 2)
            failed = pl.sum_horizontal(_number(name) for name in rule.failed)
            sums.append(pl.when(counts).then(_number(rule.surveyed)).sum().alias(f"s{rule.number}"))
            sums.append(pl.when(counts).then(failed).sum().alias(f"f{rule.number}"))
    return judged.group_by(VILLAGE).agg(sums)


def _indicators(areas: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    frames = []
    for rule in r.RULES:
        n = rule.number
        applicable = pl.col(f"p{n}") + pl.col(f"h{n}")
        surveyed, failed = (pl.col(f"s{n}"), pl.col(f"f{n}")) if rule.surveyed else (applicable, pl.col(f"h{n}"))
        frames.append(
            areas.select(
                *AREA,
                pl.lit(n, pl.Int64).alias("indicator_no"),
                surveyed.alias("surveyed_n"),
                (surveyed - failed).alias("passed_n"),
                failed.alias("failed_n"),
                applicable.alias("households_applicable_n"),
                pl.col(f"h{n}").alias("households_failed_n"),
                pl.col(f"i{n}").alias("incomplete_n"),
            )
        )
    return pl.concat(frames)


def _economy(areas: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    return areas.select(
        *AREA,
        "households_n",
        "persons_n",
        *r.MONEY,
        pl.sum_horizontal("^income_.*_baht$").alias("income_baht"),
        pl.sum_horizontal("^expense_.*_baht$").alias("expense_baht"),
    )


def _coverage(
    files: dict[str, list[str]], closure: "pl.DataFrame", areas: "pl.DataFrame", enumerators: "pl.DataFrame"
) -> "pl.DataFrame":
    import polars as pl

    reasons = [(pl.col("reason") == name).sum().cast(pl.Int64).alias(f"nonresponse_{name}_n") for name in r.REASONS]
    target = pl.col("target_households").sum().alias("target_n")
    refused_n = pl.len().cast(pl.Int64).alias("quarantined_n")
    targets = pl.read_parquet(files["targets"]).group_by("village_code").agg(target)
    missed = pl.read_parquet(files["nonresponse"]).group_by("village_code").agg(reasons)
    refused = pl.read_parquet(files["quarantine"], columns=["village_code", "record_kind"])
    refused = refused.filter(pl.col("record_kind") == "household").group_by("village_code").agg(refused_n)
    villages = closure.filter(pl.col("level") == "village").select(VILLAGE)
    for found in (targets, missed, refused):
        villages = villages.join(found, on="village_code", how="left")
    surveyed = areas.select(*AREA, pl.col("households_n").alias("surveyed_n"), *r.EVIDENCE)
    working = closure.join(enumerators, on=VILLAGE).group_by(AREA)
    return (
        _over(closure, villages)
        .join(surveyed, on=AREA, how="left")
        .join(
            working.agg(pl.col("enumerator_id").n_unique().cast(pl.Int64).alias("enumerators_n")), on=AREA, how="left"
        )
    )
