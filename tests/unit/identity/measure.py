"""How well likely duplicates are found: precision and recall on an invented population with planted pairs.

`python -m tests.unit.identity.measure --households 20000 --pairs 600 --seeds 1 2 3` prints the figures of docs/identity.md.
A proposal is right when it names a planted pair that is one person; hard negatives are planted pairs that are not.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from jpt_pipeline.identity.likely import find_likely
from jpt_pipeline.identity.spec import Likely, load_likely, load_spelling
from jpt_pipeline.synthetic.generate import generate

KEY = ("village_code", "household_id", "member_no")
PEOPLE = """
CREATE TABLE people AS
SELECT row_number() OVER (ORDER BY m.village_code, m.household_id, m.member_no) AS person_no,
    dense_rank() OVER (ORDER BY m.village_code, m.household_id) AS hh, m.village_code, m.village_code[1:6] AS tambon_code,
    m.village_code[1:4] AS district_code, m.sex,
    try_cast(concat(CAST(m.birth_date[7:10] AS INTEGER) - 543, '-', m.birth_date[4:5], '-', m.birth_date[1:2]) AS DATE)
        AS birth_date,
    is_right(m.citizen_id) AS has_number, m.citizen_id, m.first_name, m.last_name, m.household_id, m.member_no
FROM read_parquet(?) m
"""
EXACT = """
SELECT a.person_no, b.person_no FROM people a JOIN people b USING (first_name, last_name, birth_date)
WHERE a.person_no < b.person_no AND a.hh <> b.hh AND NOT (a.has_number AND b.has_number)
"""
IS_RIGHT = """
CREATE MACRO is_right(x) AS coalesce((11 - list_sum(list_transform(range(1, 13),
    lambda i: CAST(x[i] AS INTEGER) * (14 - i))) % 11) % 10 = CAST(x[13] AS INTEGER), false)
"""


@dataclass
class Measured:
    """Proposals of one population against the planted pairs."""

    persons_n: int
    compared_n: int
    seconds: float
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    by_score: Counter[tuple[int, bool]] = field(default_factory=Counter)
    exact_n: int = 0
    proposed_n: int = 0
    right_n: int = 0

    @property
    def recall(self) -> float:
        return self.found["retyped"] / self.planted["retyped"]

    @property
    def exact_recall(self) -> float:
        """What equal texts of both names and equal birth dates would have found."""
        return self.exact_n / self.planted["retyped"]

    @property
    def precision(self) -> float:
        return self.right_n / self.proposed_n


def measure(folder: Path, households_n: int, pairs_n: int, seed: int, spec: Likely | None = None) -> Measured:
    """Make a population below `folder`, propose, compare with what was planted."""
    made = folder / f"{households_n}-{pairs_n}-{seed}"
    if not made.exists():
        generate(made, survey_year=2561, province_code="38", households_n=households_n, seed=seed,
                 file_format="parquet", doubles=pairs_n)  # fmt: skip
    (members,) = made.glob("deliveries/*/members.parquet")
    pairs = json.loads((made / "doubles.json").read_text(encoding="utf-8"))
    with duckdb.connect(config={"threads": 2, "memory_limit": "768MiB"}) as connection:
        connection.execute(IS_RIGHT)
        connection.execute(PEOPLE, [str(members)])
        started = time.perf_counter()
        compared = find_likely(connection, "people", spec or load_likely(), load_spelling())
        seconds = time.perf_counter() - started
        keys = {row[0]: row[1:] for row in connection.execute(
            "SELECT person_no, village_code, household_id, member_no FROM people").fetchall()}  # fmt: skip
        proposed = connection.execute("SELECT a, b, score_n, basis FROM likely").fetchall()
        exact = connection.execute(EXACT).fetchall()
    made = _compare(Measured(len(keys), compared, seconds), pairs, keys, proposed)
    same = {_persons(pair) for pair in pairs if pair["kind"] == "retyped"}
    made.exact_n = sum(frozenset((keys[a], keys[b])) in same for a, b in exact)
    return made


def _persons(pair: dict) -> frozenset:  # type: ignore[type-arg]
    return frozenset(tuple(pair[side][name] for name in KEY) for side in ("first", "second"))


def _compare(made: Measured, pairs: list[dict], keys: dict, proposed: list) -> Measured:  # type: ignore[type-arg]
    planted = {}
    for pair in pairs:
        if pair["kind"] not in ("same_number", "neighbour_number"):
            planted[_persons(pair)] = pair
            made.planted[pair["kind"]] += 1
    seen = set()
    for a, b, score, basis in proposed:
        pair = planted.get(frozenset((keys[a], keys[b])))
        kind = pair["kind"] if pair else "nobody's"
        made.found[kind] += 1
        made.proposed_n += 1
        made.right_n += bool(pair and pair["is_same"])
        made.by_score[score, bool(pair and pair["is_same"])] += 1
        seen.add(frozenset((keys[a], keys[b])))
        if not (pair and pair["is_same"]):
            made.wrong.append(f"{kind} {score} {basis}")
    made.missed = [pair["changes"] for key, pair in planted.items() if pair["is_same"] and key not in seen]
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--pairs", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--show", type=int, default=0, help="how many missed and wrong pairs to show")
    parser.add_argument("--keep", type=Path, help="folder to keep the populations in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for seed in arguments.seeds:
            got = measure(arguments.keep or Path(temporary), arguments.households, arguments.pairs, seed)
            print(
                f"seed {seed}: persons {got.persons_n:,} compared {got.compared_n:,} in {got.seconds:.1f} s; "
                f"planted {dict(got.planted)} proposed {dict(got.found)}; "
                f"recall {got.recall:.3f} precision {got.precision:.3f}; exact comparison: recall {got.exact_recall:.3f}"
            )
            for line in (*got.missed[: arguments.show], *got.wrong[: arguments.show]):
                print("   ", line)


if __name__ == "__main__":
    main()
