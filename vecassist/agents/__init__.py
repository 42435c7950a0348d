"""The gate as tools that a coding agent calls."""
