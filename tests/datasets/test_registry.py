"""DATASETS: each entry tells the truth about its table."""

import numpy as np
import polars as pl
import pytest
import sklearn.datasets
from polars.testing import assert_frame_equal

from baremath.datasets import DATASETS, make_batman

EMBEDDED = ["breast_cancer", "diabetes", "digits", "iris", "wine"]
GENERATED = ["batman", "costume_issues", "spirals", "xor"]


def load(name, **options):
    return DATASETS[name].load(**options)


def test_the_names():
    assert sorted(DATASETS) == sorted([*EMBEDDED, *GENERATED, "housing"])
    assert all(name == dataset.name for name, dataset in DATASETS.items())


@pytest.mark.parametrize("name", DATASETS)
def test_the_facts_are_those_of_the_table(name, request, monkeypatch):
    if name == "housing":
        monkeypatch.setenv("BAREMATH_DATA", str(request.getfixturevalue("housing").parent))
    dataset = DATASETS[name]
    table = load(name)
    assert table.shape == (dataset.n_rows, dataset.n_features + 1)
    assert table.columns[-1] == dataset.target
    assert table[dataset.target].null_count() == 0
    assert table[dataset.target].dtype.is_numeric() == (dataset.task == "regression")
    assert dataset.task in ("regression", "classification")
    for column in table.columns:
        assert column.replace("_", "a").isalnum()
    for text in (dataset.description, dataset.source, dataset.licence):
        assert text
        assert "\n" not in text


@pytest.mark.parametrize("name", EMBEDDED)
def test_the_numbers_are_scikit_learns(name):
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(sklearn.datasets, f"load_{name}")(**options)
    table = load(name)
    np.testing.assert_array_equal(table[:, :-1].to_numpy(), bunch.data)
    target = table.to_series(-1)
    if name == "diabetes":
        np.testing.assert_array_equal(target, bunch.target)
    else:
        expected = [str(bunch.target_names[label]) for label in bunch.target]
        assert target.to_list() == expected


@pytest.mark.parametrize("name", GENERATED)
def test_a_seed_decides_a_generated_table(name):
    assert_frame_equal(load(name), load(name, random_state=0))
    assert not load(name).equals(load(name, random_state=1))


@pytest.mark.parametrize("name", EMBEDDED)
def test_real_data_are_the_same_for_every_seed(name):
    assert_frame_equal(load(name, random_state=0), load(name, random_state=1))


def test_classes_are_named_by_what_they_are():
    X, y = make_batman(random_state=0)
    table = load("batman")
    np.testing.assert_array_equal(table.select("x1", "x2").to_numpy(), X)
    assert (table["side"] == "inside").to_list() == (y == 1).tolist()

    xor = load("xor").select(truth=pl.col("x1").round() != pl.col("x2").round(), given="xor")
    agree = (xor["truth"] == (xor["given"] == "true")).mean()
    assert agree > 0.99  # noise carries few points over 0.5

    assert load("spirals")["arm"].value_counts(sort=True)["count"].to_list() == [1000] * 3


def test_columns_of_iris_read_well():
    assert load("iris").columns == [
        "sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm", "species",
    ]  # fmt: skip


def test_the_registry_can_not_be_changed_by_accident():
    with pytest.raises(TypeError):
        DATASETS["iris"] = None
