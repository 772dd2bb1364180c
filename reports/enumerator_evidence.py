"""Evidence about fieldwork (หลักฐานเพื่อเลือกครัวเรือนที่ควรเยี่ยมซ้ำ): a page for each tambon, a workbook, and the list of visits.

Restricted: it tells of single enumerators, by number, and of households. Put here: what is shown of the evidence. Keep out:
how it is found (jpt_pipeline.fieldwork), words (data/layouts/restricted.yaml, data/fieldwork/evidence.yaml). The list of
visits says neither why a household is on it nor which ones were drawn for comparison.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jpt_pipeline.fieldwork import (
    Evidence,
    EvidenceSpec,
    Judged,
    Proposal,
    Revisit,
    find_evidence,
    load_evidence,
    propose,
)
from jpt_pipeline.listing.places import Piece, pieces
from jpt_pipeline.store.files import write_bytes
from reports.order import Restricted, RestrictedOrder
from reports.restricted.files import by_piece
from reports.restricted.paper import Paper
from reports.tables import Band, Cell, Column, Table, write_xlsx

__all__ = ["LEVELS", "NAME", "TITLE_TH", "make"]

LEVELS = ("tambon", "district", "province")
NAME, VISITS, SECTION = "enumerator-evidence", "revisit-list", "fieldwork"
TITLE_TH = "หลักฐานเพื่อเลือกครัวเรือนที่ควรเยี่ยมซ้ำ"
_BASIS = ("none", "of_village", "of_tambon", "of_district", "of_province")


def make(order: RestrictedOrder) -> Restricted:
    """Write PDF, workbook and list of visits of a tambon or a district, of a province for each of its districts.

    Raises:
        NoSuchArea, NotRestricted, NotSealed, TemplateBroken: nothing is written.
    """
    spec = load_evidence(order.settings.definitions)
    found = pieces(order.settings, order.survey_year, order.stream, order.level, order.area_code)
    evidence = find_evidence(order.settings, order.survey_year, found[0].part.province_code or "", order.stream)
    revisits = propose(evidence, spec, order.survey_year)

    def write(folder: Path, piece: Piece) -> tuple[list[Path], int]:
        page = _Page(Paper(order, SECTION, piece), spec, evidence, revisits)
        return page.write(folder), sum(len(one.visits) for one in page.revisits)

    return by_piece(order, found, write)


class _Page:
    """The files of one piece."""

    def __init__(self, paper: Paper, spec: EvidenceSpec, evidence: Evidence, revisits: Sequence[Revisit]):
        self.paper, self.spec, self.evidence = paper, spec, evidence
        self.tambons = _tambons(paper.piece)
        self.villages = {village.code: village.name for village in paper.piece.villages}
        self.revisits = [one for one in revisits if one.tambon_code in self.tambons]
        self.workers = [n for n, (tambon, _) in enumerate(evidence.visits.workers) if tambon in self.tambons]

    def write(self, folder: Path) -> list[Path]:
        paper, title = self.paper, f"{TITLE_TH} {self.paper.area}"
        told = [paper.say("is_not"), paper.say("judged_how", percent=self._number(self.spec.false_discovery.percent))]
        book = [self._people(title), self._signs(title), self._reasons(title)]
        visits = f"{paper.say('visits_title')} {paper.area}"
        return [
            write_xlsx(folder / f"{paper.stem(NAME)}.xlsx", paper.sheet_lines(*told), book),
            write_xlsx(
                folder / f"{paper.stem(VISITS)}.xlsx", paper.sheet_lines(paper.say("blind")), [self._visits(visits)]
            ),
            write_bytes(folder / f"{paper.stem(NAME)}.pdf", paper.pdf(NAME, self._pdf(told))),
        ]

    def _pdf(self, told: list[str]) -> dict[str, Any]:
        paper = self.paper
        keys = ("enumerator", "sign", "counted", "peers", "odds", "innocent", "none_listed", "signs_here", "steps")
        return {
            "head": paper.head(),
            "labels": {key: paper.cut(paper.say(key)) for key in keys},
            "told": [paper.cut(text) for text in told],
            "steps": [paper.cut(paper.digits(paper.say(f"step_{number}"))) for number in (1, 2, 3)],
            "tambons": [self._tambon(code, name) for code, name in sorted(self.tambons.items())],
        }

    def _tambon(self, code: str, name: str) -> dict[str, Any]:
        """The page of a tambon: counts, listed enumerators with their signs, and how often each sign is found at all."""
        paper = self.paper
        mine = [worker for worker in self.workers if self.evidence.visits.workers[worker][0] == code]
        visits_n = sum(len(one.visits) for one in self.revisits if one.tambon_code == code)
        here = Table("", "", self._here_columns(), self._here(mine))
        return {
            "name": paper.cut(paper.say("tambon_head", name=name, code=paper.digits(code))),
            "counts": paper.cut(paper.say("counts", **self._counts(mine), visits=paper.count(visits_n))),
            "listed": [self._listed(worker) for worker in mine if self.evidence.listed[worker]],
            "here": paper.table(here),
        }

    def _counts(self, workers: list[int]) -> dict[str, str]:
        households = [int(self.evidence.households_n[worker]) for worker in workers]
        enough = sum(bool(self.evidence.enough[worker]) for worker in workers)
        return {
            "n": self.paper.count(len(workers)),
            "households": self.paper.count(sum(households)),
            "middle": self.paper.count(int(np.median(households)) if households else 0),
            "few": self.paper.count(len(workers) - enough),
            "least": self.paper.count(self.spec.least_households),
            "listed": self.paper.count(sum(bool(self.evidence.listed[worker]) for worker in workers)),
        }

    def _listed(self, worker: int) -> dict[str, Any]:
        evidence, paper, named = self.evidence, self.paper, self.spec.signs.named()
        signs = []
        for name in evidence.shown(worker, self.spec):
            judged, sign = evidence.signs[name], named[name]
            signs.append(
                {
                    "title": paper.cut(sign.title_th),
                    "counted": paper.cut(self._counted(judged, worker, sign.unit_th)),
                    "peers": paper.cut(self._peers(judged, worker)),
                    "odds": paper.cut(self._odds(float(judged.p[worker]))),
                    "innocent": paper.cut(sign.innocent_th),
                }
            )
        work = paper.say(
            "work",
            households=paper.count(int(evidence.households_n[worker])),
            days=paper.count(int(evidence.days_n[worker])),
        )
        return {"id": evidence.visits.workers[worker][1], "work": paper.cut(work), "signs": signs}

    def _counted(self, judged: Judged, worker: int, unit: str) -> str:
        k, n = (self.paper.count(int(counts[worker])) for counts in (judged.k, judged.n))
        return self.paper.say("k_of_n", k=k, n=n, unit=self.paper.digits(unit))

    def _peers(self, judged: Judged, worker: int) -> str:
        k, n = int(judged.peers_k[worker]), int(judged.peers_n[worker])
        where = self.paper.say(_BASIS[int(judged.basis[worker])])
        return self.paper.say("peers_had", percent=self.paper.percent(k, n), where=where)

    def _odds(self, p: float) -> str:
        """'ราว 1 ใน 3,000': one digit and zeros, and no more than a million."""
        number = round(1 / max(p, 1e-9))
        if number > 1_000_000:
            return self.paper.digits(self.paper.say("odds_below", n=self.paper.count(1_000_000)))
        step = 10 ** (len(str(number)) - 1)
        return self.paper.digits(self.paper.say("odds_about", n=self.paper.count(number // step * step)))

    def _number(self, value: float) -> str:
        return self.paper.digits(f"{value:g}")

    def _here_columns(self) -> list[Column]:
        say = self.paper.say
        shares = [
            (say("share_here"), "here_pct"),
            (say("share_district"), "district_pct"),
            (say("share_province"), "province_pct"),
        ]
        texts = [Column(say("sign"), "text", 30, "sign"), Column(say("what"), "text", 64, "what")]
        looked = Column(say("things"), "count", 20, "things_n")
        return [*texts, looked, *(Column(title, "percent", 12, field) for title, field in shares)]

    def _here(self, workers: list[int]) -> list[list[Cell]]:
        """Each sign in the tambon beside district and province, all enumerators together."""
        codes = [tambon for tambon, _ in self.evidence.visits.workers]
        district = {codes[worker][:4] for worker in workers}
        beside = [at for at, code in enumerate(codes) if code[:4] in district]
        groups = (workers, beside, list(range(len(codes))))
        return [
            [
                sign.title_th,
                sign.what_th,
                int(self.evidence.signs[name].n[workers].sum()),
                *(_share(self.evidence.signs[name], group) for group in groups),
            ]
            for name, sign in self.spec.signs.named().items()
        ]

    def _people(self, title: str) -> Table:
        """All enumerators: work, share of each sign, and what comes of it."""
        say, evidence, named = self.paper.say, self.evidence, self.spec.signs.named()
        columns = [
            Column(say("enumerator"), "text", 16, "enumerator_id"),
            Column(say("households"), "count", 12, "households_n"),
            Column(say("days"), "count", 12, "days_n"),
            Column(say("per_day"), "percent", 14, "households_per_day"),
            *(Column(sign.title_th, "percent", 14, f"{name}_pct") for name, sign in named.items()),
            Column(say("result"), "text", 40, "result"),
        ]
        rows: list[list[Cell] | Band] = []
        for code, name in sorted(self.tambons.items()):
            rows.append(Band(say("tambon_head", name=name, code=code)))
            for worker in (one for one in self.workers if evidence.visits.workers[one][0] == code):
                households, days = int(evidence.households_n[worker]), int(evidence.days_n[worker])
                shares = [_share(evidence.signs[key], [worker]) if evidence.enough[worker] else None for key in named]
                told: list[Cell] = [evidence.visits.workers[worker][1], households, days, Fraction(households, days)]
                rows.append([*told, *shares, self._result(worker)])
        return Table(say("sheet_people"), title, columns, rows, fixed_columns=1, note=say("people_note"))

    def _result(self, worker: int) -> str:
        if not self.evidence.enough[worker]:
            return self.paper.say("too_few")
        return self.paper.say("is_listed" if self.evidence.listed[worker] else "is_usual")

    def _signs(self, title: str) -> Table:
        """Listed enumerators: a row for each sign that is told."""
        say, evidence, named = self.paper.say, self.evidence, self.spec.signs.named()
        columns = [Column(say(key), "text", width, key) for key, width in (
            ("enumerator", 16), ("sign", 26), ("counted", 34), ("peers", 40), ("odds", 20), ("innocent", 70))]  # fmt: skip
        rows: list[list[Cell]] = []
        for worker in (one for one in self.workers if evidence.listed[one]):
            for name in evidence.shown(worker, self.spec):
                judged, sign = evidence.signs[name], named[name]
                told = (self._counted(judged, worker, sign.unit_th), self._peers(judged, worker))
                odds = self._odds(float(judged.p[worker]))
                rows.append([evidence.visits.workers[worker][1], sign.title_th, *told, odds, sign.innocent_th])
        return Table(say("sheet_signs"), title, columns, rows, fixed_columns=1, note="" if rows else say("none_listed"))

    def _reasons(self, title: str) -> Table:
        """The key of the list of visits, for whoever compares the answers afterwards."""
        say, named = self.paper.say, self.spec.signs.named()
        rows: list[list[Cell] | Band] = []
        for revisit in self.revisits:
            rows.append(self._band(revisit))
            for one in revisit.proposed:
                why = say("control") if one.is_control else " · ".join(named[name].title_th for name in one.signs)
                rows.append([self._village(one), one.household_id, one.enumerator_id, why])
        columns = [Column(say(key), "text", width, key) for key, width in (
            ("village_name", 30), ("household_id", 18), ("enumerator", 16), ("why", 60))]  # fmt: skip
        return Table(say("sheet_reasons"), title, columns, rows, note=say("reasons_note"))

    def _visits(self, title: str) -> Table:
        """The list of visits in its own order: no enumerator, no reason."""
        say = self.paper.say
        rows: list[list[Cell] | Band] = []
        for revisit in self.revisits:
            rows.append(self._band(revisit))
            rows += [
                [n, self._village(one), one.household_id, "", "", "", ""] for n, one in enumerate(revisit.visits, 1)
            ]
        columns = [
            Column(say("sequence"), "count", 8, "visit_no"),
            *(Column(say(key), "text", width, key) for key, width in (
                ("village_name", 30), ("household_id", 18), ("visited_on", 16), ("was_interviewed", 26),
                ("answers_agree", 26), ("visitor", 24))),
        ]  # fmt: skip
        return Table(say("sheet_visits"), title, columns, rows)

    def _band(self, revisit: Revisit) -> Band:
        return Band(self.paper.say("tambon_head", name=self.tambons[revisit.tambon_code], code=revisit.tambon_code))

    def _village(self, one: Proposal) -> str:
        return self.villages.get(one.village_code, one.village_code)


def _tambons(piece: Piece) -> dict[str, str]:
    return {village.tambon_code: village.tambon_name for village in piece.villages}


def _share(judged: Judged, workers: Sequence[int]) -> Fraction | None:
    """Percent of things with the sign, of these enumerators together."""
    k, n = (sum(int(counts[worker]) for worker in workers) for counts in (judged.k, judged.n))
    return Fraction(100 * k, n) if n else None
