"""The app that Chalice finds: registers what each folder offers, and nothing else."""

from __future__ import annotations

from chalicelib.fund import routes as fund
from chalicelib.identity import routes as identity
from chalicelib.merchants import routes as merchants
from chalicelib.points import routes as points
from chalicelib.reports import routes as reports
from chalicelib.web import routes as web
from chalicelib.web.gateway import Gateway

app = Gateway(app_name="linli")

for folder in (web, identity, fund, points, merchants, reports):
    for blueprint in folder.blueprints:
        app.register_blueprint(blueprint)
