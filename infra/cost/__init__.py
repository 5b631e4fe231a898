"""What running this costs: units counted on the database engine, prices stated, the arithmetic between them.

``make cost`` counts every operation through the app itself, writes ``infra/counted.json`` and the tables of
docs/COST.md. Change a price in infra/prices.json, or name another file: ``make cost PRICES=my.json``.
"""
