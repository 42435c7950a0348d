"""Loops for rules: iterations taken together."""

from __future__ import annotations

CASES = {
    "VA012": (
        """for (int i = 0; i < 99; i += 3) {
    a[i] = b[i] * 2;
    a[i + 1] = b[i + 1] * 2;
    a[i + 2] = b[i + 2] * 2;
}""",
        """for (int i = 0; i < 99; i++) {
    a[i] = b[i] * 2;
}""",
    ),
    "VA014": (
        """for (int i = 0; i < 128; i++) {
    if (a[i] > 0) {
        s = d[i];
    }
    b[i] = s * c[i];
}""",
        """for (int i0 = 0; i0 < 128; i0 += 64) {
    float s_now[64];
    for (int i = i0; i < i0 + 64; i++) {
        if (a[i] > 0) {
            s = d[i];
        }
        s_now[i - i0] = s;
    }
    for (int i = i0; i < i0 + 64; i++) {
        b[i] = s_now[i - i0] * c[i];
    }
}""",
    ),
    "VA017": (
        """for (int i = 4; i < n; i++) {
    a[i] = a[i - 4] + b[i];
}""",
        """{
    int i = 4;
    for (; n >= 4 && i <= n - 4; i += 4) {
        for (int k2 = i; k2 < i + 4; k2++) {
            a[k2] = a[k2 - 4] + b[k2];
        }
    }
    for (; i < n; i++) {
        a[i] = a[i - 4] + b[i];
    }
}""",
    ),
}

UNTOUCHED = {
    "VA012": "for (int i = 0; i < 100; i += 2) { a[i] = b[i]; a[i + 1] = c[i + 1]; }",
    "VA017": "for (int i = 2; i < n; i++) a[i] = a[i - 2] + b[i];",
}

MORE = (
    "for (int i = 1; i < n; i++) { a[i] = b[i] + c[i - 1]; c[i] = c[i] * d[i]; e[i] = e[i - 1] * a[i]; }",
    "for (int i = 1; i < n; i++) { a[i] = a[i - 1] + b[i] * c[i]; d[i] = a[i] * e[i] + b[i] * c[i]; }",
    "for (int i = 0; i < n; i++) { s += 2; a[i] = s * b[i]; }",
    "for (int i = 0; i < n; i += 2) { a[i] = b[i] * 2; a[i + 1] = b[i + 1] * 2; }",
)
