"""Concrete semantics: runs one function of a module on given memory, every access and operator checked."""
