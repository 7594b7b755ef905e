"""Exported networks, called by a C program, against `predict_proba` and `predict`."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from baremath.neural_network import MLPClassifier, MLPRegressor

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_cc = pytest.mark.skipif(CC is None, reason="there is no C compiler")

PROGRAM = """
#include <stdio.h>
#include "model.h"

int main(void) {
    double x[N_IN], out[N_OUT];
    for (;;) {
        for (int i = 0; i < N_IN; i++)
            if (scanf("%lf", &x[i]) != 1) return 0;
        model(x, out);
        for (int i = 0; i < N_OUT; i++) printf("%.17g ", out[i]);
    }
}
"""


def called_from_c(model, X, n_out, folder, n_rows=1):
    """Return what a C program that is linked with the exported network prints for these rows."""
    object_file, header = model.export_c(folder / "model", n_rows=n_rows)
    assert header == folder / "model.h"
    source, program = folder / "main.c", folder / "main"
    source.write_text(PROGRAM)
    sizes = [f"-DN_IN={n_rows * X.shape[1]}", f"-DN_OUT={n_rows * n_out}"]
    strict = ["-std=c99", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([CC, *strict, *sizes, "-o", program, source, object_file], check=True)
    given = " ".join(repr(number) for number in X.ravel().tolist())
    done = subprocess.run([program], input=given, capture_output=True, text=True, check=True)
    return np.array(done.stdout.split(), dtype=float).reshape(-1, n_out)


def quick(kind, **options):
    options = {"hidden_layer_sizes": (6,), "activation": "tanh", **options}
    return kind(max_iter=5, n_iter_no_change=99, random_state=0, **options)


@needs_cc
@pytest.mark.parametrize("n_rows", [1, 20])
def test_probabilities_of_three_classes(tmp_path, n_rows):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.array(["one", "two", "/**/ three"])[np.arange(60) % 3]
    model = quick(MLPClassifier).fit(X, y)
    found = called_from_c(model, X, 3, tmp_path, n_rows)
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=1e-12)
    told = (tmp_path / "model.h").read_text()
    assert "in the order of classes_: '/ ** / three', 'one', 'two'" in told
    assert f"x: read, {n_rows} by 4" in told
    assert f"out_probability: written, {n_rows} by 3" in told


@needs_cc
def test_probabilities_of_two_classes(tmp_path, moons):
    X, y = moons
    model = quick(MLPClassifier).fit(X, y)
    found = called_from_c(model, X, 2, tmp_path)
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=1e-12)


@needs_cc
def test_probabilities_of_several_labels(tmp_path, moons):
    X = moons[0]
    model = quick(MLPClassifier).fit(X, (X > 0).astype(int))
    found = called_from_c(model, X, 2, tmp_path)
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=1e-12)


@needs_cc
@pytest.mark.parametrize("n_columns", [1, 2])
@pytest.mark.parametrize("scale_target", [True, False])
def test_amounts_are_in_the_unit_of_the_targets(tmp_path, surface, scale_target, n_columns):
    X, y = surface
    y = y if n_columns == 1 else np.column_stack([y, -3 * y])
    model = quick(MLPRegressor, scale_target=scale_target).fit(X, y)
    found = called_from_c(model, X, n_columns, tmp_path)
    np.testing.assert_allclose(found, model.predict(X).reshape(len(X), -1), rtol=1e-12)


def test_the_header_names_the_columns(tmp_path, moons):
    X, y = moons
    table = pl.DataFrame({"height": X[:, 0], "weight": X[:, 1]})
    header = quick(MLPClassifier).fit(table, y).export_c(tmp_path / "m", name="grown_up")[1]
    told = header.read_text()
    assert "Columns: 'height', 'weight'." in told
    assert "void grown_up(const double *x, double *out_probability);" in told


def test_what_can_not_be_exported(tmp_path, moons):
    with pytest.raises(NotFittedError):
        MLPClassifier().export_c(tmp_path / "model")
    model = quick(MLPClassifier).fit(*moons)
    with pytest.raises(ValueError, match="name of a function in C"):
        model.export_c(tmp_path / "my-model")
    with pytest.raises(ValueError, match="n_rows=0"):
        model.export_c(tmp_path / "model", n_rows=0)
    assert not list(tmp_path.iterdir())
