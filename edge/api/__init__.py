"""The room's HTTP API: one router for each noun."""
