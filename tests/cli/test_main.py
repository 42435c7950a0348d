"""The command itself: version, help, start-up."""

from __future__ import annotations

import subprocess
import sys

from command_line import Run, assert_user_error


def test_version(vecassist: Run) -> None:
    done = vecassist("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("vecassist ")


def test_help_lists_every_verb(vecassist: Run) -> None:
    done = vecassist("--help")
    assert done.returncode == 0
    for verb in ("scan", "optimize", "verify", "audit", "doctor"):
        assert verb in done.stdout
        assert vecassist(verb, "--help").returncode == 0


def test_unknown_verb_and_option(vecassist: Run) -> None:
    assert_user_error(vecassist("frobnicate"), "frobnicate")
    assert_user_error(vecassist("--nope"), "--nope")


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from vecassist.cli.main import root\n"
        "root.main(args=['--version'], standalone_mode=False)\n"
        "heavy = {'z3', 'llvmlite', 'islpy', 'openai', 'pycparser', 'rich', 'compiler', 'verify'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_doctor(vecassist: Run) -> None:
    done = vecassist("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lowering for the prover" in done.stdout
