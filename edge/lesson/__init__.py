"""Lessons as they happen: runs, scenes, the return of power."""
