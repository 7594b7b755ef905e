"""The California districts of the 1990 census, from a file or from the web."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import polars as pl

from baremath.datasets._errors import TableError
from baremath.datasets._table import read_table

FILE_NAME = "housing.csv"
URL = "https://raw.githubusercontent.com/ageron/handson-ml2/master/datasets/housing/housing.csv"
SHA256 = "8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e"
FOLDER_VARIABLE = "BAREMATH_DATA"


def fetch_housing(path: str | os.PathLike[str] | None = None) -> pl.DataFrame:
    """Fetch the house prices of 20,640 California districts in 1990, with gaps and text.

    One row is a block group of the census, some 1,400 people. `total_bedrooms` is missing in 207
    rows; `ocean_proximity` is text. The usual target is `median_house_value`.

    ====================  ===================================================================
    column                meaning
    ====================  ===================================================================
    longitude, latitude   of the district's middle, in degrees
    housing_median_age    in years, cut off at 52
    total_rooms           in the whole district
    total_bedrooms        in the whole district; partly missing
    population            people
    households            households
    median_income         of a household, in 10,000 US dollars a year, cut off at 15
    median_house_value    in US dollars, cut off at 500,001
    ocean_proximity       <1H OCEAN, INLAND, ISLAND, NEAR BAY or NEAR OCEAN
    ====================  ===================================================================

    Parameters
    ----------
    path : str or path-like, default=None
        The file, or the folder where ``housing.csv`` lies. If None, it is looked for in the folder
        that the environment variable BAREMATH_DATA names, then in the cache, and else downloaded
        into the cache. Wherever it comes from, its SHA-256 is checked.

    Returns
    -------
    polars.DataFrame
        20,640 rows and 10 columns.

    Raises
    ------
    TableError
        If the file isn't there and can't be downloaded, or isn't the right one.

    References
    ----------
    Pace and Barry (1997), Sparse spatial autoregressions: the table, from the census of 1990.
    Géron (2019), Hands-on machine learning, 2nd edition: the gaps and `ocean_proximity`.

    Examples
    --------
    >>> from baremath.datasets import fetch_housing
    >>> table = fetch_housing()  # doctest: +SKIP
    >>> table.shape  # doctest: +SKIP
    (20640, 10)
    """
    file = _local_file(path)
    if file is None:
        file = _download()
    else:
        _check_sum(file)
    return read_table(file)


def _local_file(path: str | os.PathLike[str] | None) -> Path | None:
    if path is not None:
        return Path(path) / FILE_NAME if Path(path).is_dir() else Path(path)
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and (Path(folder) / FILE_NAME).exists():
        return Path(folder) / FILE_NAME
    return None


def _check_sum(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise TableError(f"{file}: can't be read: {error.strerror}; {_by_hand()}") from error
    if found != SHA256:
        raise TableError(f"{file}: not the housing table (SHA-256 {found}); {_by_hand()}")


def _download() -> Path:
    import pooch

    try:
        return Path(pooch.retrieve(URL, f"sha256:{SHA256}", FILE_NAME, pooch.os_cache("baremath")))
    except ValueError as error:  # pooch found another checksum, and kept nothing
        raise TableError(f"what was downloaded is not the housing table; {_by_hand()}") from error
    except OSError as error:  # no network, no such page, no room on the disk
        reason = type(error).__name__
        raise TableError(
            f"the housing table can't be downloaded ({reason}); {_by_hand()}"
        ) from error


def _by_hand() -> str:
    return f"download {URL} by hand and let {FOLDER_VARIABLE} name the folder it is in"
