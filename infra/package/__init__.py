"""Makes what Lambda runs: build/deployment.zip and Chalice's template."""
