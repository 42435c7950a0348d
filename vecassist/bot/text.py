"""The text of a pull request: what is claimed, on what it rests, how to check it, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from vecassist.bot.forge import LONGEST
from vecassist.bot.proposal import Proposal, proof_digest
from vecassist.bot.targets import TargetProof
from vecassist.decide import SLOWER
from vecassist.deliver.diff import unified
from vecassist.deliver.edits import FileChange
from vecassist.figures import span
from vecassist.store.entry import Entry, Measurement

_MARK = re.compile(r"<!-- vecassist:v1 id=([0-9a-f]+) proof=([0-9a-f]+) -->")
_CUT = "\n\n*The rest is left out: the text is at the limit of the forge.*\n"


def ident_in(body: str) -> str | None:
    """The identity of the loop that a pull request's text is about; None where it is none of ours."""
    found = _MARK.search(body)
    return found[1] if found else None


def title(entry: Entry) -> str:
    """One line: file, function, gain, and the compiler and flags with which it was measured."""
    name, made = _own(entry)
    gain = f"{made.speedup['ratio']:.1f}x, " if made is not None and made.speedup else ""
    flags = " ".join(flag for flag in _args(entry) if flag.startswith(("-O", "-march=", "-mavx", "-mcpu=")))
    where = f"{name} {flags}".strip()
    return f"perf({Path(entry.file).name}): vectorize loop in {entry.function} ({gain}{where})"[:250]


def _own(entry: Entry) -> tuple[str, Measurement | None]:
    """The compiler of the first command: measurements start with it."""
    first = next(iter(entry.measurements.items()), None)
    return first if first is not None else (entry.proofs[0].command.compiler, None)


def _args(entry: Entry) -> Sequence[str]:
    return entry.proofs[0].command.args


def message(entry: Entry) -> str:
    """The message of the commit."""
    return (
        f"{title(entry)[:72]}\n\nProved equivalent for all inputs under {len(entry.proofs)} compile command"
        f"{'' if len(entry.proofs) == 1 else 's'}; the proof is recorded in .vecassist/{entry.name}."
    )


def body(proposal: Proposal, root: Path) -> str:
    """The whole text. It is cut where the forge takes no more; the mark that identifies it stands first."""
    entry = proposal.entry
    mark = f"<!-- vecassist:v1 id={proposal.ident} proof={proof_digest(entry)} -->"
    sections = [
        _claim(entry),
        "## Proved\n\n" + "\n".join(_proved(proposal)),
        "## Check it\n\n" + _check(proposal),
        "## Measured\n\n" + "\n".join(_measured(proposal)),
        "## What compilers say\n\n" + "\n".join(_remarks(proposal)),
        "## Where it comes from\n\n" + "\n".join(_origin(entry)),
        *_assembly(proposal, root),
    ]
    text = mark + "\n" + "\n\n".join(sections) + "\n"
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT


def _claim(entry: Entry) -> str:
    gains = [
        f"{made.speedup['ratio']:.2f}x with {_code(name)}"
        for name, made in entry.measurements.items()
        if made.speedup
    ]
    faster = f", and it runs {' and '.join(gains)}" if gains else ""
    return (
        f"The loop in {_code(f'{entry.function}()')} ({_code(f'{entry.file}:{entry.line}')}) is rewritten so that "
        f"the compiler vectorizes it{faster}. The rewrite is **proved to do the same as the original** for all trip "
        "counts, all contents and all aliasing that the C text permits."
    )


def _proved(proposal: Proposal) -> Iterator[str]:
    entry = proposal.entry
    for proof in entry.proofs:
        command = " ".join((proof.command.compiler, *proof.command.args))
        yield f"- {_code(command)} in {_code(proof.command.directory)}: proved, {_words(proof.strategy)}"
    assumptions = sorted({name for proof in entry.proofs for name in proof.assumptions})
    if assumptions:
        yield f"- **Under these assumptions:** {', '.join(map(_code, assumptions))}"
    else:
        yield "- No assumption was granted beyond what C and the flags say."
    if proposal.targets:
        yield "- Further targets that `vecassist.toml` names:"
        yield from (f"  - {_target(one)}" for one in proposal.targets)
    yield "- Nothing is proved for any other target, compile command or set of flags."
    versions = dict(entry.proofs[0].versions)
    told = ", ".join(f"{_words(name)} {_words(version)}" for name, version in sorted(versions.items()))
    yield f"- The proof rests on: {told}. Rules of the proof are listed in the entry."


def _target(one: TargetProof) -> str:
    note = f" ({one.note})" if one.note else ""
    why = _words(one.reason.removeprefix("not proved: "))
    said = f"proved{note}" if one.proved else f"**not proved**: {why}"
    return f"{_code(one.target)}: {said}"


def _check(proposal: Proposal) -> str:
    return (
        "On a checkout of this branch, without a model and without a network:\n\n"
        "    vecassist audit --reprove\n\n"
        f"The rewrite, its proof and its figures are recorded in {_code(f'.vecassist/{proposal.entry.name}')}. "
        f"`vecassist revert {proposal.entry.name.removesuffix('.json')}` takes it out again."
    )


def _measured(proposal: Proposal) -> Iterator[str]:
    entry = proposal.entry
    names = [name for name, made in entry.measurements.items() if made.speedup]
    if not names:
        yield "Not timed."
        return
    on = f" on {_words(proposal.processor)}" if proposal.processor else ""
    flags = " ".join(_args(entry))
    yield f"Both versions in one process, interleaved, with {_code(flags)}{on}. Time before divided by time after:"
    yield ""
    yield "| | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * len(names)
    overall: list[str] = []
    for name in names:
        gain = entry.measurements[name].speedup or {}
        overall.append(f"**{gain['ratio']:.2f}x** ({span(gain['low'], gain['high'])})")
    yield "| the size that decides (95 % interval) | " + " | ".join(overall) + " |"
    sizes = sorted({int(size) for name in names for size in entry.measurements[name].by_size})
    for size in sizes if len(sizes) > 1 else ():
        cells = [_cell(entry.measurements[name].by_size.get(str(size))) for name in names]
        yield f"| size {size} | " + " | ".join(cells) + " |"
    losing = sorted(
        {
            int(size)
            for name in names
            for size, ratio in entry.measurements[name].by_size.items()
            if ratio < 1 - SLOWER
        }
    )
    yield ""
    if losing:
        yield f"**Slower at these sizes:** {', '.join(map(str, losing))}."
    else:
        yield "At no measured size is it slower by more than 2 %."
    if len(sizes) > 1:
        yield "A size is the value of the parameters that the loop's length depends on, mostly its trip count."


def _cell(ratio: float | None) -> str:
    if ratio is None:
        return ""
    if ratio < 1 - SLOWER:
        return f"{ratio:.2f}x, slower"
    return f"{ratio:.2f}x" if ratio > 1 + SLOWER else f"{ratio:.2f}x, no gain"


def _remarks(proposal: Proposal) -> Iterator[str]:
    yield "| compiler | before | after | machine code vectorized |"
    yield "|---|---|---|---|"
    for one in proposal.seen:
        made = proposal.entry.measurements.get(one.compiler)
        code = (
            "unknown" if made is None else f"{_yes(made.vectorized_before)} → {_yes(made.vectorized_after)}"
        )
        yield f"| {one.compiler} | {_words(one.remarks[0])} | {_words(one.remarks[1])} | {code} |"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _origin(entry: Entry) -> Iterator[str]:
    if entry.proposer == "rules":
        yield f"A built-in rule, {_code(entry.rule)}: `vecassist explain {_words(entry.rule)}` explains it."
    else:
        yield f"A language model: {_code(entry.rule or entry.proposer)}. Its text was untrusted until it was proved."
    yield f"Tokens: {entry.tokens}. Cost: {entry.cost_usd:.4f} US dollars."
    if entry.note:
        yield ""
        yield _fenced(entry.note)


def _assembly(proposal: Proposal, root: Path) -> Iterator[str]:
    change = FileChange(root / proposal.entry.file, proposal.before, proposal.after)
    yield _folded("The change", _fenced(unified([change], root).decode("utf-8", "replace"), "diff"))
    for one in proposal.seen:
        for when, text in zip(("before", "after"), one.assembly, strict=True):
            shown = _fenced(text, "asm") if text else "No loop is left on these lines."
            yield _folded(f"Machine code of {one.compiler} {when}", shown)


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _fenced(text: str, language: str = "") -> str:
    """A block of text that cannot end its own fence."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _code(text: str) -> str:
    """A code span that nothing in the text can end, on one line."""
    flat = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    if not longest:
        return f"`{flat}`"
    tick = "`" * (longest + 1)
    return f"{tick} {flat} {tick}"


def _words(text: str) -> str:
    """Plain words: nothing in them is markup, a mention or a link."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|@~])", r"\\\1", " ".join(text.split()))
