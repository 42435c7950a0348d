"""Native execution of an original and a rewrite that was proved: both compilers, both levels, sanitizers, guard pages.

This is the second opinion on a verdict. Nothing of `verify` takes part in it but the reader of types: which inputs the
original is defined on, and how much memory it needs, is found by running it between pages without access with the
undefined-behaviour sanitizer as a judge.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import CompilerError, TimedOut
from compiler.process import checked, run
from compiler.toolchain import find_lowering_clang, resolve
from vecassist.layouts import NoLayout, Pointer, of_global, parameters, result
from verify.ir.nodes import Function, Module
from verify.ir.read import read

_HERE = Path(__file__).parent
_MOST = 12
_UBSAN = "-fsanitize=undefined,float-cast-overflow"
# A left shift of a negative or large value is what gcc and clang define it to be.
_NO_SHIFT = "-fno-sanitize=shift-base"
# Nothing is optimized away: a read that nobody uses is an access as well.
PLAN = ("clang", "-O0", _UBSAN, _NO_SHIFT, "-fsanitize-trap=all")
BUILDS: tuple[tuple[str, ...], ...] = (
    ("gcc", "-O0", "-ftrivial-auto-var-init=pattern"),
    ("gcc", "-O3", "-ftrivial-auto-var-init=zero"),
    ("clang", "-O0", "-ftrivial-auto-var-init=zero"),
    ("clang", "-O3", "-ftrivial-auto-var-init=pattern"),
    ("gcc", "-O1", _UBSAN, _NO_SHIFT, "-fsanitize-undefined-trap-on-error"),
    (
        "clang",
        "-O1",
        "-fsanitize=address",
        "-fno-sanitize-address-globals-dead-stripping",
        _UBSAN,
        _NO_SHIFT,
        "-fno-sanitize-recover=all",
    ),
)
_SANITIZED = {
    "ASAN_OPTIONS": "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:detect_leaks=0:"
    "detect_stack_use_after_return=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=0",
}
# gcc only warns of these, and both give such programs one meaning.
_LOOSE = ("-w", "-Wno-error=int-conversion", "-Wno-error=incompatible-pointer-types")
_RESTARTS = 40
_SMALL = 8192


class NotRunnable(Exception):
    """The pair cannot be called from outside; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was seen: under which compiler and flags, on which input (made from the seed and its number)."""

    build: str
    what: str
    report: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """inputs: on which the original is defined; builds: in which both did the same on all of them."""

    inputs: int
    builds: int


@dataclass
class Bench:
    """One original, compiled once for all rewrites of it. Everything lives in `folder`;
    what all originals share, next to it."""

    folder: Path
    text: str
    function: str
    args: tuple[str, ...]
    ir: str
    inputs: int
    seed: int
    plan: Path | None = None
    accepted: int = 0

    def __post_init__(self) -> None:
        """Raises NotRunnable."""
        module = read(self.ir)
        function = module.functions[self.function]
        self.tail, objects = _tail(module, function)
        count = self.inputs if objects <= _SMALL else max(50, self.inputs * _SMALL // objects)
        tables = self.folder / "tables.c"
        tables.write_text(_tables(module, function))
        own = (*resolve("gcc").argv, "-std=gnu11", "-O1", "-w", "-I", str(_HERE), "-c")
        harness = self.folder.parent / "native.o"
        try:
            if not harness.exists():
                checked(run([*own, str(_HERE / "native.c"), "-o", str(harness)]))
            checked(run([*own, str(tables), "-o", str(self.folder / "tables.o")]))
            self._object(self.text, "s", "plan", PLAN)
            self._object(self.text, "t", "plan", PLAN)
            program = self._link("plan", PLAN)
            done = run(
                [str(program), "plan", str(count), str(self.seed), str(self.folder / "progress")], timeout=120
            )
        except TimedOut as error:
            raise NotRunnable("no inputs within the time limit") from error
        except CompilerError as error:
            raise NotRunnable(str(error)) from error
        self.plan = self.folder / "plan.bin"
        self.plan.write_bytes(done.stdout)
        self.accepted = len(done.stdout) // struct.calcsize(f"II{_MOST}i{_MOST}i")
        if not self.accepted:
            raise NotRunnable("the original is defined on none of the inputs")

    def compare(self, rewrite: str) -> Agreement | Difference:
        """Run a rewrite against the original in every build. Raises NotRunnable where it does not compile."""
        for number, build in enumerate(BUILDS):
            name = " ".join(build)
            try:
                if not (self.folder / f"s.{number}.o").exists():
                    self._object(self.text, "s", str(number), build)
                self._object(rewrite, "t", str(number), build)
                program = self._link(str(number), build)
            except CompilerError as error:
                raise NotRunnable(f"{name}: {error}") from error
            found = self._run(program)
            if found is not None:
                return Difference(name, *found)
        return Agreement(self.accepted, len(BUILDS))

    def _run(self, program: Path) -> tuple[str, str] | None:
        progress = self.folder / "progress"
        assert self.plan is not None
        plan, first = self.plan.read_bytes(), 0
        for _ in range(_RESTARTS):
            command = [str(program), "check", str(self.seed), str(progress), str(first)]
            try:
                done = run(command, stdin=plan, timeout=120, env=_SANITIZED)
            except TimedOut:
                return "no end", ""
            if done.returncode == 0:
                return None
            lines = [line for line in done.out.splitlines() if line.startswith("{")]
            if lines:
                return json.loads(lines[-1])["what"], lines[-1]
            at, phase = struct.unpack_from("II", progress.read_bytes())
            if phase == 1:
                report = re.search(r"(ERROR: AddressSanitizer|runtime error)[^\n]*", done.err)
                return "sanitizer", f"input {at}: {report.group() if report else done.returncode}"
            # The sanitizer found fault with the original: that input says nothing.
            first = at + 1
        return None

    def _object(self, text: str, side: str, number: str, build: tuple[str, ...]) -> None:
        source = self.folder / f"{side}.c"
        source.write_text(text + self.tail, "latin-1")
        target = self.folder / f"{side}.{number}.o"
        compiler = _compiler(build[0])
        names = {f"vc_{what}": f"{side}_{what}" for what in ("call", "object")}
        renamed = [f"-D{old}={new}" for old, new in names.items()]
        command = [*compiler, *self.args, *build[1:], *renamed, *_LOOSE, "-c", str(source), "-o", str(target)]
        checked(run(command, timeout=120))
        checked(run(["objcopy", *(f"--keep-global-symbol={name}" for name in names.values()), str(target)]))

    def _link(self, number: str, build: tuple[str, ...]) -> Path:
        program = self.folder / f"run.{number}"
        flags = [flag for flag in build[1:] if flag.startswith("-fsanitize")]
        names = ("../native.o", "tables.o", f"s.{number}.o", f"t.{number}.o")
        parts = [str(self.folder / name) for name in names]
        checked(run([*_compiler(build[0]), *flags, "-no-pie", *parts, "-lm", "-o", str(program)], timeout=60))
        return program


def _compiler(kind: str) -> tuple[str, ...]:
    return resolve("gcc").argv if kind == "gcc" else find_lowering_clang().argv


def _objects(module: Module) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    for name, variable in module.globals.items():
        if not name.isidentifier() or name.startswith("__") or variable.constant:
            continue
        try:
            layout = of_global(module.layout, variable)
        except NoLayout as error:
            raise NotRunnable(str(error)) from error
        found.append((name, layout, module.layout.size_of(variable.type)))
    if len(found) > _MOST:
        raise NotRunnable("too many objects of file scope")
    return found


def _known(module: Module, function: Function) -> tuple[list[tuple[str, str]], str]:
    """Name and code or layout of each parameter (pointers with a star), and the code of the result."""
    try:
        known = [(p.name, f"*{p.layout}") if isinstance(p, Pointer) else (p.name, p.code)
                 for p in parameters(module, function)]  # fmt: skip
        returns = "p" if str(function.result) in ("ptr", "PtrType()") else result(function)
    except NoLayout as error:
        raise NotRunnable(str(error)) from error
    if sum(layout.startswith("*") for _, layout in known) > _MOST:
        raise NotRunnable("too many pointers")
    return known, returns


def _tail(module: Module, function: Function) -> tuple[str, int]:
    """Code behind a version's text that calls it and finds its objects; and the bytes of those objects."""
    known, returns = _known(module, function)
    fields = {"?": "t"}
    arguments = ", ".join(
        f"in[{n}].{'p' if layout.startswith('*') else fields.get(layout, layout)}"
        for n, (_, layout) in enumerate(known)
    )
    call = f"{function.name}({arguments})"
    if returns != "v":
        call = f"out->{fields.get(returns, returns)} = {call}"
    objects = _objects(module)
    cases = "".join(f" case {n}: return (void *)&{name};" for n, (name, _, _) in enumerate(objects))
    union = re.search(r"union vc_value \{.*?\};", (_HERE / "native.h").read_text(), re.DOTALL)
    assert union is not None
    text = (
        f"\n{union.group()}\n"
        f"void vc_call(const union vc_value *in, union vc_value *out) {{ (void)in; (void)out; {call}; }}\n"
        f"void *vc_object(int number) {{ switch (number) {{{cases} }} return 0; }}\n"
    )
    return text, sum(size for _, _, size in objects)


_BYTES = {"b": 1, "?": 1, "x": 1, "h": 2, "i": 4, "f": 4, "q": 8, "d": 8}


def _tables(module: Module, function: Function) -> str:
    known, returns = _known(module, function)
    rows: list[str] = []
    groups: dict[str, int] = {}
    for (_, layout), parameter in zip(known, function.params, strict=True):
        if layout.startswith("*"):
            codes = layout[1:]
            short = codes[0] if set(codes) == {codes[0]} else codes
            align = max(_BYTES[code.lower()] for code in short)
            promised = re.search(r"dereferenceable\((\d+)\)", " ".join(parameter.attributes))
            alone = "noalias" in parameter.attributes
            # Signed and unsigned elements of one width may overlap, and characters anything (C11 6.5p7).
            kind = next(iter(groups), "b") if short.lower() == "b" else short.lower()
            group = -1 if alone else groups.setdefault(kind, len(groups))
            rows.append(f'{{"{short}", {align}, {promised.group(1) if promised else 0}, {group}}}')
    objects = [f'{{"{layout}", {size}ul}}' for _, layout, size in _objects(module)]
    codes = "".join("p" if layout.startswith("*") else layout for _, layout in known)
    return (
        '#include "native.h"\n'
        f"const struct vc_table vc_table = {{{len(known)}, {len(rows)}, {len(objects)}, \"{codes}\", '{returns}',\n"
        f"    {{{', '.join(rows) or '{0}'}}},\n    {{{', '.join(objects) or '{0}'}}}}};\n"
    )
