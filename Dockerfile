# Stage one installs the locked packages and compiles the kernels; stage two carries only what runs.
FROM python:3.12-slim AS build
WORKDIR /srv/jemput
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml alembic.ini ./
COPY migrations migrations
COPY solver solver
COPY app app
RUN .venv/bin/python -m pip install --quiet --no-deps --no-index --no-build-isolation --editable . \
    && JEMPUT_DATA_DIR=/srv/jemput/warm .venv/bin/python -m solver warm --all

FROM python:3.12-slim
WORKDIR /srv/jemput
RUN useradd --system --uid 10001 --home-dir /srv/jemput jemput \
    && install -d -o jemput -g jemput /srv/data
COPY --from=build --chown=jemput:jemput /srv/jemput /srv/jemput
COPY --chown=jemput:jemput examples examples
USER 10001
ENV PATH=/srv/jemput/.venv/bin:$PATH \
    JEMPUT_DATA_DIR=/srv/data \
    JEMPUT_HOST=0.0.0.0 \
    NUMBA_CACHE_DIR=/srv/jemput/warm/numba
VOLUME /srv/data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import httpx; httpx.get('http://127.0.0.1:8000/health/ready').raise_for_status()"]
CMD ["jemput", "serve"]
