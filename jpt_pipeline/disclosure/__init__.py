"""Small cells: which figures public pages must not print, so that nobody can tell a household by them."""

from jpt_pipeline.disclosure.edition import DOCUMENT, MANIFEST_KEY, hidden_cells, mask, public_edition
from jpt_pipeline.disclosure.figures import CELLS
from jpt_pipeline.disclosure.geography import BadGeography
from jpt_pipeline.disclosure.policy import Policy, PublicTable, load_policy
from jpt_pipeline.disclosure.protect import NotProtected

__all__ = [
    "CELLS",
    "DOCUMENT",
    "MANIFEST_KEY",
    "BadGeography",
    "NotProtected",
    "Policy",
    "PublicTable",
    "hidden_cells",
    "load_policy",
    "mask",
    "public_edition",
]
