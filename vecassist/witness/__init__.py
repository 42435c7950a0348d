"""Counterexamples as C programs that show the difference with a plain compiler."""
