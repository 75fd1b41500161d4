"""`python -m app` is `jemput`."""

from app.cli import main

if __name__ == "__main__":
    main()
