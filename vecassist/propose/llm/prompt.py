"""A site and what is known about it as messages to a model. Equal input gives equal text, byte by byte."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal

from vecassist.model import CompilerView, Site
from vecassist.propose.llm.context import Context, shown
from vecassist.propose.llm.protocol import Message, Request, Subject
from verify.verdict import Counterexample

LONGEST_REGION = 16_000
_LONGEST_DETAIL = 4_000
_LONGEST_VALUE = 300
_MOST_VALUES = 24
_MOST_TRIED = 4
_LONGEST_TRIED = 300
_FOLDERS = re.compile(
    r"(?<![\w.*)\]/])(?:\.{0,2}/)(?:[\w.+@~-]+/)*(?=[\w.+@~-])|(?<![\w\\])[A-Za-z]:\\(?:[\w. +-]+\\)*"
)

Kind = Literal["compile", "refused", "refuted", "unknown", "scalar", "unmeasured", "slower", "unreadable"]

# A failure further down the line says more about how to get it right.
PROGRESS: tuple[Kind, ...] = (
    "unreadable",
    "refused",
    "compile",
    "refuted",
    "unknown",
    "scalar",
    "unmeasured",
    "slower",
)

_PROMPTS = (
    "system",
    "system-plain",
    "system-needs",
    "rules",
    "question",
    "retry",
    "earlier",
    *(f"failed-{kind}" for kind in PROGRESS),
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """Why a candidate was not taken, in words that help to make a better one.

    kind: "compile" (detail: the compiler's first error), "refused" (a rule of `check_replacement`),
    "refuted" (a counterexample in C terms, see `counterexample`), "unknown" (why it was not proved),
    "scalar" (what the compilers say about the rewrite), "unmeasured" (why not), "slower" (the measured
    ratio), "unreadable" (nothing usable in the answer).
    """

    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model is asked. rounds: questions about one site at most, the first one counted; intrinsics: whether it
    may ask for what plain C has not."""

    answer_tokens: int = 4096
    temperature: float | None = None
    rounds: int = 3
    intrinsics: bool = False


USUAL_ASKING = Asking()


@dataclass(frozen=True, slots=True)
class Failure:
    """The last round: what the model answered, as text, and why it was not taken; and short notes on other
    attempts."""

    answer: str
    feedback: Feedback
    earlier: tuple[str, ...] = ()


def build(
    site: Site,
    context: Context,
    model: str,
    asking: Asking = USUAL_ASKING,
    number: int = 0,
    failure: Failure | None = None,
    tried: Sequence[str] = (),
) -> Request:
    """The request of round `number`; `failure` is that of the round before; `tried` tells in a line each what others
    offered and why it was not taken."""
    language = _prompt("system-needs" if asking.intrinsics else "system-plain").template.rstrip()
    system = _prompt("system").substitute(language=language)
    messages = [Message("system", system), Message("user", _question(site, context, tried))]
    if failure is not None:
        messages.append(Message("assistant", failure.answer))
        messages.append(Message("user", _retry(failure)))
    subject = Subject(site.key, f"{site.file.name}:{site.function}", number, prompts_digest())
    return Request(model, tuple(messages), asking.answer_tokens, subject, asking.temperature)


def too_long(site: Site) -> str | None:
    """Why a site is not given to a model, None if it is short enough."""
    if len(site.text) <= LONGEST_REGION:
        return None
    return f"the region has {len(site.text):,} characters; up to {LONGEST_REGION:,} are sent to a model"


def counterexample(found: Counterexample, reason: str = "") -> Feedback:
    """A counterexample as feedback."""
    lines = [reason.strip()] if reason.strip() else []
    lines += ["Inputs:", *_values(found.inputs.items())]
    lines += ["The original gives:", *_values(found.before.items())]
    lines += ["The replacement gives:", *_values(found.after.items())]
    return Feedback("refuted", "\n".join(lines))


_KIND_OF_CODE: dict[str, Kind] = {
    "not-allowed": "refused",
    "compiler-dependent": "refused",
    "does-not-compile": "compile",
    "refuted": "refuted",
    "not-vectorized": "scalar",
    "unmeasurable": "unmeasured",
    "not-faster": "slower",
    "slower-elsewhere": "slower",
}


def feedback_on(code: str, reason: str, found: Counterexample | None = None) -> Feedback:
    """Feedback from a stable reason code and its line of words; a code that is not known here is why no proof
    was found."""
    if found is not None:
        return counterexample(found, reason)
    return Feedback(_KIND_OF_CODE.get(code, "unknown"), reason)


def still_scalar(views: Sequence[CompilerView]) -> Feedback:
    """What compilers say about a rewrite that they do not vectorize, as feedback."""
    return Feedback("scalar", _views(views))


def slower(ratio: float, needed: float) -> Feedback:
    """A measurement as feedback. ratio: time before divided by time after; needed: the least that is
    accepted."""
    return Feedback(
        "slower", f"It runs {ratio:.2f} times as fast as the original; at least {needed:.2f} is needed."
    )


def code_block(text: str) -> str:
    """C text in a fence that nothing in the text can close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}c\n{text}\n{marks}"


def render(request: Request) -> str:
    """A request as text for people: what would be sent, and nothing else."""
    head = f"model {request.model}, at most {request.max_tokens} tokens of answer"
    return "\n".join(
        [head, *(f"--- {message.role}\n{message.content.rstrip()}" for message in request.messages)]
    )


@cache
def prompts_digest() -> str:
    """Digest of all prompt texts, short: changes when any of them does."""
    whole = "\0".join(_prompt(name).template for name in _PROMPTS)
    return hashlib.sha256(whole.encode("utf-8")).hexdigest()[:16]


@cache
def _prompt(name: str) -> Template:
    text = files("vecassist.propose.llm").joinpath("prompts", f"{name}.md").read_text("utf-8")
    return Template(text.replace("\r\n", "\n"))


def _question(site: Site, context: Context, tried: Sequence[str]) -> str:
    signature = context.signature or context.function or site.function
    question = _prompt("question").substitute(
        signature=code_block(signature),
        declarations=code_block("\n".join(context.declarations)) if context.declarations else "None found.",
        region=code_block(_flush(shown(site.text))),
        compilers=_views(site.views),
        flags=" ".join(context.flags) or "none",
    )
    if not tried:
        return question
    lines = (
        f"- {_cut(_without_folders(' '.join(line.split())), _LONGEST_TRIED)}" for line in tried[-_MOST_TRIED:]
    )
    return question + "\n" + _prompt("rules").substitute(attempts="\n".join(lines))


def _flush(region: str) -> str:
    """A region starts within its line, so its other lines alone carry the indentation."""
    first, newline, rest = region.partition("\n")
    return first + newline + textwrap.dedent(rest)


def _views(views: Sequence[CompilerView]) -> str:
    if not views:
        return "Nothing is known."
    lines = (
        f"- {view.compiler}: "
        + ("vectorized" if view.vectorized else f"not vectorized: {view.reason or 'no reason given'}")
        for view in sorted(views, key=lambda view: view.compiler)
    )
    return "\n".join(lines)


def _retry(failure: Failure) -> str:
    detail = _cut(_without_folders(failure.feedback.detail.strip()), _LONGEST_DETAIL)
    sections = [_prompt(f"failed-{failure.feedback.kind}").substitute(detail=detail)]
    if failure.earlier:
        notes = "\n".join(f"- {_without_folders(note)}" for note in failure.earlier)
        sections.append(_prompt("earlier").substitute(attempts=notes))
    sections.append(_prompt("retry").template)
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _values(items: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"  {name} = {_cut(value, _LONGEST_VALUE)}" for name, value in items]
    if len(lines) > _MOST_VALUES:
        return [*lines[:_MOST_VALUES], f"  and {len(lines) - _MOST_VALUES} more"]
    return lines or ["  nothing"]


def _without_folders(text: str) -> str:
    """Where files lie on this machine is nobody's business: of a path only the file's name is left."""
    return _FOLDERS.sub("", text)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
