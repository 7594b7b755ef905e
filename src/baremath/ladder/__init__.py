"""The ladder: models from simple to complicated, tried in turn on the same rows of one table.

`climb` is what ``baremath fit`` runs; `TableModel` prepares a table for an estimator and remembers
how; `RUNGS` lists the models, simplest first.
"""

from baremath.ladder._climb import climb
from baremath.ladder._formula_of_trees import words_of
from baremath.ladder._importances import Importance
from baremath.ladder._result import Climb, RungResult
from baremath.ladder._rungs import RUNGS, Rung
from baremath.ladder._table_model import TableModel

__all__ = ["RUNGS", "Climb", "Importance", "Rung", "RungResult", "TableModel", "climb", "words_of"]
