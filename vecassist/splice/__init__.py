"""From a site and a replacement text to edited and outlined source texts."""
