"""Looking inside a network: every number of one point, and the formulas that they stand in."""
