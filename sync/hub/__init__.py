"""The hub's end: ingest, store, its web API and pages."""
