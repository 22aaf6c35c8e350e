"""`python -m bimo` is the command `bimo`."""

from bimo.cli.main import main

main()
