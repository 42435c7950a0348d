"""The compilers of this machine. gcc and the wheel's clang are always there; others add to the parameters."""

from __future__ import annotations

import pytest

from compiler.toolchain import Toolchain, find_compilers, find_lowering_clang, wheel_clang


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "toolchain" in metafunc.fixturenames:
        found = find_compilers()
        metafunc.parametrize("toolchain", found, ids=[one.name for one in found])
    if "clang" in metafunc.fixturenames:
        clangs = {one.name: one for one in (find_lowering_clang(), wheel_clang())}
        metafunc.parametrize("clang", clangs.values(), ids=clangs.keys())


@pytest.fixture
def gcc() -> Toolchain:
    return next(one for one in find_compilers() if one.kind == "gcc")
