"""What the operator may set; read once by the entry points and handed down."""

import difflib
import re
import ssl
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_PREFIX = "JEMPUT_"
PLAIN_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$"
"""One e-mail address, without anything that could be read as another one."""
_HOST = re.compile(r"[a-z0-9_.:-]+", re.IGNORECASE)
_TILE_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_TILE_PATH = re.compile(r"/([A-Za-z0-9._~/?=&%:@,+-]|\{[zxyr]\})*")
"""What may follow the host; `{r}` is where Leaflet says that a screen shows twice as many points."""


class Settings(BaseSettings):
    """Settings from the environment; every one has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """PostgreSQL address; absent: the embedded server under `data_dir`."""
    data_dir: Path = Path(".data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    solver_threads: int = Field(default=2, ge=1, le=256)
    """Cores one run may use."""
    worker_concurrency: int = Field(default=1, ge=1, le=64)
    """Runs that one worker solves at the same time."""
    max_upload_megabytes: int = Field(default=20, ge=1, le=1000)
    """Largest file that is imported; other bodies end at 2 MB."""
    connections_per_address: int = Field(default=200, ge=0, le=100_000)
    """Connections that one address may hold; 0: as many as it wants, as behind a proxy, which is one address."""
    log_level: str = "INFO"
    public_url: str | None = None
    """Where people reach the service: scheme and host, such as `https://jemput.example.go.id`; absent: it is known on
    this machine only, by `host` and `port`."""
    road_engine_url: str | None = None
    """A road engine that plans take minutes and metres from, such as `http://router:5000`; absent: great circles."""
    road_engine: Literal["osrm", "valhalla"] = "osrm"
    """How it is asked."""
    road_profile: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$")
    """For what it counts; absent: `driving` of OSRM, `auto` of Valhalla."""
    tile_url: str | None = None
    """Where pages fetch pictures of the map from, such as `https://tiles.example.go.id/{z}/{x}/{y}.png`; absent: the
    map is drawn from what comes with the service, and no page asks another host."""
    tile_attribution: str | None = Field(default=None, max_length=200, validate_default=True)
    """Whose map it is, as its licence wants it shown."""
    tls_cert: Path | None = None
    """A certificate, and those behind it, as PEM: the service speaks HTTPS itself; absent: HTTP, as behind a proxy."""
    tls_key: Annotated[Path | None, Field(validate_default=True)] = None
    """Its key, as PEM, without a password."""
    backup_mark: Path | None = None
    """A file that the office's own backup touches whenever it has succeeded; its age is shown to administrators."""
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    """Encrypts stored calendar passwords, the same on every machine; absent: made once and kept in `data_dir`."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts (`name` or `name:port`, separated by commas) that calendars may be on although they are not public."""
    ca_file: Path | None = None
    """Certificates trusted beside the usual ones when calendars or the identity provider are asked: an office's own
    authority."""
    calendar_max_megabytes: int = Field(default=20, ge=1, le=500)
    """Largest answer of a calendar's server, unpacked."""
    calendar_max_events: int = Field(default=50_000, ge=100, le=1_000_000)
    """Busy times that one calendar may hold in the time that is read."""
    calendar_sync_seconds: int = Field(default=120, ge=5, le=3600)
    """Longest conversation with a calendar's server."""

    oidc_issuer: str | None = None
    """An identity provider (OpenID Connect) by whose accounts people may log in: the address of its issuer."""
    oidc_client_id: Annotated[str | None, Field(validate_default=True)] = None
    """What the provider calls this service."""
    oidc_client_secret: SecretStr | None = None
    oidc_client_secret_file: Annotated[Path | None, Field(validate_default=True)] = None
    """A file that holds the secret alone, in place of `oidc_client_secret`."""

    organizer_email: str = Field(default="jemput-bola@localhost.localdomain", pattern=PLAIN_ADDRESS)
    """Who invites: where a contact's calendar program sends its answer."""
    organizer_name: str = Field(default="Jemput Bola Disdukcapil", max_length=100)
    smtp_host: str | None = None
    """Mail server for invitations; absent: they are written into `outbox_dir`."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None

    @field_validator("database_url")
    @classmethod
    def _postgres_only(cls, value: str | None) -> str | None:
        if value in (None, ""):
            return None
        scheme = str(value).partition("://")[0]
        if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
            raise ValueError(
                f"DATABASE_URL starts with {scheme!r}; only PostgreSQL is supported: "
                "postgresql://user:password@host/database"
            )
        return "postgresql://" + str(value).partition("://")[2]

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in _LEVELS:
            raise ValueError(f"{value!r} is none of {', '.join(_LEVELS)}")
        return value.upper()

    @field_validator("public_url")
    @classmethod
    def _address_for_people(cls, value: str | None) -> str | None:
        """Scheme and host alone, of a place that others can go to."""
        if value is None or not value.strip():
            return None
        mend = "Give scheme and host alone, such as https://jemput.example.go.id, or leave it out."
        try:
            parts = urlsplit(value.strip())
            port = parts.port
        except ValueError as error:
            raise ValueError(f"JEMPUT_PUBLIC_URL is {value!r}, which is no address: {error}. {mend}") from error
        host = parts.hostname or ""
        wrongs = {
            f"its scheme is {parts.scheme!r}, not http or https": parts.scheme not in {"http", "https"},
            "it names no host that others can go to": not _HOST.fullmatch(host) or host in {"0.0.0.0", "::", "*"},
            "it carries a user name or password": "@" in parts.netloc,
            "it carries a path, a query or a fragment": parts.path not in {"", "/"} or "?" in value or "#" in value,
        }
        for wrong, is_so in wrongs.items():
            if is_so:
                raise ValueError(f"JEMPUT_PUBLIC_URL is {value!r}: {wrong}. {mend}")
        shown = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")

    @field_validator("road_engine_url")
    @classmethod
    def _address_of_engine(cls, value: str | None) -> str | None:
        """Scheme, host and perhaps a path."""
        if value is None or not value.strip():
            return None
        mend = "Give it like http://router:5000, or leave it out."
        try:
            parts = urlsplit(value.strip())
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"JEMPUT_ROAD_ENGINE_URL is no address: {error}. {mend}") from error
        wrongs = {
            f"its scheme is {parts.scheme!r}, not http or https": parts.scheme not in {"http", "https"},
            "it names no host": not _HOST.fullmatch(parts.hostname or ""),
            "it carries a user name or password": "@" in parts.netloc,
            "it carries a query or a fragment": "?" in value or "#" in value,
        }
        for wrong, is_so in wrongs.items():
            if is_so:
                raise ValueError(f"JEMPUT_ROAD_ENGINE_URL cannot be used: {wrong}. {mend}")
        return value.strip().rstrip("/")

    @field_validator("tls_cert")
    @classmethod
    def _maybe(cls, value: Path | None) -> Path | None:
        """None for the empty text that an environment has in place of nothing."""
        return None if value in (None, Path()) else value

    @field_validator("tls_key")
    @classmethod
    def _of_its_certificate(cls, value: Path | None, known: ValidationInfo) -> Path | None:
        key, certificate = cls._maybe(value), known.data.get("tls_cert")
        if (key is None) is not (certificate is None):
            raise ValueError("JEMPUT_TLS_CERT and JEMPUT_TLS_KEY belong together; give both or none")
        if key is not None and certificate is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"the key and the certificate {certificate} cannot be used together: {error}. "
                    "'jemput certificate' makes such a pair"
                ) from error
        return key

    @field_validator("oidc_issuer")
    @classmethod
    def _provider(cls, value: str | None) -> str | None:
        """A secure address, or one of this machine."""
        if value is None or not value.strip():
            return None
        mend = "Give the provider's issuer as it writes it, such as https://login.example.go.id/realms/dinas."
        try:
            parts = urlsplit(value.strip())
            host, _ = parts.hostname or "", parts.port
        except ValueError as error:
            raise ValueError(f"JEMPUT_OIDC_ISSUER is {value!r}, which is no address: {error}. {mend}") from error
        is_here = host in {"localhost", "127.0.0.1", "::1"}
        if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
            raise ValueError(f"JEMPUT_OIDC_ISSUER is {value!r}: secrets would travel in the clear. {mend}")
        if not _HOST.fullmatch(host) or "@" in parts.netloc or "?" in value or "#" in value:
            raise ValueError(f"JEMPUT_OIDC_ISSUER is {value!r}: more or less than an address. {mend}")
        return value.strip()

    @field_validator("oidc_client_id")
    @classmethod
    def _with_its_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        value = value or None
        if "oidc_issuer" in info.data and (value is None) is not (info.data["oidc_issuer"] is None):
            raise ValueError("it is set where JEMPUT_OIDC_ISSUER is, and nowhere else; give both or none")
        return value

    @field_validator("oidc_client_secret_file")
    @classmethod
    def _one_secret(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        value = None if value in (None, Path()) else value
        secret = info.data.get("oidc_client_secret")
        is_set = [bool(secret and secret.get_secret_value()), value is not None]
        if info.data.get("oidc_issuer") is not None and sum(is_set) != 1:
            raise ValueError("a provider has one secret; give JEMPUT_OIDC_CLIENT_SECRET or …_FILE")
        if value is not None:
            try:
                is_empty = not value.read_text().strip()
            except (OSError, ValueError) as error:
                raise ValueError(f"the file cannot be read: {type(error).__name__}") from error
            if is_empty:
                raise ValueError("the file is empty")
        return value

    @field_validator("tile_url")
    @classmethod
    def _address_of_tiles(cls, value: str | None) -> str | None:
        """An address whose host pages may fetch pictures from: nothing in it could add another one to their policy."""
        if value is None or not value.strip():
            return None
        url = value.strip()
        mend = "Give an address such as https://tiles.example.go.id/{z}/{x}/{y}.png, or leave it out."
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"JEMPUT_TILE_URL is no address: {error}. {mend}") from error
        path = url.partition("://")[2].removeprefix(parts.netloc)
        wrongs = {
            f"its scheme is {parts.scheme!r}, not https": parts.scheme != "https",
            "its host is none of letters, digits, dots and hyphens": not _TILE_HOST.fullmatch(parts.hostname or ""),
            "its port is 0": port == 0,
            "it carries a user name or password": "@" in parts.netloc,
            "it carries spaces, quotes, a fragment or signs that belong into no address": not _TILE_PATH.fullmatch(
                path
            ),
        }
        wrongs |= {f"it lacks {{{name}}}": f"{{{name}}}" not in path for name in ("z", "x", "y")}
        for wrong, is_so in wrongs.items():
            if is_so:
                raise ValueError(f"JEMPUT_TILE_URL cannot be used: {wrong}. {mend}")
        return url

    @field_validator("tile_attribution")
    @classmethod
    def _tiles_name_their_source(cls, value: str | None, known: ValidationInfo) -> str | None:
        """One line, and there if there are tiles."""
        named = (value or "").strip()
        mend = "Give whose map it is, such as © OpenStreetMap contributors"
        if not named.isprintable():
            raise ValueError(f"JEMPUT_TILE_ATTRIBUTION holds line breaks or other control characters. {mend}")
        if not named and known.data.get("tile_url") is not None:
            raise ValueError(
                f"JEMPUT_TILE_ATTRIBUTION is missing beside JEMPUT_TILE_URL: a map is shown with its source. {mend}"
            )
        return named or None

    @field_validator("organizer_name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError(
                f"JEMPUT_ORGANIZER_NAME is {value!r}, which holds line breaks or other control characters. "
                "Give one line."
            )
        return value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @cached_property
    def tile_origin(self) -> str | None:
        """Scheme and host of the tiles, as a source in a page's policy; None without tiles."""
        if self.tile_url is None:
            return None
        parts = urlsplit(self.tile_url)
        return f"https://{parts.netloc.lower()}"

    @cached_property
    def postgres_dir(self) -> Path:
        return (self.data_dir / "postgres").resolve()

    @cached_property
    def runs_dir(self) -> Path:
        """Scratch files of running solves; nothing here must survive."""
        return (self.data_dir / "runs").resolve()

    @cached_property
    def outbox_dir(self) -> Path:
        """Invitations as files, for offices without a mail server."""
        return (self.data_dir / "outbox").resolve()

    @cached_property
    def oidc_secret(self) -> str:
        """The secret that the provider gave this service; empty without a provider."""
        if self.oidc_client_secret_file is not None:
            return self.oidc_client_secret_file.read_text().strip()
        return "" if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()

    @cached_property
    def base_url(self) -> str:
        """Where the service is reached: by everybody, or, without a public address, on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host
        scheme = "http" if self.tls_cert is None else "https"
        return self.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"


def setting_name(field: str) -> str:
    """What the operator calls a setting."""
    alias = Settings.model_fields[field].validation_alias if field in Settings.model_fields else None
    return str(alias or (field if field.isupper() else f"{_PREFIX}{field.upper()}"))


def unknown_settings(environment: Iterable[str]) -> list[tuple[str, str | None]]:
    """Names that look like settings and are none, each with the one that was probably meant."""
    known = [setting_name(field) for field in Settings.model_fields]
    unknown = sorted(name for name in environment if name.upper().startswith(_PREFIX) and name.upper() not in known)
    # Compared without what all have in common, which would make any two alike.
    stems = {name.removeprefix(_PREFIX): name for name in known}
    meant = {name: difflib.get_close_matches(name.upper().removeprefix(_PREFIX), stems, n=1) for name in unknown}
    return [(name, stems[stem[0]] if stem else None) for name, stem in meant.items()]


def mistakes_of(error: ValidationError) -> list[str]:
    """One sentence for each setting that cannot be used: its full name, what is wrong, and the mend; never a secret."""
    sentences = []
    for mistake in error.errors():
        name = setting_name(str(mistake["loc"][0]))
        what = mistake["msg"].removeprefix("Value error, ").removeprefix(f"{name} ").rstrip(".")
        is_secret = any(word in name for word in ("PASSWORD", "SECRET", "URL"))
        value = "" if is_secret else f" (it is {str(mistake['input'])[:80]!r})"
        sentences.append(f"setting {name}{value}: {what}. Change it, or unset it for its default.")
    return sentences
