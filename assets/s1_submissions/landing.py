"""Where the lineage begins: deliveries taken in from the inbox, and the registers that operators hand over."""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.stage import OWNER
from jpt_pipeline.intake.delivery import take_in
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.resources import Home

# Name -> description. A group of their own: several stages read them, and the acts of people come between stages.
_HANDED_OVER = {
    "register__areas": "Villages with tambon, LAO, district, province; from `jpt register areas`",
    "register__enumerators": "Enumerators and recorders by order; from `jpt register enumerators`",
    "register__targets": "Target households per village; from `jpt register targets`",
    "register__nonresponse": "Households not surveyed, by reason; from `jpt register nonresponse`",
    "register__visits": "Monitoring visits of areas; from `jpt register visits`",
    "register__lao_budget": "What LAOs planned and used; from `jpt register lao_budget`",
    "register__committees": "Committees of areas by order; from `jpt register committees`",
    "ledger": "Acts of committees: present, certify, return, revoke; appended by people only",
}
REGISTERS = [
    dg.AssetSpec(name, description=text, group_name="s0_handed_over", owners=[OWNER], kinds={"parquet"})
    for name, text in _HANDED_OVER.items()
]


class Inbox(dg.Config):
    """Which entries of inbox/ to take in, by name; none means all. The sensor names those that stand still."""

    entries: list[str] = Field(default=[])


@dg.asset(
    group_name="s1_submissions",
    owners=[OWNER],
    kinds={"parquet"},
    description="Deliveries kept under their digest, split into records; materializing takes in what lies in inbox/",
)
def landing__deliveries(config: Inbox, home: Home) -> dg.MaterializeResult[None]:
    settings = home.settings()
    present = sorted(path for path in settings.inbox.glob("*") if not path.name.startswith("."))
    paths = [path for path in present if not config.entries or path.name in config.entries]
    reports = take_in(paths, settings) if paths else []
    refused = [report for report in reports if report.status == "refused"]
    receipts = read_receipts(settings.landing)
    metadata: dict[str, Any] = {
        "taken_n": sum(report.status == "taken" for report in reports),
        "known_n": sum(report.status == "known" for report in reports),
        "refused_n": len(refused),
        "refused": dg.MetadataValue.json([f"{report.file_name}: {report.code}" for report in refused]),
        "deliveries_n": len(receipts),
        "dagster/row_count": sum(file.records_n for r in receipts for unit in r.units for file in unit.files),
    }
    return dg.MaterializeResult(metadata=metadata)
