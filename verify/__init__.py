"""Unbounded equivalence of loop rewrites, on LLVM IR. Usable alone; see `verify.check`."""
