"""Loops for rules: conditions, jumps and ranges of the index."""

from __future__ import annotations

CASES = {
    "VA009": (
        """for (int i = 0; i < n; i++) {
    if (a[i] > 0) goto other;
    b[i] = c[i];
    goto done;
other:
    d[i] = c[i];
done:
    e[i] = b[i] + d[i];
}""",
        """for (int i = 0; i < n; i++) {
    if (a[i] > 0) {
        d[i] = c[i];
    } else {
        b[i] = c[i];
    }
    e[i] = b[i] + d[i];
}""",
    ),
    "VA010": (
        """for (int i = 0; i < n; i++) {
    if (c[i] > 0) {
        a[i] += b[i] * d[i];
    }
}""",
        """for (int i = 0; i < n; i++) {
    float a_value = a[i] + b[i] * d[i];
    a[i] = c[i] > 0 ? a_value : a[i];
}""",
    ),
    "VA011": (
        """for (int i = 0; i < 100; i++) {
    a[i] = a[50] + b[i];
}""",
        """{
    float a_held = a[50];
    for (int i = 0; i < 51; i++) {
        a[i] = a_held + b[i];
    }
    a_held = a[50];
    for (int i = 51; i < 100; i++) {
        a[i] = a_held + b[i];
    }
}""",
    ),
    "VA013": (
        """for (int i = 0; i < n; i++) {
    if (a[i] > s) {
        s = a[i];
        k = i;
    }
}""",
        """{
    int i = 0;
    for (; n - i >= 64; i += 64) {
        int found = 0;
        for (int k2 = i; k2 < i + 64; k2++) {
            found |= a[k2] > s;
        }
        if (found) {
            for (int k2 = i; k2 < i + 64; k2++) {
                if (a[k2] > s) {
                    s = a[k2];
                    k = k2;
                }
            }
        }
    }
    for (; i < n; i++) {
        if (a[i] > s) {
            s = a[i];
            k = i;
        }
    }
}""",
    ),
}

UNTOUCHED = {
    "VA009": "for (int i = 0; i < n; i++) { again: a[i] += 1; if (a[i] < 0) goto again; }",
    "VA010": "for (int i = 0; i < n; i++) if (a[i] > 0) k++;",
    "VA013": "for (int i = 0; i < n; i++) { a[i] += 1; if (a[i] > s) break; }",
}

MORE = (
    "for (int i = 0; i < n; i++) { switch (p[i] & 3) { case 0: a[i] = b[i]; break; case 1: a[i] = b[i] * c[i]; break; "
    "case 2: a[i] = b[i] - c[i]; default: a[i] = 0; } }",
    "for (int i = 0; i < n; i++) { switch (p[i]) { case 1: goto one; case 2: goto two; case 3: goto done; } "
    "one: a[i] += b[i] * b[i]; goto done; two: a[i] += c[i] * c[i]; done:; }",
    "for (int i = 0; i < n; i++) { switch (q[i]) { case 4: case 5: if (a[i] > 0) break; b[i] = c[i] * 2; break; "
    "case 6: b[i] = c[i] + 1; } }",
    "for (int i = 0; i < n; i++) { if (!(p[i] & 2)) continue; if (u[i] < v[i]) u[i] = v[i] + w[i] * 0.5f; "
    "else u[i] = u[i] * 0.25f; }",
    "for (int i = 0; i < n; i++) { if (p[i] == 1) u[i] = v[i] * w[i]; else if (p[i] > 3) u[i] = v[i] - w[i]; "
    "else if (q[i] > 3) u[i] = w[i] * 2; else u[i] = 0; }",
    "for (int i = 0; i < n; i++) if (p[i] > 0) { u[i] += v[i] * 2; w[i] = u[i]; }",
    "for (int i = 0; i < n; i++) { if (i + 1 < m) a[i] += b[i]; else a[i] -= c[i]; }",
    "for (int i = 0; i < n; i++) { if (b[i] < 0) goto x; a[i] = c[i]; goto y; x: c[i + 1] = a[i]; y:; }",
    "for (int i = 0; i < n; i++) { a[i] += b[i]; if (c[i] > 2) break; }",
    "for (int i = 0; i < n; i++) { j++; a[j] = b[i] + d[i] * e[i]; if (c[i] > 0) { j++; a[j] = c[i]; } }",
    "for (int i = 0; i < n; i++) { p[i] += q[i]; if (p[i] > 5) p[i] = 0; else q[i] = p[i]; }",
    "for (int i = 0; i < n; i++) { if (a[i] > b[i]) { a[i] += b[i]; if (d[i] > 0) c[i] += d[i]; } else c[i] = 1; }",
)
