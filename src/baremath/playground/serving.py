"""Running the playground: in the foreground, in a thread, in a notebook."""

from __future__ import annotations

import gc
import secrets
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baremath.blas import single_threaded_blas
from baremath.playground.server.config import Config

if TYPE_CHECKING:
    import uvicorn

BUNDLE = Path(__file__).parent / "static"

PORT = 8000
_TRIED = 20  # ports after the first, if none is asked for

#: Connections that may wait to be taken.
_QUEUE = 128

#: Seconds that open pages have to leave when the server ends.
_GRACE = 1

#: Seconds that a thread holds the interpreter while another waits; replies wait so long, too.
_SWITCH = 0.001


class MissingPagesError(FileNotFoundError):
    """The pages have not been built."""


class Playground:
    """The playground, bound to an address and not yet running.

    Parameters
    ----------
    host : str, default="127.0.0.1"
        The address to listen on. Anybody who reaches another than this machine's own needs the
        token that is part of `url`.
    port : int or None, default=None
        Where; None for 8000, or the next that is free.
    begin : Config, optional
        What the network page begins with.

    Attributes
    ----------
    url : str
        What to open.

    Raises
    ------
    MissingPagesError
        If the pages have not been built.
    OSError
        If the port is taken, or the address isn't this machine's.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int | None = None, begin: Config | None = None
    ) -> None:
        if not (BUNDLE / "index.html").is_file():
            raise MissingPagesError(
                "the playground's pages have not been built; in a checkout of baremath, build them "
                "by: make web"
            )
        from baremath.playground.server.guard import LOOPBACK

        self._own = host in LOOPBACK
        self._token = "" if self._own else secrets.token_urlsafe(16)
        self._begin = begin
        self._socket = _bound(host, port)
        name = f"[{host}]" if ":" in host else host
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://{name}:{self.port}/" + (f"?token={self._token}" if self._token else "")
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def run(self, *, open_browser: bool = False) -> None:
        """Serve until Ctrl-C, or until `close` is called in another thread."""
        from baremath.playground.server.warm_up import look_around

        look_around()
        gc.collect()
        gc.freeze()  # all sessions would wait while what stays anyway is searched for garbage
        try:
            self._serve(open_browser=open_browser)
        finally:
            gc.unfreeze()

    def _serve(self, *, open_browser: bool = False) -> None:
        import uvicorn

        from baremath.playground.server.app import application
        from baremath.playground.server.messages import MOST_BYTES
        from baremath.playground.server.patience import ImpatientProtocol

        app = application(
            BUNDLE,
            token=self._token,
            begin=self._begin,
            warm=True,
            **({} if self._own else {"hosts": None}),
        )
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            http=ImpatientProtocol,
            ws="websockets-sansio",
            ws_max_size=MOST_BYTES,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(config)
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        if open_browser:
            threading.Thread(target=self._open, daemon=True).start()
        try:
            with single_threaded_blas():  # its threads would wait for each other, and for ours
                self._server.run(sockets=[self._socket])
        finally:
            sys.setswitchinterval(before)
            self._socket.close()
            self._ended.set()

    def start(self) -> Playground:
        """Serve in a thread, and return itself when it answers."""
        from baremath.playground.server.warm_up import look_around

        look_around()
        self._thread = threading.Thread(target=self._serve, name="playground", daemon=True)
        self._thread.start()
        if not self._answers():
            raise RuntimeError("the playground has ended before it began; see above.")
        return self

    def close(self) -> None:
        """End, after what is under way; one that was started has left its port then."""
        if self._server is None:
            self._socket.close()
        else:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()

    def _answers(self) -> bool:
        """Wait until it answers; return whether it will."""
        while not self._ended.wait(0.01):
            if self._server is not None and self._server.started:
                return True
        return False

    def _open(self) -> None:
        if self._answers():
            webbrowser.open(self.url)


def serve(
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    open_browser: bool = True,
    begin: Config | None = None,
) -> None:
    """Serve the playground until Ctrl-C.

    Parameters
    ----------
    host, port, begin
        See `Playground`.
    open_browser : bool, default=True
        Whether to open it in the browser.
    """
    Playground(host, port, begin).run(open_browser=open_browser)


_shown: list[Playground] = []


def show(page: str = "network", *, width: str | int = "100%", height: int = 800) -> Any:
    """Show the playground in a notebook.

    The first call starts it in this process; later ones show the same one.

    Parameters
    ----------
    page : str, default="network"
        Which page: see the front page's addresses.
    width, height : int or str
        Of the frame, in pixels.

    Returns
    -------
    IPython.display.IFrame

    Raises
    ------
    ModuleNotFoundError
        If there is no IPython.
    """
    from IPython.display import IFrame

    if not _shown:
        _shown.append(Playground().start())
    return IFrame(f"{_shown[0].url}{page}", width, height)


def _bound(host: str, port: int | None) -> socket.socket:
    """Return a socket bound to the port that is asked for, or else the first that is free."""
    tried = range(PORT, PORT + _TRIED) if port is None else [port]
    for one in tried:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, one))
            found.listen(_QUEUE)  # who opens the page at once waits until it is served
        except OSError as error:
            found.close()
            if one == tried[-1]:
                raise OSError(
                    error.errno,
                    f"{host}:{one} can't be used: {error.strerror}. Choose another by --port.",
                ) from None
            continue
        return found
    raise AssertionError
