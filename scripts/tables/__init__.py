"""Scripts that make the tables of `bimo.verse` out of packages of PyPI and npm: run `make tables`."""
