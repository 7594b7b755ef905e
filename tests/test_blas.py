"""BLAS keeps to one thread while anybody wants it to."""

from threadpoolctl import threadpool_info

from baremath.blas import single_threaded_blas


def test_blas_gets_its_threads_back_when_the_last_one_leaves():
    threads = lambda: [library["num_threads"] for library in threadpool_info()]  # noqa: E731
    before = threads()
    first, second = single_threaded_blas(), single_threaded_blas()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert all(
        library["num_threads"] == 1
        for library in threadpool_info()
        if library["user_api"] == "blas"
    )
    second.__exit__(None, None, None)
    assert threads() == before
