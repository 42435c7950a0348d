"""Commits: accepted rewrites checked and applied without a model and without a network."""
