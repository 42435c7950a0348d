"""Toolchains, compile commands, lowering to IR, remarks and timing. Knows nothing of proofs or rewrites."""
