"""Evidence about fieldwork: how the households of an enumerator differ from those of the peers, and which to visit again.

Put here: signs, peers, chances, the control of false discoveries, the draw. Keep out: parameters and Thai words
(data/fieldwork/evidence.yaml), layout (reports/enumerator_evidence.py), any verdict about a person.
"""

from jpt_pipeline.fieldwork.evidence import Evidence, Judged, find_evidence
from jpt_pipeline.fieldwork.revisit import Proposal, Revisit, propose
from jpt_pipeline.fieldwork.spec import EvidenceSpec, load_evidence

__all__ = ["Evidence", "EvidenceSpec", "Judged", "Proposal", "Revisit", "find_evidence", "load_evidence", "propose"]
