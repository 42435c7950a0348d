"""Suites of loops that the whole line is measured on."""
