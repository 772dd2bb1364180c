"""What is told in Thai when something outside of the program is wrong: a missing gate, a full disk, a broken ledger."""

from concurrent.futures.process import BrokenProcessPool

import duckdb

from jpt_pipeline.certification.kept import NotKept
from jpt_pipeline.instruments import InstrumentError
from jpt_pipeline.intake.receipts import StagedByOther
from jpt_pipeline.intake.unit import Unbalanced
from jpt_pipeline.issues import HistoryLost
from jpt_pipeline.ledger import LedgerBroken, LedgerBusy
from jpt_pipeline.rounds import UnknownRound
from jpt_pipeline.store.discreet import Withheld
from jpt_pipeline.store.lake import GateFailed, NotSealed
from jpt_pipeline.store.stage import StageFailed
from jpt_pipeline.vault import KeyMissing, VaultBroken

TOLD: dict[type[Exception], str] = {
    NotSealed: "L-SEAL ข้อมูลยังไม่ผ่านด่านตรวจ หรือถูกเปลี่ยนหลังตรวจ - สั่ง jpt run ใหม่",
    GateFailed: "L-GATE ข้อมูลไม่ผ่านด่านตรวจ - แก้ข้อมูลตามกฎที่แจ้งแล้วสั่ง jpt run ใหม่",
    HistoryLost: "L-HISTORY อ่านประวัติข้อค้นพบไม่ได้ จึงไม่ทำต่อ - คืนโฟลเดอร์ที่ระบุจากสำเนาสำรอง ถ้าไม่มีให้ย้ายออก ประวัติจะเริ่มใหม่",
    StagedByOther: "L-STAGED แยกข้อมูลไว้ด้วยโปรแกรมรุ่นอื่น - สั่ง jpt intake --again แล้ว jpt run ใหม่",
    StageFailed: "L-ENGINE ประมวลผลไม่สำเร็จ ไม่มีอะไรถูกเปลี่ยน - ตรวจเนื้อที่ดิสก์และหน่วยความจำ",
    Unbalanced: "L-BALANCE บัญชีระเบียนของไฟล์ไม่ลงตัว จึงไม่รับทั้งชุด - แจ้งผู้ดูแลโปรแกรม",
    KeyMissing: "L-KEY กุญแจของ JPT_HOME นี้ไม่พร้อม จึงไม่ทำอะไร",
    VaultBroken: "L-VAULT เปิดแฟ้มปกปิดตัวบุคคลไม่ได้ (แฟ้มถูกเปลี่ยน หรือกุญแจไม่ตรง) - สั่ง jpt intake --again ด้วยกุญแจเดิม",
    UnknownRound: "L-ROUND ไม่มีรอบสำรวจนี้ใน data/rounds",
    InstrumentError: "L-INSTRUMENT ไม่มีแบบสอบถามของรอบนี้ใน data/instruments หรือแบบสอบถามผิด",
    LedgerBroken: "L-LEDGER สมุดคำรับรองไม่ต่อเนื่อง จึงไม่ทำอะไรกับการรับรอง - ตรวจไฟล์ที่ระบุกับสำเนาสำรอง",
    NotKept: "L-KEPT แฟ้มตัวเลขที่คำรับรองผูกไว้หายหรือถูกเปลี่ยน จึงเทียบกับคำรับรองเดิมไม่ได้ - คืนจากสำเนาสำรอง",
    LedgerBusy: "L-BUSY มีผู้อื่นกำลังบันทึกคำรับรอง - ลองใหม่",
    Withheld: "L-FAULT โปรแกรมผิดพลาด ไม่มีอะไรถูกเก็บครึ่งเดียว - แจ้งผู้ดูแลโปรแกรมพร้อมข้อความนี้ (ไม่มีข้อมูลบุคคล)",
    BrokenProcessPool: "L-KILLED งานย่อยถูกหยุดกลางคัน ไฟล์ที่ทำเสร็จแล้วใช้ได้ - ตรวจหน่วยความจำแล้วสั่งใหม่",
    duckdb.Error: "L-ENGINE ประมวลผลไม่สำเร็จ ไม่มีอะไรถูกเปลี่ยน - ตรวจเนื้อที่ดิสก์และหน่วยความจำ",
    OSError: "L-DISK อ่านหรือเขียนไฟล์ไม่ได้ ไม่มีอะไรถูกเก็บครึ่งเดียว - ตรวจเนื้อที่ดิสก์และสิทธิ์",
}


def told(error: Exception) -> str:
    """Code and Thai words for an error, and what it says itself (never content of a record)."""
    words = next(text for kind, text in TOLD.items() if isinstance(error, kind))
    return f"{words} ({error})"
