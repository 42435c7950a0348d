from __future__ import annotations

from pathlib import Path

import pytest
from scan_support import only, scan

from vecassist.scan.ctype import declaration, is_arithmetic, is_scalar, kind
from vecassist.scan.region import Lost, parse_region

SOURCE = """\
#include <stdint.h>
#include <time.h>
typedef float real;
typedef real row[8];
enum shade { DARK = 2, LIGHT };
extern real table[];
real table[32];
struct tm *clock;
real f(const row *restrict in, real out[static 4], int (*op)(const char *), unsigned n)
{
    int16_t k = 0;
    real m[4][8] = { { 0 } }, n2;
    switch (n) {
    case 1:;
        long q = 3;
    default:
        for (unsigned n = 0; n < 4; n++) {
            real table = 1;
            for (int i = 0; i < 8; i++) m[n][i] = in[n][i] * table + clock->tm_sec + LIGHT;
        }
    }
    int late = 1;
    return out[0] + late + k;
}
"""


def test_what_a_region_sees(tmp_path: Path):
    region = parse_region(only(tmp_path, SOURCE))
    seen = {
        name: (declared.origin, declaration(declared.type, name), declaration(declared.resolved, name))
        for name, declared in region.declarations.items()
    }
    assert seen["in"] == ("parameter", "const row * restrict in", "const float (* restrict in)[8]")
    assert seen["out"][2] == "float *out"
    assert seen["op"] == ("parameter", "int (*op)(const char *)", "int (*op)(const char *)")
    assert seen["k"] == ("local", "int16_t k", "signed short int k")
    assert seen["m"] == ("local", "real m[4][8]", "float m[4][8]")
    assert seen["q"][0] == "local"
    assert seen["table"] == ("global", "real table[32]", "float table[32]")
    assert seen["n"][0] == "parameter"
    assert seen["DARK"][0] == "enumerator"
    assert seen["f"][0] == "function"
    assert "late" not in seen
    assert "tm_sec" in {member.name for member in region.tags["tm"].decls}
    assert {"real", "row", "int16_t", "uint64_t"} <= set(region.typedefs)
    assert kind(region.node) == "For"
    assert region.function.decl.name == "f"
    assert [kind(node) for node in region.path] == ["Compound", "Switch", "Compound", "Default"]
    assert is_scalar(region.declarations["op"].resolved)
    assert not is_arithmetic(region.declarations["op"].resolved)
    assert is_arithmetic(region.declarations["k"].resolved)


def test_a_file_that_changed_is_lost(tmp_path: Path):
    site = only(tmp_path, SOURCE)
    (tmp_path / "unit.c").write_text("\n" + SOURCE)
    with pytest.raises(Lost, match="has changed"):
        parse_region(site)


def test_headers_are_parsed_only_as_far_as_the_file_needs_them(tmp_path: Path):
    text = """\
#include <immintrin.h>
#include <stdio.h>
#include <arpa/inet.h>
void f(unsigned *a, int n) { for (int i = 0; i < n; i++) a[i] = htonl(a[i]); }
"""
    region = parse_region(scan(tmp_path, text).sites[0])
    assert "htonl" in region.declarations
    assert "printf" not in region.declarations
    assert "FILE" in region.typedefs
    assert len(region.parsed.tree.ext) < 1000
