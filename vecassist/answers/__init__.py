"""Answers of earlier runs, on regions and on units, in the user's cache under everything that could change them."""
