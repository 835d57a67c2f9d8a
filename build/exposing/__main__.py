"""`python -m exposing` is the same program as `exposing`."""

from exposing.cli import main

main()
