"""The app that Chalice finds: registers what each folder offers, and nothing else."""

from __future__ import annotations

from chalicelib.fund.routes import register as fund
from chalicelib.identity.routes import register as identity
from chalicelib.merchants.routes import register as merchants
from chalicelib.points.routes import register as points
from chalicelib.reports.routes import register as reports
from chalicelib.web import routes as web
from chalicelib.web.gateway import Gateway

app = Gateway(app_name="linli")

for folder in (web, identity, fund, points, merchants, reports):
    for blueprint in folder.blueprints:
        app.register_blueprint(blueprint)
