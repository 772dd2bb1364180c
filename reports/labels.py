"""What every page says about itself: round, instrument, area, release, status, denominators, source.

Put here: these lines, once, for sheets and pictures alike. Keep out: layout.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.numbers import HIDDEN, count_text, percent_text, thai_date
from reports.release import Release
from reports.words import words

PROVISIONAL_TH = ("ข้อมูลเบื้องต้น", "(ยังไม่รับรอง)")
NOBODY_TH = "ไม่มีข้อมูลให้นับ"
COMMITTEE_TH = "ฉบับสำหรับคณะทำงานและหน่วยงาน แสดงจำนวนน้อยตามจริง ไม่ใช้เผยแพร่ทั่วไป"
OWN_LAYOUT_TH = "แบบของโครงการ มิใช่แบบราชการ"
THAILAND = ZoneInfo("Asia/Bangkok")


@dataclass(frozen=True)
class Labels:
    """The lines of one area's page, each a Thai sentence part that may stand alone."""

    area: str
    places: str
    round: str
    instrument: str
    release: str
    status: tuple[str, ...]
    certified: bool
    denominators: str
    source: str
    readers: str

    def lines(self) -> list[str]:
        """All lines in the order of a page's head."""
        head = f"{self.area} {self.places}".strip()
        return [
            head,
            f"{self.round} · {self.instrument}",
            self.release,
            " ".join(self.status),
            self.denominators,
            self.source,
            self.readers,
        ]


def labels(release: Release, level: str, area_code: str) -> Labels:
    """Lines for an area; see `Labels`.

    Raises:
        reports.release.ReleaseError: the release has no such area.
    """
    area = release.area_name(level, area_code)
    stream = next(stream for stream in release.round.streams if stream.key == release.stream)
    provisional = " (ฉบับชั่วคราว ยังไม่ยืนยัน)" if release.instrument.provisional else ""
    certification = release.certification(level, area_code)
    return Labels(
        area=area,
        places=" ".join(release.area_name(*at) for at in release.ancestors(level, area_code)),
        round=f"{release.round.title_th} ({stream.name_th})",
        instrument=f"{release.instrument.title_th}{provisional}",
        release=f"ฉบับเผยแพร่ {release.name}{_as_of(release)} ลายนิ้วมือ {release.sha256[:12]}",
        status=_status(release, level, area_code),
        certified=certification.certified,
        denominators=_denominators(release, level, area_code),
        source="ที่มา: ข้อมูลความจำเป็นพื้นฐาน (จปฐ.) ประมวลผลโดย jpt_pipeline จากฉบับเผยแพร่ข้างต้น",
        readers=_readers(release),
    )


def _readers(release: Release) -> str:
    """Who the page is for; for everybody, by which policy figures are hidden."""
    if not release.is_public:
        return COMMITTEE_TH
    policy = release.policy
    return f"ฉบับสำหรับประชาชน {HIDDEN} = {policy.th} (นโยบาย {policy.version})"


def _as_of(release: Release) -> str:
    """' ข้อมูล ณ วันที่ …' when the manifest says as of when the data are (ISO 8601, any offset)."""
    moment = release.manifest.get("as_of")
    return f" ข้อมูล ณ วันที่ {thai_date(datetime.fromisoformat(moment).astimezone(THAILAND).date())}" if moment else ""


def _status(release: Release, level: str, area_code: str) -> tuple[str, ...]:
    """Two or three short parts: the state, whose certificate it is if not the area's own, its number."""
    certification = release.certification(level, area_code)
    if not certification.certified:
        return PROVISIONAL_TH
    number = f"เลขที่คำรับรอง {certification.certificate_id}"
    holder = (certification.level, certification.area_code)
    if holder == (level, area_code):
        return "รับรองแล้ว", number
    return "รับรองแล้ว", f"ในชั้น {release.area_name(*holder)}", number


def _denominators(release: Release, level: str, area_code: str) -> str:
    coverage = release.coverage(level, area_code)
    surveyed_n, target_n = coverage["surveyed_n"], coverage["target_n"]
    persons_n = release.economy(level, area_code)["persons_n"]
    counts = release.indicators(level, area_code)["incomplete_n"]
    open_n = HIDDEN if counts.isna().any() else count_text(int(counts.sum()))
    incomplete = f"; คำตอบไม่ครบ {open_n} คำตอบไม่อยู่ในตัวหาร" if open_n != "0" else ""
    units = words().units
    return (
        f"ตัวหาร: สำรวจ {count_text(surveyed_n)} {units['households']} {count_text(persons_n)} {units['persons']}"
        f" จากทะเบียนเป้าหมาย {count_text(target_n)} {units['households']}"
        f" (ร้อยละ {percent_text(surveyed_n, target_n)} ของเป้าหมาย);"
        " ร้อยละของตัวชี้วัด = ผ่าน ÷ (ผ่าน + ไม่ผ่าน) เฉพาะกลุ่มเป้าหมายของตัวชี้วัดนั้น" + incomplete
    )
