"""Side effects told to be in order from tokens: never where the tree shows a clash."""

from __future__ import annotations

import pytest

from vecassist.promises import function_tokens
from vecassist.sequenced import sequenced

IN_ORDER = (
    "for (int i = 0, j = n; i < j; i++, --j) a[i] = b[j] + c[i];",
    "if (a[0]) x += 2; else if (x > 3) { x = 1; } else x = a[x];",
    "do { p->next.count++; } while (p->next.count < n);",
    "float r = sqrtf(a[0]) * fabsf(a[1]); a[2] = (float)(r + x);",
    "_mm256_storeu_ps(a, _mm256_add_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b)));",
    "int t = work(a, x); work(a, t); return work(a, n);",
    "switch (x) { case 1: x++; break; default: x = x ? a[1] : a[2]; }",
    "int table[3] = { 1, x, 3 };",
)
NOT_TOLD = (
    "x = a[x] + work(a, x);",
    "a[x] = work(a, x);",
    "work(a, work(a, 1));",
    "x = x++ + 1;",
    "a[x] = x++;",
    "x = (y = 2) + y;",
    "if ((y = 2) + y) x = 1;",
    "int t[2] = { work(a, 1), work(a, 2) };",
    "q = (int[2]){ x++, x++ };",
    "++x + x;",
    "x + x++;",
    "table[0](a) + table[1](a);",
    "(*f)(a) + x;",
    "for (x = 0; work(a, x) + work(a, 1); x++) ;",
    "while (work(a, 1) + work(a, 2)) ;",
    "x = work(a, 1) + g;",
    "x = ({ work(a, 1); }) + ({ work(a, 2); });",
    "_mm_storeu_ps(a, v), _mm_storeu_ps(a, v) + x++;",
)


def _told(body: str) -> bool:
    return sequenced(function_tokens(f"void f(float *a, int x, int n) {{ {body} }}", "f"))


@pytest.mark.parametrize("body", IN_ORDER)
def test_one_side_effect_in_an_expression_is_in_order(body: str) -> None:
    assert _told(body)


@pytest.mark.parametrize("body", NOT_TOLD)
def test_more_is_left_to_the_tree(body: str) -> None:
    assert not _told(body)
