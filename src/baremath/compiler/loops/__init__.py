"""The loop language, and lowering a graph to it."""
