"""For all tests: no time limit on an example, and the same random examples in every run."""

from hypothesis import settings

settings.register_profile("baremath", deadline=None, derandomize=True)
settings.load_profile("baremath")
