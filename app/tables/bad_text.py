"""What every reader of a cell raises."""


class BadText(ValueError):
    """A text that is no value of its field: what is wrong, and what would mend it."""

    def __init__(self, detail: str, mend: str):
        super().__init__(detail)
        self.detail, self.mend = detail, mend
