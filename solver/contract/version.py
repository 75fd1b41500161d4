"""Which planning core made a plan: the release and a digest of its code, since only the same code repeats a plan."""

import hashlib
from functools import cache
from pathlib import Path

RELEASE = "0.1.0"


@cache
def solver_version() -> str:
    """Return the release and the digest, as in `0.1.0+3f2a91c07b55`; without sources beside it, the release alone."""
    package = Path(__file__).parents[1]
    sources = sorted(package.rglob("*.py"))
    if not sources:
        return RELEASE
    digest = hashlib.sha256()
    for path in sources:
        # Line ends depend on how the sources came here.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(package).as_posix()} {len(content)}\n".encode() + content)
    return f"{RELEASE}+{digest.hexdigest()[:12]}"
