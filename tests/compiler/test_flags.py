from __future__ import annotations

import pytest

from compiler.errors import UnsupportedFlag
from compiler.flaglist import flag_list
from compiler.flags import (
    classify,
    compile_args,
    default_dialect,
    effective_contraction,
    exact_floats,
    fast_math,
    has_fma,
    math_errno,
    strict_aliasing,
)
from compiler.process import run
from compiler.toolchain import Toolchain

COMMAND = """
    -std=gnu99 -O3
    -march=x86-64-v3 -mtune=native -Wall -Wno-gcc-thing -fopt-info-vec-missed=x.txt -Iinc -I ../i
    -DX=1 -U Y -isystem /s -include a.h -fwrapv -fno-strict-aliasing -fPIC -MD -MF d/x.d -pthread -g
    -funroll-loops -ftree-vectorize -fstack-protector-strong -Wp,-D_FORTIFY_SOURCE=2 -pipe
"""


def test_a_whole_command() -> None:
    flags = classify(COMMAND.split())
    assert flags.semantic == ("-fwrapv", "-fno-strict-aliasing")
    assert flags.language == ("-std=gnu99",)
    assert flags.target == ("-march=x86-64-v3", "-fPIC")
    assert flags.optimization == ("-O3", "-mtune=native", "-funroll-loops", "-ftree-vectorize")
    assert flags.preprocess == (
        "-Iinc", "-I", "../i", "-DX=1", "-U", "Y", "-isystem", "/s", "-include", "a.h", "-pthread",
        "-D_FORTIFY_SOURCE=2",
    )  # fmt: skip
    assert "-MF" in flags.neutral
    assert "d/x.d" in flags.neutral


BUILDS = (
    """-std=c11 -fomit-frame-pointer -fPIC -pthread -g -O3 -fno-math-errno -fno-signed-zeros -fno-tree-vectorize
    -fdiagnostics-color=auto -MMD -ffast-math -fvisibility=hidden -fno-plt -fprofile-use -fno-common""",
    """-g -O2 -ffile-prefix-map=.=. -fstack-protector-strong -Wdate-time -fcf-protection -fstack-clash-protection
    -flto=auto -ffat-lto-objects -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -D_FORTIFY_SOURCE=3""",
    """-fshort-wchar -funsigned-char -fno-PIE -fno-strict-aliasing -mno-sse -mno-mmx -mno-3dnow -falign-loops=1
    -mno-80387 -mno-fp-ret-in-387 -mpreferred-stack-boundary=3 -mskip-rax-setup -mtune=generic -mno-red-zone
    -mcmodel=kernel -fno-asynchronous-unwind-tables -mindirect-branch=thunk-extern -mindirect-branch-register
    -mindirect-branch-cs-prefix -mfunction-return=thunk-extern -fno-jump-tables -fno-strict-overflow -O2
    -fpatchable-function-entry=16,16 -fno-delete-null-pointer-checks -fno-allow-store-data-races -nostdinc
    -fzero-call-used-regs=used-gpr -fconserve-stack -fno-builtin-wcslen -ftrivial-auto-var-init=zero -mfentry
    -fstrict-flex-arrays=3 -fms-extensions -mharden-sls=all -fmin-function-alignment=16 -pg -gdwarf-5""",
    """-fno-strict-aliasing -fwrapv -fexcess-precision=standard -Wendif-labels -ftree-vectorize -funroll-loops
    -fno-semantic-interposition -Og -ggdb3 -fanalyzer -fgnu89-inline -ffreestanding -fno-exceptions""",
)


@pytest.mark.parametrize("build", BUILDS)
def test_flags_of_large_projects_are_listed(build: str) -> None:
    assert classify(build.split()).meaning


UNLISTED = """
    -fsanitize=address -m32 -mfpmath=387 -fnew-thing -mnew-thing -Xclang -fsignaling-nans -ffloat-store
    -funsigned-bitfields -mrecip --new file.c -funsafe-loop-optimizations
"""


@pytest.mark.parametrize("flag", UNLISTED.split())
def test_unlisted_is_named(flag: str) -> None:
    with pytest.raises(UnsupportedFlag) as caught:
        classify(["-O2", flag])
    assert caught.value.flag == flag
    assert flag in str(caught.value)


def test_other_languages_and_missing_values() -> None:
    assert classify(["-x", "c"]).language == ("-x", "c")
    with pytest.raises(UnsupportedFlag, match=r"-x c\+\+"):
        classify(["-x", "c++"])
    with pytest.raises(UnsupportedFlag, match="value is missing"):
        classify(["-I"])


def test_ofast_is_semantic_where_it_holds() -> None:
    assert classify(["-Ofast"]).semantic == ("-Ofast",)
    assert classify(["-Ofast", "-O2"]).semantic == ()
    assert fast_math(classify(["-O2", "-Ofast"]))
    assert not fast_math(classify(["-Ofast", "-fno-fast-math"]))
    with pytest.raises(UnsupportedFlag, match="-Ofast"):
        classify(["-fno-associative-math", "-Ofast"])


def test_level() -> None:
    assert [classify(f.split()).level for f in ("", "-O", "-O3 -Os", "-Ofast")] == ["0", "1", "s", "fast"]


@pytest.mark.parametrize(
    ("args", "gcc_mode", "clang_mode"),
    [
        ("", "fast", "on"),
        ("-std=c99", "off", "on"),
        ("-ansi", "off", "on"),
        ("-std=c99 -std=gnu99", "fast", "on"),
        ("-ffp-contract=off", "off", "off"),
        ("-ffp-contract=on", "on", "on"),
        ("-ffp-contract=off -ffp-contract=fast", "fast", "fast"),
        ("-ffast-math", "fast", "fast"),
        ("-std=c11 -ffast-math", "fast", "fast"),
        ("-ffp-contract=off -ffast-math", "off", "fast"),
        ("-ffast-math -ffp-contract=off", "off", "off"),
        ("-Ofast", "fast", "fast"),
    ],
)
def test_contraction(args: str, gcc_mode: str, clang_mode: str, gcc: Toolchain, clang: Toolchain) -> None:
    flags = classify(args.split())
    assert effective_contraction(gcc, flags) == gcc_mode
    assert effective_contraction(clang, flags) == clang_mode


FUSABLE = "double f(double a, double b, double c) { return a * b + c; }"
FUSABLE_APART = "double f(double a, double b, double c) { double p = a * b; return p + c; }"


MODES = """
    -O2|-std=c99|-std=gnu11|-ffp-contract=off|-ffp-contract=on|-ffp-contract=fast|-ffast-math|-Ofast
    |-ffp-contract=off -ffast-math|-ffast-math -ffp-contract=off|-std=c11 -ffast-math
"""


@pytest.mark.parametrize("args", [mode.strip() for mode in MODES.split("|")])
def test_contraction_is_what_the_compiler_does(args: str, toolchain: Toolchain) -> None:
    """The stated mode is never stricter than the machine code."""
    mode = effective_contraction(toolchain, classify(args.split()))
    command = [*toolchain.argv, "-O2", "-mfma", *args.split(), "-S", "-x", "c", "-", "-o", "-"]
    within = "vfmadd" in run(command, stdin=FUSABLE.encode()).out
    across = "vfmadd" in run(command, stdin=FUSABLE_APART.encode()).out
    assert not within or mode in ("on", "fast")
    assert not across or mode == "fast"


def test_has_fma(toolchain: Toolchain) -> None:
    if "x86_64" not in toolchain.target:
        pytest.skip("the flags are those of x86-64")
    for args, expected in (("", False), ("-mavx2", False), ("-mfma", True), ("-march=x86-64-v3", True)):
        assert has_fma(classify(args.split()), toolchain) is expected
    assert not has_fma(classify(["-march=x86-64-v3", "-mno-fma"]), toolchain)


def test_default_dialect(toolchain: Toolchain) -> None:
    text = b"#if __STDC_VERSION__ == 201710L\nsame\n#endif\n"
    same = "same" in run([*toolchain.argv, "-E", "-x", "c", "-"], stdin=text).out
    assert (default_dialect(toolchain) == "gnu17") == same
    assert default_dialect(toolchain).startswith("gnu")


def test_exact_floats() -> None:
    for args in (
        "",
        "-O3 -fno-math-errno -ffp-contract=fast",
        "-ffast-math -fno-fast-math",
        "-frounding-math",
    ):
        assert exact_floats(classify(args.split())), args
    for args in ("-ffast-math", "-Ofast", "-fassociative-math", "-fno-signed-zeros", "-ffinite-math-only"):
        assert not exact_floats(classify(args.split())), args


def test_aliasing_and_errno() -> None:
    assert strict_aliasing(classify([]))
    assert not strict_aliasing(classify(["-fstrict-aliasing", "-fno-strict-aliasing"]))
    assert math_errno(classify([]))
    assert not math_errno(classify(["-fno-math-errno"]))
    assert not math_errno(classify(["-ffast-math"]))
    assert math_errno(classify(["-ffast-math", "-fmath-errno"]))


def test_compile_args_write_nothing_and_keep_the_unlisted() -> None:
    args = "-O3 -c -o x.o -MD -MF x.d -save-temps -fopt-info-vec=f -Wall -Werror -Wa,-q -fnew -Wp,-MD,d -DA"
    assert compile_args(args.split()) == ("-O3", "-Wa,-q", "-fnew", "-DA")


def test_each_switch_that_lowering_passes_on_is_known_to_clang(clang: Toolchain) -> None:
    """Known, or refused with an error: never ignored with a warning."""
    passed_on = [f for f, kind in flag_list().exact.items() if kind in ("semantic", "language")]
    for flag in passed_on:
        command = [
            *clang.argv,
            flag,
            "-Werror=ignored-optimization-argument",
            "-fsyntax-only",
            "-x",
            "c",
            "-",
        ]
        done = run(command, stdin=b"int x;")
        assert done.returncode != 0 or not done.stderr, (flag, done.err)
