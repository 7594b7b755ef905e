"""The report: one HTML file that opens offline and says what was found, how, and why."""

from baremath.report._page import write_derivation, write_report

__all__ = ["write_derivation", "write_report"]
