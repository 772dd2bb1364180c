"""Codes and their Thai words as a page: intake, registers, certification."""

from pathlib import Path

from jpt_pipeline.areas.spec import load_messages
from jpt_pipeline.certification.messages import load_words
from jpt_pipeline.codes import load_codes
from jpt_pipeline.reference.markdown import code, page, table


def codes_page(definitions: Path) -> str:
    words = load_words(definitions)
    head = ["Code", "Stage", "Action", "Severity", "ข้อความ", "วิธีแก้"]
    own = [(code(k), c.stage, c.action, c.severity, c.th, c.remedy) for k, c in load_codes(definitions).items()]
    areas = [(code(k), c.stage, c.action, c.severity, c.th, c.remedy) for k, c in load_messages(definitions).items()]
    kinds = {"G": "reason of a gate", "W": "why a state is so", "C": "refusal of an act", "D": "what was done"}
    said = [(code(k), kinds.get(k.split("-")[0], ""), text) for k, text in words.messages.items()]
    return page(
        "Codes and messages (รหัสและข้อความ)",
        "the files of `data/codes/`, `data/areas/messages.yaml` and `data/certification/messages.yaml`",
        [
            "People are told in Thai, each message with a stable code, its place and a remedy; no message carries "
            "personal data. Rules of the questionnaire are on the page of their instrument. `{…}` is filled in.",
            "## Intake and households",
            "*refuse*: the file is not loaded, its bytes are kept. *quarantine*: the record, and its whole household, "
            "counts nowhere until a higher revision comes. *finding*: noted, the record counts. *block*: noted, the "
            "record counts, and its area cannot be certified until it is settled.",
            table(head, own),
            "## Registers",
            "*refuse*: nothing of the file is stored. *finding*: stored, please look.",
            table(head, areas),
            "## Certification",
            table(["Code", "Kind", "ข้อความ"], said),
            "### States (สถานะ)",
            table(["State", "คำที่แสดง"], [(code(state), text) for state, text in words.states.items()]),
            "### Acts (การกระทำ)",
            table(["Act", "คำที่แสดง"], [(code(f"jpt {act}"), text) for act, text in words.actions.items()]),
        ],
    )
