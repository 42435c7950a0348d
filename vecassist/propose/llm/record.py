"""Make a recording from answers in text files.

    python -m vecassist.propose.llm.record --replies FOLDER --out FILE.jsonl [--model NAME] FILE.c... [-- CFLAGS...]

FOLDER holds the answers as `Written` describes. Each loop of the C files that has answers gets an exchange for each
round; run it again whenever prompts, loops or answers change. What compilers said and what went wrong in a round
before is not known here, so later rounds are recorded for their site and round alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from vecassist.errors import UserError
from vecassist.model import Site, Unit
from vecassist.propose.llm.context import gather
from vecassist.propose.llm.prompt import build
from vecassist.propose.llm.protocol import ModelError
from vecassist.propose.llm.recorded import Exchange, Written
from vecassist.scan.sites import scan_unit

_MOST_ROUNDS = 16


def record(files: Sequence[Path], cflags: Sequence[str], written: Written) -> Iterator[Exchange]:
    """The exchanges for all loops of the files, in the order of the files. Raises UserError for a file that cannot
    be scanned."""
    for file in files:
        unit = Unit(file, Path.cwd(), "gcc", tuple(cflags))
        source = file.read_bytes()
        for site in scan_unit(unit).sites:
            yield from _exchanges(site, source, written)


def _exchanges(site: Site, source: bytes, written: Written) -> Iterator[Exchange]:
    context = gather(site, source)
    for number in range(_MOST_ROUNDS):
        request = build(site, context, written.model, number=number)
        try:
            exchange = Exchange.of(request, written.complete(request, 0))
        except ModelError:
            return
        yield exchange if number == 0 else replace(exchange, request="", messages=())


def main(arguments: Sequence[str]) -> int:
    """The command; its exit code is 0, or 2 for an error or an answer that belongs to no loop."""
    own, cflags = _split(arguments)
    parser = argparse.ArgumentParser(prog="python -m vecassist.propose.llm.record", description=__doc__)
    parser.add_argument("--replies", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--model", default="recorded", metavar="NAME", help="the model that gave the answers")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.c")
    options = parser.parse_args(own)
    written = Written(options.replies, options.model)
    try:
        exchanges = tuple(record(options.files, cflags, written))
    except (UserError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    options.out.write_text("".join(exchange.line() + "\n" for exchange in exchanges), "utf-8", newline="\n")
    unused = sorted(path.name for path in options.replies.glob("*.md") if path.name not in written.used)
    for exchange in exchanges:
        sys.stdout.write(
            f"{exchange.place} round {exchange.round + 1}: {len(exchange.reply.text)} characters\n"
        )
    for name in unused:
        sys.stderr.write(f"error: {options.replies / name} belongs to no loop of the files\n")
    return 2 if unused else 0


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return list(arguments), []
    position = list(arguments).index("--")
    return list(arguments[:position]), list(arguments[position + 1 :])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
