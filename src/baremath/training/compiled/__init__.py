"""The training loop as machine code."""
