"""Measured heat: what profilers write, read into weights of source lines, and summed over loop nests."""
