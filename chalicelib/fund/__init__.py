"""The community fund: setup, gifts, care actions, disbursements. Other folders enter through ``service``."""
