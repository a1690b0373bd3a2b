# d2animator in a container: nobody's rights, a root file system that can be read-only, one volume.
#
#   docker build -t d2animator .
#   docker build -t d2animator:cuda --build-arg TORCH=cu128 .
#   docker run --rm --read-only --tmpfs /tmp -v d2animator-cache:/cache -v "$PWD:/data" \
#       -u "$(id -u)" d2animator animate photo.jpg clip.mp4 -o out.mp4
#
# PYTHON is the version that the tests run with. TORCH names PyTorch's own builds: cpu, or a CUDA
# version such as cu128 (then add --gpus all).
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
ARG TORCH=cpu
WORKDIR /src
RUN python -m venv /app
ENV PATH=/app/bin:$PATH
# Before the rest is copied, so that a change of the code does not fetch it again.
COPY constraints.txt ./
RUN pip install --no-cache-dir --index-url "https://download.pytorch.org/whl/${TORCH}" \
        "$(grep '^torch==' constraints.txt)"
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY src src
COPY examples examples
# The build of PyTorch that is there fits the constraint, so pip keeps it.
RUN pip install --no-cache-dir -c constraints.txt .

FROM python:${PYTHON}-slim-bookworm
# No versions: of a stable Debian they are the same but for security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 1777 /cache /data
COPY --from=build /app /app
# All that is ever written besides the results: weights, tuned networks, the signing key.
ENV PATH=/app/bin:$PATH \
    D2ANIMATOR_CACHE=/cache/d2animator \
    D2ANIMATOR_CONFIG=/cache/config \
    HF_HOME=/cache/huggingface \
    TORCH_HOME=/cache/torch \
    PYTHONDONTWRITEBYTECODE=1
VOLUME ["/cache"]
WORKDIR /data
USER 10001:10001
ENTRYPOINT ["d2animator"]
CMD ["--help"]
