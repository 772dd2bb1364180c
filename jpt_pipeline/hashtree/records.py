"""The record of an area: what stands for it in the tree above it, and what a committee's certificate binds.

A record is the canonical text of the area, the root and size of the tree below it, and the digest of its figures; the
area's root_sha256 is the leaf hash of the record. Anybody can compute it from a published copy.
"""

from dataclasses import dataclass

from jpt_pipeline.hashtree.canonical import encode
from jpt_pipeline.hashtree.merkle import leaf_hash

VERSION = "jpt-node-v2"


@dataclass(frozen=True)
class Record:
    """An area with its tree: leaves are households (village), else records of the areas below, by code."""

    survey_year: int
    stream: str
    level: str
    area_code: str
    tree_sha256: str
    tree_size: int
    figures_sha256: str

    @property
    def text(self) -> str:
        """The canonical text of the record."""
        area = (self.survey_year, self.stream, self.level, self.area_code)
        return encode([VERSION, *area, self.tree_sha256, self.tree_size, self.figures_sha256])

    @property
    def root(self) -> bytes:
        """The area's root: its leaf in the tree above."""
        return leaf_hash(self.text.encode())

    @property
    def root_sha256(self) -> str:
        return self.root.hex()
