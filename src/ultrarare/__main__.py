"""`python -m ultrarare`: the command line."""

from ultrarare.cli.main import main

if __name__ == "__main__":
    main()
