"""The engine of the จปฐ. pipeline: everything that is not a Dagster asset, a gate or a report."""

__version__ = "0.1.0"
