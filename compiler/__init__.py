"""C toolchains: compile commands, lowering to LLVM IR, remarks, timing. Usable alone."""
