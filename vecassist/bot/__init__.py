"""Pull requests: one loop, one branch, one draft, kept true as the base moves."""
