"""Side by side with the peers: `python -m benchmarks` measures and writes RESULTS.md."""
