"""Handing over accepted rewrites: merged edits as a diff, a patch file or changes in place."""
