"""Loops for rules: nests of loops."""

from __future__ import annotations

CASES = {
    "VA007": (
        """for (int i = 0; i < m; i++) {
    for (int j = i + 1; j < m; j++) {
        g[j][i] = h[j][i] * 2;
    }
}""",
        """for (int j = 1; j < m; j++) {
    for (int i = 0; i < j; i++) {
        g[j][i] = h[j][i] * 2;
    }
}""",
    ),
    "VA008": (
        """for (int i = 0; i < m; i++) {
    if (a[i] > 0) {
        for (int j = 1; j < m; j++) {
            g[j][i] = g[j - 1][i] * 2;
        }
    }
}""",
        """for (int i = 0; i < m; i++) {
    for (int j = 1; j < m; j++) {
        if (a[i] > 0) {
            g[j][i] = g[j - 1][i] * 2;
        }
    }
}""",
    ),
    "VA016": (
        """for (int i = 0; i < m; i++) {
    for (int j = 1; j < 40; j++) {
        a[j] = 1 - a[j - 1];
    }
    for (int j = 1; j < 40; j++) {
        g[j][i] = a[j] + h[j][i];
    }
}""",
        """if (0 < m) {
    for (int j = 1; j < 40; j++) {
        a[j] = 1 - a[j - 1];
    }
    for (int i = 0; i < m; i++) {
        for (int j = 1; j < 40; j++) {
            g[j][i] = a[j] + h[j][i];
        }
    }
}""",
    ),
    "VA018": (
        """for (int j = 0; j < m; j++) {
    s = 0;
    for (int k = 0; k < m; k++) {
        s += h[1][k] * h[k][j];
    }
    g[1][j] = s;
}""",
        """for (int j = 0; j < m; j++) {
    g[1][j] = 0;
    for (int k = 0; k < m; k++) {
        g[1][j] += h[1][k] * h[k][j];
    }
}""",
    ),
    "VA020": (
        """for (int i = 0; i < 32; i++) {
    for (int j = 0; j < i; j++) {
        g[i][j] = g[j][i] + h[i][j];
    }
}""",
        """for (int i0 = 0; i0 < 32; i0 += 16) {
    for (int j0 = 0; j0 < i0; j0 += 16) {
        float tile[16][16];
        for (int j = 0; j < 16; j++) {
            for (int i = 0; i < 16; i++) {
                tile[i][j] = g[j0 + j][i0 + i];
            }
        }
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 16; j++) {
                g[i0 + i][j0 + j] = tile[i][j] + h[i0 + i][j0 + j];
            }
        }
    }
    for (int i = i0; i < i0 + 16; i++) {
        for (int j = i0; j < i; j++) {
            g[i][j] = g[j][i] + h[i][j];
        }
    }
}""",
    ),
    "VA021": (
        """for (int i = 0; i < m; i++) {
    float x = 0;
    for (int j = 0; j < m; j++) {
        x += h[i][j] * a[j];
    }
    b[i] = x;
}""",
        """{
    int i = 0;
    for (; m - i >= 16; i += 16) {
        float last[16];
        for (int r = 0; r < 16; r++) {
            last[r] = 0;
        }
        int j0 = 0;
        for (; m - j0 >= 16; j0 += 16) {
            float tile[16][16];
            for (int r = 0; r < 16; r++) {
                for (int c2 = 0; c2 < 16; c2++) {
                    tile[c2][r] = h[i + r][j0 + c2];
                }
            }
            for (int c2 = 0; c2 < 16; c2++) {
                for (int r = 0; r < 16; r++) {
                    last[r] = last[r] + tile[c2][r] * a[j0 + c2];
                }
            }
        }
        for (; j0 < m; j0++) {
            for (int r = 0; r < 16; r++) {
                last[r] = last[r] + h[i + r][j0] * a[j0];
            }
        }
        for (int r = 0; r < 16; r++) {
            b[i + r] = last[r];
        }
    }
    for (; i < m; i++) {
        float x = 0;
        for (int j = 0; j < m; j++) {
            x += h[i][j] * a[j];
        }
        b[i] = x;
    }
}""",
    ),
    "VA022": (
        """for (int j = 1; j < 40; j++) {
    for (int i = 1; i < 40; i++) {
        g[j][i] = (g[j][i - 1] + g[j - 1][i]) * 0.5f;
    }
}""",
        """for (int d2 = 2; d2 < 79; d2++) {
    for (int j = d2 < 41 ? 1 : d2 - 39; j < (d2 < 40 ? d2 : 40); j++) {
        g[j][d2 - j] = (g[j][d2 - j - 1] + g[j - 1][d2 - j]) * 0.5f;
    }
}""",
    ),
}

UNTOUCHED = {
    "VA007": "for (int i = 1; i < m; i++) for (int j = 0; j < m - 1; j++) g[i][j] = g[i - 1][j + 1];",
    "VA008": "for (int i = 0; i < m; i++) if (g[1][i] > 0) for (int j = 0; j < m; j++) g[j][i] = -1;",
    "VA016": "for (int i = 0; i < m; i++) { for (int j = 1; j < 40; j++) a[j] += 1; b[i] = a[3]; }",
    "VA018": "for (int j = 0; j < m; j++) { s = 0; for (int k = 0; k < m; k++) s += g[1][k]; g[1][j] = s; }",
    "VA020": "for (int i = 0; i < m; i++) for (int j = 0; j < m; j++) g[i][j] = g[j][i] + 1;",
    "VA021": "for (int i = 1; i < m; i++) for (int j = 1; j < m; j++) g[i][j] = g[i][j - 1] + g[i - 1][j];",
    "VA022": "for (int j = 1; j < 40; j++) for (int i = 1; i < 40; i++) g[j][i] = g[j][i - 1] + h[j][i];",
}

MORE = (
    "for (int i = 0; i < m; i++) { for (int j = 0; j < m; j++) g[j][i] = 0; g[i][i] = 1; }",
    "for (int i = 1; i < m; i++) { a[i] += b[i]; for (int j = 1; j < m; j++) g[j][i] = g[j - 1][i] * a[i]; }",
    "for (int i = 1; i < m; i++) for (int j = 0; j < m; j++) { a[i] = g[j][i] - a[i - 1]; g[j][i] = a[i] + 1; }",
    "for (int i = 0; i < m; i++) for (int j = 0; j <= i; j++) g[j][i] = h[j][i] + a[j];",
    "for (int i = 0; i < m; i++) for (int j = 0; j < i; j++) g[i][j] = g[j][i] + h[i][j];",
    "for (int i = 0; i < m; i++) for (int j = 0; j < m; j++) g[i][j] = h[j][i] * a[i] + h[i][j];",
    "for (int i = 0; i < 32; i++) for (int j = 0; j < i; j++) g[i][j] = g[j][i] - a[j];",
    "for (int i = 0; i < m; i++) for (int j = 1; j < m; j++) g[i][j] = g[i][j - 1] * s + h[i][j] * a[j];",
    "for (int i = 1; i < m; i++) for (int j = 1; j <= i; j++) g[i][j] = g[i][j - 1] * 0.5f + h[j][i];",
    "for (int i = 0; i < m; i++) { float x = a[i]; for (int j = 0; j <= 20; j++) x = x * 0.5f + h[i][j] * g[j][i]; "
    "b[i] = x + 1; c[i] -= x; }",
    "for (int i = 0; i < m; i++) for (int j = 0; j < m; j++) { float x = 1; "
    "for (int k = 0; k < m; k++) x += h[i][k] * h[k][j]; g[i][j] = x; }",
)
