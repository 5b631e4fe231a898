"""Makes the template of the app's stack, and what is said and checked of it."""
