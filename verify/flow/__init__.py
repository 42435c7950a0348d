"""The dataflow proof: summaries in isl, last writers, coinduction over related iterations, side conditions."""
