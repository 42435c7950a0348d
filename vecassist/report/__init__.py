"""A run as pages to read: sources, machine code, proofs, timings, refusals, conversations."""
