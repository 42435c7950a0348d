"""Loops for rules: the order of statements and the scalars between them."""

from __future__ import annotations

CASES = {
    "VA001": (
        """for (int i = 1; i < n; i++) {
    a[i] = b[i - 1] + c[i];
    b[i] = c[i] * d[i];
}""",
        """for (int i = 1; i < n; i++) {
    b[i] = c[i] * d[i];
    a[i] = b[i - 1] + c[i];
}""",
    ),
    "VA002": (
        """for (int i = 1; i < n; i++) {
    a[i] = b[i] * c[i];
    d[i] = d[i - 1] + a[i];
}""",
        """{
    for (int i = 1; i < n; i++) {
        a[i] = b[i] * c[i];
    }
    for (int i = 1; i < n; i++) {
        d[i] = d[i - 1] + a[i];
    }
}""",
    ),
    "VA003": (
        """for (int i = 0; i < n; i++) {
    a[i] = b[i] * c[i];
    d[i] = a[i] + a[i + 1];
}""",
        """for (int i = 0; i < n; i++) {
    float a_next = a[i + 1];
    a[i] = b[i] * c[i];
    d[i] = a[i] + a_next;
}""",
    ),
    "VA004": (
        """for (int i = 0; i < n; i++) {
    s = a[i] + 1;
    b[i] = s;
    s = c[i] + 2;
    d[i] = s;
}""",
        """for (int i = 0; i < n; i++) {
    float s1 = a[i] + 1;
    b[i] = s1;
    s = c[i] + 2;
    d[i] = s;
}""",
    ),
    "VA005": (
        """for (int i = 0; i < n; i++) {
    a[i] = b[i] * s;
    s = c[i];
}""",
        """if (0 < n) {
    a[0] = b[0] * s;
    for (int i = 1; i < n; i++) {
        a[i] = b[i] * c[i - 1];
    }
    s = c[n - 1];
}""",
    ),
    "VA006": (
        """for (int i = 0; i < n; i++) {
    j += 2;
    a[i] = b[j];
}""",
        """{
    for (int i = 0; i < n; i++) {
        a[i] = b[j + 2LL * i + 2];
    }
    if (0 < n) {
        j += 2LL * n;
    }
}""",
    ),
    "VA015": (
        """for (int i = 0; i < n; i++) {
    a[i] = b[i] * c[i];
    a[i + 1] = d[i] - a[i + 1];
}""",
        """if (0 < n) {
    for (int i = 0; i < n; i++) {
        a[i] = b[i] * c[i];
    }
    a[n] = d[n - 1] - a[n];
}""",
    ),
}

UNTOUCHED = {
    "VA001": "for (int i = 1; i < n; i++) { a[i] = b[i - 1]; b[i] = a[i - 1]; }",
    "VA002": "for (int i = 1; i < n; i++) { a[i] = b[i - 1]; b[i] = a[i - 1]; }",
    "VA003": "for (int i = 1; i < n; i++) { a[i] = b[i]; c[i] = a[i - 1]; }",
    "VA004": "for (int i = 0; i < n; i++) { b[i] = s; s = a[i]; c[i] = s; s = d[i]; }",
    "VA005": "for (int i = 0; i < n; i++) { a[i] = b[i] * s; s = a[i]; }",
    "VA006": "for (int i = 0; i < n; i++) { if (a[i] > 0) { j++; b[j] = a[i]; } }",
    "VA015": "for (int i = 0; i < n; i++) { a[i] = b[i]; c[i] = a[i + 1]; a[i + 1] = d[i]; e[i] = a[i + 1]; }",
}

MORE = (
    "for (int i = 0; i < n; i++) { t = b[i] * c[i]; a[i] = t + s; s = t; }",
    "for (int i = 0; i < n; i++) { a[i] = (b[i] + b[j] + b[k]); k = j; j = i; }",
    "for (int i = 0; i < n; i++) { t = a[n - 1 - i] + b[i]; c[i] = t; a[i] = t * 2; }",
    "for (int i = 0; i < n; i++) { s = a[i] + 1; b[i] = s + c[i]; s = c[i] * 2; d[i] = s; }",
    "for (int i = 0; i < n; i++) { a[i] = b[i] + c[i]; b[i] = c[i] * d[i]; a[i + 1] = b[i] + a[i + 1]; }",
    "for (int i = 0; i < n; i++) { a[i] = s * e[i]; s = b[i] + c[i]; b[i] = a[i] + d[i]; }",
    "for (i = 0; i < n; i++) { a[i] = b[i] * s; s = c[i]; }",
    "for (int i = 0; i <= n; i++) { k++; a[k] = b[i]; }",
    "for (int i = n; i >= 1; i--) { k += 1; a[i] = b[k]; }",
    "for (int i = 0; i < n; i++) { float x = b[i]; a[i] = x - s; s = x; }",
)
