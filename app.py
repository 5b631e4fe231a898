"""The app that Chalice finds: registers what each folder offers, and nothing else."""

from __future__ import annotations

from chalicelib.identity import routes as identity
from chalicelib.web import routes as web_routes
from chalicelib.web.gateway import Gateway

app = Gateway(app_name="linli")

app.register_blueprint(web_routes.bp)
for blueprint in identity.blueprints:
    app.register_blueprint(blueprint)
