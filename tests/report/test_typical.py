"""The row that stands for all: found again by brute force."""

from __future__ import annotations

import statistics
from collections import Counter

from baremath.report._typical import typical_row


def test_amounts_nearest_the_median_prediction(regression):
    predicted = regression.best_model.predict(regression.test).tolist()
    middle = statistics.median(predicted)
    row = typical_row(regression)
    assert all(abs(predicted[row] - middle) <= abs(other - middle) for other in predicted)


def test_classes_of_median_confidence_in_the_commonest(classification):
    model, test = classification.best_model, classification.test
    predicted = model.predict(test).tolist()
    confidence = model.predict_proba(test).max(axis=1).tolist()
    row = typical_row(classification)
    counts = Counter(predicted)
    assert counts[predicted[row]] == max(counts.values())
    same = [confidence[i] for i in range(len(predicted)) if predicted[i] == predicted[row]]
    middle = statistics.median(same)
    assert all(abs(confidence[row] - middle) <= abs(other - middle) for other in same)
