"""Coverage-guided fuzzing of the splitter and the readers of text: `make fuzz`, or this file as a program.

The first byte of an input chooses the format, the rest are the bytes of the file. Arguments are those of libFuzzer.
"""

import sys
import tempfile
from pathlib import Path

import atheris

# The splitter is left out: atheris 2.3 breaks a slice of its walker (TypeError from a comparison with a sum in it).
with atheris.instrument_imports(include=["jpt_pipeline.intake"], exclude=["jpt_pipeline.intake.splitter"]):
    from tests.fuzz.oracle import read_any, seeds, split_any_way

NAMES = ("a.ndjson", "a.json", "a.csv")


def one_input(data: bytes) -> None:
    """One input of the fuzzer. Raises where the oracle does."""
    if len(data) < 2:
        return
    split_any_way(data[1:])
    read_any(NAMES[data[0] % len(NAMES)], data[1:])


def write_seeds(folder: Path) -> None:
    """The corpus to begin with: right files, each behind the byte of its format."""
    for name, content in seeds().items():
        place = NAMES.index(f"a{Path(name).suffix}")
        (folder / name).write_bytes(bytes([place]) + content)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder))
        atheris.Setup([sys.argv[0], "-max_len=8192", "-timeout=20", *sys.argv[1:], folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
