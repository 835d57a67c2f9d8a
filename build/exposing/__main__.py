"""`python -m exposing` and `exposing` are the same program."""


def run() -> None:
    """Run the program. Imported here, as every worker process imports this module and needs less."""
    from exposing.cli import main  # noqa: PLC0415

    main()


if __name__ == "__main__":
    run()
