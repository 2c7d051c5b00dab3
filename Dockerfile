# docker build -t planar-playground . && docker run --rm --read-only --cap-drop ALL -p 8000:8000 planar-playground
# It writes nothing. compose.yaml runs several behind a proxy; docs/operating.md says how.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY app ./app
COPY static ./static
RUN pip install -c constraints.txt hatchling \
 && pip wheel --no-build-isolation --no-deps --wheel-dir /dist . \
 && python -m venv --without-pip /opt/playground \
 && pip --python /opt/playground/bin/python install -c constraints.txt "$(echo /dist/*.whl)[cluster]"
# Of plotly the page needs the JavaScript; its 50 MB of Python stay behind.
RUN cd /opt/playground/lib/python3.13/site-packages/plotly \
 && rm -rf graph_objs validators labextension package_data/datasets \
 && /opt/playground/bin/python -c "from app.main import create_app; create_app()"

FROM python:3.13-slim
ENV PATH=/opt/playground/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    PLAYGROUND_HOST=0.0.0.0 \
    PLAYGROUND_PORT=8000
COPY --from=build /opt/playground /opt/playground
RUN useradd --system --no-create-home --shell /usr/sbin/nologin --uid 10001 playground
USER 10001
WORKDIR /opt/playground
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PLAYGROUND_PORT\"]}/api/health', timeout=4).read()"]
CMD ["python", "-m", "app"]
