"""Accepted rewrites as readable JSON files under .vecassist/ in the user's repository."""
