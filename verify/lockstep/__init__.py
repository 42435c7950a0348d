"""The proof that two programs do the same things in the same order, whatever these are: `proof.prove`."""
