"""Pages and JSON: what stands between a browser and the domains. No business rule lives here."""
