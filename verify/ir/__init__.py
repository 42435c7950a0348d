"""LLVM IR as immutable Python values: reading, inlining, SSA, control flow."""
