"""The app that Chalice finds: registers what each folder offers, and nothing else."""

from __future__ import annotations

from chalicelib.identity import routes as identity
from chalicelib.web import routes as web
from chalicelib.web.gateway import Gateway

app = Gateway(app_name="linli")

for folder in (web, identity):
    for blueprint in folder.blueprints:
        app.register_blueprint(blueprint)
