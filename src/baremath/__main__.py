"""`python -m baremath` is the command `baremath`."""

import sys

from baremath.cli import main

if __name__ == "__main__":
    sys.exit(main())
