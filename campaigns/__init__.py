"""Campaigns that attack the prover: mutated rewrites, random loops, random IR, a prover with seeded faults."""
