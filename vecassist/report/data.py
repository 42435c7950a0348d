"""What a report shows, as plain values that a file of JSON holds."""

from __future__ import annotations

import json
import types
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from vecassist.errors import UserError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a source, by its number in the file. inside: in the region that is rewritten."""

    number: int
    text: str
    inside: bool


@dataclass(frozen=True, slots=True)
class Code:
    """One line of machine code. line: of the source, 0 for none; label: no instruction; vector: it works on whole
    vectors."""

    text: str
    line: int
    label: bool
    vector: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a compiler says about the loop and makes of it. reason: "" where it vectorizes. cut: lines left out."""

    vectorized: bool
    reason: str
    code: tuple[Code, ...]
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """Time before divided by time after at one size, with its 95 % interval."""

    size: int
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Compiler:
    """One compiler. after: None where there is no rewrite to show. gain: at the size that decides, None where it was
    not timed."""

    name: str
    before: Seen
    after: Seen | None
    gain: Point | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof under one compile command. certificate: JSON text."""

    command: str
    strategy: str
    assumptions: tuple[str, ...]
    certificate: str
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One name of a counterexample; "" where a side says nothing of it."""

    name: str
    given: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate and where it ended. stage: "accepted", or what it did not pass."""

    proposer: str
    rule: str
    note: str
    stage: str
    reason: str
    code: str
    verdict: str
    text: str
    counterexample: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question to a model and its answer. messages: (role, text)."""

    model: str
    messages: tuple[tuple[str, str], ...]
    reply: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop. heat: its share of the run time as measured, None where nobody measured it; shown: whose rewrite
    stands under `after`, an index into the attempts, -1 for none."""

    file: str
    function: str
    line: int
    status: str
    reason: str
    code: str
    heat: float | None
    seconds: float
    tokens: int
    cost_usd: float
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    shown: int
    compilers: tuple[Compiler, ...]
    proofs: tuple[Proof, ...]
    attempts: tuple[Attempt, ...]
    turns: tuple[Turn, ...]

    @property
    def gain(self) -> Point | None:
        """With the compiler of the loop's own command, which comes first."""
        return self.compilers[0].gain if self.compilers else None


@dataclass(frozen=True, slots=True)
class Report:
    """A run: what it was about, with which tools, and its loops in the order of files and lines."""

    title: str
    version: str
    tools: tuple[str, ...]
    loops: tuple[Loop, ...]


def to_json(report: Report) -> str:
    """The report as JSON: the same report gives the same text."""
    return json.dumps({"format": FORMAT, **asdict(report)}, indent=1, ensure_ascii=True) + "\n"


def from_json(text: str, name: str) -> Report:
    """Read a report. Raises UserError where it is damaged or of another format."""
    try:
        body = json.loads(text)
        if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
            raise UserError(
                f"{name}: not a run that this version can show; run `vecassist optimize --report` again"
            )
        return cast("Report", _read(Report, body))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{name}: damaged ({error}); run `vecassist optimize --report` again") from None


def _read(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(kind) if one is not type(None))
        return None if value is None else _read(inner, value)
    if origin is tuple:
        return _tuple(get_args(kind), value)
    if is_dataclass(kind):
        if not isinstance(value, dict):
            raise TypeError(f"{value!r:.40} where an object is needed")
        hints, given = get_type_hints(kind), cast("dict[str, Any]", value)
        make = cast("Any", kind)
        return make(**{one.name: _read(hints[one.name], given[one.name]) for one in fields(kind)})
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} where {kind.__name__} is needed")
    return value


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} where a list is needed")
    items = cast("list[Any]", value)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], one) for one in items)
    if len(kinds) != len(items):
        raise TypeError(f"{len(items)} values where {len(kinds)} are needed")
    return tuple(_read(one, item) for one, item in zip(kinds, items, strict=True))
