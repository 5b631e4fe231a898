"""The run on one machine: engine, stand-ins, demo data. Never packaged, never imported by chalicelib."""
