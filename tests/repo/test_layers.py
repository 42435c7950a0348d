"""The repository itself: who may import whom, how long a file may be, where printing happens."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("verify", "compiler", "vecassist")
FORBIDDEN = {
    "verify": {"compiler", "vecassist"},
    "compiler": {"verify", "vecassist"},
    "vecassist": set[str](),
}
STAGES = ("scan", "propose", "splice", "store", "deliver")
LONGEST = 400


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in PACKAGES for path in sources(package)}


def imports(path: Path, inside_functions: bool) -> Iterator[str]:
    """Modules that a file imports; TYPE_CHECKING blocks do not count."""
    stack: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            stack += node.orelse
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not inside_functions:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        stack += ast.iter_child_nodes(node)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_layer_imports_only_downward(package: str) -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in sources(package)
        for name in imports(path, inside_functions=True)
        if name.split(".")[0] in FORBIDDEN[package]
    ]
    assert wrong == []


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in {"splice"}])
def test_stages_do_not_import_the_line(stage: str) -> None:
    line = {"vecassist.pipeline", "vecassist.run", "vecassist.cli"}
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in sources(f"vecassist/{stage}")
        for name in imports(path, inside_functions=True)
        if any(name == module or name.startswith(f"{module}.") for module in line)
    ]
    assert wrong == []


def test_no_import_cycles() -> None:
    graph = {
        module: {name for name in imports(path, inside_functions=False) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above[above.index(module) :], module))
        if module not in done:
            for name in sorted(graph[module]):
                visit(name, (*above, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_files_are_short() -> None:
    lengths = {module: len(path.read_text("utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: length for module, length in lengths.items() if length > LONGEST} == {}


def test_only_output_prints() -> None:
    def prints(path: Path) -> bool:
        tree = ast.parse(path.read_text("utf-8"))
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        return any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)

    printing = {module for module, path in MODULES.items() if prints(path)}
    # verify is usable alone and has its own small command line.
    assert printing <= {"vecassist.cli.output", "verify.__main__"}


def test_openai_is_imported_only_when_a_model_is_called() -> None:
    eager = {
        module
        for module, path in MODULES.items()
        if any(name.split(".")[0] == "openai" for name in imports(path, inside_functions=False))
    }
    assert eager == set()
