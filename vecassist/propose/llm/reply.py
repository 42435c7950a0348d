"""What a model answered, read as replacements for a region. An answer may be any text: nothing is assumed."""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from dataclasses import dataclass, replace
from typing import cast

from vecassist.model import NOTHING_NEEDED, Needs
from vecassist.propose.llm.context import NO_CONTEXT, Context, shown
from vecassist.propose.llm.ctext import (
    BadText,
    Definition,
    Token,
    all_tokens,
    balanced_end,
    contains,
    definitions,
    partners,
    spelling,
    statement_end,
    statements,
    tokens,
)
from vecassist.propose.llm.needs import read_needs

LONGEST_REPLY = 256 * 1024
LONGEST_CODE = 32 * 1024
MOST_CANDIDATES = 8

_THINKING = re.compile(r"<(/?)(?:think|thinking|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(
    r"^[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(?P<marks>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*)[^`\n]*$"
)
_C_LANGUAGES = {
    "",
    "c",
    "h",
    "c89",
    "c99",
    "c11",
    "c17",
    "c23",
    "cpp",
    "c++",
    "cc",
    "cxx",
    "code",
    "text",
    "plaintext",
}
_BARE_START = re.compile(r"^[ \t]*(?:(?:for|while|if|switch)[ \t]*\(|do\b|\{|#[ \t]*pragma\b)", re.MULTILINE)
_LEFT_OUT = re.compile(
    r"(?:\.\.\.|…)\s*\**/?\s*$"
    r"|(?:\.\.\.|…).*\b(?:rest|remain|same|unchanged|existing|original|omitted|before|above)",
    re.IGNORECASE | re.DOTALL,
)
_JSON_KEYS = ("replacement", "replacements", "candidates", "candidate", "code", "rewrite", "rewrites")


@dataclass(frozen=True, slots=True)
class Offer:
    """A replacement and what it asks for."""

    text: str
    needs: Needs = NOTHING_NEEDED


@dataclass(frozen=True, slots=True)
class Reading:
    """offers: replacements in the order of the answer, each one C statement in the encoding of `Site.text`.
    reasons: one line for each part of the answer that gave none; there is one at least where offers is empty.
    declined: the answer is in order, but offers nothing: no code, or only the original."""

    offers: tuple[Offer, ...]
    reasons: tuple[str, ...] = ()
    declined: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(offer.text for offer in self.offers)


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    text: str
    cut: bool = False
    needs: str = ""
    helper: str = ""


def read_reply(
    reply: str | bytes, region: str, context: Context = NO_CONTEXT, intrinsics: bool = False
) -> Reading:
    """Read an answer about `region` (`Site.text`). intrinsics: whether it may ask for what plain C has not. Never
    raises: whatever cannot be used becomes a reason."""
    if len(reply) > LONGEST_REPLY:
        return Reading(
            (), (f"the answer is too long: {len(reply):,} characters, {LONGEST_REPLY:,} are read",)
        )
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text, open_end = _without_thinking(text)
    if open_end and not text.strip():
        return Reading(
            (), ("the answer breaks off while the model is thinking; a larger answer limit may help",)
        )
    blocks = _json_blocks(text) or _asked(_fenced(text)) or _bare(text)
    if not blocks:
        return Reading((), (_refusal(text),), declined=bool(text.strip()))
    return _read_blocks(blocks, region, context, intrinsics)


def _without_thinking(text: str) -> tuple[str, bool]:
    """The text without the thoughts that some models send along, and whether the last one has no end. Some servers
    send only the mark at the end."""
    kept: list[str] = []
    position, inside = 0, False
    for match in _THINKING.finditer(text):
        if match[1]:
            kept = kept if inside else []
            position, inside = match.end(), False
        elif not inside:
            kept.append(text[position : match.start()])
            inside = True
    if not inside:
        kept.append(text[position:])
    return "".join(kept), inside


def _read_blocks(blocks: tuple[_Block, ...], region: str, context: Context, intrinsics: bool) -> Reading:
    offers: dict[tuple[str, ...], Offer] = {}
    reasons: list[str] = []
    repeated = False
    original = spelling(tokens(shown(region)))
    for block in blocks:
        try:
            text = _replacement(block, context)
            said = spelling(tokens(text))
            if said == original:
                repeated = True
            elif len(blocks) > 1 and contains(original, said):
                continue
            elif len(offers) < MOST_CANDIDATES:
                needs = read_needs(block.needs, block.helper)
                if needs and not intrinsics:
                    raise BadText("the answer asks for more than plain C, which is not allowed here")
                offers.setdefault((needs.helper, *said), Offer(stored(text, region), needs))
            else:
                reasons.append(f"more than {MOST_CANDIDATES} candidates; the rest is not read")
                break
        except BadText as error:
            reasons.append(f"{error} (the code block was not closed)" if block.cut else str(error))
    if not offers and not reasons:
        words = "repeats" if repeated else "only quotes"
        return Reading((), (f"the answer {words} the original",), declined=True)
    return Reading(tuple(offers.values()), tuple(dict.fromkeys(reasons)))


def _json_blocks(text: str) -> tuple[_Block, ...]:
    """The texts of a JSON answer, bare or in a fence; nothing where the answer is something else."""
    body = text.strip()
    fenced = _fenced(body)
    if len(fenced) == 1 and fenced[0].language in ("json", ""):
        body = fenced[0].text.strip()
    if not body.startswith(("{", "[")):
        return ()
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    return tuple(_of_json(value, 0))


def _of_json(value: object, depth: int) -> list[_Block]:
    if depth > 4:
        return []
    if isinstance(value, str):
        inner = _fenced(value)
        return [_Block("c", block.text) for block in inner] or [_Block("c", value)]
    if isinstance(value, list):
        return [found for item in cast("list[object]", value) for found in _of_json(item, depth + 1)]
    if isinstance(value, dict):
        known = cast("dict[str, object]", value)
        needs, helper = known.get("needs", ""), known.get("helper", "")
        lines = (
            [str(line) for line in cast("list[object]", needs)] if isinstance(needs, list) else [str(needs)]
        )
        inside = [one for key in _JSON_KEYS if key in known for one in _of_json(known[key], depth + 1)]
        asked = "\n".join(lines), helper if isinstance(helper, str) else ""
        return [replace(one, needs=one.needs or asked[0], helper=one.helper or asked[1]) for one in inside]
    return []


def _asked(blocks: tuple[_Block, ...]) -> tuple[_Block, ...]:
    """The blocks of code, each with what the blocks before it ask for."""
    found: list[_Block] = []
    needs = helper = ""
    for block in blocks:
        if block.language == "needs":
            needs = block.text
        elif block.language == "helper":
            helper = block.text
        else:
            found.append(replace(block, needs=needs, helper=helper))
            needs = helper = ""
    return tuple(found)


def _fenced(text: str) -> tuple[_Block, ...]:
    blocks: list[_Block] = []
    language, marks, body = "", "", list[str]()
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if not marks:
            if match:
                marks, language, body = match["marks"], match["language"].lower().strip("{}."), []
        elif match and not match["language"] and match["marks"].startswith(marks):
            blocks.append(_Block(language, "\n".join(body)))
            marks = ""
        else:
            body.append(line)
    if marks and "".join(body).strip():
        blocks.append(_Block(language, "\n".join(body), cut=True))
    return tuple(block for block in blocks if block.language or re.search(r"[;{]", block.text))


def _bare(text: str) -> tuple[_Block, ...]:
    """The code of an answer without fences: from the first line like a statement to where chatter begins."""
    start = _BARE_START.search(text)
    if start is None:
        found = tokens(text) if len(text) <= LONGEST_CODE else ()
        return (_Block("c", text),) if found and found[-1].text in (";", "}") and "=" in text else ()
    code = text[start.start() :][:LONGEST_CODE]
    sequence = tokens(code)
    kept = sequence[: balanced_end(sequence)]
    index = 0
    try:
        pairs = partners(kept)
        while index < len(kept) and (index == 0 or _looks_like_code(code, kept[index].start)):
            index = statement_end(kept, pairs, index)
    except BadText:
        pass
    return (_Block("c", code[: kept[index - 1].end] if index else code),)


def _looks_like_code(text: str, position: int) -> bool:
    line = text[text.rfind("\n", 0, position) + 1 :].split("\n", 1)[0]
    return bool(_BARE_START.match(line)) or line.rstrip().endswith((";", "{", "}"))


def _refusal(text: str) -> str:
    said = " ".join(text.split())
    if not said:
        return "the answer is empty"
    return f'the answer holds no code: "{said[:200]}{"..." if len(said) > 200 else ""}"'


def _replacement(block: _Block, context: Context) -> str:
    """One C statement as plain text, or BadText."""
    if block.language not in _C_LANGUAGES:
        raise BadText(f"the answer is in {_printable(block.language)[:20]}, not a C statement")
    if len(block.text) > LONGEST_CODE:
        raise BadText(f"the code is too long: {len(block.text):,} characters, {LONGEST_CODE:,} are read")
    text = (
        textwrap.dedent(block.text.expandtabs(4) if _mixed(block.text) else block.text).strip("\n").rstrip()
    )
    _check_characters(text)
    _check_complete(text)
    sequence = tuple(token for token in tokens(text) if not _is_include(token))
    pairs = partners(sequence)
    found = definitions(sequence, pairs)
    if found:
        text = _from_function(text, sequence, found, context)
        sequence = tokens(text)
        pairs = partners(sequence)
    elif sequence:
        text = text[_leading(text, sequence[0].start) :]
        sequence = tokens(text)
        pairs = partners(sequence)
    parts = [part for part in statements(sequence, pairs) if sequence[part[0]].text != ";"]
    if not parts:
        raise BadText("the answer holds no statement")
    if len(parts) == 1 and sequence[0].kind != "directive":
        last = parts[0][1]
        return textwrap.dedent(text if last == len(sequence) else text[: sequence[last - 1].end])
    return "{\n" + textwrap.indent(textwrap.dedent(text), "    ") + "\n}"


def _mixed(text: str) -> bool:
    """Whether some lines are indented by tabs and some by spaces: no common indentation can be seen then."""
    indented = [line for line in text.split("\n") if line[:1] in (" ", "\t") and line.strip()]
    return len({line[0] for line in indented}) > 1


def _leading(text: str, position: int) -> int:
    """Where the code starts: includes are dropped, a comment before the first token stays."""
    for token in all_tokens(text):
        if token.start >= position:
            break
        if not _is_include(token):
            return token.start
    return position


def _is_include(token: Token) -> bool:
    return token.kind == "directive" and bool(re.match(r"#[ \t]*include\b", token.text))


def _check_characters(text: str) -> None:
    for character in text:
        if character in "\n\t" or " " <= character <= "~":
            continue
        if character == "\ufffd":
            raise BadText("the code is not valid UTF-8")
        kind = unicodedata.category(character)
        if kind[0] == "C" or kind in ("Zl", "Zp"):
            raise BadText(f"the code holds the invisible character U+{ord(character):04X}")


def _check_complete(text: str) -> None:
    for token in all_tokens(text):
        said = token.text if len(token.text) <= 200 else token.text[:100] + token.text[-100:]
        if (token.kind == "comment" and _LEFT_OUT.search(said)) or token.text in ("...", "\u2026"):
            raise BadText(f"the code leaves parts out: `{' '.join(token.text.split())[:60]}`")


def _from_function(
    text: str, sequence: tuple[Token, ...], found: tuple[Definition, ...], context: Context
) -> str:
    """The part of a whole function that stands where the region stood."""
    names = [sequence[definition.name].text for definition in found]
    if context.function not in names:
        raise BadText(f"the answer defines the function `{names[0]}` instead of replacing the statement")
    if len(found) > 1:
        other = next((name for name in names if name != context.function), names[0])
        raise BadText(f"the answer defines the function `{other}`; only the statement can be replaced")
    definition = next(iter(found))
    head = tokens(context.before)
    opening: int = next((index for index, token in enumerate(head) if token.text == "{"), len(head))
    if spelling(sequence[definition.first : definition.opening]) != spelling(head[:opening]):
        raise BadText(
            f"the answer changes the declaration of `{context.function}`; only the statement can be replaced"
        )
    before, after = spelling(head[opening:]), spelling(tokens(context.after))
    body = sequence[definition.opening : definition.closing + 1]
    said = spelling(body)
    if (
        len(said) < len(before) + len(after)
        or said[: len(before)] != before
        or said[len(said) - len(after) :] != after
    ):
        raise BadText(f"the answer rewrites `{context.function}` outside the statement")
    start, end = body[len(before) - 1].end, body[len(said) - len(after)].start
    return text[start:end].strip("\n").rstrip()


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def stored(text: str, region: str) -> str:
    """The inverse of `shown` for text that is to stand beside `region`. Raises BadText."""
    if text.isascii():
        return text
    as_utf8 = region.isascii() or shown(region) != region
    try:
        return text.encode("utf-8" if as_utf8 else "latin-1").decode("latin-1")
    except UnicodeError:
        raise BadText("the code holds characters that the file's encoding does not have") from None
