"""`python -m redshank` is the command `redshank`."""

from .cli import main

if __name__ == "__main__":
    main()
