"""The playground: networks and the lectures' other pictures, live in the browser.

`serve` runs it until Ctrl-C; `show` puts it into a notebook.
"""

from baremath.playground.serving import Playground, serve, show

__all__ = ["Playground", "serve", "show"]
