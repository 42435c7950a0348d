"""A verification-gated optimizer for C."""
