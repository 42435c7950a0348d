"""From a translation unit to its loop nests and their exact places in the original bytes."""
