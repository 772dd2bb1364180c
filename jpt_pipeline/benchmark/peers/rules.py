"""The 31 indicators of plan 12 as data for the other libraries: which answers are looked at, and what they must be.

Put here: what floor.sql says in SQL. Keep out: how a library computes it. No. 22, 23 and 31 are like no other.
"""

from dataclasses import dataclass, field

POVERTY_LINE = 38_000
LEVELS = {
    "village": "village_code",
    "tambon": "tambon_code",
    "lao": "lao_code",
    "district": "district_code",
    "province": "province_code",
    "nation": None,
}
NATION = "TH"


@dataclass(frozen=True)
class Rule:
    """One indicator.

    asked: the answer that must be there and not 0, or the roster that must not be empty (None: every household).
    all_of: answers that must all be there, and pass with these values. any_of: answers of which one passes, complete as
    soon as one of `answered` is there. surveyed and failed: counts of a person indicator, from answers or a roster.
    """

    number: int
    asked: str | None = None
    all_of: dict[str, str] = field(default_factory=dict)
    any_of: dict[str, str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    surveyed: str | None = None
    failed: tuple[str, ...] = ()


def _persons(number: int, target: str, answer: str) -> Rule:
    return Rule(number, asked=target, all_of={answer: "1"}, surveyed=target, failed=(answer,))


def _all(number: int, good: str, zero: str = "") -> Rule:
    return Rule(number, all_of=dict.fromkeys(good.split(), "1") | dict.fromkeys(zero.split(), "0"))


def _parted(number: int, target: str, every: str, *parts: str) -> Rule:
    return Rule(number, target, any_of={every: "1"}, answered=(every, *parts), surveyed=target, failed=parts)


RULES = (
    _persons(1, "a1111", "a1121"),
    _persons(2, "a1231", "a1241"),
    _persons(3, "a1311", "a1321"),
    _all(4, "a1411 a1421 a1431 a1441"),
    _all(5, "a1511 a1521 a1531 a1541"),
    _persons(6, "a1631", "a1641"),
    _parted(7, "r_age_6_plus", "a1711", "a1714"),
    _all(8, "a2811 a2821"),
    _all(9, "a2911"),
    _all(10, "a21011"),
    _all(11, "a21111 a21121 a21131 a21141 a21151 a21152 a21153 a21154 a21161 a21171 a21181"),
    _all(12, "a21211 a21221 a21231 a21241 a21251 a21261"),
    _all(13, "a21311 a21312 a21313 a21314"),
    _all(14, "a21411 a21421", "a21431 a21451 a21461"),
    _persons(15, "a31511", "a31521"),
    _persons(16, "a31611", "a31621"),
    _persons(17, "a31711", "a31721"),
    _persons(18, "a31811", "a31821"),
    _persons(19, "a31911", "a31921"),
    _parted(20, "a42011", "a42021", "a42022", "a42023"),
    _parted(21, "a42111", "a42121", "a42122", "a42123"),
    Rule(22),
    Rule(23),
    Rule(
        24,
        any_of={"a52411": "1"},
        answered=("a52411", "a52412", "a52413", "a52414"),
        surveyed="r_members",
        failed=("a52412", "a52413", "a52414"),
    ),
    Rule(25, all_of={"a52511": "0"}, surveyed="r_members", failed=("a52511",)),
    Rule(26, "r_age_6_plus", all_of={"a52611": "1"}, surveyed="r_age_6_plus", failed=("a52611",)),
    _persons(27, "a52711", "a52721"),
    _persons(28, "a52811", "a52831"),
    _persons(29, "a52911", "a52921"),
    _all(30, "a5301"),
    Rule(31),
)
INCOME = "a42215"
SAVINGS, OTHER_SAVINGS, NO_SAVINGS = tuple(f"a4231{n}" for n in range(1, 11)), "a423111", "a423112"
TOGETHER, IF_TOGETHER, IF_ALONE = "a53111", ("a53112", "a53113", "a53114"), ("a53121", "a53122")
MONEY = {
    "income_main_baht": "a42211",
    "income_second_baht": "a42212",
    "income_other_baht": "a42213",
    "income_own_produce_baht": "a42214",
    "expense_production_baht": "a42221",
    "expense_necessary_baht": "a42222",
    "expense_unnecessary_baht": "a42223",
    "expense_debt_baht": "a42224",
}
EVIDENCE = {
    "photo_missing_n": ("evidence_photo", "missing"),
    "photo_refused_n": ("evidence_photo", "refused"),
    "signature_missing_n": ("evidence_signature", "missing"),
    "signature_refused_n": ("evidence_signature", "refused"),
}
REASONS = ("empty", "refused", "under_6_months", "counted_elsewhere", "not_found")


def answers() -> list[str]:
    """Every answer that is read as text."""
    found = [*SAVINGS, OTHER_SAVINGS, NO_SAVINGS, TOGETHER, *IF_TOGETHER, *IF_ALONE]
    for rule in RULES:
        found += [*filter(None, (rule.asked, rule.surveyed)), *rule.all_of, *rule.any_of, *rule.answered, *rule.failed]
    return [name for name in dict.fromkeys(found) if not name.startswith("r_")]
