"""What a page takes away: a program that finds the same weights, and a model to load."""
