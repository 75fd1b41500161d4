"""Web addresses in one spelling. A foreign one is only text until it went through here."""

from urllib.parse import urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, always in the same spelling; raises `ValueError` when it has none."""
    parts = urlsplit(address)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{parts.port or DEFAULT_PORTS.get(scheme, 0)}"


def joined(base: str, reference: str) -> str:
    """The address that a reference at `base` means; raises `ValueError` for one that nobody could connect to."""
    address = urljoin(base, reference)
    origin_of(address)
    return address
