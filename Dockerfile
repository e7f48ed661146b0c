# Ronbun as a service. Build: docker build -t ronbun .   Run: see compose.yaml, which also locks the container down.

FROM python:3.12-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_CONSTRAINT=/build/constraints.txt
# The compiler is for llama.cpp alone and stays in this stage; Debian keeps one version of it per release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/ronbun
ENV PATH=/opt/ronbun/bin:$PATH
WORKDIR /build
COPY constraints.txt pyproject.toml ./
# PyTorch's own index has the builds without CUDA (several GB less); everything else comes from PyPI, in the versions
# of constraints.txt.
# hadolint ignore=DL3013
RUN pip install --no-deps --index-url https://download.pytorch.org/whl/cpu torch
# Dependencies before the source, so that a change of code does not compile llama.cpp again. GGML_NATIVE=OFF: the image
# runs on other processors than the one that built it.
RUN python -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*project['dependencies'], *project['optional-dependencies']['llama'], sep='\n')" > requirements.txt \
    && CMAKE_ARGS="-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF" pip install --requirement requirements.txt
COPY README.md LICENSE NOTICE ./
COPY app app
COPY indexes indexes
COPY ingest ingest
COPY prompts prompts
RUN pip install --no-deps . && ronbun --help > /dev/null

FROM python:3.12-slim-bookworm
# libgomp1 is OpenMP for llama.cpp; the font draws Japanese PDFs that do not embed theirs; tesseract reads scans.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-ipafont-gothic libgomp1 tesseract-ocr tesseract-ocr-jpn \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin ronbun \
    && install --directory --owner=ronbun --group=ronbun /library
COPY --from=builder /opt/ronbun /opt/ronbun
ENV PATH=/opt/ronbun/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    OMP_WAIT_POLICY=passive \
    HF_HOME=/tmp/huggingface \
    RONBUN_LIBRARY=/library \
    RONBUN_PORT=8321
USER 10001:10001
WORKDIR /library
VOLUME /library
EXPOSE 8321
# Loading the encoder takes up to 20 s on a busy machine.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"RONBUN_PORT\"]}/healthz', timeout=4)"]
# Listening beyond loopback needs RONBUN_API_KEYS; without it the service refuses to start and says so.
ENTRYPOINT ["ronbun"]
CMD ["serve", "--host", "0.0.0.0"]
