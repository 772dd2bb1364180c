"""The rollups as users of other libraries would write them: what `jpt bench --nation` compares itself with.

Put here: one module a library, each with the same signature. Keep out: anything of the pipeline; they read the same
Parquet files and write the four tables with the columns of the dictionary. Not part of the product: polars is for
developers, and imported when it is asked for.
"""

from jpt_pipeline.benchmark.peers.pandas_way import categories_rollups, pandas_rollups
from jpt_pipeline.benchmark.peers.polars_way import polars_rollups

__all__ = ["categories_rollups", "pandas_rollups", "polars_rollups"]
