"""Reading assembly listings: functions, loops, source lines, and which instructions work on whole vectors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

_FILE = re.compile(r'^[ \t]*\.file[ \t]+(\d+)[ \t]+(?:"([^"\n]*)"[ \t]+)?"([^"\n]*)"', re.MULTILINE)
_LOC = re.compile(r"^[ \t]*\.loc[ \t]+(\d+)[ \t]+(\d+)", re.MULTILINE)
_TYPE = re.compile(r"^[ \t]*\.type[ \t]+([^\s,]+)[ \t]*,[ \t]*[@%]function", re.MULTILINE)
_GLOBAL = re.compile(r"^(?!\.L)([.\w$]+):", re.MULTILINE)
_END = re.compile(r"^[ \t]*\.(?:size|cfi_endproc)\b", re.MULTILINE)
_LABEL = re.compile(r"([.\w$]+):")
_JUMP = re.compile(r"(?:j[a-z]+|b|b\.\w+|b(?:eq|ne|lt|gt|le|ge|hi|lo|hs|ls|mi|pl|cc|cs)|cbn?z|tbn?z)$")
_TARGET = re.compile(r"(\.L\w+)\s*$")


class Work(Enum):
    """What an instruction says about vectorization."""

    NONE = 0
    FLOAT = 1  # arithmetic on several floats at once
    INT = 2  # arithmetic on several integers at once, or a scalar kept in a vector register
    LOGIC = 3  # bit operations, blends, conversions: also used for scalars
    SHUFFLE = 4  # lanes are moved or widened
    MEMORY = 5  # a whole vector is read from or written to memory other than the stack and constants
    SCALAR = 6  # arithmetic on one float


@dataclass(frozen=True, slots=True)
class Instruction:
    """line: source line in the unit's own file, 0 for other files and for code without a place."""

    text: str
    line: int
    work: Work
    label: str = ""
    jump: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Instructions by function, in the order of the listing; lines: source lines of the unit's own file in each."""

    functions: Mapping[str, tuple[Instruction, ...]]
    lines: Mapping[str, frozenset[int]]

    def bodies(self, function: str) -> Iterable[tuple[Instruction, ...]]:
        """The code of `function` and of its clones; of all functions where it was inlined away."""
        return [self.functions[name] for name in self._named(function)]

    def bodies_on(self, function: str, first: int, last: int) -> Iterable[tuple[Instruction, ...]]:
        """Those of `bodies` that have code of source lines first..last."""
        return [self.functions[name] for name in self._named(function) if self._has(name, first, last)]

    def on(self, line: int) -> Iterable[tuple[Instruction, ...]]:
        """The functions that have code of a source line."""
        return [self.functions[name] for name in self.functions if line in self.lines[name]]

    def _named(self, function: str) -> list[str]:
        return [name for name in self.functions if name.split(".")[0] == function] or list(self.functions)

    def _has(self, name: str, first: int, last: int) -> bool:
        return not self.lines[name].isdisjoint(range(first, last + 1))


class _Read(Mapping[str, tuple[Instruction, ...]]):
    """Functions read when they are asked for: most of a listing is of no interest."""

    def __init__(self, texts: Mapping[str, str], own: frozenset[str]) -> None:
        self._texts, self._own = texts, own
        self._read: dict[str, tuple[Instruction, ...]] = {}

    def __getitem__(self, name: str) -> tuple[Instruction, ...]:
        if name not in self._read:
            self._read[name] = tuple(_instructions(name, self._texts[name], self._own))
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


_X86_FLOAT = re.compile(
    r"(add|sub|mul|div|min|max|sqrt|rsqrt\d*|rcp\d*|hadd|hsub|addsub|dp|cmp\w*|round|rndscale|scalef)p[sd]"
    r"|fn?m(add|sub|addsub|subadd)(\d{3})?p[sd]"
)
_X86_INT = re.compile(
    r"p(add|sub|mull|mulh|mul|madd|sad|avg|min|max|abs|cmpeq|cmpgt|cmp|sll|srl|sra|sign|hadd|hsub|rol|ror"
    r"|popcnt|lzcnt|dpb|dpw)[a-z0-9]*"
)
_X86_LOGIC = re.compile(
    r"(and|andn|or|xor)p[sd]|p(and|andn|or|xor|ternlog)[dq]?|blendv?p[sd]|blendmp[sd]|pblend\w+"
    r"|cvtt?\w*(dq|qq|p[sdh])2\w+"
)
_X86_SHUFFLE = re.compile(
    r"(shuf|unpck[lh])p[sd]|p(shuf|unpck|pack|ack|insr|extr|alignr|erm|mov[sz]x|broadcast)\w*|perm\w+"
    r"|insert\w+|extract\w+|broadcast\w+|p?gather\w+|p?scatter\w+|movm?sk\w*|pmovmskb|mov[lh]{2}ps|mov[lh]p[sd]"
)
_X86_SCALAR = re.compile(r"(add|sub|mul|div|min|max|sqrt|cmp\w*|fn?m(add|sub)(\d{3})?)s[sd]")
_X86_MOVE = re.compile(
    r"mov(aps|ups|apd|upd|dqa|dqu|dqa32|dqa64|dqu8|dqu16|dqu32|dqu64|ntps|ntpd|ntdq)|lddqu"
)
_X86_MEMORY = re.compile(r"(?<![\w.])(?:-?\w+)?\((?!%rip|%eip|%rsp|%esp|%rbp\))[^)]*\)")
_X86_ROWS = (
    (_X86_FLOAT, Work.FLOAT),
    (_X86_LOGIC, Work.LOGIC),
    (_X86_SHUFFLE, Work.SHUFFLE),
    (_X86_INT, Work.INT),
)
_ARM_VECTOR = re.compile(r"\bv\d+\.(16b|8b|8h|4h|4s|2s|2d)\b|\bz\d+\.[bhsd]\b")
_ARM_FLOAT = re.compile(
    r"f(add|sub|mul|mla|mls|div|sqrt|min|max|minnm|maxnm|abs|abd|neg|mulx|cm\w\w|mad|msb|nml\w|addp)"
)
_ARM_INT = re.compile(
    r"(add|sub|mul|mla|mls|neg|abs|[su]?(min|max|abd|aba|hadd|rhadd|qadd|qsub)|cm\w\w|shl|[su]sh[lr]|[su]sra|shrn"
    r"|[su](add|sub|mul|mla|mls)[lw]2?|[su]dot|[su]adalp|[su]addlp|sshll2?|ushll2?|lsl|lsr|asr)"
)
_ARM_LOGIC = re.compile(r"(and|orr|eor|bic|orn|mvn|not|bsl|bit|bif|[su]cvtf|fcvt\w*|xtn2?|sel)")
_ARM_SHUFFLE = re.compile(r"(zip|uzp|trn|ext|dup|rev|tbl|ins)\w*")
_ARM_ROWS = (
    (_ARM_FLOAT, Work.FLOAT),
    (_ARM_INT, Work.INT),
    (_ARM_LOGIC, Work.LOGIC),
    (_ARM_SHUFFLE, Work.SHUFFLE),
)


def _same_register(operands: str) -> bool:
    """Zero or all ones made out of a register and itself: an idiom, no arithmetic."""
    registers = re.findall(r"%[xyz]mm\d+", operands)
    return len(registers) >= 2 and registers[0] == registers[1] and "(" not in operands


def _x86_work(mnemonic: str, operands: str) -> Work:
    if "mm" not in operands:
        return Work.NONE
    name = mnemonic.removeprefix("v")
    if _X86_MOVE.fullmatch(name):
        return Work.MEMORY if _X86_MEMORY.search(operands) else Work.NONE
    if name == "movq" or (name in ("movlps", "movhps") and _X86_MEMORY.search(operands)):
        # Half a register is how gcc moves its 8-byte vectors.
        return Work.SHUFFLE if _X86_MEMORY.search(operands) else Work.NONE
    if _X86_SCALAR.fullmatch(name):
        return Work.SCALAR
    for pattern, work in _X86_ROWS:
        if pattern.fullmatch(name):
            return Work.NONE if _same_register(operands) else work
    return Work.NONE


def reads_array(text: str) -> bool:
    """Whether an x86 instruction has an operand in memory other than the stack and constants."""
    return bool(_X86_MEMORY.search(text))


def _arm_work(mnemonic: str, operands: str) -> Work:
    if mnemonic in ("ldr", "str", "ldp", "stp", "ldur", "stur") and re.match(r"q\d+", operands):
        return Work.NONE if "[sp" in operands or ":lo12:" in operands else Work.MEMORY
    if not _ARM_VECTOR.search(operands):
        return Work.SCALAR if _ARM_FLOAT.fullmatch(mnemonic) and re.match(r"[sd]\d", operands) else Work.NONE
    if re.fullmatch(r"(ld|st)[1-4][bhwd]?", mnemonic):
        return Work.MEMORY
    for pattern, work in _ARM_ROWS:
        if pattern.fullmatch(mnemonic):
            return work
    return Work.NONE


def work_of(text: str) -> Work:
    """What one instruction of x86 (AT&T syntax) or AArch64 does to vectors."""
    mnemonic, _, operands = text.partition("\t") if "\t" in text else text.partition(" ")
    operands = operands.strip()
    return _x86_work(mnemonic, operands) if "%" in operands else _arm_work(mnemonic, operands)


def read_listing(text: str, unit: str) -> Listing:
    """Parse a listing made with -S -g1. unit: the source file's name, as the compile command spells it."""
    base = unit.rsplit("/", 1)[-1]
    own = frozenset(number for number, _, name in _FILE.findall(text) if name.rsplit("/", 1)[-1] == base)
    texts = dict(_functions(text))
    lines = {
        name: frozenset(int(line) for number, line in _LOC.findall(body) if number in own)
        for name, body in texts.items()
    }
    return Listing(_Read(texts, own), lines)


def _functions(text: str) -> Iterator[tuple[str, str]]:
    """(name, what follows its label) of each function."""
    known = set(_TYPE.findall(text))
    done = 0
    for found in _GLOBAL.finditer(text):
        if found.start() >= done and found[1] in known:
            end = _END.search(text, found.end())
            done = end.start() if end else len(text)
            yield found[1], text[found.end() : done]


def _instructions(function: str, text: str, own: frozenset[str]) -> Iterator[Instruction]:
    line = 0
    yield Instruction("", line, Work.NONE, label=function)
    for raw in text.splitlines():
        stripped = raw.split("#", 1)[0].strip() if "%" in raw else raw.strip()
        if not stripped:
            continue
        if stripped.startswith("."):
            loc = _LOC.match(raw)
            if loc:
                line = int(loc.group(2)) if loc.group(1) in own else 0
                continue
        if _LABEL.match(stripped):
            yield Instruction("", line, Work.NONE, label=stripped.split(":", 1)[0])
        elif not stripped.startswith("."):
            mnemonic = stripped.split(None, 1)[0]
            target = _TARGET.search(stripped) if _JUMP.match(mnemonic) else None
            jump = target.group(1) if target else ""
            yield Instruction(stripped, line, work_of(stripped), jump=jump)


def loops(body: tuple[Instruction, ...]) -> tuple[tuple[Instruction, ...], ...]:
    """The innermost loops: stretches from a label to a jump back to it that hold no smaller such stretch."""
    place = {one.label: index for index, one in enumerate(body) if one.label}
    spans: set[tuple[int, int]] = set()
    for index, one in enumerate(body):
        start = place.get(one.jump, index + 1)
        if one.jump and start <= index:
            spans.add((start, index))
    inner: list[tuple[int, int]] = []
    least = len(body)
    for start, end in sorted(spans, key=lambda span: (-span[0], span[1])):
        # All that begin within it have been seen: it is innermost if it ends before each of them does.
        if end < least:
            inner.append((start, end))
            least = end
    return tuple(body[start : end + 1] for start, end in sorted(inner))


def lane_by_lane(loop: Iterable[Instruction]) -> bool:
    """Whether a loop does most of its float arithmetic on single lanes, be they loaded as vectors or not."""
    works = [one.work for one in loop]
    return works.count(Work.SCALAR) > works.count(Work.FLOAT) + works.count(Work.INT)
