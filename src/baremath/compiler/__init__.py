"""Symbolic mode: describe first, compute later."""
