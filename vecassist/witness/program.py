"""A scene and two texts as one C program: exit status 1 where the versions differ on the scene."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from vecassist.problems import Place
from vecassist.witness.layout import PAGE, Placed, lay_out
from vecassist.witness.texts import Opaque, Version, version
from verify.scene import Block, Pointer, Scene
from verify.verdict import Counterexample, Refuted

SUFFIXES = ("_before", "_after")
_TRAP = "-fsanitize-undefined-trap-on-error"
_CHECKS = {
    "overflow": ("signed-integer-overflow,integer-divide-by-zero",),
    "division": ("signed-integer-overflow,integer-divide-by-zero",),
    "shift": ("shift-exponent",),
    "conversion": ("float-cast-overflow",),
    "align": ("alignment",),
    "null": ("null",),
    "bounds": ("bounds-strict",),
    "unreachable": ("unreachable,builtin,return",),
    "assume": ("unreachable,builtin,alignment",),
    "pointer": ("pointer-overflow,bounds-strict",),
    "memory": ("bounds-strict,object-size",),
    "promise": ("alignment,nonnull-attribute,null",),
}
_KINDS = {
    "bytes": "WITNESS_BYTES",
    "float": "WITNESS_FLOAT",
    "double": "WITNESS_DOUBLE",
    "open": "WITNESS_OPEN",
}


class NoWitness(Exception):
    """The counterexample has no program; the message says why."""


def program(
    place: Place, names: tuple[Path, Path], texts: tuple[str, str], function: str, found: Refuted
) -> str:
    """The program. Raises NoWitness where the scene cannot be set in C, CompilerError where a text is no C."""
    scene = found.scene
    if scene is None:
        raise NoWitness("the inputs have no spelling in C that a program could set up")
    called = frozenset(call.name for call in scene.calls)
    sides = [
        version(place, name, text, suffix, [b for b in scene.blocks if _of(b, suffix)], called)
        for name, text, suffix in zip(names, texts, SUFFIXES, strict=True)
    ]
    for side, suffix in zip(sides, SUFFIXES, strict=True):
        if side.arity.get(function + suffix) != len(scene.arguments):
            raise NoWitness(f"the arguments of {function} are passed in pieces")
    placed, size = lay_out(scene)
    harness = files("vecassist.witness").joinpath("harness.c").read_text("utf-8")
    head = [
        _comment(place, names, function, found),
        "#define _GNU_SOURCE 1",
        *_pragmas(place.args),
        *dict.fromkeys(f"#include {one}" for side in sides for one in side.includes),
        "",
        _memory(scene, sides, placed, size),
        *(f"static __typeof__(__builtin_{name}) *witness_{name};" for name in _math(sides)),
        _memcpy(),
    ]
    for side, name, title in zip(sides, names, ("before", "after"), strict=True):
        head += [f"/* ---- {title}: {name.name} ---- */", "", side.text]
    body = (
        harness.replace("/*@data@*/", _data(scene, placed))
        .replace("/*@stubs@*/", "\n".join(_stub(one) for side in sides for one in side.opaque))
        .replace("/*@runs@*/", _runs(scene, sides, placed, function))
    )
    return "\n".join(head) + "\n" + body


def _of(block: Block, suffix: str) -> bool:
    return block.role == "global" and block.side in ("both", suffix.lstrip("_"))


def _comment(place: Place, names: tuple[Path, Path], function: str, found: Refuted) -> str:
    example: Counterexample = found.counterexample
    lines = [f"{function} of {names[1].name} differs from that of {names[0].name}: {found.reason}", ""]
    lines += [f"    {name} = {value}" for name, value in example.inputs.items()]
    lines += ["", "    gcc THIS_FILE -o witness && ./witness", ""]
    lines += [
        "Exit status 1: the versions differ on this input; 0: no difference is seen; 2: this cannot be run."
    ]
    if place.args:
        lines += [f"Both versions were judged as compiled with {shlex.join(place.args)}."]
    text = "\n   ".join(line.replace("*/", "* /") for line in lines)
    return f"/* {text} */"


def _pragmas(args: Sequence[str]) -> list[str]:
    """The flags that bear on values, for a command line that does not have them."""
    target = [
        flag.removeprefix("-m")
        for flag in args
        # gcc takes native on its command line alone.
        if flag.startswith("-m") and flag not in ("-m64", "-mtune") and not flag.endswith("=native")
    ]
    chosen = [
        flag.removeprefix("-f")
        for flag in args
        if flag.startswith("-f") and not flag.startswith("-fsanitize")
    ]
    chosen = [
        flag for flag in chosen if not flag.endswith(("-char", "-common")) and "diagnostics" not in flag
    ]
    return [f'#pragma GCC target("{flag}")' for flag in target] + [
        f'#pragma GCC optimize("{flag}")' for flag in chosen
    ]


def _memory(scene: Scene, sides: Sequence[Version], placed: Sequence[Placed], size: int) -> str:
    lines = [f"unsigned char witness_pool[{size}] __attribute__((aligned({PAGE})));"]
    for block, where in zip(scene.blocks, placed, strict=True):
        for side, suffix in zip(sides, SUFFIXES, strict=True):
            if _of(block, suffix) and block.name in side.globals:
                name = block.name + suffix
                lines.append(f'__asm__(".globl {name}\\n.set {name}, witness_pool + {where.at}");')
    return "\n".join(lines)


def _memcpy() -> str:
    return """_Noreturn void witness_overlap(void);

static __attribute__((unused)) void *witness_memcpy(void *to, const void *from, __SIZE_TYPE__ size) {
    if (size && to != from && (char *)to < (char *)from + size && (char *)from < (char *)to + size)
        witness_overlap();
    return __builtin_memmove(to, from, size);
}
"""


def _math(sides: Sequence[Version]) -> list[str]:
    return sorted({name for side in sides for name in side.math})


def _data(scene: Scene, placed: Sequence[Placed]) -> str:
    lines: list[str] = []
    rows: list[str] = []
    links: list[str] = []
    for number, (block, where) in enumerate(zip(scene.blocks, placed, strict=True)):
        lines += _bytes(f"witness_bytes_{number}", block.contents)
        runs = ", ".join(f"{{{run.begin}, {run.end}, {_KINDS[run.kind]}}}" for run in block.stored)
        lines.append(f"static const struct witness_run witness_runs_{number}[] = {{{runs or '{0}'}}};")
        rows.append(
            f"    {{{_string(block.name)}, {where.at}, {where.page}, {where.page_end}, {block.begin}, {block.end}, "
            f"{int(block.writable)}, {int(block.restored)}, {int(block.secluded)}, witness_bytes_{number}, "
            f"witness_runs_{number}, {len(block.stored)}}},"
        )
        for offset, target in block.pointers:
            if target.block >= 0:
                links.append(f"{{{where.at + offset}, {placed[target.block].at + target.offset}}}")
    lines += [
        "static const struct witness_block witness_blocks[] = {",
        *rows,
        *([] if rows else ["    {0}"]),
        "};",
    ]
    lines.append(f"static const struct witness_link witness_links[] = {{{', '.join(links) or '{0}'}}};")
    lines += _scripts(scene, placed)
    lines.append(f"static const char *const witness_checks[] = {{{', '.join([*_flags(scene), 'NULL'])}}};")
    watch = int(scene.difference == "store")
    lines.append(
        f"enum {{ WITNESS_BLOCKS = {len(scene.blocks)}, WITNESS_LINKS = {len(links)}, "
        f"WITNESS_CALLS = {len(scene.calls)}, WITNESS_PAGE = {PAGE} }};"
    )
    lines.append(f"#define WITNESS_WATCH {watch}")
    return "\n".join(lines)


def _flags(scene: Scene) -> list[str]:
    """Flags under which the program compiles itself where no difference is seen, as C strings."""
    pattern = "-ftrivial-auto-var-init=pattern"
    if scene.fault == "indeterminate":
        return [f'"{pattern}"', '"-ftrivial-auto-var-init=zero"']
    checks = [f"-fsanitize={one} {_TRAP}" for one in _CHECKS.get(scene.fault, ())]
    return [f'"{flags}"' for flags in (*checks, pattern)]


def _scripts(scene: Scene, placed: Sequence[Placed]) -> list[str]:
    lines: list[str] = []
    rows: list[str] = []
    for number, call in enumerate(scene.calls):
        changes: list[str] = []
        for at, (block, offset, raw) in enumerate(call.changes):
            lines += _bytes(f"witness_change_{number}_{at}", raw)
            changes.append(f"{{{placed[block].at + offset}, {len(raw)}, witness_change_{number}_{at}}}")
        lines.append(
            f"static const struct witness_change witness_changes_{number}[] = {{{', '.join(changes) or '{0}'}}};"
        )
        ignored = sum(1 << place for place in call.private if place < 32)
        result = call.result or 0
        bits = result & (1 << 64) - 1 if isinstance(result, int) else 0
        rows.append(
            f"    {{{bits}ull, {_number(float(result))}, {int(call.returns)}, {ignored}u, "
            f"witness_changes_{number}, {len(changes)}}}, /* {call.name} */"
        )
    return [
        *lines,
        "static const struct witness_script witness_scripts[] = {",
        *rows,
        *([] if rows else ["    {0}"]),
        "};",
    ]


def _bytes(name: str, raw: bytes) -> list[str]:
    kept = raw.rstrip(b"\0") or b"\0"
    lines = [", ".join(str(byte) for byte in kept[at : at + 24]) for at in range(0, len(kept), 24)]
    inner = ",\n    ".join(lines)
    return [f"static const unsigned char {name}[{max(len(raw), 1)}] = {{\n    {inner}}};"]


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(value: float) -> str:
    if value != value:
        return '__builtin_nan("")'
    if value in (float("inf"), float("-inf")):
        return "__builtin_inf()" if value > 0 else "-__builtin_inf()"
    return value.hex()


def _stub(one: Opaque) -> str:
    notes = [
        f"witness_bits({name})"
        if floating
        else f"(unsigned long long)(uintptr_t){name}"
        if pointer
        else f"(unsigned long long){name}"
        for name, pointer, floating in one.parameters
    ]
    array = ", ".join(notes) or "0"
    name = one.head[: one.head.index("(")].split()[-1].lstrip("*")
    shown = next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), name)
    lines = [f"{one.head} {{", f"    const unsigned long long arguments[] = {{{array}}};"]
    lines.append(
        f"    const struct witness_script *script = witness_called({_string(shown)}, arguments, {len(notes)});"
    )
    words = set(one.result.replace("*", " * ").split())
    if words - {"const"} == {"void"}:
        lines.append("    (void)script;")
    elif "*" in words:
        lines.append(f"    return ({one.result})(uintptr_t)script->result;")
    else:
        member = "number" if {"float", "double"} & words else "result"
        lines.append(f"    return ({one.result})script->{member};")
    return "\n".join([*lines, "}", ""])


def _runs(scene: Scene, sides: Sequence[Version], placed: Sequence[Placed], function: str) -> str:
    libraries = [f'    witness_{name} = dlsym(library, "{name}");' for name in _math(sides)]
    lines = ["static void witness_libraries(void) {"]
    if libraries:
        lines.append('    void *library = dlopen("libm.so.6", RTLD_NOW);')
        lines += ["    if (!library)", "        _exit(2);", *libraries]
    lines += ["}", ""]
    arguments = ", ".join(_argument(one, placed) for one in scene.arguments)
    for number, suffix in enumerate(SUFFIXES):
        lines += [
            f"static void witness_run{suffix}(void) {{",
            f"    __typeof__({function}{suffix}) *volatile call = {function}{suffix};",
        ]
        if suffix == "_after":
            lines += [
                f"    witness_promised({_argument(scene.arguments[at], placed)}, {size});"
                for at, size in scene.promised
            ]
        call = f"call({arguments})"
        match scene.result:
            case "void":
                lines.append(f"    {call};")
            case "float" | "double":
                lines.append(f"    witness_result[{number}].bits = witness_bits({call});")
            case "pointer":
                lines.append(f"    witness_result[{number}].bits = (uintptr_t){call};")
            case _:
                lines.append(f"    witness_result[{number}].bits = (unsigned long long){call};")
        lines += ["}", ""]
    return "\n".join(lines)


def _argument(value: int | float | Pointer, placed: Sequence[Placed]) -> str:
    if isinstance(value, Pointer):
        return (
            "(void *)0"
            if value.block < 0
            else f"(void *)(witness_pool + {placed[value.block].at + value.offset})"
        )
    if isinstance(value, float):
        return _number(value)
    if value < -(1 << 31):
        return f"(-{-(value + 1)}ll - 1)"
    if value < 0:
        return f"(-{-(value + 1)} - 1)" if value == -(1 << 31) else f"({value})"
    return str(value) if value < 1 << 31 else f"{value}ull"
