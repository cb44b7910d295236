"""Lessons: what a start, an end and a power cut do to a room."""
