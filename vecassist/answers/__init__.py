"""What became of regions in earlier runs, kept in the user's cache under everything that could change the answer."""
