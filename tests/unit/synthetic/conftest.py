"""Populations made once for all tests of the folder."""

import pytest

from jpt_pipeline.synthetic.generate import generate

ARGUMENTS = {"survey_year": 2561, "province_code": "38", "households_n": 800, "seed": 5}


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folder per format, all of the same population: payload, csv, xlsx, parquet, mixed (with faults)."""
    root = tmp_path_factory.mktemp("synthetic")
    for name in ("payload", "csv", "xlsx", "parquet"):
        generate(root / name, **ARGUMENTS, file_format=name)
    generate(root / "mixed", **ARGUMENTS, file_format="mixed", faults=True)
    return root


@pytest.fixture(scope="session")
def lines(made):
    """Payload lines of the population without faults."""
    (path,) = (made / "payload" / "deliveries").iterdir()
    return path.read_text(encoding="utf-8").splitlines()
